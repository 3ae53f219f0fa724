//! Numbers that equations compute with: a small trait, and what a step runs them on.

pub(crate) mod real;
pub(crate) mod lanes;
pub(crate) mod dual;
pub(crate) mod depends;
pub(crate) mod limit;
pub(crate) mod element;
