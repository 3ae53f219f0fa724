#![doc = include_str!("../README.md")]
//!
//! # The rule
//! It is the rule of Jaxley, applied once, to the initial states:
//! 1. A current that is not among the initial states is an observable. A current that is, such as
//!    `i_Ca` where a pump reads it, is a state.
//! 2. A membrane state loses the branchpoints, and the nodes at which it is NaN. The module says by
//!    name which states are membrane states. Those of synapses are kept whole.
//! 3. The vector holds the states in the order of the tree. For a dict, that is the order of its keys.
//! 4. The way back sets branchpoints to -1 and the other removed nodes to NaN, and has the module
//!    compute its currents.
//!
//! # Beyond Jaxley
//! - Arguments are never changed.
//! - A state that is missing, unknown or of another length, a NaN in the vector, and states that still
//!   have their observables are errors that name the state and the node.
//! - Currents that the module names and does not compute, or computes with a wrong length, are errors.
//! - [`DynamicStateUtils::explain`] gives the position in the vector of every entry, or the reason why
//!   it is not part of the vector. In particular, it says that a state is NaN everywhere, and that a current
//!   is a state because it is among the initial states.
//! - There is one numbering: the `2` of [`labels`](DynamicStateUtils::labels) such as `v[2]`, of
//!   [`index`](DynamicStateUtils::index), of the blocks of a [`Jacobian`] and of errors is a node.
//! - [`DynamicStateUtils::excluding`] leaves out states by name.
//! - States may be nested dicts and structs. One `DynamicStateUtils` serves `f64`, `f32` and dual
//!   numbers.
//! - [`InPlace`] goes between all states and a slice without an allocation.
//!
//! # In this order
//! A [`Module`] describes the model of a simulator, and [`ChannelCurrents`] computes its currents. A
//! simulator of your own implements both; [`example::Cell`] is a template. The plan, made from the module, has
//! a selection for each state: the entries that are part of the vector, and the values that the others
//! are filled with. [`DynamicStateUtils`] and [`InPlace`] apply the plan to states. On top of them, a
//! [`Step`] is a function from vector to vector, and a [`Jacobian`] is its derivative.
//!
//! A simulator whose vector is known, without observables, needs none of this for its gradients:
//! [`Differentiable`] is enough, see [`guide::own_simulator`].
//!
//! # Derivatives that scale
//! A [`Linearization`] is the derivative of a step as an operator: products in any number of directions,
//! and with the transpose; the matrix, dense or sparse (feature `sprs`); blocks by name. It comes from a
//! simulator that is [`Differentiable`], or from dual numbers (feature `num-dual`). A [`Run`] of a
//! `Differentiable` has gradients in reverse mode with respect to all parameters and the initial state. The guide
//! to [a simulator of your own](guide::own_simulator) is a whole program.

mod error;
mod scalar;
mod module;
mod linear_operator;
mod dense;
mod differentiable;
pub mod example;
mod selection;
mod label;
mod plan;
mod states;
mod matching;
mod currents;
mod in_place;
mod explain;
mod dynamic_state_utils;
mod lookup;
mod names;
mod step;
mod jacobian;
mod sparse_operator;
mod linearization;
#[cfg(feature = "num-dual")]
mod linearize;
#[cfg(feature = "sprs")]
mod sparse;
mod checkpoints;
mod reverse;
mod run;
pub mod guide;

pub use crate::differentiable::Differentiable;
pub use crate::dynamic_state_utils::{DynamicStateUtils, build_dynamic_state_utils};
pub use crate::error::{Error, Problem, ProblemKind};
pub use crate::explain::{Explained, Fate};
pub use crate::in_place::InPlace;
pub use crate::jacobian::Jacobian;
pub use crate::linear_operator::LinearOperator;
pub use crate::linearization::Linearization;
pub use crate::module::{ChannelCurrents, Module};
pub use crate::names::Names;
pub use crate::reverse::{Forward, Gradient};
pub use crate::run::Run;
pub use crate::scalar::Scalar;
pub use crate::sparse_operator::SparseOperator;
pub use crate::step::Step;
