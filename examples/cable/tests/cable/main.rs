//! Modules are built, changed and refused as documented.

mod three_branches;
mod error_text;

mod building;
mod deleting;
mod errors;
mod gradient_errors;
mod limits;
mod newcomer;
mod views;
mod own_kinds;
mod set_ncomp;
mod run_data;
mod connections;
