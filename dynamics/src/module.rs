use ndarray::{ArrayD, ArrayViewD};
use num_traits::{FloatConst, FromPrimitive};
use pytree::{FromLeaves, PyTree};

/// What the values of states may be: real numbers such as `f64`, `f32`, dual numbers.
///
/// A NaN is a value that does not equal itself; of a dual number, that is its real part.
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
