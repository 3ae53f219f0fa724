//! Trains 500 conductances of a cell, whose shape is an SWC text, to the voltages of another. Draws
//! voltages and the loss, and a conductance onto both cells.
//!
//! Each gradient is one forward and one backward pass, whatever the number of parameters.
//!
//! `cargo run --release -p examples --features fit --example fit_conductances [-- fit.svg
//! cell.svg 300]`

mod adam;
mod picture;

use std::error::Error;
use std::f64::consts::TAU;
use std::fmt::Write;
use std::num::NonZero;

use adam::Adam;
use cable::channels::{HH, Km};
use cable::transforms::{ParamTransform, SigmoidTransform};
use cable::{Build, Cell, Parameters, Solver, build_init_and_step_fn, step_current};
use fastrand::Rng;
use indicatif::ProgressBar;
use ndarray::{ArrayD, IxDyn};
use picture::Words;
use picture::line_chart::{self, Line, Panel};
use picture::morphology::{self, Measure, Paint, View};
use pytree::grad::Duals;
use pytree::{Layout, tree_map};

const DELTA_T: f64 = 0.05; // ms
/// What is trained, in S/cm²; each in every compartment, between a quarter and four times this.
const TRAINED: [(&str, f64); 4] =
    [("HH_gNa", 0.12), ("HH_gK", 0.036), ("HH_gLeak", 3e-4), ("Km_gKm", 1e-3)];

/// A soma with eight dendrites that fork, as an SWC text.
fn morphology() -> Result<String, std::fmt::Error> {
    let mut swc = "1 1 0 0 0 10 -1\n".to_owned();
    for (branch, id) in (0..8).zip((2..).step_by(4)) {
        let end = id + 1;
        let points =
            [(10, 0.0, 1.5, 1), (110, 0.0, 1.0, id), (230, -0.2, 0.6, end), (250, 0.2, 0.6, end)];
        for (id, (away, turn, radius, parent)) in (id..).zip(points) {
            let (y, x) = (TAU * f64::from(branch) / 8.0 + turn).sin_cos();
            let (x, y) = (x * f64::from(away), y * f64::from(away));
            writeln!(swc, "{id} 3 {x:.2} {y:.2} 0 {radius} {parent}")?;
        }
    }
    Ok(swc)
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let argument = |n: usize, other: &str| std::env::args().nth(n).unwrap_or_else(|| other.into());
    let pictures = [argument(1, "fit_conductances.svg"), argument(2, "fitted_cell.svg")];
    let epochs = argument(3, "300").parse::<NonZero<u32>>()?.get();
    let mut cell = Cell::from_swc(&morphology()?, 5)?;
    cell.insert(HH)?.insert(Km)?.set("axial_resistivity", 200.0)?.set("v", -65.0)?; // ohm cm, mV
    let mut transform = ParamTransform::new();
    for (key, value) in TRAINED {
        cell.set(key, value)?.comp(..)?.make_trainable(key)?;
        transform = transform.with(key, SigmoidTransform::new(value / 4.0, value * 4.0)?);
    }
    cell.init_states()?;
    let current = step_current(1.0, 15.0, 2.0, DELTA_T, 20.0)?; // nA
    cell.branch(0)?.comp(2)?.record("v")?.stimulate(current)?;
    cell.branch(1..)?.comp(4)?.record("v")?; // at the ends of dendrites
    cell.branch(14)?.comp(1)?.record("v")?; // kept to check the fit by
    let cable = cell.build(DELTA_T)?;
    let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
    let (start, mut rng) = (transform.inverse(&cell.get_parameters())?, Rng::with_seed(1));
    // The target differs from branch to branch, and a little within each.
    let truth: Parameters<f64> = tree_map(
        |free| {
            let of_branch: Vec<_> = free.iter().step_by(5).map(|_| 2.0 * rng.f64() - 1.0).collect();
            let other = |at: IxDyn| free[&at] + of_branch[at[0] / 5] + 0.3 * (rng.f64() - 0.5);
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
        let lines = ["target", "start", "fit"].into_iter().zip([&target, &found[0], &found[1]]);
        let times = (0..).map(|step| DELTA_T * f64::from(step));
        let lines = lines.map(|(name, v)| Line::new(name, times.clone().zip(v.row(row).to_vec())));
        let mut lines: Vec<_> = lines.collect();
        lines[0].wide = true;
        Panel::new(across, up, lines)
    };
    let panels = [
        panel("", "v at the soma (mV)", 0),
        panel("time (ms)", "v, not read (mV)", unseen),
        Panel { powers: true, ..Panel::new("step of Adam", "loss (mV²)", [Line::new("", losses)]) },
    ];
    let words = Words {
        title: "A cell fitted to the voltages of another",
        description: "The fit lies on the target, also where nothing was read; the start misses its \
                      second spike. The loss falls from some 400 to below 1 mV².",
    };
    line_chart::draw(&pictures[0], words, &panels)?;

    let compartments = &cell.view().xyzr()[..];
    let params = [transform.forward(&truth)?, transform.forward(&free)?];
    let views = ["target", "fit"].into_iter().zip(&params).map(|(name, params)| View {
        name,
        compartments,
        paint: Paint::Values(params[0]["HH_gNa"].as_slice().unwrap_or_default()),
        marks: vec![],
    });
    let words = Words {
        title: "The conductance of sodium, in truth and as found",
        description: "A soma with eight forked dendrites, twice. The dendrites of much sodium in \
                      the target have much of it in the fit.",
    };
    let measure = Measure { name: "HH_gNa (S/cm²)", powers: None };
    morphology::draw(&pictures[1], words, [0, 1], measure, &views.collect::<Vec<_>>())?;
    println!("The fit is drawn to {}.", pictures.join(" and "));
    let good = last < first / 10.0 && errors[1] < errors[0] / 4.0;
    if good { Ok(()) } else { Err("the fit is not close".into()) }
}
