//! Guides: texts with examples.

#[cfg(feature = "num-dual")]
#[doc = include_str!("guide/own_simulator.md")]
pub mod own_simulator {}
