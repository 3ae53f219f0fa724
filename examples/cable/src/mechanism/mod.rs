//! Mechanisms: what a channel, a pump or a synapse of your own says, and how a step runs it.
//!
//! A mechanism is a struct without fields that says its keys and its equations, generic in the
//! number. Inserted like those of [`channels`](crate::channels) and connected like those of
//! [`synapses`](crate::synapses), it is simulated and differentiated as they are.
//!
//! ```
//! use cable::mechanism::{Key, Mechanism, Membrane, Real, gate};
//! use cable::{Build, Cell};
//!
//! /// A persistent sodium current with an instantaneous gate.
//! #[derive(Clone, Copy)]
//! struct Persistent;
//!
//! impl Mechanism<2, 0> for Persistent {
//!     const NAME: &str = "Persistent";
//!     const PARAMS: [Key; 2] = [Key::Own("g", 1e-5, "S/cm^2"), Key::Shared("eNa", 50.0, "mV")];
//!     const STATES: [Key; 0] = [];
//! }
//!
//! impl Membrane<2, 0> for Persistent {
//!     fn current<T: Real>(_: [T; 0], v: T, [g, e]: [T; 2]) -> T {
//!         g * gate::logistic((v + 52.0) / -5.0) * (v - e)
//!     }
//! }
//!
//! # fn main() -> Result<(), cable::CableError> {
//! let mut cell = Cell::default();
//! let cable = cell.insert(Persistent)?.set("Persistent_g", 2e-5)?.build(0.025)?;
//! let utils = dynamics::build_dynamic_state_utils(&cable)?;
//! let step = cable::StepDynamics::new(&utils, cable.externals_at(0)?);
//! let jacobian = step.jacobian(&ndarray::array![-60.0])?;
//! assert!(jacobian.block("v", "v")?[[0, 0]] > 1.0); // the current depolarises
//! # Ok(())
//! # }
//! ```
//!
//! A mechanism with states also has [`Mechanism::update`], which [`gate`] helps to write, so that
//! [`init_states`](crate::Build::init_states) finds where the states rest. An `f64` stands on the
//! right of an operator, as in `x + 1.0`; where a number of the same type is asked for, it is
//! `T::constant(20.0)`. The struct has no fields: what differs between cells is a parameter.

pub(crate) mod keys;
pub(crate) mod equations;
pub mod gate;
pub(crate) mod continued;
pub(crate) mod sites;
pub(crate) mod pattern;
pub(crate) mod kernel;
pub(crate) mod code;
pub(crate) mod kinds;

pub use self::continued::Continued;
pub use self::equations::{Mechanism, Membrane, Synapse};
pub use self::keys::Key;
pub use self::kinds::{IntoChannel, IntoSynapse};
pub use crate::number::real::Real;
