//! How the time of a spike at the end of a dendrite depends on every conductance of every
//! compartment, from one backward pass. Draws it as a heat map, and checks it by differences.
//!
//! A time between two samples is a function of the whole recording, which gives its value and its
//! derivatives.
//!
//! `cargo run --release -p examples --example sensitivities [-- sensitivities.svg]`

mod heat_map;

use std::error::Error;

use cable::channels::{CaL, HH, Km};
use cable::{
    Branch, Build, CableError, Cell, Compartment, Parameters, Solver, build_init_and_step_fn,
    step_current,
};
use heat_map::Words;
use ndarray::{Array2, ArrayView1};

const DELTA_T: f64 = 0.05; // ms
const THRESHOLD: f64 = -20.0; // mV
const CONDUCTANCES: [&str; 5] = ["HH_gNa", "HH_gK", "HH_gLeak", "Km_gKm", "CaL_gCaL"];

/// A soma, which a current makes fire, and two dendrites; the second is thin.
fn cell() -> Result<Cell, CableError> {
    let mut cell = Cell::new(&Branch::new(&Compartment::new(), 6)?, &[-1, 0, 0])?;
    cell.insert(HH)?.insert(Km)?.set("Km_gKm", 1e-4)?.insert(CaL)?.set("CaL_gCaL", 1e-5)?; // S/cm^2
    cell.set("length", 60.0)?.set("v", -65.0)?.init_states()?; // um, mV
    cell.branch(2)?.set("radius", 0.5)?;
    let current = step_current(1.0, 18.0, 0.15, DELTA_T, 18.0)?; // nA
    cell.branch(0)?.comp(0)?.stimulate(current)?;
    cell.branch(2)?.comp(5)?.record("v")?;
    for key in CONDUCTANCES {
        cell.comp(..)?.make_trainable(key)?; // one parameter for each compartment
    }
    Ok(cell)
}

/// The time (ms) at which a recording last rises through the threshold, on a line between two
/// samples; and the number of the first of them, with the derivatives by both.
fn last_spike(v: &ArrayView1<'_, f64>) -> Option<(f64, usize, [f64; 2])> {
    let rises = |step: &usize| v[*step] < THRESHOLD && v[*step + 1] >= THRESHOLD;
    let step = (0..v.len() - 1).rev().find(rises)?;
    let (to, rise) = (THRESHOLD - v[step], v[step + 1] - v[step]);
    let slopes = [to - rise, -to].map(|part| DELTA_T * part / rise.powi(2));
    Some((DELTA_T * (step as f64 + to / rise), step, slopes))
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let picture = std::env::args().nth(1).unwrap_or_else(|| "sensitivities.svg".into());
    let cell = cell()?;
    let (cable, params) = (cell.build(DELTA_T)?, cell.get_parameters());
    let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
    let (time, gradient) = run.value_and_grad_of(&params, &vec![], |recorded| {
        let mut slopes = Array2::zeros(recorded.dim());
        let Some((time, step, [before, after])) = last_spike(&recorded.row(0)) else {
            return (f64::NAN, slopes);
        };
        (slopes[[0, step]], slopes[[0, step + 1]]) = (before, after);
        (time, slopes)
    })?;

    // The delay (us) if a conductance is 1 % larger.
    let nodes = params[0][CONDUCTANCES[0]].len();
    let delays = Array2::from_shape_fn((CONDUCTANCES.len(), nodes), |(row, node)| {
        let of = |tree: &Parameters<f64>| tree[row][CONDUCTANCES[row]][node];
        10.0 * of(&params) * of(&gradient.parameters)
    });
    println!("The end of branch 2 fires last at {time:.4} ms.");
    let mut order: Vec<_> = delays.indexed_iter().collect();
    order.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    for &((row, node), delay) in &order[..5] {
        println!("{:>10}[{node}] {delay:>8.3} us later for 1 % more", CONDUCTANCES[row]);
    }

    // Check: each by the difference of two runs.
    let mut worst = 0.0_f64;
    for ((row, node), delay) in delays.indexed_iter() {
        let time = |factor: f64| -> Result<f64, CableError> {
            let mut params = params.clone();
            if let Some(values) = params[row].get_mut(CONDUCTANCES[row]) {
                values[node] *= factor;
            }
            let recorded = run.integrate(&params, &vec![])?;
            Ok(last_spike(&recorded.row(0)).map_or(f64::NAN, |(time, ..)| time))
        };
        let difference = (time(1.0001)? - time(0.9999)?) / 0.0002;
        worst = worst.max((10.0 * difference - delay).abs()); // us, for 1 %
    }
    println!("{} delays differ from those of two runs by at most {worst:.0e} us.", delays.len());
    let rows = CONDUCTANCES.map(str::to_owned);
    let columns: Vec<_> =
        (0..nodes).map(|node| format!("branch {}, {}", node / 6, node % 6)).collect();
    let words = Words {
        title: "How all conductances move a spike at the end of branch 2",
        rows: "conductance",
        columns: "compartment",
        scale: "delay (us) for 1 % more",
        labels: [&rows, &columns],
    };
    heat_map::draw(&picture, &words, &delays)?;
    println!("They are drawn to {picture}.");
    if worst < 1e-4 { Ok(()) } else { Err("the gradient is not that of the runs".into()) }
}
