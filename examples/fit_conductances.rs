//! Fits the conductances of a cell to the voltage at its soma, with Adam written as maps over the
//! tree of parameters. Draws the voltages and the loss.
//!
//! `cargo run --release -p examples --features fit --example fit_conductances [-- fit.svg]`

mod line_chart;

use std::error::Error;

use cable::channels::{HH, Leak};
use cable::{
    Branch, Build, Cable, CableError, Cell, Compartment, Parameters, Scalar, Solver,
    build_init_and_step_fn, step_current,
};
use indicatif::ProgressBar;
use line_chart::{Line, Panel};
use ndarray::{Array1, ArrayD};
use num_dual::{DualNum, DualSVec64};
use pytree::grad::try_value_and_grad;
use pytree::{FromLeaves, Layout, PyTree, tree_map, tree_map2, tree_zeros_like};

const DELTA_T: f64 = 0.05; // ms

/// A number and its derivatives in the three conductances.
type Dual = DualSVec64<3>;

/// Adam (Kingma and Ba, 2015) for any tree, with the decay rates of that article.
struct Adam<P> {
    rate: f64,
    steps: i32,
    mean: P,
    square: P,
}

impl<P: PyTree<Elem = f64> + FromLeaves<ArrayD<f64>>> Adam<P> {
    fn new(rate: f64, params: &P) -> Result<Self, pytree::Error> {
        let [mean, square] = [tree_zeros_like(params)?, tree_zeros_like(params)?];
        Ok(Adam { rate, steps: 0, mean, square })
    }

    fn step(&mut self, params: &P, gradient: &P) -> Result<P, pytree::Error> {
        self.steps += 1;
        self.mean = tree_map2(|m, g| &m * 0.9 + &g * 0.1, &self.mean, gradient)?;
        self.square = tree_map2(|s, g| &s * 0.999 + &g * &g * 0.001, &self.square, gradient)?;
        let [young, old] = [0.9, 0.999].map(|decay: f64| 1.0 - decay.powi(self.steps));
        let way: P = tree_map2(
            |m, s| &m / young / ((&s / old).sqrt() + 1e-8) * self.rate,
            &self.mean,
            &self.square,
        )?;
        tree_map2(|p, way| &p - &way, params, &way)
    }
}

/// A soma with two dendrites; a current at the soma makes it fire. The conductances are trainable.
fn cell() -> Result<Cable, CableError> {
    let mut cell = Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0])?;
    cell.set("length", 60.0)?.set("axial_resistivity", 200.0)?.set("v", -65.0)?; // um, ohm cm, mV
    cell.branch(0)?.insert(HH)?.make_trainable("HH_gNa")?.make_trainable("HH_gK")?;
    cell.branch([1, 2])?.insert(Leak)?.set("Leak_gLeak", 5e-4)?;
    cell.make_trainable("Leak_gLeak")?.init_states()?;
    let mut soma = cell.branch(0)?.comp(0)?;
    soma.record("v")?.stimulate(step_current(1.0, 12.0, 0.3, DELTA_T, 20.0)?)?; // nA
    cell.build(DELTA_T)
}

/// The voltages (mV) at the soma, for the logarithms of the conductances (S/cm^2): conductances
/// stay positive.
fn voltages<T: Scalar>(cable: &Cable, logs: &Parameters<T>) -> Result<Array1<T>, CableError> {
    let exp = |log: &Array1<T>| log.mapv(|log| log.exp());
    let part =
        |part: &cable::Params<T>| part.iter().map(|(key, log)| (key.clone(), exp(log))).collect();
    let params = logs.iter().map(part).collect();
    let module = build_init_and_step_fn(cable, Solver::BwdEuler);
    Ok(module.integrate(&params, &vec![])?.row(0).to_owned())
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let picture = std::env::args().nth(1).unwrap_or_else(|| "fit_conductances.svg".into());
    let cable = cell()?;
    let truth: Parameters<f64> = tree_map(|g| g.mapv(f64::ln), &cable.get_parameters())?;
    let target = voltages(&cable, &truth)?;
    let loss = |logs: &Parameters<Dual>| -> Result<Dual, CableError> {
        let voltages = voltages(&cable, logs)?;
        let squares = voltages.iter().zip(&target).map(|(v, target)| (*v - *target).powi(2));
        Ok(squares.sum::<Dual>() / target.len() as f64)
    };

    let layout = Layout::of(&truth);
    let off = Array1::from(vec![1.3_f64, 0.6, 2.0]).mapv(f64::ln);
    let start: Parameters<f64> = layout.unravel(&(layout.ravel(&truth)? + off))?;
    let mut adam = Adam::new(0.05, &start)?;
    let (mut logs, mut losses) = (start.clone(), Vec::new());
    for _ in ProgressBar::new(300).wrap_iter(0..300) {
        let (value, gradient) = try_value_and_grad(loss, &logs)?;
        losses.push(value);
        logs = adam.step(&logs, &gradient)?;
    }
    let mut lines = Vec::new();
    for (name, logs) in [("target", &truth), ("start", &start), ("fit", &logs)] {
        let points = (0..).map(|step| DELTA_T * f64::from(step)).zip(voltages(&cable, logs)?);
        lines.push(Line::new(name, points.step_by(2)));
    }
    let losses = Line::new("mean square error", (0..).map(f64::from).zip(losses));
    let panels = [
        Panel::new("time (ms)", "v (mV)", lines),
        Panel { powers: true, ..Panel::new("step of Adam", "loss (mV²)", [losses]) },
    ];
    line_chart::draw(&picture, "A cell fitted to the voltage of another", &panels)?;
    println!("The fit is drawn to {picture}.");

    let [found, truth] = [&logs, &truth].map(|logs| layout.ravel(logs));
    let mut wrong = Vec::new();
    for ((label, found), truth) in layout.labels().zip(&found?).zip(&truth?) {
        println!("{label:<22} is {:.5} S/cm^2, in truth {:.5}", found.exp(), truth.exp());
        if !(0.0..0.01).contains(&(found - truth).abs()) {
            wrong.push(label);
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("off by more than 1 %: {wrong:?}").into()) }
}
