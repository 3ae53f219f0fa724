//! The speed of a step of a cell, and of its Jacobian: a binary tree of 155 branches of 4
//! compartments with its 77 branchpoints, HH and Leak everywhere, 2,480 states.
//!
//! `cargo bench -p tests --bench jacobian`

use std::hint::black_box;

use cable::{Cable, Solver, States, StepDynamics, build_init_and_step_fn};
use dynamics::{Step, build_dynamic_state_utils};
use ndarray::{Array1, Array2};
use pytree::grad::Duals;
use tests::{Time, alone, binary_tree};

/// A quarter of the cell, half of it, all, and twice as much: 640, 1,248, 2,480 and 4,976 states.
const BRANCHES: [usize; 4] = [39, 77, 155, 311];

fn main() {
    println!("| what | states | time |\n|---|---|---|");
    row("`step_dynamics`", &BRANCHES, step_dynamics);
    row("Jacobian, into a new matrix", &BRANCHES, jacobian);
    row("Jacobian, into a matrix that exists", &BRANCHES, jacobian_into);
    row("Jacobian, by dual numbers", &[39, 155], jacobian_by_duals);
    row("round trip without a step", &BRANCHES, round_trip);
}

fn row(what: &str, sizes: &[usize], time: fn(usize) -> Time) {
    for &branches in sizes {
        let states = build_dynamic_state_utils(&cell(branches)).unwrap().num_states();
        println!("| {what} | {states} | {} |", time(branches));
    }
}

fn cell(branches: usize) -> Cable {
    Cable::new(binary_tree(branches)).expect("a cell")
}

/// The vector of the cell after some steps, when it is about to fire.
fn vector(cell: &Cable, states: &States<f64>) -> Array1<f64> {
    let utils = build_dynamic_state_utils(cell).expect("utilities");
    let vector = utils.flatten(&utils.remove_observables(states).unwrap()).unwrap();
    let (mut step, params) = (Step::new(&utils), cell.params());
    let module = build_init_and_step_fn(cell, Solver::BwdEuler);
    (0..20).fold(vector, |vector, index| {
        let externals = cell.externals_at(index).unwrap();
        let advance = |states: &mut States<f64>, params: &_| {
            module.step(states, params, &externals, cell.delta_t())
        };
        step.apply(&vector, params, cell.delta_t(), advance).unwrap()
    })
}

/// From vector to vector. Jaxley's jitted step takes 175 us on one core.
fn step_dynamics(branches: usize) -> Time {
    let cell = cell(branches);
    let utils = build_dynamic_state_utils(&cell).unwrap();
    let before = vector(&cell, &cell.init().unwrap()).to_vec();
    let mut after = before.clone();
    let externals = cell.externals_at(0).unwrap();
    let (mut step, module) = (Step::new(&utils), build_init_and_step_fn(&cell, Solver::BwdEuler));
    alone(|| {
        let advance = |states: &mut States<f64>, params: &_| {
            module.step(states, params, &externals, cell.delta_t())
        };
        step.apply_into(black_box(&before), &mut after, cell.params(), cell.delta_t(), advance)
            .unwrap();
    })
}

/// The Jacobian of the step from its structure, into a new matrix. Jaxley's jitted one takes 752 ms.
fn jacobian(branches: usize) -> Time {
    let cell = cell(branches);
    let utils = build_dynamic_state_utils(&cell).unwrap();
    let vector = vector(&cell, &cell.init().unwrap());
    let step = StepDynamics::new(&utils, cell.externals_at(0).unwrap());
    alone(|| step.jacobian(black_box(&vector)).unwrap())
}

/// The same into a matrix that is there.
fn jacobian_into(branches: usize) -> Time {
    let cell = cell(branches);
    let utils = build_dynamic_state_utils(&cell).unwrap();
    let vector = vector(&cell, &cell.init().unwrap());
    let step = StepDynamics::new(&utils, cell.externals_at(0).unwrap());
    let mut matrix = Array2::ones((vector.len(), vector.len()));
    alone(|| {
        let (_, linear) = step.linearize(black_box(&vector)).unwrap();
        linear.to_dense_into(&mut matrix).unwrap();
    })
}

/// The same by dual numbers through the whole step.
fn jacobian_by_duals(branches: usize) -> Time {
    let cell = cell(branches);
    let utils = build_dynamic_state_utils(&cell).unwrap();
    let vector = vector(&cell, &cell.init().unwrap());
    let step = StepDynamics::new(&utils, cell.externals_at(0).unwrap());
    let step = |vector: &Array1<Duals>| step.apply(vector);
    alone(|| utils.jacobian(step, black_box(&vector)).unwrap())
}

/// `flatten . remove_observables . add_observables . unflatten` without currents, in place. Jaxley's
/// jitted one takes 41 us.
fn round_trip(branches: usize) -> Time {
    let cell = cell(branches);
    let utils = build_dynamic_state_utils(&cell).unwrap();
    let mut states = cell.init().unwrap();
    let in_place = utils.in_place(&states).unwrap();
    let mut vector = vector(&cell, &states).to_vec();
    alone(|| {
        in_place.scatter_into(black_box(&vector), black_box(&mut states)).unwrap();
        in_place.gather_into(black_box(&states), black_box(&mut vector)).unwrap();
    })
}
