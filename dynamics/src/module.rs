use ndarray::{ArrayD, ArrayViewD};
use pytree::{FromLeaves, PyTreeMut};

use crate::scalar::Scalar;

/// Describes a simulator's model: its states, and what is needed to separate its true ODE states from
/// observables. This is what Jaxley's `build_dynamic_state_utils` asks of a `jx.Module`. A simulator of
/// your own implements it to use [`DynamicStateUtils`](crate::DynamicStateUtils).
///
/// The model consists of nodes (compartments and branchpoints) and of synapses. A state is a leaf of
/// [`States`](Self::States), and its name is the last key of its path.
///
/// This trait alone is enough for the way to the vector. The way back to all states needs
/// [`ChannelCurrents`] as well.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use dynamics::{Module, Scalar, build_dynamic_state_utils};
/// use ndarray::{Array1, array};
///
/// /// Two compartments (nodes 0 and 2) and the branchpoint between them (node 1). A gate `m` in the
/// /// first compartment.
/// struct TwoCompartments;
///
/// impl Module for TwoCompartments {
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
/// assert_eq!(build_dynamic_state_utils(&TwoCompartments)?.labels(), ["m[0]", "v[0]", "v[2]"]);
/// # Ok::<(), dynamics::Error>(())
/// ```
pub trait Module {
    /// The states with elements of type `T`: a map from names to arrays, nested maps, a struct with
    /// `#[derive(PyTree)]`, or a [`Tree`](pytree::Tree).
    ///
    /// In a struct, a current is a field of type `Option` that is `None` among the initial states,
    /// because a current among the initial states is a state. In a nest, no state has the name of a current,
    /// because the two could not be told apart. A field that is to be
    /// [excluded](crate::DynamicStateUtils::excluding) is an `Option` too. A single number is a
    /// field of type `T` or `Array0<T>`, and an array may be a `Vec<T>`. A `[T; N]` is for states that lose
    /// no entry, because its length is fixed.
    type States<T: Scalar>: PyTreeMut<Elem = T>
        + FromLeaves<ArrayD<T>>
        + for<'a> FromLeaves<ArrayViewD<'a, T>>;

    /// The initial states without the currents: Jaxley's `get_all_states([])`. A membrane state is NaN
    /// at the nodes that do not have it. Its values at branchpoints are not read.
    #[doc(alias = "get_all_states")]
    fn initial_states(&self) -> Self::States<f64>;

    /// The number of nodes: compartments and branchpoints together.
    fn num_nodes(&self) -> usize;

    /// The nodes that are branchpoints, in any order: Jaxley's `_branchpoints.index`.
    fn branchpoints(&self) -> Vec<usize>;

    /// Whether the state of this name is a membrane state, with one value for each node. Any other
    /// state belongs to synapses. In Jaxley, whether `jaxnodes` has the key.
    fn is_membrane_key(&self, name: &str) -> bool;

    /// The names of the currents through channels and pumps.
    fn membrane_current_names(&self) -> Vec<String>;

    /// The names of the currents through synapses.
    fn synapse_current_names(&self) -> Vec<String>;
}

/// A [`Module`] that computes its currents from its states, with elements of type `T`.
///
/// Implement it for all element types that the equations allow: with dual numbers, the module is
/// differentiable.
///
/// ```
/// use std::collections::BTreeMap;
/// use std::convert::Infallible;
///
/// use dynamics::{ChannelCurrents, Module, Scalar};
/// use ndarray::{Array1, array};
///
/// /// One compartment with a leak, whose conductance (S/cm^2) is the parameter.
/// struct Leaky;
///
/// impl Module for Leaky {
///     type States<T: Scalar> = BTreeMap<String, Array1<T>>;
///
///     fn initial_states(&self) -> BTreeMap<String, Array1<f64>> {
///         BTreeMap::from([("v".into(), array![-70.0])])
///     }
///     fn num_nodes(&self) -> usize {
///         1
///     }
///     fn branchpoints(&self) -> Vec<usize> {
///         vec![]
///     }
///     fn is_membrane_key(&self, _: &str) -> bool {
///         true
///     }
///     fn membrane_current_names(&self) -> Vec<String> {
///         vec!["i_leak".into()]
///     }
///     fn synapse_current_names(&self) -> Vec<String> {
///         vec![]
///     }
/// }
///
/// impl<T: Scalar> ChannelCurrents<T> for Leaky {
///     type Params = T;
///     type Error = Infallible;
///
///     fn append_channel_currents(
///         &self,
///         states: &mut BTreeMap<String, Array1<T>>,
///         conductance: &T,
///         _delta_t: f64,
///     ) -> Result<(), Infallible> {
///         let current = &states["v"] * *conductance;
///         states.insert("i_leak".into(), current);
///         Ok(())
///     }
/// }
///
/// let mut states = Leaky.initial_states();
/// Leaky.append_channel_currents(&mut states, &0.5, 0.025)?;
/// assert_eq!(states["i_leak"], array![-35.0]);
/// # Ok::<(), Infallible>(())
/// ```
pub trait ChannelCurrents<T: Scalar>: Module {
    /// The parameters of the module.
    type Params;

    /// The error of [`append_channel_currents`](Self::append_channel_currents).
    type Error: std::error::Error + Send + Sync + 'static;

    /// Adds all currents to `states`, replacing those that are there: Jaxley's
    /// `append_channel_currents_to_states`. `delta_t` is in the module's unit of time.
    ///
    /// These are the currents that the module names, no more and no fewer. Those through channels and pumps
    /// have one value for each node, and those through synapses one for each synapse.
    ///
    /// # Errors
    /// If states and parameters do not fit the module.
    #[doc(alias = "append_channel_currents_to_states")]
    fn append_channel_currents(
        &self,
        states: &mut Self::States<T>,
        params: &Self::Params,
        delta_t: f64,
    ) -> Result<(), Self::Error>;
}
