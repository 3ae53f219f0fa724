//! Building trees from leaves.

pub(crate) mod leaf_source;
pub(crate) mod fields;
pub(crate) mod list_builder;
pub(crate) mod mapped;
pub(crate) mod from_leaves;
