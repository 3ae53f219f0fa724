//! Functions of trees.

pub(crate) mod flat;
pub(crate) mod compose;
pub(crate) mod tree_map;
