//! `cable` is a small compartmental simulator. It replays modules exported from
//! [Jaxley](https://jaxley.readthedocs.io) 0.14 and computes what Jaxley computes, with implicit
//! Euler for the voltage and exponential Euler for gates.
//!
//! A neuron is a tree of compartments, each a piece of membrane with a voltage. Neighbours exchange
//! current along the tree, channels pass it through the membrane, and synapses bring it from other
//! neurons. The states of all compartments are a [dictionary](States) of arrays, and so are the
//! [parameters](Params). [`Cable::step`] moves the states by one time step; it is generic in the
//! number it computes with, so that dual numbers differentiate it:
//!
//! ```
//! use cable::{Cable, CableError, Params, Scalar, States};
//! use num_dual::{Dual64, DualNum};
//!
//! /// The voltage (mV) at node 0 after all steps, for a leak conductance (S/cm^2) everywhere.
//! fn voltage<T: Scalar>(cable: &Cable, leak: T) -> Result<T, CableError> {
//!     let lift = |arrays: &States<f64>| -> States<T> {
//!         arrays.iter().map(|(key, array)| (key.clone(), array.mapv(T::from))).collect()
//!     };
//!     let mut params: Params<T> = lift(cable.params());
//!     params.entry("Leak_gLeak".to_owned()).and_modify(|g| g.fill(leak));
//!     let mut states = lift(cable.initial_states());
//!     cable.append_channel_currents(&mut states, &params, cable.delta_t())?;
//!     for step in 0..cable.steps() {
//!         cable.step(&mut states, &params, &cable.externals_at(step)?, cable.delta_t())?;
//!     }
//!     Ok(states["v"][0])
//! }
//!
//! # fn main() -> Result<(), CableError> {
//! # let text = include_str!("../../tests/data/jaxley/three_branches_leak/module.json");
//! let cable = Cable::from_json(text)?;
//! let v = voltage(&cable, Dual64::from_re(1e-4).derivative())?;
//! let difference = (voltage(&cable, 1.001e-4)? - voltage(&cable, 0.999e-4)?) / 2e-7;
//! assert!((v.eps - difference).abs() < 1e-5 * difference.abs());
//! # Ok(())
//! # }
//! ```
//!
//! # Mechanisms
//! A mechanism's own keys are prefixed with its name, which is its kind unless it was renamed;
//! shared ones (`eNa`, `eK`, `eCa`, `vt`, `i_Ca`, `CaCon_i`, `CaCon_e`) are not.
//!
//! | kind | current | after |
//! |---|---|---|
//! | `HH` | gNa m³h (v - eNa) + gK n⁴ (v - eK) + gLeak (v - eLeak) | Hodgkin and Huxley, 1952; Sterratt et al., 2011 |
//! | `Leak` | gLeak (v - eLeak) | Pospischil et al., 2008 |
//! | `Na` | gNa m³h (v - eNa) | Pospischil et al., 2008 |
//! | `K` | gK n⁴ (v - eK) | Pospischil et al., 2008 |
//! | `Km` | gKm p (v - eK) | Pospischil et al., 2008 |
//! | `CaL` | gCaL q²r (v - eCa) | Pospischil et al., 2008 |
//! | `CaT` | gCaT s∞(v)² u (v - eCa) | Pospischil et al., 2008 |
//! | `CaPump` | drives `CaCon_i` from `i_Ca` | Destexhe et al., 1994 |
//! | `CaNernstReversal` | none; sets the state `eCa` | Nernst |
//! | `IonotropicSynapse` | gS s (post - `e_syn`) | Abbott and Marder, 1998 |
//! | `TestSynapse` | gC c post | Jaxley |
//! | `TanhRateSynapse` | -gS tanh((pre - `x_offset`) slope) | Jaxley |
//! | `TanhConductanceSynapse` | gS tanh((pre - `x_offset`) slope) (post - `e_syn`) | Jaxley |
//!
//! # Units
//! Time in ms, voltage in mV, conductance in S/cm² (channels) or uS (synapses), current in mA/cm²
//! (channels), mM/ms (pumps) or nA (synapses and stimuli), concentration in mM, length in um,
//! capacitance in uF/cm².
//!
//! # What it keeps of Jaxley, even where one might not
//! Rates that are 0/0 at one voltage give NaN there. The slope of a current is a finite difference.
//! A pump reads the calcium current of the step before. `CaL` and `CaT` read `eCa` from the
//! parameters, not the state that `CaNernstReversal` sets. A clamp of a synapse's state counts the
//! synapses of all types, see [`External::nodes`].

mod scalar;
mod place;
mod error;
mod export;
mod home;
mod slots;
mod claims;
mod check;
mod gate;
mod drive;
mod mechanism;
mod hh;
mod pospischil;
mod pumps;
mod synapses;
mod insertion;
mod connection;
mod forest;
mod cable;
mod inputs;
mod step;
mod step_jacobian;
mod dynamic;

pub use cable::Cable;
pub use dynamic::{StepDynamics, Trajectory};
pub use error::{CableError, EdgeProblem};
pub use export::{Channel, Edge, Export, External, Mechanism, Recording, Synapse};
pub use place::Place;
pub use scalar::{Externals, Params, Scalar, States};
pub use step_jacobian::StepJacobian;
