//! Fits the parameters of a depressing synapse to a noisy recording, with `argmin`.
//!
//! `argmin` works on a vector (`Vec<f64>`), and the parameters are a struct. The layout converts
//! one to the other, for dual numbers too, which give the gradient. The noise is that of `fastrand`
//! with a fixed seed. `cargo run --release -p examples --features argmin --example fit_synapse`

use argmin::core::{CostFunction, Error, Executor, Gradient, State};
use argmin::solver::{linesearch::MoreThuenteLineSearch, quasinewton::LBFGS};
use ndarray::{Array1, array};
use num_dual::{Dual64, DualNum};
use pytree::{Layout, PyTree, ravel_pytree};

/// A synaptic current: after each spike it rises to a peak (pA) and decays (Rall, 1967). Depression
/// makes each peak smaller than the one before.
#[derive(PyTree)]
struct Synapse<T> {
    offset: T, // pA
    tau: T,    // ms
    peaks: Array1<T>,
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

/// The layout of the parameters, and the recording.
struct Fit(Layout, Vec<(f64, f64)>);

impl CostFunction for Fit {
    type Param = Vec<f64>;
    type Output = f64;
    fn cost(&self, vector: &Vec<f64>) -> Result<f64, Error> {
        let synapse: Synapse<f64> = self.0.unravel(vector)?;
        Ok(synapse.error(&self.1))
    }
}

impl Gradient for Fit {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;
    fn gradient(&self, vector: &Vec<f64>) -> Result<Vec<f64>, Error> {
        let partial = |index| {
            let dual = |i| Dual64::new(vector[i], f64::from(i == index));
            let duals: Vec<_> = (0..vector.len()).map(dual).collect();
            let synapse: Synapse<Dual64> = self.0.unravel(&duals)?;
            Ok(synapse.error(&self.1).eps)
        };
        (0..vector.len()).map(partial).collect()
    }
}

fn main() -> Result<(), Error> {
    let truth = Synapse { offset: -3.0, tau: 2.5, peaks: array![40.0, 28.0, 21.0, 17.0] };
    let mut rng = fastrand::Rng::with_seed(1);
    let times = (0..500).map(|step| 0.1 * f64::from(step));
    let data = times.map(|t| (t, truth.current(t) + 2.0 * rng.f64() - 1.0)).collect();
    let (start, layout) = ravel_pytree(&Synapse { offset: 0.0, tau: 4.0, peaks: Array1::ones(4) });
    let fit = Executor::new(Fit(layout.clone(), data), LBFGS::new(MoreThuenteLineSearch::new(), 7))
        .configure(|state| state.param(start.to_vec()).max_iters(100))
        .run()?;
    let found = fit.state.get_best_param().ok_or_else(|| Error::msg("nothing was found"))?;
    for ((label, found), truth) in layout.labels().zip(found).zip(layout.ravel(&truth)?) {
        println!("{label:<9} is {found:>7.3}, in truth {truth:>7.3}");
        if !(0.98..1.02).contains(&(found / truth)) {
            return Err(Error::msg(format!("{label} is off by more than 2 %")));
        }
    }
    Ok(())
}
