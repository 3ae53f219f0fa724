//! The layout of a tree in one vector, and the functions that convert between the two.

pub(crate) mod signature;
pub(crate) mod layout;
pub(crate) mod within;
pub(crate) mod label;
pub(crate) mod range;
pub(crate) mod block;
pub(crate) mod format;
pub(crate) mod ravel;
pub(crate) mod get;
pub(crate) mod part;
pub(crate) mod batch;
