//! An extended Kalman filter (Kalman, 1960; Jazwinski, 1970) that reads a noisy voltage at one end of
//! a dendrite and recovers the gates and the voltage at the other, which nothing records.
//!
//! The filter knows the cell but not where its states begin. Its mean is the vector of the dynamic
//! states, its covariance a matrix over the same labels; a step moves both, the latter by its
//! Jacobian. `cargo run --release -p examples --features kalman --example kalman [-- kalman.svg]`

mod line_chart;

use std::error::Error;
use std::f64::consts::TAU;

use cable::{Branch, Cell, Compartment, HH, StepDynamics, step_current};
use dynamics::build_dynamic_state_utils;
use fastrand::Rng;
use line_chart::{Line, Panel};
use ndarray::{Array1, Array2, Axis};

/// The standard deviation of what is read (mV).
const NOISE: f64 = 5.0;

/// What is known of the vector: the mean of where it may be, and the covariance.
struct Filter {
    mean: Array1<f64>,
    covariance: Array2<f64>,
}

impl Filter {
    /// Takes a step that scatters its result by the variances `scatter`.
    fn predict(
        &mut self,
        step: &StepDynamics<'_, '_>,
        scatter: &Array1<f64>,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let jacobian = step.jacobian(&self.mean)?;
        self.mean = step.apply(&self.mean)?;
        self.covariance = jacobian.dot(&self.covariance).dot(&jacobian.t());
        self.covariance.diag_mut().scaled_add(1.0, scatter);
        Ok(())
    }

    /// Learns what is read of the state at `index`, with its variance.
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
    for (len, amp, noise, sc) in [(30.0, 0.036, 5.0, 1e-6), (30.0, 0.036, 2.0, 1e-6),(30.0, 0.036, 2.0, 1e-5), (20.0, 0.024, 2.0, 1e-6)] {println!("{len} {amp} {noise} {sc}");
    let mut cell = Cell::from_branches(&[Branch::new(&Compartment::new(), 2)?], &[-1])?;
    cell.insert(HH)?.set("length", len)?.set("v", -65.0)?.init_states()?; // um, mV
    cell.branch(0)?.comp(0)?.stimulate(step_current(5.0, 30.0, amp, delta_t, 40.0)?)?; // nA
    let cable = cell.build(delta_t)?;
    let utils = build_dynamic_state_utils(&cable)?;
    let (labels, read) = (utils.labels(), utils.layout().index("['v'][0]")?);
    let is_voltage = |label: &String| label.starts_with("v[");
    let per_state = |voltage: f64, gate: f64| -> Array1<f64> {
        labels.iter().map(|label| if is_voltage(label) { voltage } else { gate }).collect()
    };

    let mut truth = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
    let mut filter = Filter {
        mean: per_state(-60.0, 0.5),
        covariance: Array2::from_diag(&per_state(100.0, 0.09)),
    };
    let scatter = per_state(1e-2, sc); // of the channels, in a step
    let mut rng = Rng::with_seed(1);
    let (mut times, mut readings) = (Vec::new(), Vec::new());
    let mut series = vec![[const { Vec::new() }; 3]; labels.len()]; // truth, mean and deviation
    for index in 0..cable.steps() {
        let step = StepDynamics::new(&cable, &utils, cable.externals_at(index)?);
        truth = step.apply(&truth)? + scatter.mapv(|variance| variance.sqrt() * normal(&mut rng));
        let reading = truth[read] + noise * normal(&mut rng);
        filter.predict(&step, &scatter)?;
        filter.correct(read, reading, noise * noise);
        times.push(delta_t * (index + 1) as f64);
        readings.push(reading);
        let deviations = filter.covariance.diag().mapv(f64::sqrt);
        for (state, series) in series.iter_mut().enumerate() {
            let values = [truth[state], filter.mean[state], deviations[state]];
            series.iter_mut().zip(values).for_each(|(series, value)| series.push(value));
        }
    }

    let thin = |values: &[f64]| -> Vec<(f64, f64)> {
        times.iter().copied().zip(values.iter().copied()).step_by(4).collect()
    };
    let mut panels = Vec::new();
    let mut wrong = Vec::new();
    println!("{:<10}{:>14}{:>22}", "state", "mean error", "inside the band");
    for (label, [truth, mean, deviation]) in labels.iter().zip(&series) {
        let errors: Vec<_> = truth.iter().zip(mean).map(|(a, b)| (a - b).abs()).collect();
        let inside = errors.iter().zip(deviation).filter(|(e, sd)| **e <= 2.0 * **sd).count();
        let inside = inside as f64 / errors.len() as f64;
        let late = &errors[errors.len() / 4..];
        let error = late.iter().sum::<f64>() / late.len() as f64;
        println!("{label:<10}{error:>14.4}{:>20.1} %", 100.0 * inside);
        let allowed = if is_voltage(label) { 2.0 } else { 0.03 };
        if !(0.85..1.0).contains(&inside) || !(0.0..allowed).contains(&error) {
            wrong.push(label.as_str());
        }
        let _ = (&mut panels, &readings, &thin, &mean, &picture);
        let _: &Vec<Panel<'_>> = &panels;
        let _: Option<Line<'_>> = None;
    }
    println!("{wrong:?}");}
    Ok(())
}
