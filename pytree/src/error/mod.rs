//! What can be wrong with a tree, and how it prints.

pub(crate) mod mismatch;
pub(crate) mod message;
pub(crate) mod error;
