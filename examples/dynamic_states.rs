//! The vector of the dynamic states of a cell, and the way back to all of its states: the first
//! example of Jaxley's `build_dynamic_state_utils`.
//!
//! `cargo run --release -p examples --example dynamic_states`

use std::error::Error;

use cable::channels::{HH, Leak};
use cable::{Branch, Build, Cell, Compartment, Solver, build_init_and_step_fn};
use dynamics::build_dynamic_state_utils;

const DELTA_T: f64 = 0.025; // ms

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    println!("A cell of one compartment:");
    show(&Cell::default())?;

    let mut cell = Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0])?;
    cell.insert(Leak)?.branch(0)?.insert(HH)?;
    println!(
        "\nThree branches of two compartments, with HH in the first and a branchpoint, node 6:"
    );
    show(&cell)
}

fn show(cell: &Cell) -> Result<(), Box<dyn Error + Send + Sync>> {
    let cable = cell.build(DELTA_T)?;
    let module = build_init_and_step_fn(&cable, Solver::BwdEuler);
    let utils = build_dynamic_state_utils(&cable)?;
    let (all_states, all_params) = module.init(&cell.get_parameters(), &vec![])?;

    let dynamic_states = utils.flatten(&utils.remove_observables(&all_states)?)?;
    let states = utils.unflatten(&dynamic_states)?;
    let recovered = utils.add_observables(&states, &all_params, DELTA_T)?;

    println!("  dynamic states");
    for (label, value) in utils.labels().iter().zip(&dynamic_states) {
        println!("    {label:<8}{value:>8}");
    }
    println!("  all states, recovered from them");
    for (key, values) in &recovered {
        println!("    {key:<8}{values:>8.5}");
    }
    Ok(())
}
