//! A [`Cable`] as a module of `dynamics`.

use crate::error::CableError;
use crate::run::cable::Cable;
use crate::states::{Params, Scalar, States};
use dynamics::{ChannelCurrents, Module};

impl Module for Cable {
    type States<T: dynamics::Scalar> = States<T>;

    fn initial_states(&self) -> States<f64> {
        self.initial_states().clone()
    }

    fn num_nodes(&self) -> usize {
        self.nodes()
    }

    fn branchpoints(&self) -> Vec<usize> {
        self.branchpoints().to_vec()
    }

    fn is_membrane_key(&self, name: &str) -> bool {
        self.membrane_keys.contains(name)
    }

    fn membrane_current_names(&self) -> Vec<String> {
        self.membrane_current_names().to_vec()
    }

    fn synapse_current_names(&self) -> Vec<String> {
        self.synapse_current_names().to_vec()
    }
}

impl<T: Scalar> ChannelCurrents<T> for Cable {
    type Params = Params<T>;
    type Error = CableError;

    fn append_channel_currents(
        &self,
        states: &mut States<T>,
        params: &Params<T>,
        delta_t: f64,
    ) -> Result<(), CableError> {
        self.append_currents(states, params, delta_t)
    }
}
