//! What `#[derive(PyTree)]` writes.

mod attributes;
pub mod hygiene;
mod keys;
mod many_fields;
mod shapes;
mod with;
