//! The equations of a channel or pump, looped over the nodes that have it.

use crate::arrays::table::{Arrays, ArraysMut, columns, gather};
use crate::mechanism::drive::{Drive, SHIFT};
use crate::mechanism::equations::Membrane;
use crate::mechanism::keys::{Keys, Located};
use crate::states::Scalar;

/// The nodes that have a channel or pump, and where its arrays are.
#[derive(Clone, Debug)]
pub(crate) struct Membranes {
    pub keys: Located,
    pub nodes: Vec<usize>,
    /// The slot of the current.
    pub current: usize,
    /// The slot of the state that the current drives: the voltage, or the concentration of an ion.
    pub driven: usize,
}

/// The code of a kind for one type of number.
pub(crate) struct Code<T> {
    pub keys: Keys,
    pub current: Option<&'static str>,
    pub ion: Option<&'static str>,
    pub update: Update<T>,
    pub add_currents: AddCurrents<T>,
}

/// Moves the states by a time step (ms) at the voltages (mV) of all nodes.
pub(crate) type Update<T> = fn(&Membranes, &mut ArraysMut<'_, T>, &[T], &Arrays<'_, T>, f64);

/// Adds the current of every node, and to the drive of the driven state if that is wanted.
pub(crate) type AddCurrents<T> =
    fn(&Membranes, &ArraysMut<'_, T>, &Arrays<'_, T>, &mut [T], Option<&mut Drive<T>>);

impl<T: Scalar> Code<T> {
    pub fn of<M: Membrane<P, S>, const P: usize, const S: usize>() -> Self {
        Self {
            keys: Keys { params: M::PARAMS, states: M::STATES },
            current: M::CURRENT,
            ion: M::ION,
            update: |this, states, v, params, delta_t| {
                let pairs = this.nodes.iter().map(|&node| (node, node));
                this.keys.update::<M, _, _, _>(pairs, v, states, params, delta_t);
            },
            add_currents: |this, states, params, currents, mut drive| {
                let gates: [_; S] = columns(states, &this.keys.states);
                let params: [_; P] = columns(params, &this.keys.params);
                let driven = states[this.driven].view();
                for &node in &this.nodes {
                    let (gates, own) = (gather(&gates, node), gather(&params, node));
                    let x = driven[node];
                    let current = M::current(gates, x, own);
                    if let Some(drive) = &mut drive {
                        drive.add(node, x, [current, M::current(gates, x + SHIFT, own)]);
                    }
                    currents[node] += current;
                }
            },
        }
    }
}
