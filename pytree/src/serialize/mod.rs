//! Serializes keys, paths, patterns, structures, layouts and run-time trees with `serde`.

pub(crate) mod definition;
pub(crate) mod path;
pub(crate) mod treedef;
pub(crate) mod tree;
pub(crate) mod layout;
