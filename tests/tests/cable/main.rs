//! `cable` against Jaxley, with the reference data in `tests/data`.

mod built;
mod gradients;
mod solvers;
mod swc;
