//! An extended Kalman filter that recovers the 160 states of a cell from two noisy readings at its
//! soma, of the voltage and of the calcium. The filter knows the cell, but neither its initial
//! states nor the noisy currents in its branches. Draws what is read, and states that are not.
//!
//! `cargo run --release -p examples --features kalman --example kalman [-- kalman.svg]`

mod low_rank;
mod picture;

use std::error::Error;

use cable::channels::{CaL, CaPump, HH};
use cable::{Branch, Build, Cable, CableError, Cell, Compartment, StepDynamics, step_current};
use dynamics::build_dynamic_state_utils;
use fastrand::Rng;
use low_rank::{Filter, normal};
use ndarray::{Array1, Array2, Axis};
use picture::line_chart::{self, Line, Panel, Words};

const DELTA_T: f64 = 0.025; // ms
const COMPARTMENTS: usize = 4; // of each branch
const RANK: usize = 16; // of the covariance
const EVERY: usize = 8; // steps from one reading to the next
/// The states, the standard deviation of the initial estimate of each, and its range.
const STATES: [&str; 8] = ["CaCon_i", "CaL_q", "CaL_r", "HH_h", "HH_m", "HH_n", "i_Ca", "v"];
const UNSURE: [f64; 8] = [2e-4, 0.1, 0.1, 0.2, 0.1, 0.2, 1e-3, 10.0]; // mM, 1, mA/cm² and mV
const RANGES: [[f64; 2]; 8] = [[0.0, f64::INFINITY], GATE, GATE, GATE, GATE, GATE, ANY, ANY];
const GATE: [f64; 2] = [0.0, 1.0];
const ANY: [f64; 2] = [f64::NEG_INFINITY, f64::INFINITY];
/// What is read, by path, and the standard deviation of a reading.
const READ: [(&str, f64); 2] = [("['v'][0]", 3.0), ("['CaCon_i'][0]", 5e-5)]; // mV, mM
const NOISE: f64 = 0.1; // mV, the same of the voltage of a branch in a step
const SHOWN: [&str; 5] =
    ["v[0] (mV)", "CaCon_i[0] (mM)", "CaCon_i[19] (mM)", "CaL_r[19] (0–1)", "HH_h[19] (0–1)"];
const LINES: [&str; 3] =
    ["truth", "estimate ± 2 standard deviations, cut at the state’s range", "without readings"];

fn cell() -> Result<Cable, CableError> {
    let branch = Branch::new(&Compartment::new(), COMPARTMENTS)?;
    let mut cell = Cell::new(&branch, &[-1, 0, 0, 1, 1])?;
    cell.insert(HH)?.insert(CaL)?.insert(CaPump)?.set("length", 50.0)?; // um
    cell.set("v", -65.0)?.init_states()?; // mV
    cell.branch(0)?.comp(0)?.stimulate(step_current(5.0, 50.0, 0.1, DELTA_T, 60.0)?)?; // nA
    cell.build(DELTA_T)
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let picture = std::env::args().nth(1).unwrap_or_else(|| "kalman.svg".into());
    let (cable, mut rng) = (cell()?, Rng::with_seed(3));
    let utils = build_dynamic_state_utils(&cable)?;
    let mut truth = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
    let (mut blind, mut directions) = (truth.clone(), Array2::zeros((truth.len(), STATES.len())));
    let mut ranges = vec![ANY; truth.len()];
    for (k, state) in STATES.into_iter().enumerate() {
        let off = UNSURE[k] * normal(&mut rng);
        for at in utils.range(state)? {
            (directions[[at, k]], ranges[at]) = (UNSURE[k], RANGES[k]);
            blind[at] = (blind[at] + off).clamp(ranges[at][0], ranges[at][1]);
        }
    }
    let (v, branches) = (utils.range("v")?, utils.range("v")?.len() / COMPARTMENTS);
    let mut noise = Array2::zeros((truth.len(), branches)); // of a step
    v.enumerate().for_each(|(node, at)| noise[[at, node / COMPARTMENTS]] = NOISE);
    let mut filter = Filter { mean: blind.clone(), directions };
    let (scale, between) = (filter.deviations(), &noise * (EVERY as f64).sqrt());

    let mut step = StepDynamics::new(&utils, cable.externals_at(0)?);
    let names = SHOWN.map(|up| up.replace("0]", "0] at the soma").replace("19]", "19] at a tip"));
    let lines = || LINES.map(|name| Line { wide: name == LINES[0], ..Line::new(name, []) });
    let mut panels = names.each_ref().map(|up| Panel::new("", up, lines()));
    let mut errors = [Array1::<f64>::zeros(truth.len()), Array1::zeros(truth.len())];
    for index in 0..cable.steps() {
        step = step.with_externals(cable.externals_at(index)?);
        let kicks = Array1::from_shape_fn(branches, |_| normal(&mut rng));
        truth = step.apply(&truth)? + noise.dot(&kicks);
        blind = step.apply(&blind)?;
        filter.predict(&step)?;
        if index % EVERY > 0 {
            continue;
        }
        let time = DELTA_T * (index + 1) as f64;
        filter.widen(&between, &scale, RANK)?;
        for ((path, deviation), panel) in READ.into_iter().zip(&mut panels) {
            let at = utils.index(path)?;
            let reading = truth[at] + deviation * normal(&mut rng);
            filter.correct(at, reading, deviation);
            panel.dots.name = "what is read";
            panel.dots.points.push((time, reading));
        }
        let deviations = filter.deviations();
        for panel in &mut panels {
            let at = utils.index(panel.up.split(' ').next().unwrap_or_default())?;
            let (mean, twice) = (filter.mean[at], 2.0 * deviations[at]);
            let end = |value: f64| value.clamp(ranges[at][0], ranges[at][1]);
            panel.lines[1].band.push((end(mean - twice), end(mean + twice)));
            let values = panel.lines.iter_mut().zip([truth[at], mean, blind[at]]);
            values.for_each(|(line, value)| line.points.push((time, value)));
        }
        for (errors, found) in errors.iter_mut().zip([&filter.mean, &blind]) {
            *errors += &((found - &truth).mapv(f64::abs) * EVERY as f64 / cable.steps() as f64);
        }
    }
    panels[4].across = "time (ms)";
    let title = "160 states of a cell, from two readings at its soma";
    let description = "The estimate comes to lie on the truth, also at node 19, a tip 550 um away.";
    line_chart::draw(&picture, Words { title, description }, &panels)?;

    println!("{:<10}{:>18}{:>18}", "state", "error", "without readings");
    let mut good = true;
    for state in STATES {
        let range = utils.range(state)?.collect::<Vec<_>>();
        let mean = |errors: &Array1<f64>| errors.select(Axis(0), &range).mean().unwrap_or(f64::NAN);
        let [error, without] = errors.each_ref().map(mean);
        println!("{state:<10}{error:>18.6}{without:>18.6}");
        good &= (0.0..without).contains(&error);
    }
    println!("The estimates are drawn to {picture}.");
    if good { Ok(()) } else { Err("a state is not recovered".into()) }
}
