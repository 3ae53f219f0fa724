//! Modules are built, changed and refused as documented.

mod leaky;
mod told;

mod building;
mod deleting;
mod errors;
mod limits;
mod views;
