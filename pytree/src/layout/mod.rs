//! The types that functions of layouts and whole trees return: a part of a layout, the text of a tree, and the
//! comparison of two trees.

pub(crate) mod signature;
pub(crate) mod layout;
pub(crate) mod within;
pub(crate) mod label;
pub(crate) mod range;
pub(crate) mod block;
pub(crate) mod statistics;
pub(crate) mod format;
pub(crate) mod comparison;
pub(crate) mod ravel;
pub(crate) mod get;
pub(crate) mod subtree;
pub(crate) mod part;
pub(crate) mod batch;
pub(crate) mod stack;

pub use self::comparison::{Comparison, Difference};
pub use self::format::TreeFormat;
pub use self::part::Part;
