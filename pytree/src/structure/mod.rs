//! The structure of a tree as a value, and searches and comparisons of structures.

pub(crate) mod field_value;
pub(crate) mod treedef;
pub(crate) mod spare;
pub(crate) mod paths;
pub(crate) mod nearest;
pub(crate) mod select;
pub(crate) mod find;
pub(crate) mod diff;
pub(crate) mod align;
pub(crate) mod retain;
pub(crate) mod compose;
