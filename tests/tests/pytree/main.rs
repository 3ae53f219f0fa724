//! What `pytree` promises.

mod algebra;
mod allocations;
mod batches;
mod by_path;
mod by_pattern;
mod checkpoints;
mod checkpoints_damaged;
mod checkpoints_headers;
mod checkpoints_hostile;
mod checkpoints_refused;
mod containers;
mod deep;
mod derivatives;
mod errors;
mod hostile;
mod jax;
mod laws;
mod mistakes;
mod nalgebra;
mod number_lists;
mod outside;
mod patterns;
mod serde;
mod serde_any;
mod serde_refused;
mod static_fields;
