//! The description of a module, in the format that is exported from Jaxley, and its checks.

pub(crate) mod setting;
pub(crate) mod edge;
pub(crate) mod export;
pub(crate) mod geometry;
pub(crate) mod limits;
pub(crate) mod needed;
pub(crate) mod check;
