//! How the time of a step and of its derivatives grows. A cell is a binary tree of branches of 4
//! compartments, with HH and Leak everywhere; a network has HH cells of one compartment, each with
//! 10 synapses.
//!
//! `cargo bench -p tests --bench jacobian`. `simulator` is the bench beside Jaxley.

use std::hint::black_box;

use std::time::Instant;

use cable::channels::HH;
use cable::synapses::IonotropicSynapse;
use cable::{Build, Cable, Cell, Network, Solver, StepDynamics, build_init_and_step_fn};
use dynamics::build_dynamic_state_utils;
use ndarray::{Array1, Array2};
use pytree::grad::Duals;
use tests::{Time, alone, binary_tree};

/// A quarter of the cell, half of it, all, and twice as much: 640, 1,248, 2,480 and 4,976 states.
const BRANCHES: [usize; 4] = [39, 77, 155, 311];

fn main() {
    println!("| what | states | time |\n|---|---|---|");
    row("step", &BRANCHES, step);
    row("`linearize`", &BRANCHES, linearize);
    row("`jvp`", &BRANCHES, jvp);
    row("`vjp`", &BRANCHES, vjp);
    row("Jacobian, into a new matrix", &BRANCHES, jacobian);
    row("Jacobian, into a matrix that exists", &BRANCHES, jacobian_into);
    row("Jacobian, by dual numbers", &[39, 155], jacobian_by_duals);
    row("round trip without a step", &BRANCHES, round_trip);
    for cells in [2_500, 25_000] {
        network_rows(cells);
    }
    gradients();
}

fn row(what: &str, sizes: &[usize], time: fn(&Cable) -> Time) {
    for &branches in sizes {
        let cell = Cable::new(binary_tree(branches)).expect("a cell");
        let states = build_dynamic_state_utils(&cell).unwrap().num_states();
        println!("| {what} | {states} | {} |", time(&cell));
    }
}

/// The vector of a module after some steps, when a cell is about to fire.
fn vector(cable: &Cable) -> Array1<f64> {
    let utils = build_dynamic_state_utils(cable).expect("utilities");
    let states = utils.remove_observables(&cable.init().unwrap()).unwrap();
    (0..cable.steps().min(20)).fold(utils.flatten(&states).unwrap(), |vector, index| {
        let externals = cable.externals_at(index).unwrap();
        StepDynamics::new(&utils, externals).apply(&vector).unwrap()
    })
}

/// Times a function of a step and a vector.
fn of_step<'c, A>(
    cable: &'c Cable,
    mut f: impl FnMut(&StepDynamics<'_, 'c>, &Array1<f64>) -> A,
) -> Time {
    let utils = build_dynamic_state_utils(cable).unwrap();
    let step = StepDynamics::new(&utils, cable.externals_at(0).unwrap());
    let vector = vector(cable);
    alone(|| f(&step, black_box(&vector)))
}

fn step(cable: &Cable) -> Time {
    of_step(cable, |step, vector| step.apply(vector).unwrap())
}

fn linearize(cable: &Cable) -> Time {
    of_step(cable, |step, vector| step.linearize(vector).unwrap())
}

fn jvp(cable: &Cable) -> Time {
    let mut linear = None;
    of_step(cable, |step, vector| {
        linear.get_or_insert_with(|| step.linearize(vector).unwrap().1).jvp(vector).unwrap()
    })
}

fn vjp(cable: &Cable) -> Time {
    let mut linear = None;
    of_step(cable, |step, vector| {
        linear.get_or_insert_with(|| step.linearize(vector).unwrap().1).vjp(vector).unwrap()
    })
}

fn jacobian(cable: &Cable) -> Time {
    of_step(cable, |step, vector| step.jacobian(vector).unwrap())
}

fn jacobian_into(cable: &Cable) -> Time {
    let len = vector(cable).len();
    let mut matrix = Array2::ones((len, len));
    of_step(cable, |step, vector| {
        let (_, linear) = step.linearize(vector).unwrap();
        linear.to_dense_into(&mut matrix).unwrap();
    })
}

fn jacobian_by_duals(cable: &Cable) -> Time {
    let utils = build_dynamic_state_utils(cable).unwrap();
    of_step(cable, |step, vector| {
        utils.jacobian(|vector: &Array1<Duals>| step.apply(vector), vector).unwrap()
    })
}

/// `flatten . remove_observables . add_observables . unflatten` without currents, in place.
fn round_trip(cable: &Cable) -> Time {
    let utils = build_dynamic_state_utils(cable).unwrap();
    let mut states = cable.init().unwrap();
    let in_place = utils.in_place(&states).unwrap();
    let mut vector = vector(cable).to_vec();
    alone(|| {
        in_place.scatter_into(black_box(&vector), black_box(&mut states)).unwrap();
        in_place.gather_into(black_box(&states), black_box(&mut vector)).unwrap();
    })
}

/// Each cell has synapses from the ten before it.
fn network(cells: usize) -> Network {
    let mut net = Network::new(&vec![Cell::default(); cells]).unwrap();
    net.insert(HH).unwrap();
    for shift in 1..=10 {
        for (pre, post) in [(0..cells - shift, shift..cells), (cells - shift..cells, 0..shift)] {
            let [pre, post] = [pre, post].map(|range| net.cell(range).unwrap().selection());
            net.connect(&pre, &post, IonotropicSynapse).unwrap();
        }
    }
    net
}

fn network_rows(cells: usize) {
    let cable = network(cells).build(0.025).unwrap();
    let states = build_dynamic_state_utils(&cable).unwrap().num_states();
    let mut linear = None;
    let sparse = of_step(&cable, |step, vector| {
        linear.get_or_insert_with(|| step.linearize(vector).unwrap().1).to_sparse()
    });
    for (what, time) in [
        ("step of a network", step(&cable)),
        ("`linearize`", linearize(&cable)),
        ("`jvp`", jvp(&cable)),
        ("`vjp`", vjp(&cable)),
        ("`to_sparse`", sparse),
    ] {
        println!("| {what} | {states} | {time} |");
    }
}

/// The gradient by the conductances of all synapses, one by one.
fn gradients() {
    println!("\n| parameters | steps | a run, s | its gradient, s |\n|---|---|---|---|");
    for (cells, duration) in [(1_000, 25.0), (10_000, 2.5), (10_000, 25.0)] {
        let mut net = network(cells);
        net.cell(0).unwrap().record("v").unwrap();
        net.edge(..).unwrap().make_trainable("IonotropicSynapse_gS").unwrap();
        let (cable, params) = (net.build_for(0.025, duration).unwrap(), net.get_parameters());
        let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
        let start = Instant::now();
        black_box(run.integrate::<f64>(&params, &vec![]).unwrap());
        let (once, start) = (start.elapsed().as_secs_f64(), Instant::now());
        let (_, gradient) = run.value_and_grad(&params, |_, v: &[Duals]| v[0] * v[0]).unwrap();
        let number: usize = gradient.iter().flat_map(|part| part.values()).map(Array1::len).sum();
        let seconds = start.elapsed().as_secs_f64();
        println!("| {number} | {} | {once:.3} | {seconds:.3} |", cable.steps());
    }
}
