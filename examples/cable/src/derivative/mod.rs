//! A step as a function of the vector of dynamic states, and its derivative.

pub(crate) mod places;
pub(crate) mod local;
pub(crate) mod operator;
pub(crate) mod step_dynamics;
pub(crate) mod settings;
pub(crate) mod gradient;
pub(crate) mod simulator;
pub(crate) mod run;
