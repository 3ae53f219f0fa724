//! Cells from SWC files: from text to lines, points, a tree, branches and compartments.

pub(crate) mod file;
pub(crate) mod tree;
pub(crate) mod frusta;
pub(crate) mod traced;
pub(crate) mod cuts;
pub(crate) mod walk;
pub(crate) mod swc;
