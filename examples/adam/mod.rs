//! An optimiser for any tree, written as maps over trees.

use ndarray::ArrayD;
use pytree::{FromLeaves, PyTree, tree_map2, tree_zeros_like};

/// Adam (Kingma and Ba, 2015) for any tree, with the decay rates of that article.
pub struct Adam<P> {
    pub rate: f64,
    steps: i32,
    mean: P,
    square: P,
}

impl<P: PyTree<Elem = f64> + FromLeaves<ArrayD<f64>>> Adam<P> {
    pub fn new(rate: f64, params: &P) -> Result<Self, pytree::Error> {
        let [mean, square] = [tree_zeros_like(params)?, tree_zeros_like(params)?];
        Ok(Adam { rate, steps: 0, mean, square })
    }

    pub fn step(&mut self, params: &P, gradient: &P) -> Result<P, pytree::Error> {
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
