use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

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
    /// The one definition that says the same, made if there is none yet.
    pub(crate) fn intern(self) -> &'static StructDef {
        static ALL: LazyLock<Mutex<HashMap<Definition, &'static StructDef>>> =
            LazyLock::new(Mutex::default);
        // Nothing that is done while it is locked can panic halfway.
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(def) = all.get(&self) {
            return def;
        }
        let def: &'static StructDef = Box::leak(Box::new(StructDef {
            name: leak(&self.name),
            fields: match &self.fields {
                WrittenFields::Named(names) => Fields::Named(leak_all(names)),
                WrittenFields::Unnamed(len) => Fields::Unnamed(*len),
            },
            statics: leak_all(&self.statics),
            skipped: leak_all(&self.skipped),
        }));
        all.insert(self, def);
        def
    }

    /// The number of fields that are trees.
    pub(crate) fn arity(&self) -> usize {
        match &self.fields {
            WrittenFields::Named(names) => names.len(),
            WrittenFields::Unnamed(len) => *len,
        }
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

fn leak(name: &str) -> &'static str {
    Box::leak(Box::from(name))
}

fn leak_all(names: &[String]) -> &'static [&'static str] {
    Box::leak(names.iter().map(|name| leak(name)).collect())
}
