use std::sync::Arc;

use crate::path::key::KeyRef;

/// A type of keys whose maps are dicts: strings, `char` and integers of up to 64 bits.
///
/// A visitor receives each key as a string ([`KeyRef::Dict`]) or as an integer ([`KeyRef::Int`]). The conversion must
/// keep different keys different.
///
/// | key | prints as |
/// |---|---|
/// | `String`, `Box<str>`, `Arc<str>`, `&str` | `['v']` |
/// | `char` | `['m']` |
/// | `i8` to `i64`, `u8` to `u64`, `isize`, `usize` | `[3]`, `[-2]` |
/// | an enum with [`#[derive(MapKey)]`](macro@crate::MapKey) | `['Na']` |
///
/// A map is visited in the order of `Ord` of its keys. If that differs from the order of the strings or integers, as
/// for most enums, the order also differs from that of a [`Tree`](crate::Tree) with the same keys, whose dicts are
/// sorted.
///
/// To use another key type of your own, convert it to a string or an integer:
///
/// ```
/// use std::collections::BTreeMap;
/// use pytree::walk::{FromKey, KeyRef, MapKey};
/// use pytree::{tree_leaves_with_path, tree_map};
///
/// /// The number of a neuron.
/// #[derive(PartialEq, Eq, PartialOrd, Ord)]
/// struct Neuron(u32);
///
/// impl MapKey for Neuron {
///     fn with_key<R>(&self, f: impl FnOnce(KeyRef<'_>) -> R) -> R {
///         self.0.with_key(f)
///     }
/// }
///
/// impl FromKey for Neuron {
///     fn from_key(key: KeyRef<'_>) -> Option<Self> {
///         u32::from_key(key).map(Neuron)
///     }
/// }
///
/// let rates = BTreeMap::from([(Neuron(7), 0.1), (Neuron(2), 0.6)]);
/// assert_eq!(tree_leaves_with_path(&rates)[0].0.to_string(), "[2]");
/// let doubled: BTreeMap<Neuron, f64> = tree_map(|leaf| leaf[[]] * 2.0, &rates)?;
/// assert_eq!(doubled[&Neuron(7)], 0.2);
/// # Ok::<(), pytree::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key of a dict",
    label = "not a string, a `char` or an integer of at most 64 bits",
    note = "add `#[derive(pytree::MapKey)]` to an enum of your own, or implement `pytree::walk::MapKey`"
)]
pub trait MapKey: Ord {
    /// Calls `f` with the key as a [`Visitor`](crate::walk::Visitor) receives it, and returns what `f` returns.
    ///
    /// `f` receives the key by reference because its text may be created in this method.
    ///
    /// ```
    /// use pytree::walk::{KeyRef, MapKey};
    /// assert!('m'.with_key(|key| key == KeyRef::Dict("m")));
    /// assert!((-2_i8).with_key(|key| key == KeyRef::Int(-2)));
    /// ```
    fn with_key<R>(&self, f: impl FnOnce(KeyRef<'_>) -> R) -> R;
}

/// A [`MapKey`] that a map can be built with: every key type of the table except `&str`, which does not own its text.
///
/// ```
/// use pytree::walk::{FromKey, KeyRef};
/// assert_eq!(char::from_key(KeyRef::Dict("m")), Some('m'));
/// assert_eq!(char::from_key(KeyRef::Dict("HH_m")), None);
/// assert_eq!(u8::from_key(KeyRef::Int(300)), None);
/// ```
#[diagnostic::on_unimplemented(
    message = "a map with keys of type `{Self}` cannot be built",
    label = "cannot be made from a key of a dict",
    note = "a map can be built with owned strings, `char` and integers of at most 64 bits as keys, and with an enum \
            with `#[derive(pytree::MapKey)]`; implement `pytree::walk::FromKey` for another key type of your own"
)]
pub trait FromKey: MapKey + Sized {
    /// Converts back what [`with_key`](MapKey::with_key) passes to `f`; `None` if `Self` has no such key.
    ///
    /// ```
    /// use pytree::walk::{FromKey, KeyRef};
    /// assert_eq!(i32::from_key(KeyRef::Int(-2)), Some(-2));
    /// assert_eq!(i32::from_key(KeyRef::Dict("-2")), None);
    /// ```
    fn from_key(key: KeyRef<'_>) -> Option<Self>;
}

#[diagnostic::do_not_recommend]
impl MapKey for &str {
    #[inline]
    fn with_key<R>(&self, f: impl FnOnce(KeyRef<'_>) -> R) -> R {
        f(KeyRef::Dict(self))
    }
}

#[diagnostic::do_not_recommend]
impl MapKey for char {
    fn with_key<R>(&self, f: impl FnOnce(KeyRef<'_>) -> R) -> R {
        f(KeyRef::Dict(self.encode_utf8(&mut [0; 4])))
    }
}

#[diagnostic::do_not_recommend]
impl FromKey for char {
    fn from_key(key: KeyRef<'_>) -> Option<Self> {
        match key {
            KeyRef::Dict(text) => text.parse().ok(),
            _ => None,
        }
    }
}

macro_rules! string {
    ($($String:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl MapKey for $String {
            #[inline]
            fn with_key<R>(&self, f: impl FnOnce(KeyRef<'_>) -> R) -> R {
                f(KeyRef::Dict(self))
            }
        }

        #[diagnostic::do_not_recommend]
        impl FromKey for $String {
            fn from_key(key: KeyRef<'_>) -> Option<Self> {
                match key {
                    KeyRef::Dict(text) => Some(text.into()),
                    _ => None,
                }
            }
        }
    )*};
}

string!(String, Box<str>, Arc<str>);

macro_rules! integer {
    ($($Integer:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl MapKey for $Integer {
            #[inline]
            #[allow(clippy::cast_lossless, reason = "there is no `From` for `usize` and `isize`")]
            fn with_key<R>(&self, f: impl FnOnce(KeyRef<'_>) -> R) -> R {
                f(KeyRef::Int(*self as i128))
            }
        }

        #[diagnostic::do_not_recommend]
        impl FromKey for $Integer {
            fn from_key(key: KeyRef<'_>) -> Option<Self> {
                match key {
                    KeyRef::Int(integer) => integer.try_into().ok(),
                    _ => None,
                }
            }
        }
    )*};
}

integer!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);
