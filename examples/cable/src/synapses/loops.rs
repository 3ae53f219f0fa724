//! The equations of a synapse, looped over the synapses of its type.

use crate::arrays::table::{Arrays, ArraysMut, columns, gather};
use crate::mechanism::drive::{Drive, SHIFT};
use crate::mechanism::equations::Synapse;
use crate::mechanism::keys::{Keys, Located};
use crate::states::Scalar;

/// The compartments that the synapses of a type connect, and where their arrays are.
#[derive(Clone, Debug)]
pub(crate) struct Contacts {
    pub keys: Located,
    /// For each synapse, the presynaptic and the postsynaptic node.
    pub ends: Vec<(usize, usize)>,
    /// The slot of the voltage.
    pub v: usize,
    /// The slot of the membrane area.
    pub area: usize,
    /// The slot of the current.
    pub current: usize,
}

/// The code of a kind for one type of number.
pub(crate) struct Code<T> {
    pub keys: Keys,
    pub update: fn(&Contacts, &mut ArraysMut<'_, T>, &Arrays<'_, T>, f64),
    pub add_currents: fn(&Contacts, &mut ArraysMut<'_, T>, &Arrays<'_, T>, &mut Drive<T>),
}

impl<T: Scalar> Code<T> {
    pub fn of<M: Synapse<P, S>, const P: usize, const S: usize>() -> Self {
        Self {
            keys: Keys { params: M::PARAMS, states: M::STATES },
            update: |this, states, params, delta_t| {
                let v = states[this.v].to_vec();
                let pairs = this.ends.iter().enumerate().map(|(synapse, &(pre, _))| (synapse, pre));
                this.keys.update::<M, _, _, _>(pairs, &v, states, params, delta_t);
            },
            add_currents: |this, states, params, drive| {
                for (synapse, &(pre, post)) in this.ends.iter().enumerate() {
                    let gates = gather(&columns(states, &this.keys.states), synapse);
                    let own = gather(&columns(params, &this.keys.params), synapse);
                    let [x, y] = [pre, post].map(|node| states[this.v][node]);
                    // Both voltages are shifted, so the slope counts a change of the presynaptic
                    // one too.
                    let secant = [0.0, SHIFT].map(|by| M::current(gates, x + by, y + by, own));
                    let area = params[this.area][post];
                    drive.add(post, y, secant.map(|current| density(current, area)));
                    states[this.current][synapse] = secant[0];
                }
            },
        }
    }
}

/// A current at a point (nA) spread over the `area` (um^2) of its compartment, in uA/cm^2.
pub(crate) fn density<T: Scalar>(current: T, area: T) -> T {
    current / area * 1e5
}
