//! The arrays of parameters and states: what each has one value for, and where a step finds it.

pub(crate) mod owner;
pub(crate) mod table;
