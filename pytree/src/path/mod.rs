//! Keys, key paths, the patterns that match paths, and the parsers of both.

pub(crate) mod key;
pub(crate) mod map_key;
pub(crate) mod parse;
pub(crate) mod pattern;
pub(crate) mod matcher;
