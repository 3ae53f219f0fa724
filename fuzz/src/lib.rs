//! What the targets share: random trees, and the leaves of a tree as something to compare.

mod leaves;
mod random;

pub use leaves::{Listed, leaves, leaves_of};
pub use random::{array, dict_key, tree};
