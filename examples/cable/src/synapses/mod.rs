//! Synapses, to connect the compartments of a network.
//!
//! Each is a struct whose docs have its equations and its keys: the value of each where a synapse
//! is made, and its unit. Every key has the name of the synapse before it: `IonotropicSynapse_gS`.

pub(crate) mod chemical;
#[cfg(test)]
mod documented;

use crate::mechanism::kinds::ours;

pub use crate::mechanism::kinds::SynapseKind;

ours! {
    SynapseKind {
        chemical::IonotropicSynapse,
        chemical::TanhRateSynapse,
        chemical::TanhConductanceSynapse,
        chemical::TestSynapse,
    }
}
