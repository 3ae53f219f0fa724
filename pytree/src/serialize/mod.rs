//! What is plain data, to and from the formats of `serde`.

pub(crate) mod definition;
pub(crate) mod path;
pub(crate) mod treedef;
pub(crate) mod tree;
pub(crate) mod layout;
