//! What the tests share: the reference data, random trees, and a toy module.

mod binary_tree;
mod data;
mod parts;
mod random;
mod toy;

pub use binary_tree::binary_tree;
pub use data::{Case, cases, jax_trees, reference, three_branches};
pub use parts::parts;
pub use random::{any_f64, config, key_paths, trees};
pub use toy::{Toy, bits, message, toys};

/// The programs of the README compile and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
