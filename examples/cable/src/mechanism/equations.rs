use crate::mechanism::keys::Key;
use crate::number::real::Real;

/// The `P` parameters and `S` states of a mechanism, and how the states move.
pub trait Mechanism<const P: usize, const S: usize>: 'static {
    /// The name of the kind, which is also the prefix of its keys unless it is
    /// [named](crate::Named) otherwise.
    const NAME: &'static str;

    /// The parameters, in the order in which the equations take them.
    const PARAMS: [Key; P];

    /// The states, in the order in which the equations take them.
    const STATES: [Key; S];

    /// The states after `delta_t` (ms) at the voltage `v` (mV), for a synapse the presynaptic one.
    /// By default they stay.
    ///
    /// After an infinite time the states are at their fixed points: this is how
    /// [`init_states`](crate::Build::init_states) finds them.
    fn update<T: Real>(states: [T; S], delta_t: f64, v: T, params: [T; P]) -> [T; S] {
        let _ = (delta_t, v, params);
        states
    }
}

/// A channel or a pump: a mechanism in the membrane of a compartment.
///
/// Its current drives one state `x`: `dx/dt = -current(x)`, up to units. For a channel that is the
/// voltage (mV) and the current is in mA/cm^2, outward positive; for a pump it is the concentration
/// of its ion (mM) and the "current" is in mM/ms.
pub trait Membrane<const P: usize, const S: usize>: Mechanism<P, S> {
    /// The name of the current, which all mechanisms of the kind share; without one it is `i_` and
    /// the name that the mechanism was made with.
    const CURRENT: Option<&'static str> = None;

    /// The concentration a pump drives; a channel drives the voltage.
    const ION: Option<&'static str> = None;

    /// The current at the value `x` of the driven state.
    fn current<T: Real>(states: [T; S], x: T, params: [T; P]) -> T;
}

/// A type of synapse: a mechanism between two compartments.
pub trait Synapse<const P: usize, const S: usize>: Mechanism<P, S> {
    /// The current (nA, outward positive) into the postsynaptic compartment, at both voltages (mV).
    fn current<T: Real>(states: [T; S], pre: T, post: T, params: [T; P]) -> T;
}
