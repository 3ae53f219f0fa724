use crate::mechanism::code::{Code, Of};
use crate::mechanism::equations::{Membrane, Synapse};
use crate::mechanism::keys::{Key, Keys};

/// Declares what kinds of channels and kinds of synapses have in common.
macro_rules! kind {
    ($(#[$about:meta])* $kind:ident, $equations:ident, $code:ident, $into:ident, $what:literal) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug)]
        pub struct $kind(&'static Code);

        impl $kind {
            #[doc = concat!("The kind of a ", $what, ", of ours or of your own.")]
            ///
            /// ```
            /// use cable::channels::{ChannelKind, HH};
            /// use cable::synapses::{SynapseKind, TestSynapse};
            ///
            /// assert_eq!(ChannelKind::of(HH).name(), "HH");
            /// assert_eq!(SynapseKind::of(TestSynapse).name(), "TestSynapse");
            /// ```
            pub const fn of<M: $equations<P, S> + Copy, const P: usize, const S: usize>(_: M) -> Self {
                Self(Of::<M, P, S>::$code)
            }

            /// The name of the kind, as exports spell it.
            ///
            /// ```
            /// use cable::channels::{ChannelKind, Leak};
            ///
            /// assert_eq!(ChannelKind::of(Leak).name(), "Leak");
            /// ```
            pub fn name(self) -> &'static str {
                self.0.name
            }

            /// The parameters of the kind, with their values and units.
            ///
            /// ```
            /// use cable::channels::{ChannelKind, Leak};
            /// use cable::mechanism::Key;
            ///
            /// let keys = ChannelKind::of(Leak).params();
            /// assert_eq!(keys[0], Key::Own("gLeak", 1e-4, "S/cm^2"));
            /// ```
            pub fn params(self) -> &'static [Key] {
                self.0.keys.params
            }

            /// The states of the kind, with their values and units.
            ///
            /// ```
            /// use cable::channels::{ChannelKind, HH};
            ///
            /// assert!(ChannelKind::of(HH).states().iter().all(|state| state.unit() == "1"));
            /// ```
            pub fn states(self) -> &'static [Key] {
                self.0.keys.states
            }

            /// The mechanism, made with a name that prefixes its keys; see
            /// [`Named`](crate::Named).
            ///
            /// ```
            /// use cable::channels::{ChannelKind, Leak};
            /// use cable::{Build, Cell};
            ///
            /// let mut cell = Cell::default();
            /// cell.insert(ChannelKind::of(Leak).named("Rest"))?;
            /// assert_eq!(cell.get("Rest_gLeak")?, [1e-4]);
            /// # Ok::<(), cable::CableError>(())
            /// ```
            #[must_use]
            pub fn named(self, name: &str) -> Named<Self> {
                Named { kind: self, name: name.to_owned(), made_as: name.to_owned() }
            }

            /// The mechanism with another prefix of its keys; see [`Named`](crate::Named).
            ///
            /// ```
            /// use cable::channels::{ChannelKind, Leak};
            /// use cable::{Build, Cell};
            ///
            /// let mut cell = Cell::default();
            /// cell.insert(ChannelKind::of(Leak).change_name("Rest"))?;
            /// assert_eq!(cell.build(0.025)?.membrane_current_names(), ["i_Leak"]);
            /// # Ok::<(), cable::CableError>(())
            /// ```
            #[must_use]
            pub fn change_name(self, name: &str) -> Named<Self> {
                Named { name: name.to_owned(), ..self.named(self.name()) }
            }

            pub(crate) fn code(self) -> &'static Code {
                self.0
            }

            pub(crate) fn keys(self) -> Keys {
                self.0.keys
            }
        }

        /// By the type of the mechanism.
        impl PartialEq for $kind {
            fn eq(&self, other: &Self) -> bool {
                (self.0.id)() == (other.0.id)()
            }
        }

        impl Eq for $kind {}

        #[doc = concat!("What can be inserted as a ", $what, ": a struct with its equations, a kind, or either")]
        /// under another name. `P` and `S` follow from it.
        pub trait $into<const P: usize, const S: usize> {
            /// The kind and the name.
            fn mechanism(self) -> Named<$kind>;
        }

        impl<M: $equations<P, S> + Copy, const P: usize, const S: usize> $into<P, S> for M {
            fn mechanism(self) -> Named<$kind> {
                $kind::of(self).mechanism()
            }
        }

        impl $into<0, 0> for $kind {
            fn mechanism(self) -> Named<$kind> {
                self.named(self.name())
            }
        }

        impl $into<0, 0> for Named<$kind> {
            fn mechanism(self) -> Named<$kind> {
                self
            }
        }
    };
}
kind! {
    /// A kind of channel or pump, for code that chooses one: `insert` takes it like the struct with
    /// its equations.
    ///
    /// ```
    /// use cable::channels::{ChannelKind, HH, K, Leak};
    /// use cable::{Build, Compartment};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut comp = Compartment::new();
    /// for kind in [ChannelKind::of(Leak), ChannelKind::of(K)] {
    ///     comp.insert(kind)?;
    /// }
    /// comp.insert(HH)?;
    /// assert_eq!(comp.build(0.025)?.membrane_current_names(), ["i_Leak", "i_K", "i_HH"]);
    /// # Ok(())
    /// # }
    /// ```
    ChannelKind, Membrane, MEMBRANE, IntoChannel, "channel or pump"
}
kind! {
    /// A type of synapse, for code that chooses one: `connect` takes it like the struct with its
    /// equations.
    ///
    /// ```
    /// use cable::synapses::{IonotropicSynapse, SynapseKind, TanhConductanceSynapse};
    /// use cable::{Build, Cell, Network};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut net = Network::new(&vec![Cell::default(); 2])?;
    /// let [pre, post] = [net.cell(0)?.selection(), net.cell(1)?.selection()];
    /// for kind in [SynapseKind::of(IonotropicSynapse), SynapseKind::of(TanhConductanceSynapse)] {
    ///     net.connect(&pre, &post, kind)?;
    ///     assert_eq!(net.get(&format!("{}_gS", kind.name()))?, [1e-4]); // uS
    /// }
    /// # Ok(())
    /// # }
    /// ```
    SynapseKind, Synapse, SYNAPSE, IntoSynapse, "type of synapse"
}

