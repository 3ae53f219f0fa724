//! Synapses: their equations, and the loops over the compartments that they connect.

pub(crate) mod chemical;
pub(crate) mod connection;
#[cfg(test)]
mod documented;
