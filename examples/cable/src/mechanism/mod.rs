//! What a mechanism is, and the arithmetic that mechanisms share.

pub(crate) mod gate;
pub(crate) mod drive;
pub(crate) mod keys;
pub(crate) mod equations;
pub(crate) mod kinds;
