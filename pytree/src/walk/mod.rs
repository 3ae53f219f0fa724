//! What you need to implement or walk trees by hand: nodes, keys, visitors, and the source that a tree is
//! built from.
//!
//! [`PyTree`](trait@crate::PyTree) and [`FromLeaves`](crate::FromLeaves) show what a type implements. The
//! guide to [your own leaf type](crate::guide::own_leaf) has complete implementations.

pub(crate) mod deep;
pub(crate) mod node;
pub(crate) mod visit;
pub(crate) mod lockstep;
pub(crate) mod pytree;

pub use crate::build::leaf_source::{LeafSource, Reported};
pub use crate::build::list_builder::ListBuilder;
pub use crate::build::mapped::Mapped;
pub use crate::path::key::KeyRef;
pub use crate::path::map_key::{FromKey, MapKey};
pub use crate::walk::node::{Fields, Node, StructDef};
pub use crate::walk::visit::{Skipped, Static, Visitor, VisitorMut};
