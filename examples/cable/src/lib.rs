//! `cable` is a small compartmental simulator. It computes what
//! [Jaxley](https://jaxley.readthedocs.io) 0.14 computes, for cells that are built here and for
//! modules that are exported from there.
//!
//! A neuron is a tree of compartments, each a piece of membrane with a voltage. Neighbours exchange
//! current along the tree, channels pass current through the membrane, and synapses bring current
//! from other neurons. The states of all compartments are a [dictionary](States) of arrays, and so
//! are the [parameters](Params). Everything is generic in the number, and dual numbers
//! differentiate it:
//!
//! ```
//! use cable::channels::Leak;
//! use cable::{Build, CableError, Cell, Scalar, Solver, build_init_and_step_fn};
//! use num_dual::{Dual64, DualNum};
//!
//! /// The voltage (mV) at the end, for a leak conductance (S/cm^2) everywhere.
//! fn voltage<T: Scalar>(cell: &Cell, leak: T) -> Result<T, CableError> {
//!     let mut param_state = vec![];
//!     cell.data_set("Leak_gLeak", leak, &mut param_state)?;
//!     let cable = cell.build_for(0.025, 5.0)?; // ms
//!     let module = build_init_and_step_fn(&cable, Solver::BwdEuler);
//!     let recorded = module.integrate(&vec![], &param_state)?;
//!     Ok(recorded[[0, cable.steps()]])
//! }
//!
//! # fn main() -> Result<(), CableError> {
//! let mut cell = Cell::default();
//! cell.insert(Leak)?.set("v", -60.0)?.record("v")?;
//! let v = voltage(&cell, Dual64::from_re(1e-4).derivative())?;
//! let difference = (voltage(&cell, 1.001e-4)? - voltage(&cell, 0.999e-4)?) / 2e-7;
//! assert!((v.eps - difference).abs() < 1e-5 * difference.abs());
//! # Ok(())
//! # }
//! ```
//!
//! Two functions step a module, and both are the same code: [`InitAndStep::step`] moves a
//! dictionary of states, and [`StepDynamics`] is that step from vector to vector, with its
//! Jacobian.
//!
//! # Gradients
//! [`InitAndStep::value_and_grad`] differentiates a loss over what is recorded with respect to the
//! trainable [`Parameters`] of a cell, in one backward pass for any number of them:
//!
//! ```
//! use cable::channels::Leak;
//! use cable::{Build, CableError, Cell, Solver, build_init_and_step_fn};
//! use pytree::grad::Duals;
//!
//! # fn main() -> Result<(), CableError> {
//! let mut cell = Cell::default();
//! cell.insert(Leak)?.set("v", -60.0)?.record("v")?.make_trainable("Leak_gLeak")?; // mV
//! let cable = cell.build_for(0.025, 1.0)?; // ms
//! let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
//! let mean = |_: usize, v: &[Duals]| v[0] / (cable.steps() + 1) as f64; // a part for each step
//! let (value, gradient) = run.value_and_grad(&cell.get_parameters(), mean)?;
//! assert!(-61.0 < value && value < -60.0);
//! assert!(gradient[0]["Leak_gLeak"][0] < 0.0); // mV per S/cm^2: the leak pulls the voltage down
//! # Ok(())
//! # }
//! ```
//!
//! [`InitAndStep::value_and_grad_with`] is the same for a run with data, by all of which it
//! differentiates, too. [`InitAndStep::value_and_grad_of`] takes any function of the whole recording,
//! [`InitAndStep::value_and_grad_of_states`] a function of all states, and both also differentiate
//! with respect to all of [`RunData`]: initial states, stimuli and clamps.
//! [`StepDynamics::linearize`] is the derivative of a single step. Dual numbers of [`pytree::grad`]
//! differentiate any other function of a module.
//!
//! # Building
//! A [`Branch`] consists of [`Compartment`]s, a [`Cell`] of branches (or of the points of an SWC
//! file, see [`Swc`]), and a [`Network`] of cells. Each of them is changed as a whole by
//! the methods of [`Build`], or in parts through a [`View`], and [`build`](Build::build) makes the
//! [`Cable`] that runs. Names are those of Jaxley:
//!
//! ```
//! use cable::channels::{HH, Leak};
//! use cable::{Branch, Build, Cell, Compartment, Solver, build_init_and_step_fn, step_current};
//!
//! # fn main() -> Result<(), cable::CableError> {
//! let branch = Branch::new(&Compartment::new(), 2)?;
//! let mut cell = Cell::new(&branch, &[-1, 0, 0])?;
//! cell.insert(Leak)?.set("length", 50.0)?;
//! cell.branch(0)?.insert(HH)?.set("HH_gNa", 0.15)?;
//! cell.set("v", -65.0)?.init_states()?;
//! cell.branch(1)?.comp(1)?.stimulate(step_current(1.0, 2.0, 0.5, 0.025, 5.0)?)?;
//! cell.branch(0)?.comp(0)?.record("v")?;
//! cell.branch(..)?.make_trainable("radius")?;
//!
//! let cable = cell.build(0.025)?;
//! let module = build_init_and_step_fn(&cable, Solver::BwdEuler);
//! let recorded = module.integrate(&cell.get_parameters(), &vec![])?;
//! assert_eq!(recorded.dim(), (1, 202));
//! # Ok(())
//! # }
//! ```
//!
//! | Jaxley | here |
//! |---|---|
//! | `jx.Cell(branch, parents=[-1, 0, 0])` | `Cell::new(&branch, &[-1, 0, 0])?` |
//! | `jx.Cell([a, b], parents=[-1, 0])` | `Cell::from_branches(&[a, b], &[-1, 0])?` |
//! | `jx.read_swc("cell.swc", ncomp=4)` | `Swc::read("cell.swc")?.cell(4)?` |
//! | `jx.read_swc(.., min_radius=0.1, max_branch_len=300)` | `Swc::read(..)?.min_radius(0.1)?.max_branch_len(300.0)?.cell(4)?` |
//! | `cell.branch(0).set_ncomp(4)` | `cell.branch(0)?.set_ncomp(4)?` |
//! | `cell.xyzr`, `cell.nodes[["x", "y", "z"]]` | `cell.view().xyzr()`, `cell.view().centers()?` |
//! | `distance_pathwise(cell.soma.branch(0).comp(0), cell)` | `distance_pathwise(&soma, &cell.view())?`, where `soma` is such a view |
//! | `cell.branch([0, 2]).comp("all")` | `cell.branch([0, 2])?.comp(..)?` |
//! | `cell.branch(1).loc(0.5)` | `cell.branch(1)?.loc(0.5)?` |
//! | `cell.soma.insert(HH())` | `cell.group("soma")?.insert(HH)?` |
//! | `Leak(name="A")`, `Leak().change_name("A")` | `Leak.named("A")`, `Leak.change_name("A")` |
//! | `cell.make_trainable("radius", 2.0)` | `cell.make_trainable_from("radius", 2.0)?` |
//! | `p = cell.data_set("Leak_gLeak", g, p)` | `cell.data_set("Leak_gLeak", g, &mut p)?` |
//! | `connect(pre, post, IonotropicSynapse())` | `net.connect(&pre, &post, IonotropicSynapse)?` |
//! | `fully_connect(pre, post, IonotropicSynapse())` | `net.fully_connect(&pre, &post, IonotropicSynapse)?` |
//! | `sparse_connect(pre, post, IonotropicSynapse(), p=0.1)` | `net.sparse_connect(&pre, &post, IonotropicSynapse, 0.1, seed)?` |
//! | `connectivity_matrix_connect(pre, post, IonotropicSynapse(), matrix)` | `net.connectivity_matrix_connect(&pre, &post, IonotropicSynapse, &matrix)?` |
//! | `fully_connect(.., random_post_comp=True)`, and the others | `net.fully_connect(&pre, &post.random_comp(seed), ..)?` |
//! | `net.select(edges=[0, 1])` | `net.edge([0, 1])?` |
//! | `jx.step_current(1.0, 2.0, 0.5, 0.025, 5.0, i_offset=0.1)` | `step_current_with_offset(1.0, 2.0, 0.5, 0.025, 5.0, 0.1)?` |
//! | `datapoint_to_step_currents(1.0, 2.0, amps, 0.025, 5.0)` | `datapoint_to_step_currents(1.0, 2.0, &amps, 0.025, 5.0, 0.0)?` |
//! | `jx.integrate(cell, params)` | `module.integrate(&params, &vec![])?` |
//! | `d = cell.data_stimulate(current, d)` | `cell.data_stimulate(current, &mut d)?` |
//! | `d = cell.data_clamp("v", values, d)` | `cell.data_clamp("v", values, &mut d)?` |
//! | `jx.integrate(cell, params, data_stimuli=d)` | `module.integrate(&params, RunData { data_stimuli: &d, ..RunData::default() })?` |
//! | `jx.integrate(.., param_state=p)`, `data_clamps=`, `all_states=` | the other fields of [`RunData`] |
//! | `jx.integrate(.., return_states=True)` | `module.integrate_with_states(&params, &vec![])?` |
//! | `init_fn(params, all_states, param_state)` | `module.init(&params, RunData { .. })?` |
//! | `cell.write_trainables(params)` | `cell.write_trainables(&params)?` |
//! | `jx.integrate(cell, t_max=10.0)` | the same, of `cell.build_for(0.025, 10.0)?` |
//! | `jx.ParamTransform([{"radius": SoftplusTransform(0.1)}])` | `ParamTransform::new().with("radius", SoftplusTransform::new(0.1)?)` |
//! | `jax.value_and_grad(loss)(params)` | `module.value_and_grad(&params, loss)?` |
//! | `jax.linearize(step_dynamics, x)` | `step.linearize(&x)?` |
//! | `checkpoint_lengths=[20, 20]` | `module.with_checkpoint_lengths(&[20, 20])` |
//!
//! # Mechanisms
//! [`channels`] and [`synapses`] have the equations, the keys and the units of each. A mechanism's
//! own keys are prefixed with its name, which is that of its struct unless it is [`Named`]
//! otherwise. Keys that mechanisms share (`eNa`, `eK`, `eCa`, `vt`, `i_Ca`, `CaCon_i`, `CaCon_e`)
//! have no prefix. [`mechanism`] says how to write one of your own.
//!
//! # Keys and units
//! Time is in ms, a voltage in mV, a concentration in mM. A current through the membrane is in
//! mA/cm² (of a pump in mM/ms), one through a synapse or of a stimulus in nA. A conductance is in
//! S/cm² in the membrane and in uS at a synapse; the `gS` of `TanhRateSynapse` is a current in nA.
//! Gates have no unit.
//!
//! Every compartment has a `radius` (1 um), a `length` (10 um), an `axial_resistivity` (5000 ohm
//! cm), a `capacitance` (1 uF/cm²) and the state `v` (-70 mV). From radius and length follow `area`
//! (um²), `volume` (um³), `resistive_load_in` and `resistive_load_out` (1/um), and from all of
//! these the `axial_conductances` (1/ms; S um/cm to a branchpoint) of a module that is built.
//!
//! # Numbers
//! Numbers that a step cannot take are refused where they are set or read: values beyond 1e50, and
//! areas, volumes, loads and conductances outside 1e-50 to 1e50, also where they follow from other
//! values. A module has at most 10,000,000 compartments, synapses and steps. A [`CableError`] names
//! the part of the module and what to do; its [`ErrorKind`] is for code.
//!
//! # What is the same as in Jaxley
//! - Rates that are 0/0 at one voltage give NaN there, unless a channel is
//!   [`Continued`](mechanism::Continued).
//! - The slope of a current is a finite difference.
//! - A pump reads the calcium current of the step before.
//! - `CaL` and `CaT` read `eCa` from the parameters, not the state that `CaNernstReversal` sets.
//! - A clamp of a synapse's state counts the synapses of all types, see [`External::nodes`].
//!
//! # What differs from Jaxley
//! - The derivative of a step is finite where a rate is saturated, as that of `IonotropicSynapse` far
//!   above its threshold.
//! - [`init_states`](Build::init_states) sets the gates of `Km` and `CaT` to their fixed points
//!   too, where Jaxley takes inf / (inf + tau). It reads trainable voltages and parameters, where
//!   Jaxley reads the values that were set.
//! - A trainable parameter of branches with different numbers of compartments acts on these
//!   branches alone, where Jaxley also sets the last node.
//! - A state of synapses is recorded, clamped and trained at the synapses in view.
//! - [`sparse_connect`](Network::sparse_connect) connects a pair of cells once at most, and all pairs
//!   if `p` is 1. Jaxley draws as many synapses, but both ends of each anew, so that a pair may have
//!   several. The random numbers are those of a seed.
//! - A compartment that is [drawn](Selection::random_comp) is one of the cell that is connected.
//!   Jaxley's `random_post_comp` gives synapses of `fully_connect` and `connectivity_matrix_connect`
//!   ends in other cells, unless there are as many cells before as after.
//! - After [`write_trainables`](Build::write_trainables) the written values are also those of
//!   `get_parameters`.
//! - Stimuli of different lengths can be given to one run, and a state that the data and the module
//!   clamp is an error.
//! - The zero currents of `Izhikevich`, `Rate` and `Fire` have the name of the kind (`Fire_fire`)
//!   where the mechanism is made with another name, too.
//! - [`NegSoftplusTransform`](transforms::NegSoftplusTransform) has its bound where it says, where
//!   Jaxley's has it at the negative.
//! - An index or a key that nothing has, and a name that a channel and a synapse share, are errors,
//!   where Jaxley ignores them.
//! - `edge(..)` replaces Jaxley's `select(edges=..)`. After it, a trainable parameter of
//!   compartments is one parameter, where after `select` each compartment has its own. A view is
//!   always in ascending order, where `select` keeps the order of the indices.
//! - A view is narrowed down by `cell`, `branch`, `comp`, `loc` (one position), `edge`, `group`,
//!   `point` (of an SWC file) and `synapse` alone.
//! - [`Swc`] and [`View::set_ncomp`] say what differs there.

