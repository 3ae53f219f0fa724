//! Guides: texts with examples.
//!
//! | coming from | |
//! |---|---|
//! | [`jax`] | `jax.tree`, `jax.tree_util`, `ravel_pytree` |
//! | [`equinox`] | modules, `filter_*`, `tree_at`, `partition` and `combine` |
//! | [`optree`] | accessors, `PyTreeSpec`, `tree_ravel` |
//! | [`optax`] | optax, diffrax and NumPy: what users look for each week, each with its line of code |
//!
//! | about | |
//! |---|---|
//! | [`solvers`] | your own struct in argmin, differential-equations, diffsol, ode_solvers |
//! | [`recipes`] | Adam, clipping, a learning rate for each layer, training a part, resuming, stacking |
//! | [`leaves`] | what a leaf is and why; what to do with a field that is not a leaf |
//! | [`own_leaf`] | how to write your own leaf type |
//! | [`any_tree`] | how to write functions of any tree, and their bounds |
//! | [`derivatives`] | gradients, Jacobians and products with them, beside JAX's (feature `num-dual`) |
//! | [`files`](crate::files) | saving, resuming, files of PyTorch (feature `npz` or `safetensors`) |
//! | [`cost`] | what each operation costs |
//! | `examples/cluster` | a package in the repository: trees exchanged over MPI, and a guide from one core to a cluster |

#[doc = include_str!("guide/jax.md")]
pub mod jax {}

#[doc = include_str!("guide/equinox.md")]
pub mod equinox {}

#[doc = include_str!("guide/optree.md")]
pub mod optree {}

#[cfg(feature = "num-dual")]
#[doc = include_str!("guide/optax.md")]
#[doc(alias = "diffrax")]
#[doc(alias = "numpy")]
pub mod optax {}

// The package `tests` runs these programs, because it depends on the solvers.
#[cfg_attr(not(doctest), doc = include_str!("guide/solvers.md"))]
#[doc(alias = "argmin")]
#[doc(alias = "diffsol")]
#[doc(alias = "ode_solvers")]
#[doc(alias = "differential-equations")]
#[doc(alias = "diffeqsolve")]
#[doc(alias = "minimize")]
pub mod solvers {}

#[doc = include_str!("guide/recipes.md")]
#[doc(alias = "adam")]
#[doc(alias = "adamw")]
#[doc(alias = "ema")]
#[doc(alias = "weight_decay")]
#[doc(alias = "add_decayed_weights")]
#[doc(alias = "PyTorch")]
pub mod recipes {}

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
