//! What the tests share: the reference data, random trees, small nets, and a toy module.

mod binary_tree;
mod checkpoints;
mod data;
mod formats;
mod layers;
mod mlp;
mod parts;
mod race;
mod random;
mod same;
mod scratch;
mod stored;
mod text;
mod toy;
mod waves;

pub use binary_tree::binary_tree;
pub use checkpoints::{npz, read_npz, read_safetensors, safetensors, simple, written};
pub use data::{
    Case, Gradient, Gradients, cases, checkpoint, exporter, jax_trees, reference, three_branches,
};
pub use formats::{comes_back, definition, hash, read_back};
pub use layers::{Layer, layers};
pub use mlp::{Dense, Mlp, xor, zeros};
pub use parts::parts;
pub use race::{Aim, Table, Time, alone, calls, sample};
pub use random::{any_f64, config, key_paths, trees};
pub use same::{exact, same};
pub use scratch::Scratch;
pub use stored::{Stored, stored_trees};
pub use text::{message, pattern};
pub use toy::{Toy, bits, toys};
pub use waves::{Broken, Waves};

/// The programs of the README compile and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The programs of the guide about solvers, which `pytree` does not depend on.
#[cfg(doctest)]
#[doc = include_str!("../../pytree/src/guide/solvers.md")]
pub struct Solvers;
