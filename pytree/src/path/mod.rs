//! The names of nodes: keys, key paths, the patterns that match them, and how both are parsed.

pub(crate) mod key;
pub(crate) mod map_key;
pub(crate) mod parse;
pub(crate) mod pattern;
pub(crate) mod matcher;
