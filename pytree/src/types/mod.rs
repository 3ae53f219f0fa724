//! The types that are trees: one file for each kind of container or leaf.

pub(crate) mod leaf;
#[cfg(feature = "nalgebra")]
pub(crate) mod matrix;
pub(crate) mod containers;
pub(crate) mod maps;
pub(crate) mod tree;
