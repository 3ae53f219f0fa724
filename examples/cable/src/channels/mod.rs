//! Channels and pumps: their equations, and the loops over the compartments that have them.

pub(crate) mod hh;
pub(crate) mod pospischil;
pub(crate) mod calcium;
pub(crate) mod insertion;
