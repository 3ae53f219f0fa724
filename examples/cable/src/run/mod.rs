//! A module that runs: its parameters, its steps and what is recorded.

pub(crate) mod stimulus;
pub(crate) mod order;
pub(crate) mod cable;
pub(crate) mod inputs;
pub(crate) mod data;
pub(crate) mod drive;
pub(crate) mod given;
pub(crate) mod step;
pub(crate) mod module;
pub(crate) mod parameters;
pub(crate) mod init_and_step;
pub(crate) mod rest;
pub(crate) mod zero_by_zero;
