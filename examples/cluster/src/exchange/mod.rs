//! Exchanges trees of one layout.

pub(crate) mod layouts;
pub(crate) mod exchange;
mod broadcast;
mod reduce;
mod gather;
