//! Pytrees.
mod containers;
mod diff;
mod error;
mod flat;
mod from_leaves;
mod key;
mod layout;
mod leaf;
mod node;
mod parse;
mod paths;
mod pytree;
mod ravel;
mod tree;
mod tree_map;
mod treedef;
mod visit;

pub use crate::error::{Error, Mismatch, MismatchKind};
pub use crate::flat::Flat;
pub use crate::from_leaves::{FromLeaves, LeafSource, Reported};
pub use crate::key::{Key, KeyPath, KeyRef};
pub use crate::layout::Layout;
pub use crate::leaf::Leaf;
pub use crate::node::{Fields, Node, StructDef};
pub use crate::pytree::PyTree;
pub use crate::ravel::ravel_pytree;
pub use crate::tree::Tree;
pub use crate::tree_map::{
    tree_flatten, tree_leaves, tree_leaves_with_path, tree_map, tree_map_mut, tree_map_with_path,
    tree_map2, tree_reduce, tree_structure, tree_unflatten,
};
pub use crate::treedef::TreeDef;
pub use crate::visit::{Skipped, Static, Visitor, VisitorMut};

/// Implements [`PyTree`](trait@PyTree) and [`FromLeaves`] for a struct or an enum.
#[cfg(feature = "derive")]
pub use pytree_derive::PyTree;

/// What the code that `#[derive(PyTree)]` writes needs beside the public names.
#[doc(hidden)]
pub mod __private {
    pub use crate::leaf::{visit_value, visit_value_mut};
}
