use ndarray::{ArrayD, ArrayViewD};
use num_traits::{FloatConst, FromPrimitive};
use pytree::{FromLeaves, PyTree};

/// What the values of states may be: real numbers such as `f64`, `f32`, dual numbers.
///
/// A NaN is a value that does not equal itself; of a dual number, that is its real part.
///
/// ```
/// use dynamics::Scalar;
/// fn steady_state<T: Scalar + std::ops::Div<Output = T>>(alpha: T, sum: T) -> T {
///     alpha / sum
/// }
/// assert_eq!(steady_state(1.0_f32, 4.0), 0.25);
/// ```
pub trait Scalar: Clone + PartialEq + FromPrimitive + FloatConst + 'static {}

impl<T: Clone + PartialEq + FromPrimitive + FloatConst + 'static> Scalar for T {}

/// Whether `x` is NaN, that is, does not equal itself: the one test that all number types share.
#[allow(clippy::eq_op, reason = "that is the test")]
#[inline]
pub(crate) fn is_nan<T: PartialEq>(x: &T) -> bool {
    x != x
}

/// `value` as a `T`.
pub(crate) fn scalar<T: Scalar>(value: f64) -> T {
    T::from_f64(value).expect("a floating-point or dual number holds any f64")
}

/// What has to be known of a simulator's module to tell its true ODE states from its observables:
/// what Jaxley's `build_dynamic_state_utils` asks of a `jx.Module`.
///
/// A state is a leaf of [`States`](Self::States), known by the last key of its path.
///
/// ```
/// use std::collections::BTreeMap;
/// use dynamics::{Module, Scalar, build_dynamic_state_utils};
/// use ndarray::{Array1, array};
///
/// /// Two compartments with a branchpoint (node 1) between them, a gate `m` in the first.
/// struct Cell;
///
/// impl Module for Cell {
///     type States<T: Scalar> = BTreeMap<String, Array1<T>>;
///
///     fn initial_states(&self) -> BTreeMap<String, Array1<f64>> {
///         let (v, m) = (array![-70.0, -1.0, -65.0], array![0.1, -1.0, f64::NAN]);
///         BTreeMap::from([("v".into(), v), ("m".into(), m)])
///     }
///     fn num_nodes(&self) -> usize {
///         3
///     }
///     fn branchpoints(&self) -> Vec<usize> {
///         vec![1]
///     }
///     fn is_membrane_key(&self, name: &str) -> bool {
///         ["v", "m"].contains(&name)
///     }
///     fn membrane_current_names(&self) -> Vec<String> {
///         vec!["i_leak".into()]
///     }
///     fn synapse_current_names(&self) -> Vec<String> {
///         vec![]
///     }
/// }
///
/// assert_eq!(build_dynamic_state_utils(&Cell)?.labels(), ["m[0]", "v[0]", "v[2]"]);
/// # Ok::<(), dynamics::Error>(())
/// ```
pub trait Module {
    /// The states with elements of type `T`: a dict from names to arrays, a nest of dicts, a derived
    /// struct, a [`Tree`](pytree::Tree).
    ///
    /// In a struct, a current is a field that is an `Option`, and `None` among the initial states: one
    /// that is there initially is taken for a state. So is one that is to be excluded by name. A
    /// single number of the struct is an `Array0<T>`, or a `T` with `#[pytree(leaf)]`.
    type States<T: Scalar>: PyTree<Elem = T>
        + FromLeaves<ArrayD<T>>
        + for<'a> FromLeaves<ArrayViewD<'a, T>>;

    /// The initial states without the currents: Jaxley's `get_all_states([])`. A state of nodes is
    /// NaN at the nodes that have it not; its value at branchpoints is of no matter.
    fn initial_states(&self) -> Self::States<f64>;

    /// The number of nodes: compartments and branchpoints together.
    fn num_nodes(&self) -> usize;

    /// The nodes that are branchpoints, in any order: Jaxley's `_branchpoints.index`.
    fn branchpoints(&self) -> Vec<usize>;

    /// Whether a state under this name lives on nodes, with one value for each; any other lives on
    /// synapses: whether Jaxley's `jaxnodes` has the key.
    fn is_membrane_key(&self, name: &str) -> bool;

    /// The names of the currents through channels and pumps.
    fn membrane_current_names(&self) -> Vec<String>;

    /// The names of the currents through synapses.
    fn synapse_current_names(&self) -> Vec<String>;
}

/// A [`Module`] that can compute its currents from its states, with elements of type `T`.
///
/// Implemented for all element types at once, it lets dual numbers through.
///
/// ```
/// # use std::collections::BTreeMap;
/// # use std::convert::Infallible;
/// # use dynamics::{ChannelCurrents, Module, Scalar};
/// # use ndarray::{Array1, array};
/// # struct Cell;
/// # impl Module for Cell {
/// #     type States<T: Scalar> = BTreeMap<String, Array1<T>>;
/// #     fn initial_states(&self) -> BTreeMap<String, Array1<f64>> {
/// #         BTreeMap::from([("v".into(), array![-70.0])])
/// #     }
/// #     fn num_nodes(&self) -> usize { 1 }
/// #     fn branchpoints(&self) -> Vec<usize> { vec![] }
/// #     fn is_membrane_key(&self, _: &str) -> bool { true }
/// #     fn membrane_current_names(&self) -> Vec<String> { vec!["i_leak".into()] }
/// #     fn synapse_current_names(&self) -> Vec<String> { vec![] }
/// # }
/// /// The conductance of the leak, in S/cm^2, is the parameter.
/// impl<T: Scalar + std::ops::Mul<Output = T>> ChannelCurrents<T> for Cell {
///     type Params = T;
///     type Error = Infallible;
///
///     fn append_channel_currents(
///         &self,
///         states: &mut BTreeMap<String, Array1<T>>,
///         conductance: &T,
///         _delta_t: f64,
///     ) -> Result<(), Infallible> {
///         let current = states["v"].mapv(|v| conductance.clone() * v);
///         states.insert("i_leak".into(), current);
///         Ok(())
///     }
/// }
///
/// let mut states = Cell.initial_states();
/// Cell.append_channel_currents(&mut states, &0.5, 0.025)?;
/// assert_eq!(states["i_leak"], array![-35.0]);
/// # Ok::<(), Infallible>(())
/// ```
pub trait ChannelCurrents<T: Scalar>: Module {
    /// The parameters of the module.
    type Params;

    /// What goes wrong in the module.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Adds all currents to the states, in place of those that are there already: Jaxley's
    /// `append_channel_currents_to_states`.
    ///
    /// # Errors
    /// Whatever the module has to say of states and parameters that do not fit it.
    fn append_channel_currents(
        &self,
        states: &mut Self::States<T>,
        params: &Self::Params,
        delta_t: f64,
    ) -> Result<(), Self::Error>;
}
