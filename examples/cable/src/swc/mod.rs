//! Cells from SWC files.

pub(crate) mod file;
pub(crate) mod frusta;
pub(crate) mod trace;
pub(crate) mod traced;
