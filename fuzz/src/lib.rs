//! What the targets share: random trees, the leaves of a tree as something to compare, and how long an
//! error may be.

mod leaves;
mod random;
mod short;

pub use leaves::{Listed, leaves, leaves_of};
pub use random::{array, dict_key, tree};
pub use short::short;
