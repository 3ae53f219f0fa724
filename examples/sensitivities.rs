//! How the time of a spike at the end of a dendrite depends on every conductance of every
//! compartment of a traced cell, from one backward pass. Draws it onto the cell, and checks it by
//! differences.
//!
//! A time between two samples is a function of the whole recording, which gives its value and its
//! derivatives.
//!
//! `cargo run --release -p examples --example sensitivities [-- sensitivities.svg]`

mod picture;

use std::error::Error;

use cable::channels::{CaL, HH, Km};
use cable::{Build, CableError, Cell, Parameters, Solver, build_init_and_step_fn, step_current};
use ndarray::{Array2, ArrayView1};
use picture::morphology::{self, Measure, Paint, View, Words};

/// A pyramidal cell of the area CA1, as an SWC file.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/ca1.swc");
const DELTA_T: f64 = 0.05; // ms
const THRESHOLD: f64 = -20.0; // mV
const CONDUCTANCES: [&str; 5] = ["HH_gNa", "HH_gK", "HH_gLeak", "Km_gKm", "CaL_gCaL"];

/// The cell, which a current into the soma makes fire, and the compartments of the current and of
/// the recording, at the end of the apical dendrite.
fn cell() -> Result<(Cell, [usize; 2]), Box<dyn Error + Send + Sync>> {
    let text = std::fs::read_to_string(FILE).map_err(|error| format!("{FILE}: {error}"))?;
    let mut cell = Cell::from_swc(&text, 1)?;
    cell.insert(HH)?.insert(Km)?.set("Km_gKm", 1e-4)?.insert(CaL)?.set("CaL_gCaL", 1e-5)?; // S/cm^2
    cell.set("axial_resistivity", 150.0)?.set("v", -65.0)?.init_states()?; // ohm cm, mV
    let soma = cell.view().group("soma")?.nodes()[0];
    let lowest = |points: &Vec<[f64; 4]>| points.iter().fold(0.0, |low, point| point[1].min(low));
    let y: Vec<f64> = cell.view().xyzr().iter().map(lowest).collect();
    let tip = (0..y.len()).min_by(|a, b| y[*a].total_cmp(&y[*b])).unwrap_or(0);
    cell.branch(soma)?.stimulate(step_current(1.0, 18.0, 2.0, DELTA_T, 18.0)?)?; // nA
    cell.branch(tip)?.record("v")?;
    for key in CONDUCTANCES {
        cell.comp(..)?.make_trainable(key)?; // one parameter for each compartment
    }
    Ok((cell, [soma, tip]))
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
    let (cell, [soma, tip]) = cell()?;
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
    println!("The end of the apical dendrite, branch {tip}, fires last at {time:.4} ms.");
    let mut order: Vec<_> = delays.indexed_iter().collect();
    order.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    for &((row, node), delay) in &order[..5] {
        println!("{:>10}[{node}] {delay:>8.3} us later for 1 % more", CONDUCTANCES[row]);
    }

    // Check by the differences of two runs: the largest five, and all at once in varied parts.
    let mut nudges = vec![delays.mapv(|delay| (1e3 * delay).cos())];
    nudges.extend(order[..5].iter().map(|(at, _)| {
        Array2::from_shape_fn(delays.dim(), |other| f64::from(u8::from(other == *at)))
    }));
    let mut worst = 0.0_f64;
    for nudge in &nudges {
        let time = |by: f64| -> Result<f64, CableError> {
            let mut params = params.clone();
            for ((params, key), nudge) in params.iter_mut().zip(CONDUCTANCES).zip(nudge.rows()) {
                let values = params.get_mut(key).into_iter().flatten();
                values.zip(nudge).for_each(|(value, part)| *value *= 1.0 + by * part);
            }
            let recorded = run.integrate(&params, &vec![])?;
            Ok(last_spike(&recorded.row(0)).map_or(f64::NAN, |(time, ..)| time))
        };
        let difference = (time(1e-4)? - time(-1e-4)?) / 2e-4;
        worst = worst.max((10.0 * difference - (&delays * nudge).sum()).abs()); // us, for 1 %
    }
    println!("{} delays differ from those of two runs by at most {worst:.0e} us.", delays.len());

    let compartments = &cell.view().xyzr()[..];
    let nodes = |group| Ok((group, cell.view().group(group)?.nodes()));
    let groups = ["soma", "basal", "apical"].map(nodes);
    let groups = groups.into_iter().collect::<Result<_, CableError>>()?;
    let marks = vec![("current", soma), ("spike", tip)];
    let mut views =
        vec![View { name: "groups", compartments, paint: Paint::Groups(groups), marks }];
    for (name, delays) in CONDUCTANCES.iter().zip(delays.rows()) {
        let paint = Paint::Values(delays.to_slice().unwrap_or_default());
        views.push(View { name, compartments, paint, marks: vec![] });
    }
    let title = "How conductances move a spike of a dendrite";
    let description = "More sodium makes the spike earlier, more potassium later, most on its way.";
    let measure = Measure { name: "delay (us) for 1 % more", powers: Some(1e-3) };
    morphology::draw(&picture, Words { title, description }, [0, 1], measure, &views)?;
    println!("They are drawn to {picture}.");
    if worst < 1e-3 { Ok(()) } else { Err("the gradient is not that of the runs".into()) }
}
