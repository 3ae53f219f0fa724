//! The types that are trees: one file for each kind of leaf or container.
//!
//! Each file implements `PyTree`, `PyTreeMut` and `FromLeaves` for its types.

pub(crate) mod array;
pub(crate) mod number;
#[cfg(feature = "faer")]
mod faer;
#[cfg(feature = "nalgebra")]
pub(crate) mod nalgebra;
pub(crate) mod pointer;
pub(crate) mod list;
pub(crate) mod tuple;
pub(crate) mod map;
pub(crate) mod tree;
pub(crate) mod from_paths;
