use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::error::print::quote;
use crate::path::parse::is_in_name;
use crate::walk::node::{Fields, StructDef};

/// A [`StructDef`] that owns its names, as one that is read does.
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
    /// The one [`StructDef`] of the program that equals this definition, created if there is none yet.
    ///
    /// # Errors
    /// If all that have been created would take more than [`MOST`] bytes.
    pub(crate) fn intern(self) -> Result<&'static StructDef, String> {
        static INTERNED: LazyLock<Mutex<Interned>> = LazyLock::new(Mutex::default);
        // Nothing that is done while the lock is held can panic halfway.
        INTERNED.lock().unwrap_or_else(PoisonError::into_inner).get(self)
    }

    /// The names of all fields, and that of the struct.
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

    /// The name of a field that is a tree that a path with it would not be parsed back from.
    pub(crate) fn unparsable(&self) -> Option<&str> {
        let WrittenFields::Named(names) = &self.fields else { return None };
        let parses = |name: &str| !name.is_empty() && name.chars().all(is_in_name);
        names.iter().map(String::as_str).find(|name| !parses(name))
    }

    /// The name of a field that there is twice.
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

/// The definitions that have been created. They are never freed, since nodes refer to them for as long
/// as the program runs; [`MOST`] bounds what a program that reads from strangers loses to them.
#[derive(Default)]
struct Interned {
    definitions: HashMap<Definition, &'static StructDef>,
    bytes: usize,
}

/// How many bytes all definitions together may take, roughly.
const MOST: usize = 16 << 20;

impl Interned {
    fn get(&mut self, definition: Definition) -> Result<&'static StructDef, String> {
        if let Some(def) = self.definitions.get(&definition) {
            return Ok(def);
        }
        // Each name is there twice, in the definition and in the key of the map.
        let names = definition.names().map(|name| 2 * name.len() + 64);
        let bytes = self.bytes + 256 + names.sum::<usize>();
        if bytes > MOST {
            return Err(format!(
                "the different structs that this program has read would take more than {} MiB with {}",
                MOST >> 20,
                quote(&definition.name)
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
    use super::{Definition, Interned, MOST, WrittenFields};

    fn definition(name: String) -> Definition {
        Definition { name, fields: WrittenFields::Unnamed(1), statics: vec![], skipped: vec![] }
    }

    #[test]
    fn definitions_are_created_once_and_up_to_a_limit() {
        let mut interned = Interned::default();
        let first = interned.get(definition("first".into())).unwrap();
        let long = |name: usize| definition(format!("{name}{}", "a".repeat(MOST / 10)));
        let refused = (0..).find_map(|name| interned.get(long(name)).err()).unwrap();
        assert!(refused.ends_with("would take more than 16 MiB with \"4aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"..."), "{refused}");
        // What there is stays, and what is small still fits.
        assert!(std::ptr::eq(interned.get(definition("first".into())).unwrap(), first));
        assert!(interned.get(definition("second".into())).is_ok());
    }
}
