use crate::states::Params;
use ndarray::Array1;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Values for one parameter or initial state, each for several nodes or synapses of its type.
///
/// [`View::data_set`](crate::View::data_set) and
/// [`View::make_trainable`](crate::View::make_trainable) make them.
///
/// ```
/// use cable::{Branch, Build, Compartment, Setting};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let cable = Branch::new(&Compartment::new(), 3)?.build(0.025)?;
/// let indices = vec![vec![0, 1], vec![2]];
/// let setting = Setting { key: "radius".to_owned(), indices, values: vec![2.0, 3.0] }; // um
/// let params = cable.get_all_parameters(&vec![setting])?;
/// assert_eq!(params["radius"], ndarray::array![2.0, 2.0, 3.0]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Setting<T> {
    /// The key of the parameter or the state.
    pub key: String,
    /// For each value, the nodes it is for; for a key of synapses, their indices within the type.
    pub indices: Vec<Vec<usize>>,
    /// The values, in the [units](crate#keys-and-units) of the key.
    pub values: Vec<T>,
}

/// The trainable parameters, as Jaxley's `get_parameters` gives them: one dictionary with one key
/// for each `make_trainable`, in the order of the calls, and under it one value for each parameter
/// that the call made, in the [units](crate#keys-and-units) of the key. A pytree.
///
/// ```
/// use cable::{Branch, Build, Compartment, Parameters};
/// use ndarray::array;
///
/// # fn main() -> Result<(), cable::CableError> {
/// let mut branch = Branch::new(&Compartment::new(), 2)?;
/// branch.make_trainable("v")?;
/// branch.comp(..)?.make_trainable("radius")?;
/// let parameters: Parameters<f64> = branch.get_parameters();
/// assert_eq!(pytree::ravel_pytree(&parameters).0, array![-70.0, 1.0, 1.0]); // mV, um
/// # Ok(())
/// # }
/// ```
pub type Parameters<T> = Vec<Params<T>>;

/// What [`View::data_set`](crate::View::data_set) collects, as Jaxley's `param_state`. Of two
/// settings of one key and index, the later holds.
///
/// ```
/// use cable::{Build, Cell, ParamState};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let cell = Cell::default();
/// let mut param_state: ParamState<f64> = vec![];
/// cell.data_set("radius", 2.0, &mut param_state)?;
/// cell.data_set("radius", 3.0, &mut param_state)?;
/// let params = cell.build(0.025)?.get_all_parameters(&param_state)?;
/// assert_eq!(params["radius"][0], 3.0);
/// # Ok(())
/// # }
/// ```
pub type ParamState<T> = Vec<Setting<T>>;

impl Setting<f64> {
    /// The present values under their key.
    pub(crate) fn parameters(&self) -> Params<f64> {
        BTreeMap::from([(self.key.clone(), Array1::from(self.values.clone()))])
    }
}
