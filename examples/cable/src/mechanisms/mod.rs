//! The equations of channels, pumps and synapses, and the loops over where they are.

pub(crate) mod gate;
pub(crate) mod drive;
pub(crate) mod mechanism;
pub(crate) mod hh;
pub(crate) mod pospischil;
pub(crate) mod pumps;
pub(crate) mod synapses;
pub(crate) mod insertion;
pub(crate) mod connection;
#[cfg(test)]
mod documented;
