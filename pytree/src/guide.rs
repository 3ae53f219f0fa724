//! Guides: texts with examples.
//!
//! | coming from | |
//! |---|---|
//! | [`jax`] | `jax.tree`, `jax.tree_util`, `ravel_pytree` |
//! | [`equinox`] | modules, `filter_*`, `tree_at`, `partition` and `combine` |
//! | [`optree`] | accessors, `PyTreeSpec`, `tree_ravel` |
//!
//! | about | |
//! |---|---|
//! | [`leaves`] | what a leaf is and why; what to do with a field that is not a leaf |
//! | [`own_leaf`] | how to write your own leaf type |
//! | [`any_tree`] | how to write functions of any tree, and their bounds |
//! | [`derivatives`] | gradients, Jacobians and products with them, beside JAX's |
//! | [`cost`] | what each operation costs |

#[doc = include_str!("guide/jax.md")]
pub mod jax {}

#[doc = include_str!("guide/equinox.md")]
pub mod equinox {}

#[doc = include_str!("guide/optree.md")]
pub mod optree {}

#[doc = include_str!("guide/leaves.md")]
pub mod leaves {}

#[doc = include_str!("guide/own_leaf.md")]
pub mod own_leaf {}

#[doc = include_str!("guide/any_tree.md")]
pub mod any_tree {}

#[cfg(feature = "num-dual")]
#[doc = include_str!("guide/derivatives.md")]
pub mod derivatives {}

#[doc = include_str!("guide/cost.md")]
pub mod cost {}
