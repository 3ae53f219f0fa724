//! Trains 620 conductances of a traced cell to the voltages of another. Draws voltages, the loss, and
//! the conductance of sodium onto both cells.
//!
//! Each gradient is one forward and one backward pass, whatever the number of parameters.
//!
//! `cargo run --release -p examples --features fit --example fit_conductances [-- a.svg b.svg 300]`

mod adam;
mod picture;

use std::error::Error;
use std::f64::consts::TAU;
use std::num::NonZero;

use adam::Adam;
use cable::channels::{HH, Km};
use cable::transforms::{ParamTransform, SigmoidTransform};
use cable::{Build, Cell, Parameters, Solver, build_init_and_step_fn, step_current};
use fastrand::Rng;
use indicatif::ProgressBar;
use ndarray::{Array2, ArrayD, IxDyn};
use picture::line_chart::{self, Line, Panel, Words};
use picture::morphology::{self, Measure, Paint, View};
use pytree::grad::Duals;
use pytree::{Layout, tree_map};

const DELTA_T: f64 = 0.05; // ms
/// What is trained, in S/cm²; each in every compartment, between a quarter and four times this.
const TRAINED: [(&str, f64); 4] =
    [("HH_gNa", 0.12), ("HH_gK", 0.036), ("HH_gLeak", 3e-4), ("Km_gKm", 1e-3)];
/// A cell of the area CA1, as an SWC file.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/ca1.swc");

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let argument = |n: usize, other: &str| std::env::args().nth(n).unwrap_or_else(|| other.into());
    let pictures = [argument(1, "fit_conductances.svg"), argument(2, "fitted_cell.svg")];
    let epochs = argument(3, "300").parse::<NonZero<u32>>()?.get();
    let text = std::fs::read_to_string(FILE).map_err(|error| format!("{FILE}: {error}"))?;
    let mut cell = Cell::from_swc(&text, 1)?;
    cell.insert(HH)?.insert(Km)?.set("axial_resistivity", 150.0)?.set("v", -65.0)?; // ohm cm, mV
    let mut transform = ParamTransform::new();
    for (key, value) in TRAINED {
        cell.set(key, value)?.comp(..)?.make_trainable(key)?;
        transform = transform.with(key, SigmoidTransform::new(value / 4.0, value * 4.0)?);
    }
    cell.init_states()?;
    let xyzr = cell.view().xyzr();
    cell.group("soma")?.record("v")?.stimulate(step_current(1.0, 4.0, 2.0, DELTA_T, 10.0)?)?; // nA
    cell.branch((0..xyzr.len()).step_by(4).collect::<Vec<_>>())?.record("v")?;
    cell.branch(10)?.record("v")?; // apical, kept to check the fit by
    let cable = cell.build(DELTA_T)?;
    let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
    let (start, mut rng) = (transform.inverse(&cell.get_parameters())?, Rng::with_seed(1));
    // The target changes along the cell, and a little from branch to branch.
    let truth: Parameters<f64> = tree_map(
        |free| {
            let phase = TAU * rng.f64();
            let wave = |at: &IxDyn| (xyzr[at[0]][0][1] / 150.0 + phase).sin();
            let other = |at: IxDyn| free[&at] + wave(&at) + 0.3 * (rng.f64() - 0.5);
            ArrayD::from_shape_fn(free.raw_dim(), other)
        },
        &start,
    )?;
    let voltages = |free| run.integrate(&transform.forward(free)?, &vec![]);
    let target = voltages(&truth)?;
    let unseen = target.nrows() - 1;

    let (mut free, mut losses) = (start.clone(), Vec::new());
    let mut adam = Adam::new(0.1, &free)?;
    for epoch in ProgressBar::new(epochs.into()).wrap_iter(0..epochs) {
        adam.rate = 0.1 * (1.0 - f64::from(epoch) / f64::from(epochs));
        let params = transform.forward(&free)?;
        let count = (unseen * target.ncols()) as f64;
        let (loss, gradient) = run.value_and_grad(&params, |step, v: &[Duals]| {
            let off = |row: usize| v[row] - target[[row, step]];
            (0..unseen).map(|row| off(row) * off(row)).sum::<Duals>() / count
        })?;
        losses.push((f64::from(epoch), loss));
        free = adam.step(&free, &transform.vjp(&free, &gradient)?)?;
    }
    let found = [voltages(&start)?, voltages(&free)?];
    let errors = found.each_ref().map(|v| {
        let squares = (&v.row(unseen) - &target.row(unseen)).mapv(|x| x * x);
        (squares.sum() / squares.len() as f64).sqrt()
    });
    let (first, last, n) = (losses[0].1, losses[losses.len() - 1].1, Layout::of(&free).len());
    println!("{n} conductances, {epochs} steps: loss from {first:.2} to {last:.2} mV²");
    println!("error where nothing was read: from {:.2} to {:.2} mV", errors[0], errors[1]);

    let panel = |across, up, row: usize| {
        let times = || (0..).map(|step| DELTA_T * f64::from(step));
        let points = |v: &Array2<f64>| times().zip(v.row(row).to_vec());
        let [start, fit] =
            [Line::new("start", points(&found[0])), Line::new("fit", points(&found[1]))];
        Panel::new(across, up, [Line::wide("target", points(&target)), start, fit])
    };
    let losses = [Line::new("", losses)];
    let panels = [
        panel("", "v at the soma (mV)", 0),
        panel("time (ms)", "v 210 um away, not read (mV)", unseen),
        Panel { powers: true, ..Panel::new("step of Adam", "loss (mV²)", losses) },
    ];
    let title = "A cell fitted to the voltages of another";
    let description = "The fit lies on the target, also in an apical branch not read.";
    line_chart::draw(&pictures[0], Words { title, description }, &panels)?;

    let params = [transform.forward(&truth)?, transform.forward(&free)?];
    let views = [("target", &params[0]), ("fit", &params[1])].map(|(name, params)| {
        let paint = Paint::Values(params[0]["HH_gNa"].as_slice().unwrap_or_default());
        View { name, compartments: &xyzr, paint, marks: vec![] }
    });
    let title = "The conductance of sodium, in truth and as found";
    let description = "The fit misses the sodium at the ends, where the voltages do not fix it.";
    let measure = Measure { name: "HH_gNa (S/cm²)", powers: None };
    morphology::draw(&pictures[1], Words { title, description }, [0, 1], measure, &views)?;
    println!("The fit is drawn to {}.", pictures.join(" and "));
    let good = last < first / 10.0 && errors[1] < errors[0] / 4.0;
    if good { Ok(()) } else { Err("the fit is not close".into()) }
}
