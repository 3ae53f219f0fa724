//! A loss over a recorded trace as a function of parameters, and its gradient: the third example of
//! Jaxley's `build_dynamic_state_utils`. As in that example, 2 nA flow into a compartment of 10 um,
//! and its voltage leaves the range of real cells.
//!
//! `cargo run --release -p examples --example value_and_grad`

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use cable::channels::Leak;
use cable::{
    Build, Cable, CableError, Cell, ParamState, Parameters, Scalar, Solver, build_init_and_step_fn,
    step_current,
};

use pytree::Layout;
use pytree::grad::{Duals, try_value_and_grad};

/// The arguments of the loss: the trainable parameters, and the conductance of the leak (S/cm^2).
type Arguments<T> = (Parameters<T>, T);

fn main() -> ExitCode {
    match run(&mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The mean voltage (mV) of the trace.
fn loss<T: Scalar>(
    cell: &Cell,
    cable: &Cable,
    (parameters, leak): &Arguments<T>,
) -> Result<T, CableError> {
    let mut param_state = ParamState::new();
    cell.data_set("Leak_gLeak", *leak, &mut param_state)?;
    let module = build_init_and_step_fn(cable, Solver::BwdEuler);
    let recordings = module.integrate(parameters, &param_state)?;
    Ok(recordings.sum() / recordings.len() as f64)
}

fn run(out: &mut impl Write) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (delta_t, t_max) = (0.025, 3.0); // ms
    let mut cell = Cell::default();
    cell.insert(Leak)?.record("v")?;
    cell.stimulate(step_current(0.0, 1.0, 2.0, delta_t, t_max)?)?; // nA
    cell.make_trainable("radius")?;
    let cable = cell.build_for(delta_t, t_max)?;

    let arguments = (cell.get_parameters(), 1e-4);
    let (value, gradient) =
        try_value_and_grad(|at: &Arguments<Duals>| loss(&cell, &cable, at), &arguments)?;
    writeln!(out, "mean voltage: {value:.6} mV\n")?;
    writeln!(out, "{:<18}{:>12}{:>18}{:>18}", "parameter", "value", "gradient", "by differences")?;

    let layout = Layout::of(&arguments);
    let [at, slopes] = [&arguments, &gradient].map(|tree| pytree::ravel_pytree(tree).0);
    for n in 0..layout.len() {
        let moved = |by: f64| {
            let mut at = at.clone();
            at[n] *= 1.0 + by;
            loss(&cell, &cable, &layout.unravel::<f64, Arguments<f64>>(&at)?).map_err(Box::from)
        };
        let difference: Result<_, Box<dyn Error + Send + Sync>> =
            moved(1e-5).and_then(|above| Ok((above - moved(-1e-5)?) / (2e-5 * at[n])));
        let (label, difference) = (layout.label(n)?, difference?);
        writeln!(out, "{label:<18}{:>12.6}{:>18.6}{difference:>18.6}", at[n], slopes[n])?;
    }
    Ok(())
}
