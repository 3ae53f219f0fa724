//! Solves an ODE whose state is a struct: three kinds of prey and two of predators, for 100 years.
//!
//! The solver is that of the crate `differential-equations`, whose vector is an `Array1`. The
//! right-hand side reads and writes the vector as a struct of views, without a copy; the same works
//! with the slices of `diffsol`. Volterra (1931) found a conserved quantity of such a web, which
//! checks the solution.
//!
//! `cargo run --release -p examples --features ode --example food_web`

use std::error::Error;

use differential_equations::prelude::{ExplicitRungeKutta, IVP};
use ndarray::{Array1, Array2, ArrayView1, ArrayViewMut1, array};
use pytree::{PyTree, ravel_pytree};

/// The number of each kind (thousands), or its rate of change: owned, or as views.
#[derive(PyTree)]
struct Web<A> {
    prey: A,
    predators: A,
}

/// The rates, per year.
struct Rates {
    /// The part of the prey (rows) that a thousand predators (columns) eat.
    hunt: Array2<f64>,
    birth: Array1<f64>,
    death: Array1<f64>,
}

impl Rates {
    /// Writes the rate of change of each kind (thousands per year).
    fn grow(&self, now: &Web<ArrayView1<'_, f64>>, slopes: &mut Web<ArrayViewMut1<'_, f64>>) {
        slopes.prey.assign(&(&now.prey * &(&self.birth - &self.hunt.dot(&now.predators))));
        slopes.predators.assign(&(&now.predators * &(self.hunt.t().dot(&now.prey) - &self.death)));
    }
}

/// The sum of n - n* ln(n) over all kinds, where n* is the number in equilibrium.
fn volterra(now: &Array1<f64>, balance: &Array1<f64>) -> f64 {
    now.iter().zip(balance).map(|(n, balance)| n - balance * n.ln()).sum()
}

fn main() -> Result<(), Box<dyn Error>> {
    let balance = Web { prey: array![4.0, 2.0, 3.0], predators: array![1.0, 0.5] };
    let hunt = array![[0.6, 0.2], [0.1, 0.5], [0.3, 0.3]];
    let (birth, death) = (hunt.dot(&balance.predators), hunt.t().dot(&balance.prey));
    let rates = Rates { hunt, birth, death };

    let start = Web { prey: array![6.0, 2.0, 2.0], predators: array![0.6, 0.8] };
    let (start, layout) = ravel_pytree(&start);
    let slopes = |_years: f64, now: &Array1<f64>, slopes: &mut Array1<f64>| {
        let now = layout.views(now).expect("the solver keeps the length");
        let mut slopes = layout.views_mut(slopes).expect("the solver keeps the length");
        rates.grow(&now, &mut slopes);
    };
    let solution = IVP::ode_from_fn(slopes, 0.0, 100.0, start.clone())
        .even(10.0)
        .method(ExplicitRungeKutta::dop853().rtol(1e-10).atol(1e-10))
        .solve()
        .map_err(|error| format!("{error:?}"))?;

    print!("year");
    layout.labels().for_each(|label| print!("{label:>14}"));
    println!("{:>14}", "conserved");
    let balance = layout.ravel(&balance)?;
    let before = volterra(&start, &balance);
    for (year, now) in solution.iter() {
        let conserved = volterra(now, &balance);
        print!("{year:>4}");
        now.iter().for_each(|n| print!("{n:>14.4}"));
        println!("{conserved:>14.9}");
        if !(0.0..1e-6).contains(&(conserved - before).abs()) {
            return Err(format!("what is conserved was {before}, and is {conserved}").into());
        }
    }
    Ok(())
}
