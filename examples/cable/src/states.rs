use crate::mechanism::code::Simulated;
use ndarray::Array1;
use num_dual::DualNum;
use std::collections::BTreeMap;

/// A number that a module is simulated with: `f64`, num-dual's `Dual64`, and the
/// [`Duals`](pytree::grad::Duals) and [`NestedDuals`](pytree::grad::NestedDuals) of [`pytree::grad`].
///
/// The same code then simulates and is differentiated:
///
/// ```
/// use cable::Scalar;
/// use num_dual::{Dual64, DualNum};
///
/// /// The current through a leak conductance.
/// fn leak<T: Scalar>(v: T) -> T {
///     (v + 70.0) * 1e-4
/// }
///
/// assert_eq!(leak(-60.0), 1e-3);
/// assert_eq!(leak(Dual64::from_re(-60.0).derivative()).eps, 1e-4);
/// ```
pub trait Scalar: DualNum<Primitive = f64> + dynamics::Scalar + Simulated + Copy {}

impl<T: DualNum<Primitive = f64> + dynamics::Scalar + Simulated + Copy> Scalar for T {}

/// The states by their keys, each with one value a node or one a synapse of its type: `"v"` (mV),
/// gates (1), concentrations (mM), membrane currents (mA/cm^2; mM/ms of a pump) and synaptic
/// currents (nA). A pytree, whose leaves are in the order of the keys.
///
/// ```
/// use cable::channels::Leak;
/// use cable::{Build, Compartment, States};
///
/// let mut comp = Compartment::new();
/// let states: States<f64> = comp.insert(Leak)?.set("v", -60.0)?.build(0.025)?.init()?;
/// assert!(states.keys().eq(["i_Leak", "v"]));
/// assert_eq!(states["i_Leak"][0], 1e-4 * 10.0);
/// # Ok::<(), cable::CableError>(())
/// ```
pub type States<T> = BTreeMap<String, Array1<T>>;

/// The parameters by their keys, each with one value a node or one a synapse of its type, in its
/// [units](crate#keys-and-units); `"axial_conductances"` (1/ms; S um/cm to a branchpoint) has one
/// an edge. A pytree, whose leaves are in the order of the keys.
///
/// ```
/// use cable::channels::Leak;
/// use cable::{Build, Compartment, Params, Solver, build_init_and_step_fn};
///
/// let mut comp = Compartment::new();
/// let cable = comp.insert(Leak)?.build(0.025)?;
/// let mut params: Params<f64> = cable.params().clone();
/// params.entry("Leak_eLeak".to_owned()).and_modify(|e| e.fill(-60.0));
/// let (module, mut states) = (build_init_and_step_fn(&cable, Solver::BwdEuler), cable.init()?);
/// module.step(&mut states, &params, &cable.externals_at(0)?, 0.025)?;
/// assert!(states["v"][0] > -70.0); // on the way to -60 mV
/// # Ok::<(), cable::CableError>(())
/// ```
pub type Params<T> = BTreeMap<String, Array1<T>>;

/// What acts on a module during one step: under `"i"` (nA), or the name of a clamped state (in its
/// [units](crate#keys-and-units)), one value for each of the nodes or synapses that the module's
/// external of that name lists, in that order.
///
/// ```
/// use cable::{Build, Compartment, Externals, Solver, build_init_and_step_fn};
/// use ndarray::array;
///
/// let mut comp = Compartment::new();
/// let cable = comp.stimulate(vec![0.1, 0.0])?.build(0.025)?;
/// let mut externals: Externals = cable.externals_at(0)?;
/// assert_eq!(externals["i"], array![0.1]);
/// externals.insert("i".to_owned(), array![0.2]); // another current
/// let (module, mut states) = (build_init_and_step_fn(&cable, Solver::BwdEuler), cable.init()?);
/// module.step(&mut states, cable.params(), &externals, 0.025)?;
/// assert!(states["v"][0] > -70.0);
/// # Ok::<(), cable::CableError>(())
/// ```
pub type Externals = BTreeMap<String, Array1<f64>>;
