//! The description of a module, as it is exported from Jaxley, and what has to hold of it.

pub(crate) mod setting;
pub(crate) mod edge;
pub(crate) mod export;
pub(crate) mod geometry;
pub(crate) mod limits;
pub(crate) mod needed;
pub(crate) mod check;
