//! Pytrees.
mod node;
mod key;
mod error;
mod parse;
mod visit;
mod pytree;
mod treedef;
mod paths;
mod diff;
mod from_leaves;
mod leaf;
mod containers;
mod tree;
mod flat;
mod layout;
mod ravel;
mod tree_map;

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
