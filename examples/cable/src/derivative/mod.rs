//! A step as a function from vector to vector, and its Jacobian.

pub(crate) mod response;
pub(crate) mod columns;
pub(crate) mod step_dynamics;
