//! The equations of a mechanism: how its states move, and the current that it makes.

use crate::arrays::table::{Arrays, ArraysMut, columns, columns_mut, gather, gather_mut};
use crate::mechanism::keys::{Key, Located};
use crate::states::Scalar;

/// The states of a mechanism with `P` parameters and `S` states, and how they move.
pub(crate) trait Mechanism<const P: usize, const S: usize> {
    const PARAMS: &'static [Key; P];
    const STATES: &'static [Key; S];

    /// The states after `delta_t` (ms) at the voltage `v` (mV), for a synapse the presynaptic one.
    /// By default they stay.
    ///
    /// After an infinite time the states are at their fixed points.
    fn update<T: Scalar>(states: [T; S], _delta_t: f64, _v: T, _params: [T; P]) -> [T; S] {
        states
    }
}

/// A channel or a pump: a mechanism in the membrane of a compartment.
///
/// Its current drives one state `x`: `dx/dt = -current(x)`, up to units. For a channel that is the
/// voltage (mV) and the current is in mA/cm^2, outward positive; for a pump it is the concentration
/// of its ion (mM) and the "current" is in mM/ms.
pub(crate) trait Membrane<const P: usize, const S: usize>: Mechanism<P, S> {
    /// The name of the current, which all mechanisms of the kind share; without one it is `i_` and
    /// the name that the mechanism was made with.
    const CURRENT: Option<&'static str>;
    /// The concentration a pump drives; a channel drives the voltage.
    const ION: Option<&'static str> = None;

    /// The current at the value `x` of the driven state.
    fn current<T: Scalar>(states: [T; S], x: T, params: [T; P]) -> T;
}

/// A type of synapse: a mechanism between two compartments.
pub(crate) trait Synapse<const P: usize, const S: usize>: Mechanism<P, S> {
    /// The current (nA, outward positive) into the postsynaptic compartment, at both voltages (mV).
    fn current<T: Scalar>(states: [T; S], pre: T, post: T, params: [T; P]) -> T;
}

impl Located {
    /// Moves the states of the mechanism `M`: at each pair, those at the first index by the voltage
    /// `v` (mV) at the second.
    pub fn update<M: Mechanism<P, S>, T: Scalar, const P: usize, const S: usize>(
        &self,
        pairs: impl Iterator<Item = (usize, usize)>,
        v: &[T],
        states: &mut ArraysMut<'_, T>,
        params: &Arrays<'_, T>,
        delta_t: f64,
    ) {
        if S == 0 {
            return;
        }
        let mut states: [_; S] = columns_mut(states, &self.states);
        let params: [_; P] = columns(params, &self.params);
        for (at, node) in pairs {
            let new = M::update(gather_mut(&states, at), delta_t, v[node], gather(&params, at));
            for (states, new) in states.iter_mut().zip(new) {
                states[at] = new;
            }
        }
    }
}
