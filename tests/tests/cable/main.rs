//! `cable` against Jaxley, with the reference data in `tests/data`.

mod built;
mod exporter;
mod gradients;
mod run_gradients;
mod solvers;
mod swc;
mod transforms;
