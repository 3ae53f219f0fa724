//! The table of the kinds of mechanisms, and mechanisms under other names.

/// Declares the kinds of mechanisms of a folder, each by its file and the struct with its
/// equations. `code`, generic in the number, is a `Code` of that struct.
macro_rules! kinds {
    ($(#[$about:meta])* $folder:ident: $name:ident { $($file:ident::$kind:ident,)* }) => {
        $(pub use $crate::$folder::$file::$kind;)*

        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("That of [`struct@", stringify!($kind), "`].")]
                $kind,
            )*
        }

        impl $name {
            pub(crate) const ALL: &[Self] = &[$(Self::$kind),*];

            /// The name of the kind, as Jaxley spells it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => stringify!($kind)),*
                }
            }

            /// The kind called `kind`; `place` is what is of that kind.
            pub(crate) fn find(
                kind: &str,
                place: &$crate::error::Place<'_>,
            ) -> Result<Self, $crate::error::CableError> {
                let found = Self::ALL.iter().find(|known| known.name() == kind);
                found.copied().ok_or_else(|| {
                    let (kind, known) = ($crate::error::Short(kind), Self::ALL.iter());
                    let known = $crate::error::list(known.map(|known| known.name()));
                    let text = format!("{place} is of unknown kind '{kind}': use one of {known}");
                    $crate::error::CableError::new($crate::error::ErrorKind::Unknown, text)
                })
            }

            pub(crate) fn code<T: $crate::states::Scalar>(self) -> Code<T> {
                match self {
                    $(Self::$kind => Code::of::<$kind, _, _>()),*
                }
            }
        }

        impl From<$name> for $crate::mechanism::kinds::Named<$name> {
            fn from(kind: $name) -> Self {
                Self::new(kind, kind.name())
            }
        }

        $(
            impl $kind {
                /// The mechanism, made with a name that prefixes its keys; see
                /// [`Named`]($crate::Named).
                #[must_use]
                pub fn named(self, name: &str) -> $crate::mechanism::kinds::Named<$name> {
                    $crate::mechanism::kinds::Named::new($name::$kind, name)
                }

                /// The mechanism with another prefix of its keys; see [`Named`]($crate::Named).
                #[must_use]
                pub fn change_name(self, name: &str) -> $crate::mechanism::kinds::Named<$name> {
                    let name = name.to_owned();
                    $crate::mechanism::kinds::Named { name, ..self.into() }
                }
            }

            impl From<$kind> for $crate::mechanism::kinds::Named<$name> {
                fn from(_: $kind) -> Self {
                    $name::$kind.into()
                }
            }
        )*
    };
}
pub(crate) use kinds;

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

impl<K> Named<K> {
    pub(crate) fn new(kind: K, name: &str) -> Self {
        Self { kind, name: name.to_owned(), made_as: name.to_owned() }
    }
}
