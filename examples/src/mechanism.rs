//! What a mechanism is: the names of its parameters and states, how its states move and the current
//! it makes.

use crate::error::CableError;
use crate::export;
use crate::place::Place;
use crate::scalar::Scalar;
use crate::slots::Slots;

/// The name of a parameter or a state, as seen from one mechanism.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key {
    /// The mechanism's own: `gNa` of a mechanism called `HH` is `HH_gNa`.
    Own(&'static str),
    /// Shared by all mechanisms: `eNa` is `eNa`.
    Shared(&'static str),
}

impl Key {
    /// The key in the dictionaries for the mechanism called `name`.
    pub fn under(self, name: &str) -> String {
        match self {
            Self::Own(key) => format!("{name}_{key}"),
            Self::Shared(key) => key.to_owned(),
        }
    }
}

/// A channel or a pump: a mechanism in the membrane of a compartment, with `P` parameters and `S`
/// states.
///
/// Its current drives one state `x`: `dx/dt = -current(x)`, up to units. For a channel that is the
/// voltage (mV) and the current is in mA/cm^2, outward positive; for a pump it is the concentration
/// of its ion (mM) and the "current" is in mM/ms.
pub(crate) trait Membrane<const P: usize, const S: usize> {
    const PARAMS: &'static [Key; P];
    const STATES: &'static [Key; S];
    /// The concentration a pump drives; a channel drives the voltage.
    const ION: Option<&'static str> = None;

    /// The states after `delta_t` (ms) at the voltage `v` (mV). Without this method they stay.
    fn update<T: Scalar>(states: [T; S], _delta_t: f64, _v: T, _params: [T; P]) -> [T; S] {
        states
    }

    /// The current at the value `x` of the driven state.
    fn current<T: Scalar>(states: [T; S], x: T, params: [T; P]) -> T;
}

/// A type of synapse: a mechanism between two compartments, with `P` parameters and `S` states.
pub(crate) trait Synapse<const P: usize, const S: usize> {
    const PARAMS: &'static [Key; P];
    const STATES: &'static [Key; S];

    /// The states after `delta_t` (ms) at the presynaptic voltage `pre` (mV). Without this method
    /// they stay.
    fn update<T: Scalar>(states: [T; S], _delta_t: f64, _pre: T, _params: [T; P]) -> [T; S] {
        states
    }

    /// The current (nA, outward positive) into the postsynaptic compartment, at both voltages (mV).
    fn current<T: Scalar>(states: [T; S], pre: T, post: T, params: [T; P]) -> T;
}

/// The keys of a kind of mechanism.
pub(crate) struct Keys {
    pub params: &'static [Key],
    pub states: &'static [Key],
}

/// Where the arrays of one mechanism are, in the order of its [`Keys`].
#[derive(Clone, Debug)]
pub(crate) struct Located {
    pub params: Vec<usize>,
    pub states: Vec<usize>,
}

impl Keys {
    /// Finds the arrays of a mechanism whose kind has these keys, and checks that it lists just
    /// them.
    pub fn locate(
        &self,
        mechanism: &export::Mechanism,
        place: &Place,
        params: &Slots,
        states: &Slots,
    ) -> Result<Located, CableError> {
        let find = |keys: &[Key], field, listed: &[String], slots: &Slots| {
            let keys: Vec<_> = keys.iter().map(|key| key.under(&mechanism.name)).collect();
            let (mut expected, mut listed) = (keys.clone(), listed.to_owned());
            expected.sort_unstable();
            listed.sort_unstable();
            if listed != expected {
                let (place, kind) = (place.clone(), mechanism.kind.clone());
                return Err(CableError::Keys { place, kind, field, listed, expected });
            }
            keys.iter().map(|key| slots.need(key, place)).collect()
        };
        Ok(Located {
            params: find(self.params, "params", &mechanism.params, params)?,
            states: find(self.states, "states", &mechanism.states, states)?,
        })
    }
}

/// Finds the kind of a mechanism by its name in a table of kinds.
pub(crate) fn find_kind<K: Copy>(
    kinds: &[(&'static str, K)],
    mechanism: &export::Mechanism,
    place: &Place,
) -> Result<K, CableError> {
    let found = kinds.iter().find(|(name, _)| *name == mechanism.kind);
    found.map(|&(_, kind)| kind).ok_or_else(|| CableError::UnknownKind {
        place: place.clone(),
        kind: mechanism.kind.clone(),
        known: kinds.iter().map(|&(name, _)| name).collect(),
    })
}
