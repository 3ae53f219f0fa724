use ndarray::Array1;
use num_dual::DualNum;
use std::collections::BTreeMap;

/// A number the simulator computes with: `f64`, or a dual number over `f64`.
///
/// This is a name for a bound and is implemented for everything that meets it, so that one piece of
/// code both simulates and is differentiated:
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
pub trait Scalar: DualNum<Primitive = f64> + dynamics::Scalar + Copy {}

impl<T: DualNum<Primitive = f64> + dynamics::Scalar + Copy> Scalar for T {}

/// State key to one value a node, or one a synapse of its type: `"v"` (mV), gates (1),
/// concentrations (mM), membrane currents (mA/cm^2) and synaptic currents (nA).
pub type States<T> = BTreeMap<String, Array1<T>>;

/// Parameter key to one value a node, or one a synapse of its type, in its
/// [units](crate#keys-and-units); `"axial_conductances"` (1/ms) has one an edge.
pub type Params<T> = BTreeMap<String, Array1<T>>;

/// What acts on a module during one step: `"i"` (nA) or the name of a clamped state, to one value
/// for each of the nodes (or synapses) that the module's external of that name lists, in that
/// order.
pub type Externals = BTreeMap<String, Array1<f64>>;