#![allow(
    clippy::inline_always,
    reason = "a loop over sites is compiled for wide registers if all of it is inlined"
)]

mod error;
mod ancestry;
mod number;
pub mod mechanism;
mod states;
mod arrays;
mod description;
pub mod channels;
pub mod synapses;
mod kinds;
mod step;
mod run;
mod derivative;
mod swc;
mod build;
pub mod morphology;
pub mod transforms;

pub use build::branch::Branch;
pub use build::cell::Cell;
pub use build::compartment::Compartment;
pub use build::index::Index;
pub use build::network::Network;
pub use build::tables::Tables;
pub use build::values::Values;
pub use build::view::{Selection, View};
pub use build::whole::Build;
pub use derivative::gradient::RunGradient;
pub use derivative::operator::StepLinear;
pub use derivative::step_dynamics::StepDynamics;
pub use description::edge::{Edge, EdgeKind};
pub use description::export::{Channel, Export, External, Mechanism, Recording, Synapse};
pub use description::setting::{ParamState, Parameters, Setting};
pub use error::{CableError, ErrorKind};
pub use kinds::Kinds;
pub use mechanism::kinds::Named;
pub use run::cable::Cable;
pub use run::data::{DataExternal, RunData};
pub use run::init_and_step::{InitAndStep, build_init_and_step_fn};
pub use run::stimulus::{datapoint_to_step_currents, step_current, step_current_with_offset};
pub use states::{Externals, Params, Scalar, States};
pub use step::solver::Solver;
pub use swc::swc::Swc;
pub use swc::traced::TracedBranch;

/// The programs of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
