//! The true ODE states of a neuron simulator as one labelled vector, and back.
//!
//! A simulator keeps all that can be recorded in one dictionary: the voltages and gates that its
//! differential equations are about, and beside them observables that follow from these: currents
//! through channels and synapses, voltages at branchpoints, NaN as padding where a compartment has
//! no such gate. Linearisation, filters, Lyapunov exponents want the former alone, as a vector.
//! [`build_dynamic_state_utils`] gives the way there and back, after the function of that name in
//! Jaxley's `jaxley.utils.dynamics`.
//!
//! A module says what its states are, and how to compute its currents from them:
//!
//! ```
#![doc = include_str!("../doc/cell.rs")]
//!
//! let utils = build_dynamic_state_utils(&Cell)?;
//! let dynamic = utils.remove_observables(&all_states())?;
//! let vector = utils.flatten(&dynamic)?;
//! assert_eq!(vector, array![0.1, -70.0, -65.0]);
//! assert_eq!(utils.labels(), ["m[0]", "v[0]", "v[2]"]);
//!
//! let restored = utils.add_observables(&utils.unflatten(&vector)?, &(), 0.025)?;
//! assert_eq!(restored["v"], array![-70.0, -1.0, -65.0]);
//! assert!(restored["m"][2].is_nan());
//! # Ok::<(), dynamics::Error>(())
//! ```
//!
//! # The rule
//! It is Jaxley's, taken once from the initial states:
//! 1. A current that is no state is an observable. One that is a state as well, such as `i_Ca` where
//!    a pump reads it, is kept.
//! 2. A state of nodes loses the branchpoints, then the nodes at which it is NaN. Whether a state is
//!    one of nodes is said by its name; those of synapses are kept whole.
//! 3. The vector holds the states in the order of the tree, which for a dict is that of its keys.
//! 4. Restoring puts NaN where a state is not and -1 at branchpoints, and has the module compute its
//!    currents.
//!
//! # Beyond Jaxley
//! Arguments are never changed. A state that is missing, unknown or of another length, a NaN where a
//! state lives and states that still have their observables are errors that name key and node.
//! [`DynamicStateUtils::explain`] tells of every entry whether it is kept and where, or why it is
//! not; [`DynamicStateUtils::excluding`] leaves out states by name. States may be nested dicts and
//! derived structs. The same utilities serve `f64`, `f32` and dual numbers.
//! [`InPlace`] goes between all states and a slice without an allocation, and [`Step`] makes the step
//! of a simulator a function from vector to vector; `jacobian` differentiates that, and a
//! [`Jacobian`] names its blocks.

mod error;
mod module;
mod selection;
mod plan;
mod strip;
mod unfit;
mod explain;
mod in_place;
mod dynamic_state_utils;
mod step;
mod jacobian;
#[cfg(feature = "num-dual")]
mod forward_mode;

pub use crate::dynamic_state_utils::{DynamicStateUtils, build_dynamic_state_utils};
pub use crate::error::{Error, Problem, ProblemKind};
pub use crate::explain::{Explained, Fate};
#[cfg(feature = "num-dual")]
pub use crate::forward_mode::{DIRECTIONS, Duals, jacobian};
pub use crate::in_place::InPlace;
pub use crate::jacobian::Jacobian;
pub use crate::module::{ChannelCurrents, Module, Scalar};
pub use crate::step::{Step, step};
