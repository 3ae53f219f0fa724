//! Fits the parameters of a depressing synapse to a noisy recording, with `argmin`.
//!
//! The parameters are a struct, and the gradient, which is computed with dual numbers, is the same
//! struct. The noise comes from `fastrand` with a fixed seed.
//!
//! `cargo run --release -p examples --features argmin --example fit_synapse`

use argmin::core::{CostFunction, Error, Executor, Gradient, State};
use argmin::solver::{linesearch::MoreThuenteLineSearch, quasinewton::LBFGS};
use num_dual::DualNum;
use pytree::grad::{Duals, grad};
use pytree::{PyTree, Vector, tree_compare};

/// A synaptic current: after each spike it rises to a peak (pA) and decays (Rall, 1967). Depression
/// makes each peak smaller than the one before.
#[derive(PyTree, Clone, Debug)]
struct Synapse<T> {
    offset: T, // pA
    tau: T,    // ms
    peaks: Vec<T>,
}

impl<T: DualNum<Primitive = f64> + Copy> Synapse<T> {
    /// The current in pA at `time` in ms, with a spike each 10 ms.
    fn current(&self, time: f64) -> T {
        let ages = (0..).map(|spike| time - 10.0 * f64::from(spike)).take_while(|age| *age > 0.0);
        let pulse = |age: f64| self.tau.recip() * age * (-self.tau.recip() * age + 1.0).exp();
        ages.zip(&self.peaks).fold(self.offset, |sum, (age, &peak)| sum + peak * pulse(age))
    }

    /// The mean square error (pA²) of the current, over a recording of times (ms) and currents
    /// (pA).
    fn error(&self, recording: &[(f64, f64)]) -> T {
        let square = |&(time, pa): &(f64, f64)| (self.current(time) - pa).powi(2);
        recording.iter().map(square).sum::<T>() / recording.len() as f64
    }
}

/// The recording that the parameters are fitted to.
struct Fit(Vec<(f64, f64)>);

impl CostFunction for Fit {
    type Param = Vector<Synapse<f64>>;
    type Output = f64;
    fn cost(&self, synapse: &Self::Param) -> Result<f64, Error> {
        Ok(synapse.error(&self.0))
    }
}

impl Gradient for Fit {
    type Param = Vector<Synapse<f64>>;
    type Gradient = Vector<Synapse<f64>>;
    fn gradient(&self, synapse: &Self::Param) -> Result<Self::Gradient, Error> {
        Ok(Vector(grad(|synapse: &Synapse<Duals>| synapse.error(&self.0), &synapse.0)?))
    }
}

fn main() -> Result<(), Error> {
    let truth = Synapse { offset: -3.0, tau: 2.5, peaks: vec![40.0, 28.0, 21.0, 17.0] };
    let mut rng = fastrand::Rng::with_seed(1);
    let times = (0..500).map(|step| 0.1 * f64::from(step));
    let data = times.map(|t| (t, truth.current(t) + 2.0 * rng.f64() - 1.0)).collect();

    let start = Synapse { offset: 0.0, tau: 4.0, peaks: vec![1.0; 4] };
    let fit = Executor::new(Fit(data), LBFGS::new(MoreThuenteLineSearch::new(), 7))
        .configure(|state| state.param(Vector(start)).max_iters(100))
        .run()?;
    let found = fit.state.get_best_param().ok_or_else(|| Error::msg("nothing was found"))?;
    println!("found    {:.3?}\nin truth {truth:.3?}", found.0);
    let comparison = tree_compare(&truth, &found.0)?.rtol(0.02);
    if !comparison.all_close() {
        return Err(Error::msg(comparison.to_string()));
    }
    Ok(())
}
