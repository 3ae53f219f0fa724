//! Modules that are built here: compartments, branches, cells, networks, and views of them.

pub(crate) mod trials;
pub(crate) mod index;
pub(crate) mod values;
pub(crate) mod tables;
pub(crate) mod view;
pub(crate) mod narrow;
pub(crate) mod places;
pub(crate) mod change;
pub(crate) mod set_ncomp;
pub(crate) mod data;
pub(crate) mod delete;
pub(crate) mod trainables;
pub(crate) mod describe;
pub(crate) mod whole;
pub(crate) mod compartment;
pub(crate) mod branch;
pub(crate) mod cell;
pub(crate) mod traced;
pub(crate) mod network;
pub(crate) mod connect;
