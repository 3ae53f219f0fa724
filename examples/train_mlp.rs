//! Trains a network to separate two spirals, with an optimiser that works on any tree. Draws the
//! loss. Weights, points and batches are those of `fastrand` with a fixed seed.
//!
//! `cargo run --release -p examples --features mlp --example train_mlp [-- loss.svg]`

mod mlp;
mod picture;

use std::error::Error;
use std::f64::consts::TAU;

use fastrand::Rng;
use indicatif::ProgressBar;
use mlp::Mlp;
use ndarray::{Array2, ArrayD, Axis};
use picture::line_chart::{self, Line, Panel, Words};
use pytree::{FromLeaves, Pattern, PyTree, tree_flatten, tree_map2, tree_zeros_like};

/// Stochastic gradient descent with momentum. Weight decay is decoupled from the gradient and
/// applies to the leaves that `decayed` selects (Loshchilov and Hutter, 2019).
struct Sgd<P> {
    rate: f64,
    momentum: f64,
    decay: f64,
    decayed: Pattern,
    velocity: P,
}

impl<P: PyTree<Elem = f64> + FromLeaves<ArrayD<f64>>> Sgd<P> {
    fn step(&mut self, params: &P, gradient: &P) -> Result<P, pytree::Error> {
        self.velocity = tree_map2(|v, g| &v * self.momentum + &g, &self.velocity, gradient)?;
        tree_flatten(params)
            .zip(tree_flatten(&self.velocity))?
            .map(|(p, v)| &p - &(&v * self.rate))
            .map_where(&self.decayed, |w| w * (1.0 - self.rate * self.decay))?
            .unflatten()
    }
}

/// Points, one a row, and the spiral that each is on, -1 or 1.
fn spirals(len: usize, rng: &mut Rng) -> (Array2<f64>, Array2<f64>) {
    let sides = Array2::from_shape_fn((len, 1), |_| if rng.bool() { 1.0 } else { -1.0 });
    let mut points = Array2::zeros((len, 2));
    for (mut point, side) in points.rows_mut().into_iter().zip(&sides) {
        let turns = 0.15 + 1.35 * rng.f64();
        point[0] = side * 2.0 * turns * (TAU * turns).cos() + 0.1 * rng.f64();
        point[1] = side * 2.0 * turns * (TAU * turns).sin() + 0.1 * rng.f64();
    }
    (points, sides)
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let picture = std::env::args().nth(1).unwrap_or_else(|| "loss.svg".into());
    let mut rng = Rng::with_seed(1);
    let [train, test] = [400, 400].map(|len| spirals(len, &mut rng));
    let mut mlp = Mlp::new(&[2, 32, 32, 1], &mut rng);
    let (decayed, velocity) = ("layers[*].w".parse()?, tree_zeros_like(&mlp)?);
    let mut sgd = Sgd { rate: 0.03, momentum: 0.9, decay: 1e-4, decayed, velocity };

    let mut losses = [("points trained on", Vec::new()), ("points unseen", Vec::new())];
    let mut order: Vec<_> = (0..400).collect();
    for _ in ProgressBar::new(150).wrap_iter(0..150) {
        rng.shuffle(&mut order);
        for batch in order.chunks(20) {
            let [points, sides] = [&train.0, &train.1].map(|all| all.select(Axis(0), batch));
            mlp = sgd.step(&mlp, &mlp.gradient(&points, &sides))?;
        }
        for ((points, sides), (_, losses)) in [&train, &test].into_iter().zip(&mut losses) {
            losses.push((mlp.predict(points) - sides).pow2().sum() / 400.0);
        }
    }

    let right = (mlp.predict(&test.0) * &test.1).iter().filter(|agree| **agree > 0.0).count();
    println!("{right} of 400 unseen points are put on their spiral.");
    let lines = losses.map(|(name, line)| Line::new(name, (1..).map(f64::from).zip(line)));
    let panel = Panel { powers: true, ..Panel::new("epoch", "mean square error", lines) };
    let words = Words {
        title: "A network learns two spirals",
        description: "The errors of the points trained on and of unseen points fall together.",
    };
    line_chart::draw(&picture, words, &[panel])?;
    println!("The loss is drawn to {picture}.");
    if right < 396 { Err("fewer than 99 % are right".into()) } else { Ok(()) }
}
