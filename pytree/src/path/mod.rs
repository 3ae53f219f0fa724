//! The keys of a path, and the traits of functions that accept a path, a pattern or a mask.
//!
//! [`KeyPath`](crate::KeyPath) and [`Pattern`](crate::Pattern) themselves are at the root of the crate.

pub(crate) mod key;
pub(crate) mod map_key;
pub(crate) mod trie;
pub(crate) mod parse;
pub(crate) mod pattern;
pub(crate) mod matcher;

pub use self::key::Key;
pub use crate::error::from_text::{ToPath, ToPattern};
pub use crate::map::select::Select;
