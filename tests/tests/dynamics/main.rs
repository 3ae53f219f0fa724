//! The behaviour of `dynamics`: its laws, errors and parity with Jaxley.

mod currents;
mod errors;
mod jacobian;
mod jaxley;
mod laws;
mod linearization;
mod run;
mod states;
mod step;
