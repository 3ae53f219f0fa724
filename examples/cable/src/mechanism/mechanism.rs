//! What a mechanism is: the names of its parameters and states, how its states move and the current
//! it makes.

use crate::arrays::numbered::{Arrays, ArraysMut, Slots, columns, columns_mut, gather, gather_mut};
use crate::description::export;
use crate::error::CableError;
use crate::place::Place;
use crate::states::Scalar;

/// A parameter or a state as seen from one mechanism: its name, and its value where the mechanism is
/// inserted anew.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key {
    /// The mechanism's own: `gNa` of a mechanism called `HH` is `HH_gNa`.
    Own(&'static str, f64),
    /// Shared by all mechanisms: `eNa` is `eNa`.
    Shared(&'static str, f64),
}

impl Key {
    /// The key in the dictionaries for the mechanism called `name`.
    pub fn under(self, name: &str) -> String {
        match self {
            Self::Own(key, _) => format!("{name}_{key}"),
            Self::Shared(key, _) => key.to_owned(),
        }
    }

    /// The value where the mechanism is inserted anew.
    pub fn value(self) -> f64 {
        let (Self::Own(_, value) | Self::Shared(_, value)) = self;
        value
    }
}

/// The states of a mechanism with `P` parameters and `S` states, and how they move.
pub(crate) trait Mechanism<const P: usize, const S: usize> {
    const PARAMS: &'static [Key; P];
    const STATES: &'static [Key; S];

    /// The states after `delta_t` (ms) at the voltage `v` (mV), for a synapse the presynaptic one.
    /// Without this method they stay.
    ///
    /// After an infinite time the states are where they would come to rest.
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

/// The keys of a kind of mechanism.
#[derive(Clone, Copy)]
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

/// Declares the kinds of mechanisms, each by the type with its equations; `code`, generic in the
/// element type, is a `Code` of that type.
macro_rules! kinds {
    ($(#[$about:meta])* $name:ident { $($(#[$what:meta])* $kind:ident,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$what])* $kind,)*
        }

        impl $name {
            pub(crate) const ALL: &[Self] = &[$(Self::$kind),*];

            /// The name of the kind, as Jaxley spells it.
            ///
            /// ```
            /// assert_eq!(cable::CaPump.name(), "CaPump");
            /// assert_eq!(cable::TestSynapse.name(), "TestSynapse");
            /// ```
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => stringify!($kind)),*
                }
            }

            /// A mechanism of this kind, made with a name that prefixes its keys; Jaxley's
            /// argument `name`. Its current has the name too (`i_Rest`), unless it is one that all
            /// channels of an ion share (`i_K`).
            ///
            /// ```
            /// use cable::{Compartment, K, Leak};
            ///
            /// # fn main() -> Result<(), cable::CableError> {
            /// let mut comp = Compartment::new();
            /// comp.insert(Leak.named("Rest"))?.insert(K.named("Slow"))?;
            /// assert_eq!((comp.get("Rest_gLeak")?, comp.get("Slow_gK")?), (vec![1e-4], vec![0.005]));
            /// assert_eq!(comp.build(0.025)?.membrane_current_names(), ["i_Rest", "i_K"]);
            /// # Ok(())
            /// # }
            /// ```
            #[must_use]
            pub fn named(self, name: &str) -> $crate::mechanism::mechanism::Named<Self> {
                let (name, made_as) = (name.to_owned(), name.to_owned());
                $crate::mechanism::mechanism::Named { kind: self, name, made_as }
            }

            /// A mechanism of this kind whose keys have another prefix. The current of a channel
            /// or a pump keeps its name, that of a synapse has the new one.
            ///
            /// ```
            /// use cable::{Cell, Leak, Network, TestSynapse};
            ///
            /// # fn main() -> Result<(), cable::CableError> {
            /// let mut net = Network::new(&[Cell::default()])?;
            /// let cell = net.insert(Leak.change_name("Rest"))?.view().selection();
            /// net.connect(&cell, &cell, TestSynapse.change_name("Autapse"))?;
            /// let cable = net.build(0.025)?;
            /// assert_eq!(cable.membrane_current_names(), ["i_Leak"]);
            /// assert_eq!(cable.synapse_current_names(), ["i_Autapse"]);
            /// # Ok(())
            /// # }
            /// ```
            #[must_use]
            pub fn change_name(self, name: &str) -> $crate::mechanism::mechanism::Named<Self> {
                let name = name.to_owned();
                $crate::mechanism::mechanism::Named { name, ..self.named(self.name()) }
            }

            /// The kind called `kind`; `place` is who asks.
            fn find(kind: &str, place: &Place) -> Result<Self, CableError> {
                let found = Self::ALL.iter().find(|known| known.name() == kind);
                found.copied().ok_or_else(|| CableError::UnknownKind {
                    place: place.clone(),
                    kind: kind.to_owned(),
                    known: Self::ALL.iter().map(|known| known.name()).collect(),
                })
            }

            fn code<T: Scalar>(self) -> Code<T> {
                match self {
                    $(Self::$kind => Code::of::<$kind, _, _>()),*
                }
            }
        }

        impl From<$name> for $crate::mechanism::mechanism::Named<$name> {
            fn from(kind: $name) -> Self {
                kind.named(kind.name())
            }
        }
    };
}
pub(crate) use kinds;

/// A mechanism to be inserted: its kind, and the name that prefixes its keys.
///
/// ```
/// use cable::{Compartment, Leak};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let mut comp = Compartment::new();
/// comp.insert(Leak)?.insert(Leak.change_name("Second"))?.insert(Leak.named("Third"))?;
/// assert_eq!(comp.get("Second_gLeak")?, comp.get("Third_gLeak")?);
/// assert_eq!(comp.build(0.025)?.membrane_current_names(), ["i_Leak", "i_Third"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named<K> {
    pub(crate) kind: K,
    pub(crate) name: String,
    /// The name it was made with.
    pub(crate) made_as: String,
}

impl<K: Copy> Named<K> {
    /// The kind, which decides the equations.
    ///
    /// ```
    /// assert_eq!(cable::HH.change_name("Soma").kind(), cable::HH);
    /// ```
    pub fn kind(&self) -> K {
        self.kind
    }

    /// The name, which prefixes the keys.
    ///
    /// ```
    /// assert_eq!(cable::HH.change_name("Soma").name(), "Soma");
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }
}
