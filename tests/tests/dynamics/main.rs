//! The behaviour of `dynamics`: its laws, errors and parity with Jaxley.

mod currents;
mod errors;
mod jacobian;
mod jaxley;
mod laws;
mod linearization;
mod names;
mod run;
mod states;
mod step;
