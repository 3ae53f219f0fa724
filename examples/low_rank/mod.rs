//! An extended Kalman filter whose covariance has a low rank.

use std::error::Error;
use std::f64::consts::TAU;

use cable::StepDynamics;
use fastrand::Rng;
use nalgebra::DMatrix;
use ndarray::{Array1, Array2, Axis, concatenate};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The estimate of a vector: its mean, and the directions in which it is unsure, in columns. The
/// covariance is the product of this matrix and its transpose.
pub struct Filter {
    pub mean: Array1<f64>,
    pub directions: Array2<f64>,
}

impl Filter {
    /// The standard deviation of each state.
    pub fn deviations(&self) -> Array1<f64> {
        self.directions.map_axis(Axis(1), |row| row.dot(&row).sqrt())
    }

    /// Takes a step, whose derivative moves the directions.
    pub fn predict(&mut self, step: &StepDynamics<'_, '_>) -> Outcome<()> {
        let (after, linear) = step.linearize(&self.mean)?;
        (self.mean, self.directions) = (after, linear.jvp(&self.directions)?);
        Ok(())
    }

    /// Adds the directions of noise, and keeps the `rank` that matter most, in units of `scale`
    /// (Verlaan and Heemink, 1997).
    pub fn widen(&mut self, noise: &Array2<f64>, scale: &Array1<f64>, rank: usize) -> Outcome<()> {
        let wide = concatenate(Axis(1), &[self.directions.view(), noise.view()])?;
        let (scaled, columns) = (&wide / &scale.view().insert_axis(Axis(1)), wide.ncols());
        let products = DMatrix::from_iterator(columns, columns, scaled.t().dot(&scaled));
        let eigen = products.symmetric_eigen();
        let mut order: Vec<_> = (0..columns).collect();
        order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
        let turn = Array2::from_shape_fn((columns, columns.min(rank)), |(row, k)| {
            eigen.eigenvectors[(row, order[k])]
        });
        self.directions = wide.dot(&turn);
        Ok(())
    }

    /// Corrects the estimate by a reading of the state at `index`, and the standard deviation of the
    /// reading (Potter, 1963).
    pub fn correct(&mut self, index: usize, reading: f64, deviation: f64) {
        let row = self.directions.row(index).to_owned();
        let variance = row.dot(&row) + deviation.powi(2);
        let gain = self.directions.dot(&row) / variance;
        let surprise = reading - self.mean[index];
        self.mean.scaled_add(surprise, &gain);
        let share = 1.0 / (1.0 + deviation / variance.sqrt());
        let known = gain.insert_axis(Axis(1)) * &row.insert_axis(Axis(0));
        self.directions.scaled_add(-share, &known);
    }
}

/// A number from the standard normal distribution (Box and Muller, 1958).
pub fn normal(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (TAU * rng.f64()).cos()
}
