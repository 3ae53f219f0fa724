//! What a tree is: its nodes, who visits them, and the trait.

pub(crate) mod deep;
pub(crate) mod node;
pub(crate) mod visit;
pub(crate) mod pytree;
