//! Serializes keys, paths and patterns as their text.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Error as _, Serialize, Serializer};

use crate::error::print::quote;
use crate::path::key::{Key, KeyPath};
use crate::path::pattern::Pattern;

/// Writes the text of `value`. Returns an error if the text does not parse back to `value`: an attribute of a path that
/// was made by hand may have any name.
fn write<T, S>(value: &T, what: &str, serializer: S) -> Result<S::Ok, S::Error>
where
    T: Display + FromStr + PartialEq,
    S: Serializer,
{
    let text = value.to_string();
    if text.parse().is_ok_and(|read: T| read == *value) {
        return serializer.serialize_str(&text);
    }
    Err(S::Error::custom(format!(
        "the {what} {} cannot be serialized, because its text does not parse back to it: the name of an \
         attribute must not be empty or have spaces, dots, brackets or quotes",
        quote(&text)
    )))
}

fn read<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// Serializes the path as its text: `".layers[0]['HH_m']"`.
///
/// # Errors
/// If the text does not parse back to the path, which is possible only for an attribute that was made by hand.
///
/// ```
/// use pytree::KeyPath;
/// let path: KeyPath = ".layers[0]['HH_m']".parse()?;
/// let text = serde_json::to_string(&path)?;
/// assert_eq!(text, r#"".layers[0]['HH_m']""#);
/// assert_eq!(serde_json::from_str::<KeyPath>(&text)?, path);
///
/// let error = serde_json::from_str::<KeyPath>(r#"".layers[""#).unwrap_err();
/// assert!(error.to_string().starts_with(
///     r#"not a key path: ".layers[" ends where a position or a key in quotes is expected"#
/// ));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl Serialize for KeyPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(self, "path", serializer)
    }
}

/// # Errors
/// If the text is not a key path: the unexpected bytes, and what was expected.
impl<'de> Deserialize<'de> for KeyPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer)
    }
}

/// Serializes the pattern as its text: `".layers[*].w"`.
///
/// ```
/// use pytree::Pattern;
/// let pattern: Pattern = "layers[*].w | **.b".parse()?;
/// let text = serde_json::to_string(&pattern)?;
/// assert_eq!(text, r#"".layers[*].w | **.b""#);
/// assert_eq!(serde_json::from_str::<Pattern>(&text)?, pattern);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(self, "pattern", serializer)
    }
}

/// # Errors
/// If the text is not a pattern: the unexpected bytes, and what was expected.
impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer)
    }
}

/// Serializes the key as a path with this key only: `".w"`, `"[0]"`, `"['HH_m']"`.
///
/// ```
/// use pytree::path::Key;
/// assert_eq!(serde_json::to_string(&Key::Dict("HH_m".into()))?, r#""['HH_m']""#);
/// assert_eq!(serde_json::from_str::<Key>(r#""[3]""#)?, Key::Int(3));
/// # Ok::<(), serde_json::Error>(())
/// ```
impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(&KeyPath::from_iter([self.clone()]), "key", serializer)
    }
}

/// # Errors
/// If the text is not a key path of exactly one key.
impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let path = KeyPath::deserialize(deserializer)?;
        match path.keys() {
            [key] => Ok(key.clone()),
            keys => Err(D::Error::custom(format!(
                "expected a path with one key, found {}, which has {}",
                quote(&path.to_string()),
                keys.len()
            ))),
        }
    }
}
