//! `cable` against Jaxley, with the reference data in `tests/data`.

mod built;
mod exporter;
mod finite_differences;
mod gradients;
mod run_gradients;
mod runs;
mod solvers;
mod swc;
mod swc_cases;
mod swc_errors;
mod swc_laws;

mod transforms;
