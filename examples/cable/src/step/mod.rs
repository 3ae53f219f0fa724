//! A step: its order, and what runs through it: values, derivatives forwards and in reverse.

pub(crate) mod solver;
pub(crate) mod forest;
pub(crate) mod matrix;
pub(crate) mod voltages;
pub(crate) mod voltages_linear;
mod voltages_passes;
pub(crate) mod order;
pub(crate) mod inputs;
pub(crate) mod values;
pub(crate) mod block;
pub(crate) mod linear;
