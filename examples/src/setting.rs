use crate::scalar::Params;
use ndarray::Array1;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Values for one parameter or initial state, each for several nodes or synapses of its type.
///
/// [`View::data_set`](crate::View::data_set) and
/// [`View::make_trainable`](crate::View::make_trainable) make them.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Setting<T> {
    /// The key of the parameter or the state.
    pub key: String,
    /// For each value, the nodes it is for; for a key of synapses, their places within the type.
    pub indices: Vec<Vec<usize>>,
    /// The values, in the [units](crate#keys-and-units) of the key.
    pub values: Vec<T>,
}

/// The trainable parameters, as Jaxley's `get_parameters` gives them: one dictionary with one key
/// for each `make_trainable`. A pytree.
pub type Parameters<T> = Vec<Params<T>>;

/// What [`View::data_set`](crate::View::data_set) collects, as Jaxley's `param_state`.
pub type ParamState<T> = Vec<Setting<T>>;

impl Setting<f64> {
    /// The present values under their key.
    pub(crate) fn parameters(&self) -> Params<f64> {
        BTreeMap::from([(self.key.clone(), Array1::from(self.values.clone()))])
    }
}
