//! Derivatives of functions of trees: gradients, Jacobians, and products with them.
//!
//! A function that is generic in the type of its numbers can be called with dual numbers, which carry derivatives
//! beside the value (forward mode). The parameters are a `Params<f64>`; the closure receives them as a `Params<Duals>`.
//! ([`tree_mapv`](crate::tree_mapv) converts parameters of other types to `f64`.) The functions of this module set the
//! derivatives of the arguments, call the closure, and collect the derivatives of the result. [`Duals`] carries eight
//! directions, so a gradient of *n* parameters takes *n* / 8 calls, rounded up. For thousands of parameters, a
//! gradient in reverse mode or by hand is cheaper.
//!
//! | JAX | here | calls of the closure |
//! |---|---|---|
//! | `value_and_grad(f)(x)` | [`value_and_grad`]`(f, &x)?` | *n* / 8, at least 1 |
//! | `grad(f)(x)` | [`grad`](grad())`(f, &x)?` | *n* / 8, at least 1 |
//! | `jacfwd(f)(x)` | [`jacobian`](jacobian())`(f, &x)?` | *n* / 8, at least 1 |
//! | `jvp(f, (x,), (v,))` | [`jvp`]`(f, &x, &v)?` | 1 |
//! | `jvp(grad(f), (x,), (v,))` | [`hvp`]`(f, &x, &v)?` | *n* / 8, at least 1 |
//!
//! Each has a `try_` form for a closure that can fail. The functions need the feature `num-dual`. [`Jacobian`], a
//! matrix whose rows and columns have names, does not. The guide to [derivatives](crate::guide::derivatives) shows each
//! function beside JAX's.

pub(crate) mod jacobian;
#[cfg(feature = "num-dual")]
pub(crate) mod duals;
#[cfg(feature = "num-dual")]
pub(crate) mod value_and_grad;
#[cfg(feature = "num-dual")]
pub(crate) mod jacfwd;
#[cfg(feature = "num-dual")]
pub(crate) mod direction;
#[cfg(feature = "num-dual")]
pub(crate) mod jvp;
#[cfg(feature = "num-dual")]
pub(crate) mod hvp;

#[cfg(feature = "num-dual")]
pub use crate::grad::duals::{DIRECTIONS, Duals};
#[cfg(feature = "num-dual")]
pub use crate::grad::hvp::{NestedDuals, hvp, try_hvp};
#[cfg(feature = "num-dual")]
pub use crate::grad::jacfwd::{jacobian, try_jacobian};
pub use crate::grad::jacobian::Jacobian;
#[cfg(feature = "num-dual")]
pub use crate::grad::jvp::{jvp, try_jvp};
#[cfg(feature = "num-dual")]
pub use crate::grad::value_and_grad::{grad, try_grad, try_value_and_grad, value_and_grad};
