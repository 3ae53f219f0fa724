//! Synapses, to connect the compartments of a network.
//!
//! Each is a struct whose docs have its equations and its keys: the value of each where a synapse
//! is made, and its unit. Every key has the name of the synapse before it: `IonotropicSynapse_gS`.

pub(crate) mod chemical;
pub(crate) mod loops;
pub(crate) mod kind;
pub(crate) mod connection;
#[cfg(test)]
mod documented;

pub use kind::*;
