//! Key paths: the name of a node, and of a leaf.

pub(crate) mod key;
pub(crate) mod map_key;
