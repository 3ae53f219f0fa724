//! Functions of trees: one file for each group.

pub(crate) mod flat;
pub(crate) mod pair;
pub(crate) mod flatten;
pub(crate) mod broadcast;
pub(crate) mod select;
pub(crate) mod partition;
pub(crate) mod up_to;
pub(crate) mod from_paths;
pub(crate) mod groups;
pub(crate) mod elementwise;
pub(crate) mod tree_map;
pub(crate) mod zip;
pub(crate) mod reduce;
pub(crate) mod compare;
pub(crate) mod like;
pub(crate) mod transpose;
