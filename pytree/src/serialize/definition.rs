use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::error::print::quote;
use crate::path::parse::is_in_name;
use crate::walk::node::{Fields, StructDef};

/// A [`StructDef`] that owns its names, to serialize and deserialize it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename = "Struct", deny_unknown_fields)]
pub(crate) struct Definition {
    pub name: String,
    fields: WrittenFields,
    pub statics: Vec<String>,
    pub skipped: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename = "Fields", rename_all = "lowercase")]
enum WrittenFields {
    Named(Vec<String>),
    Unnamed(usize),
}

impl From<&StructDef> for Definition {
    fn from(def: &StructDef) -> Self {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Definition {
            name: def.name.to_string(),
            fields: match def.fields {
                Fields::Named(names) => WrittenFields::Named(owned(names)),
                Fields::Unnamed(len) => WrittenFields::Unnamed(len),
            },
            statics: owned(def.statics),
            skipped: owned(def.skipped),
        }
    }
}

impl Definition {
    /// Returns the only `&'static` [`StructDef`] for this definition, and creates it in the first call.
    ///
    /// # Errors
    /// If all created definitions together would take more than [`MAX_BYTES`].
    pub(crate) fn intern(self) -> Result<&'static StructDef, String> {
        static INTERNED: LazyLock<Mutex<Interned>> = LazyLock::new(Mutex::default);
        // A panic while the lock is held leaves the map valid, so a poisoned lock is ignored.
        INTERNED.lock().unwrap_or_else(PoisonError::into_inner).get(self)
    }

    /// The names of all fields, and the name of the struct.
    fn names(&self) -> impl Iterator<Item = &String> {
        let named = match &self.fields {
            WrittenFields::Named(names) => names.as_slice(),
            WrittenFields::Unnamed(_) => &[],
        };
        [named, &self.statics, &self.skipped].into_iter().flatten().chain([&self.name])
    }

    fn leak(&self) -> &'static StructDef {
        let fields = match &self.fields {
            WrittenFields::Named(names) => Fields::Named(leak_all(names)),
            WrittenFields::Unnamed(len) => Fields::Unnamed(*len),
        };
        let def = StructDef::new(leak(&self.name), fields);
        let def = def.with_statics(leak_all(&self.statics)).with_skipped(leak_all(&self.skipped));
        Box::leak(Box::new(def))
    }

    /// The number of fields that are trees.
    pub(crate) fn arity(&self) -> usize {
        match &self.fields {
            WrittenFields::Named(names) => names.len(),
            WrittenFields::Unnamed(len) => *len,
        }
    }

    /// The name of a tree field that is not a valid attribute in a key path, if there is one.
    pub(crate) fn unparsable(&self) -> Option<&str> {
        let WrittenFields::Named(names) = &self.fields else { return None };
        let parses = |name: &str| !name.is_empty() && name.chars().all(is_in_name);
        names.iter().map(String::as_str).find(|name| !parses(name))
    }

    /// The name of a field that is in the definition twice, if there is one.
    pub(crate) fn repeated(&self) -> Option<&str> {
        let named = match &self.fields {
            WrittenFields::Named(names) => names.as_slice(),
            WrittenFields::Unnamed(_) => &[],
        };
        [named, &self.statics, &self.skipped].into_iter().find_map(|names| {
            let mut taken = HashSet::with_capacity(names.len());
            names.iter().find(|name| !taken.insert(*name)).map(String::as_str)
        })
    }
}

/// All definitions that have been created. They are leaked, because a [`Node`](crate::walk::Node) refers to its definition
/// with a `&'static`. [`MAX_BYTES`] bounds the memory that hostile input can leak.
#[derive(Default)]
struct Interned {
    definitions: HashMap<Definition, &'static StructDef>,
    bytes: usize,
}

/// The approximate number of bytes that all definitions together may take.
const MAX_BYTES: usize = 16 << 20;

impl Interned {
    fn get(&mut self, definition: Definition) -> Result<&'static StructDef, String> {
        if let Some(def) = self.definitions.get(&definition) {
            return Ok(def);
        }
        // Each name is stored twice: in the definition, and in the key of the map.
        let names = definition.names().map(|name| 2 * name.len() + 64);
        let bytes = self.bytes + 256 + names.sum::<usize>();
        if bytes > MAX_BYTES {
            return Err(format!(
                "too many different structs: with {}, those that this program has read would take more than {} MiB",
                quote(&definition.name),
                MAX_BYTES >> 20
            ));
        }
        self.bytes = bytes;
        let def = definition.leak();
        self.definitions.insert(definition, def);
        Ok(def)
    }
}

fn leak(name: &str) -> &'static str {
    Box::leak(Box::from(name))
}

fn leak_all(names: &[String]) -> &'static [&'static str] {
    Box::leak(names.iter().map(|name| leak(name)).collect())
}

#[cfg(test)]
mod tests {
    use super::{Definition, Interned, MAX_BYTES, WrittenFields};

    fn definition(name: String) -> Definition {
        Definition { name, fields: WrittenFields::Unnamed(1), statics: vec![], skipped: vec![] }
    }

    #[test]
    fn definitions_are_created_once_and_up_to_a_limit() {
        let mut interned = Interned::default();
        let first = interned.get(definition("first".into())).unwrap();
        let long = |name: usize| definition(format!("{name}{}", "a".repeat(MAX_BYTES / 10)));
        let refused = (0..).find_map(|name| interned.get(long(name)).err()).unwrap();
        assert!(
            refused.starts_with("too many different structs: with \"4aaa")
                && refused.ends_with(
                    "aaa\"..., those that this program has read would take more than 16 MiB"
                ),
            "{refused}"
        );
        // The definitions so far are kept, and a small one still fits.
        assert!(std::ptr::eq(interned.get(definition("first".into())).unwrap(), first));
        assert!(interned.get(definition("second".into())).is_ok());
    }
}
