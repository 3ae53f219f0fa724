//! A step of a cell as a function from vector to vector, and its Jacobian: the second example of
//! Jaxley's `build_dynamic_state_utils`.
//!
//! `cargo run --release -p examples --example step_jacobian`

use std::error::Error;

use cable::channels::{HH, Leak};
use cable::{Branch, Build, Cell, Compartment, Solver, StepDynamics, build_init_and_step_fn};
use dynamics::{Step, build_dynamic_state_utils};
use ndarray::Array1;
use pytree::grad::Duals;
use pytree::tree_map;

const DELTA_T: f64 = 0.025; // ms

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let branch = Branch::new(&Compartment::new(), 2)?;
    let mut cell = Cell::new(&branch, &[-1, 0, 0])?;
    cell.insert(Leak)?;
    println!("Three branches with a leak, v by v:");
    show(&cell, "v", "v")?;

    cell.branch(0)?.insert(HH)?;
    println!("\nWith HH in the first, v (mV) by HH_m:");
    show(&cell, "v", "HH_m")
}

/// Prints how the states `rows` after a step depend on the states `columns` before it.
fn show(cell: &Cell, rows: &str, columns: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
    let cable = cell.build(DELTA_T)?;
    let module = build_init_and_step_fn(&cable, Solver::BwdEuler);
    let utils = build_dynamic_state_utils(&cable)?;
    let (all_states, all_params) = module.init(&cell.get_parameters(), &vec![])?;
    let dynamic_states = utils.flatten(&utils.remove_observables(&all_states)?)?;
    let externals = cable.externals_at(0)?;

    // The Jacobian of any step, by dual numbers ...
    let all_params = tree_map(|leaf| leaf.mapv(Duals::from), &all_params)?;
    let step_dynamics = |vector: &Array1<Duals>| {
        Step::new(&utils).apply(vector, &all_params, DELTA_T, |states, params| {
            module.step(states, params, &externals, DELTA_T)
        })
    };
    let by_duals = utils.jacobian(step_dynamics, &dynamic_states)?;

    // ... and of this one by its structure, in time linear in the number of entries.
    let jacobian = StepDynamics::new(&utils, externals.clone()).jacobian(&dynamic_states)?;
    for row in jacobian.block(rows, columns)?.rows() {
        row.iter().for_each(|entry| print!("{entry:>18.12}"));
        println!();
    }
    let apart = (jacobian.matrix() - by_duals.matrix()).fold(0.0, |most: f64, x| most.max(x.abs()));
    if apart > 1e-9 { Err(format!("the two are {apart:e} apart").into()) } else { Ok(()) }
}
