//! A network of dense layers, and its gradient by backpropagation.

use fastrand::Rng;
use ndarray::{Array1, Array2, Axis};
use pytree::PyTree;

/// A layer: maps points, one a row, to `tanh(points w + b)`.
#[derive(PyTree)]
pub struct Dense {
    pub w: Array2<f64>,
    pub b: Array1<f64>,
}

/// Layers one after the other.
#[derive(PyTree)]
pub struct Mlp {
    pub layers: Vec<Dense>,
}

impl Mlp {
    /// A layer from each of the sizes to the next, with the weights of Glorot and Bengio (2010).
    pub fn new(sizes: &[usize], rng: &mut Rng) -> Self {
        let dense = |ends: &[usize]| {
            let largest = (6.0 / (ends[0] + ends[1]) as f64).sqrt();
            let weight = || largest * (2.0 * rng.f64() - 1.0);
            let w = Array2::from_shape_simple_fn((ends[0], ends[1]), weight);
            Dense { w, b: Array1::zeros(ends[1]) }
        };
        Mlp { layers: sizes.windows(2).map(dense).collect() }
    }

    /// The output of the last layer for the points.
    pub fn predict(&self, points: &Array2<f64>) -> Array2<f64> {
        self.layers.iter().fold(points.clone(), |input, layer| layer.output(&input))
    }

    /// The gradient of half the mean square of `predict(points) - targets`, as a network.
    pub fn gradient(&self, points: &Array2<f64>, targets: &Array2<f64>) -> Mlp {
        let mut output = points.clone();
        let mut inputs = Vec::new();
        for layer in &self.layers {
            let next = layer.output(&output);
            inputs.push(std::mem::replace(&mut output, next));
        }
        let mut slope = (&output - targets) / targets.len() as f64;
        let mut layers = Vec::new();
        for (layer, input) in self.layers.iter().zip(inputs).rev() {
            slope *= &(1.0 - &output * &output); // the derivative of tanh
            layers.push(Dense { w: input.t().dot(&slope), b: slope.sum_axis(Axis(0)) });
            slope = slope.dot(&layer.w.t());
            output = input;
        }
        layers.reverse();
        Mlp { layers }
    }
}

impl Dense {
    fn output(&self, input: &Array2<f64>) -> Array2<f64> {
        (input.dot(&self.w) + &self.b).tanh()
    }
}
