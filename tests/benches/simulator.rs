//! The speed of `cable`: a step, its derivatives, runs and their gradients.
//!
//! `python3 tests/benches/simulator.py` builds cells in Jaxley and times both in turn. This is its
//! half in Rust, a server: each line of standard input is a module and what to do with it, and the
//! answer is a line of the seconds that it takes, and the sum of the numbers that it computes.

use std::fs;
use std::hint::black_box;
use std::io::{self, BufRead};

use cable::{Cable, Solver, StepDynamics, build_init_and_step_fn};
use dynamics::{DynamicStateUtils, build_dynamic_state_utils};
use ndarray::{Array1, Array2};
use pytree::grad::Duals;
use serde::Deserialize;
use tests::{calls, sample};

/// A line of standard input.
#[derive(Deserialize, PartialEq)]
struct Request {
    /// The path of a module.
    module: String,
    operation: Operation,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Operation {
    Step,
    RoundTrip,
    JacobianInto,
    Jacobian,
    Jvp,
    Vjp,
    Simulate,
    Gradient,
}

/// Computes, and returns the sum of the numbers, of many only if that is asked for.
type Task = Box<dyn FnMut(bool) -> f64>;

fn main() {
    let mut current: Option<(Request, Task, u32)> = None;
    for line in io::stdin().lock().lines() {
        let line = line.expect("a line of text");
        let request: Request = serde_json::from_str(&line).expect("a request");
        if current.as_ref().is_none_or(|(before, ..)| *before != request) {
            let mut task = task(&request);
            let calls = calls(&mut || task(false));
            current = Some((request, task, calls));
        }
        let Some((_, task, calls)) = &mut current else { continue };
        let sum = task(true);
        println!("{} {sum}", sample(&mut || task(false), *calls) * 1e-9);
    }
}

fn task(request: &Request) -> Task {
    let text = fs::read_to_string(&request.module).expect("the file of a module");
    // They live as long as the bench.
    let cable: &'static Cable = Box::leak(Box::new(Cable::from_json(&text).expect("a module")));
    let utils: &'static DynamicStateUtils<'static, Cable> =
        Box::leak(Box::new(build_dynamic_state_utils(cable).expect("utilities")));
    match request.operation {
        Operation::Simulate => simulate(cable),
        Operation::Gradient => gradient(cable),
        operation => of_step(utils, operation),
    }
}

/// What is done with a step, at the vector after 20 of them.
fn of_step(utils: &'static DynamicStateUtils<'static, Cable>, operation: Operation) -> Task {
    let cable = utils.module();
    let at = |index| StepDynamics::new(utils, cable.externals_at(index).unwrap());
    let mut states = cable.init().unwrap();
    let vector = utils.flatten(&utils.remove_observables(&states).unwrap()).unwrap();
    let vector: Array1<f64> =
        (0..20).fold(vector, |vector, index| at(index).apply(&vector).unwrap());
    let step: &'static StepDynamics<'_, '_> = Box::leak(Box::new(at(0)));
    let direction = Array1::from_shape_fn(vector.len(), |index| (0.7 * index as f64).cos());
    let linear = move |vector: &Array1<f64>| step.linearize(black_box(vector)).unwrap().1;
    match operation {
        Operation::Step => Box::new(move |_| step.apply(black_box(&vector)).unwrap().sum()),
        Operation::RoundTrip => {
            let in_place = utils.in_place(&states).unwrap();
            let mut vector = vector.to_vec();
            Box::new(move |sum| {
                in_place.scatter_into(black_box(&vector), &mut states).unwrap();
                in_place.gather_into(black_box(&states), &mut vector).unwrap();
                if sum { vector.iter().sum() } else { 0.0 }
            })
        }
        Operation::JacobianInto => {
            let mut matrix = Array2::ones((vector.len(), vector.len()));
            Box::new(move |sum| {
                linear(&vector).to_dense_into(&mut matrix).unwrap();
                if sum { matrix.sum() } else { 0.0 }
            })
        }
        Operation::Jacobian => Box::new(move |sum| {
            let matrix = black_box(linear(&vector).to_dense());
            if sum { matrix.sum() } else { 0.0 }
        }),
        Operation::Jvp => Box::new(move |_| linear(&vector).jvp(&direction).unwrap().sum()),
        Operation::Vjp => Box::new(move |_| linear(&vector).vjp(&direction).unwrap().sum()),
        Operation::Simulate | Operation::Gradient => unreachable!("not of one step"),
    }
}

fn simulate(cable: &'static Cable) -> Task {
    let run = build_init_and_step_fn(cable, Solver::BwdEuler);
    let parameters = cable.get_parameters();
    Box::new(move |_| loss(&run.integrate(black_box(&parameters), &vec![]).unwrap()))
}

fn gradient(cable: &'static Cable) -> Task {
    let run = build_init_and_step_fn(cable, Solver::BwdEuler);
    let parameters = cable.get_parameters();
    let count = cable.steps() as f64 + 1.0;
    let loss = move |_: usize, v: &[Duals]| (v[0] + 60.0) * (v[0] + 60.0) / count;
    Box::new(move |_| {
        let (_, gradient) = run.value_and_grad(black_box(&parameters), loss).unwrap();
        gradient.iter().flat_map(|slopes| slopes.values()).map(|slopes| slopes.sum()).sum()
    })
}

/// The mean square of v + 60 mV.
fn loss(recorded: &Array2<f64>) -> f64 {
    recorded.mapv(|v| (v + 60.0) * (v + 60.0)).sum() / recorded.len() as f64
}
