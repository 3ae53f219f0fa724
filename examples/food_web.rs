//! Solves an ODE whose state is a struct: three kinds of prey and two of predators, for 100 years.
//!
//! The solver comes from the crate `differential-equations`, and its state is the struct in a `Vector`.
//! Volterra (1931) found a quantity that the web conserves, which checks the solution.
//!
//! `cargo run --release -p examples --features ode --example food_web`

use std::error::Error;

use differential_equations::prelude::{ExplicitRungeKutta, IVP};
use ndarray::{Array1, Array2, array};
use pytree::{PyTree, Vector, tree_reduce};

/// The number of each kind (thousands), or its rate of change (thousands per year).
#[derive(PyTree, Clone, Debug, Default)]
struct Web {
    prey: Array1<f64>,
    predators: Array1<f64>,
}

/// The rates, per year.
struct Rates {
    /// The part of the prey (rows) that a thousand predators (columns) eat.
    hunt: Array2<f64>,
    birth: Array1<f64>,
    death: Array1<f64>,
}

impl Rates {
    /// Writes the rate of change of each kind.
    fn grow(&self, now: &Web, slope: &mut Web) {
        slope.prey.assign(&(&now.prey * &(&self.birth - &self.hunt.dot(&now.predators))));
        slope.predators.assign(&(&now.predators * &(self.hunt.t().dot(&now.prey) - &self.death)));
    }
}

/// The sum of n - n* ln(n) over all kinds, where n* is the number in equilibrium.
fn volterra(now: &Vector<Web>, balance: &Vector<Web>) -> Result<f64, pytree::Error> {
    let terms = now.zip_map(balance, |n, balance| n - balance * n.ln())?;
    Ok(tree_reduce(|sum, leaf| sum + leaf.sum(), 0.0, &terms))
}

fn main() -> Result<(), Box<dyn Error>> {
    let balance = Vector(Web { prey: array![4.0, 2.0, 3.0], predators: array![1.0, 0.5] });
    let hunt = array![[0.6, 0.2], [0.1, 0.5], [0.3, 0.3]];
    let (birth, death) = (hunt.dot(&balance.predators), hunt.t().dot(&balance.prey));
    let rates = Rates { hunt, birth, death };

    let start = Vector(Web { prey: array![6.0, 2.0, 2.0], predators: array![0.6, 0.8] });
    let slope = |_years: f64, Vector(now): &Vector<Web>, Vector(slope): &mut Vector<Web>| {
        rates.grow(now, slope);
    };
    let solution = IVP::ode_from_fn(slope, 0.0, 100.0, start.clone())
        .even(10.0)
        .method(ExplicitRungeKutta::dop853().rtol(1e-10).atol(1e-10))
        .solve()
        .map_err(|error| format!("{error:?}"))?;

    println!("year {:<26} {:<18} conserved", "prey", "predators");
    let before = volterra(&start, &balance)?;
    for (year, now) in solution.iter() {
        let conserved = volterra(now, &balance)?;
        println!("{year:>4} {:.4} {:.4} {conserved:>13.9}", now.prey, now.predators);
        if !(0.0..1e-6).contains(&(conserved - before).abs()) {
            return Err(format!("what is conserved was {before}, and is {conserved}").into());
        }
    }
    Ok(())
}
