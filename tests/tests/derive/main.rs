//! What `#[derive(PyTree)]` writes.

mod attributes;
pub mod hygiene;
mod shapes;
