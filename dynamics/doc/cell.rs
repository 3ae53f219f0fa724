use std::collections::BTreeMap;
use std::convert::Infallible;

pub use dynamics::{ChannelCurrents, Module, Scalar, build_dynamic_state_utils};
pub use ndarray::{Array1, array};

/// Two compartments with a branchpoint (node 1) between them, a gate `m` in the first.
pub struct Cell;

impl Module for Cell {
    type States<T: Scalar> = BTreeMap<String, Array1<T>>;

    fn initial_states(&self) -> BTreeMap<String, Array1<f64>> {
        let (v, m) = (array![-70.0, -1.0, -65.0], array![0.1, -1.0, f64::NAN]);
        BTreeMap::from([("v".into(), v), ("m".into(), m)])
    }

    fn num_nodes(&self) -> usize {
        3
    }

    fn branchpoints(&self) -> Vec<usize> {
        vec![1]
    }

    fn is_membrane_key(&self, _: &str) -> bool {
        true
    }

    fn membrane_current_names(&self) -> Vec<String> {
        vec!["i_leak".into()]
    }

    fn synapse_current_names(&self) -> Vec<String> {
        vec![]
    }
}

impl<T: Scalar> ChannelCurrents<T> for Cell {
    type Params = ();
    type Error = Infallible;

    fn append_channel_currents(
        &self,
        states: &mut BTreeMap<String, Array1<T>>,
        _params: &(),
        _delta_t: f64,
    ) -> Result<(), Infallible> {
        states.insert("i_leak".into(), states["v"].clone());
        Ok(())
    }
}

pub fn all_states() -> BTreeMap<String, Array1<f64>> {
    let mut states = Cell.initial_states();
    let Ok(()) = Cell.append_channel_currents(&mut states, &(), 0.025);
    states
}