impl ChannelKind {
    /// The concentration that it drives if it is a pump.
    pub(crate) fn ion(self) -> Option<&'static str> {
        self.0.ion
    }
}

impl Named<ChannelKind> {
    /// The name of its current.
    pub(crate) fn current(&self) -> String {
        let shared = self.kind.0.current;
        shared.map_or_else(|| format!("i_{}", self.made_as), str::to_owned)
    }
}

/// A mechanism to be inserted: its kind, and the name that prefixes its keys.
///
/// As in Jaxley, there are two ways to name a mechanism. `Leak.named("Rest")` is Jaxley's
/// `Leak(name="Rest")`: the current has the name too (`i_Rest`), unless all channels of an ion
/// share it (`i_K`). `Leak.change_name("Rest")` is `Leak().change_name("Rest")`: the current of a
/// channel or a pump keeps its name (`i_Leak`), that of a synapse has the new one.
///
/// ```
/// use cable::channels::{K, Leak};
/// use cable::synapses::TestSynapse;
/// use cable::{Build, Cell, Network};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let mut net = Network::new(&[Cell::default()])?;
/// net.insert(Leak.named("Rest"))?.insert(K.named("Slow"))?.insert(Leak.change_name("Other"))?;
/// let cell = net.view().selection();
/// net.connect(&cell, &cell, TestSynapse.change_name("Autapse"))?;
/// assert_eq!((net.get("Rest_gLeak")?, net.get("Slow_gK")?), (vec![1e-4], vec![0.005]));
///
/// let cable = net.build(0.025)?;
/// assert_eq!(cable.membrane_current_names(), ["i_Rest", "i_K", "i_Leak"]);
/// assert_eq!(cable.synapse_current_names(), ["i_Autapse"]);
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

/// Declares the kinds of a folder: what the struct of each is called, and its names.
macro_rules! ours {
    ($kind:ident { $($file:ident::$name:ident,)* }) => {
        $(pub use self::$file::$name;)*

        /// The kinds of this folder.
        pub(crate) const OURS: &[$kind] = &[$($kind::of($name)),*];

        $(
            impl $name {
                /// The mechanism, made with a name that prefixes its keys; see
                /// [`Named`](crate::Named).
                #[must_use]
                pub fn named(self, name: &str) -> crate::Named<$kind> {
                    $kind::of(self).named(name)
                }

                /// The mechanism with another prefix of its keys; see [`Named`](crate::Named).
                #[must_use]
                pub fn change_name(self, name: &str) -> crate::Named<$kind> {
                    $kind::of(self).change_name(name)
                }
            }
        )*
    };
}
pub(crate) use ours;
