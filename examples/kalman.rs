//! An extended Kalman filter that recovers the gates of a cell from a noisy voltage alone (Ullah
//! and Schiff, 2009). The filter knows the cell but not its initial states. Its mean is the vector
//! of the dynamic states, and its covariance a matrix with the same labels. A step moves the mean,
//! and its Jacobian the covariance.
//!
//! `cargo run --release -p examples --features kalman --example kalman [-- kalman.svg]`

mod line_chart;

use std::error::Error;
use std::f64::consts::TAU;

use cable::channels::HH;
use cable::{Build, Cell, StepDynamics, step_current};
use dynamics::build_dynamic_state_utils;
use fastrand::Rng;
use line_chart::{Line, Panel};
use ndarray::{Array1, Array2, Axis};

/// The standard deviation of a reading (mV).
const NOISE: f64 = 5.0;

/// The estimate of the vector: its mean and its covariance.
struct Filter {
    mean: Array1<f64>,
    covariance: Array2<f64>,
}

impl Filter {
    /// Takes a step, with process noise of the variances `scatter`.
    fn predict(
        &mut self,
        step: &StepDynamics<'_, '_>,
        scatter: &Array1<f64>,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let jacobian = step.jacobian(&self.mean)?.into_matrix();
        self.mean = step.apply(&self.mean)?;
        self.covariance = jacobian.dot(&self.covariance).dot(&jacobian.t());
        self.covariance.diag_mut().scaled_add(1.0, scatter);
        Ok(())
    }

    /// Corrects the estimate by a reading of the state at `index`, and the variance of the reading.
    fn correct(&mut self, index: usize, reading: f64, variance: f64) {
        let column = self.covariance.column(index).to_owned();
        let gain = &column / (column[index] + variance);
        let surprise = reading - self.mean[index];
        self.mean.scaled_add(surprise, &gain);
        self.covariance -= &(gain.insert_axis(Axis(1)) * &column);
    }
}

/// A number from the standard normal distribution (Box and Muller, 1958).
fn normal(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (TAU * rng.f64()).cos()
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let picture = std::env::args().nth(1).unwrap_or_else(|| "kalman.svg".into());
    let delta_t = 0.025; // ms
    let mut cell = Cell::default();
    cell.insert(HH)?.set("v", -65.0)?.init_states()?; // mV
    cell.stimulate(step_current(5.0, 30.0, 0.006, delta_t, 40.0)?)?; // nA
    let cable = cell.build(delta_t)?;
    let utils = build_dynamic_state_utils(&cable)?;
    let (labels, read) = (utils.labels(), utils.index("v[0]")?);
    let per_state = |gate: f64, voltage: f64| -> Array1<f64> {
        (0..labels.len()).map(|state| if state == read { voltage } else { gate }).collect()
    };

    let mut truth = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
    let (mean, covariance) = (per_state(0.5, -60.0), Array2::from_diag(&per_state(0.09, 100.0)));
    let mut filter = Filter { mean, covariance };
    let scatter = per_state(1e-6, 1e-2); // process noise of a step, as variances
    let mut rng = Rng::with_seed(1);
    let (mut times, mut readings) = (Vec::new(), Vec::new());
    let mut series = vec![[const { Vec::new() }; 3]; labels.len()]; // truth, mean and deviation
    let mut step = StepDynamics::new(&utils, cable.externals_at(0)?);
    for index in 0..cable.steps() {
        step = step.with_externals(cable.externals_at(index)?);
        truth = step.apply(&truth)? + scatter.mapv(|variance| variance.sqrt() * normal(&mut rng));
        let reading = truth[read] + NOISE * normal(&mut rng);
        filter.predict(&step, &scatter)?;
        filter.correct(read, reading, NOISE * NOISE);
        times.push(delta_t * (index + 1) as f64);
        readings.push(reading);
        let deviations = filter.covariance.diag().mapv(f64::sqrt);
        for (state, [truths, means, sds]) in series.iter_mut().enumerate() {
            truths.push(truth[state]);
            means.push(filter.mean[state]);
            sds.push(deviations[state]);
        }
    }

    let line = |name, values: &[f64]| {
        Line::new(name, times.iter().copied().zip(values.iter().copied()).step_by(4))
    };
    let mut ups = labels.clone();
    ups[read] += " (mV)";
    let (mut panels, mut wrong) = (Vec::new(), Vec::new());
    println!("{:<10}{:>14}{:>24}", "state", "error, late", "within 2 deviations");
    for (state, (label, [truth, mean, sds])) in labels.iter().zip(&series).enumerate() {
        let errors = || truth.iter().zip(mean).map(|(truth, mean)| (truth - mean).abs());
        let within = errors().zip(sds).filter(|(error, sd)| *error < 2.0 * **sd).count();
        let within = 100.0 * within as f64 / times.len() as f64;
        let late = errors().skip(400).sum::<f64>() / (times.len() - 400) as f64; // from 10 ms on
        println!("{label:<10}{late:>14.4}{within:>22.1} %");
        let allowed = if state == read { 1.0 } else { 0.02 };
        if !(0.0..allowed).contains(&late) || within < 90.0 {
            wrong.push(label.as_str());
        }
        let band = mean.iter().zip(sds).map(|(mean, sd)| (mean - 2.0 * sd, mean + 2.0 * sd));
        let mut lines = [line("truth", truth), line("estimate, 2 deviations", mean)];
        lines[1].band = band.step_by(4).collect();
        let dots = if state == read { line("what is read", &readings) } else { Line::default() };
        let across = if state + 1 == labels.len() { "time (ms)" } else { "" };
        panels.push(Panel { dots, ..Panel::new(across, &ups[state], lines) });
    }
    line_chart::draw(&picture, "The gates of a cell, from its noisy voltage alone", &panels)?;
    println!("The estimates are drawn to {picture}.");
    if wrong.is_empty() { Ok(()) } else { Err(format!("not recovered: {wrong:?}").into()) }
}
