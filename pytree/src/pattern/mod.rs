//! Paths and patterns as text.

pub(crate) mod parse;
pub(crate) mod pattern;
