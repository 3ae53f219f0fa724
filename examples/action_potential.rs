//! The action potential of Hodgkin and Huxley (1952), by a stiff solver and by an explicit one.
//!
//! `diffsol` and `ode_solvers` take closures over slices. `rhs` turns the equations, which are written
//! for a struct, into a closure over slices. The stiff solver also needs the Jacobian, which is computed
//! with dual numbers.
//!
//! `cargo run --release -p examples --features solvers --example action_potential`

use std::error::Error;

use diffsol::{NalgebraLU, NalgebraMat, OdeBuilder, OdeSolverMethod};
use ndarray::aview1;
use num_dual::DualNum;
use ode_solvers::{DVector, Dopri5, System};
use pytree::grad::Duals;
use pytree::{PyTree, jacobian, ravel_pytree, rhs};

/// The state of a patch of membrane, or its rate of change (per ms).
#[derive(PyTree, Clone)]
struct Membrane<T> {
    v: T,          // mV
    gates: [T; 3], // m, h, n
}

impl<T: DualNum<Primitive = f64> + Copy> Membrane<T> {
    /// The rate of change of the state for a current of 10 uA/cm2 into the cell.
    fn slope(&self) -> Self {
        let Membrane { v, gates: [m, h, n] } = *self;
        // x / (1 - exp(-x)), and its limit where that is 0 / 0.
        let ratio = |x: T| if x.re() == 0.0 { x * 0.5 + 1.0 } else { x / (-(-x).exp_m1()) };
        let gate = |x: T, alpha: T, beta: T| alpha * (-x + 1.0) - beta * x;
        let gates = [
            gate(m, ratio((v + 40.0) / 10.0), ((-v - 65.0) / 18.0).exp() * 4.0),
            gate(h, ((-v - 65.0) / 20.0).exp() * 0.07, (((-v - 35.0) / 10.0).exp() + 1.0).recip()),
            gate(n, ratio((v + 55.0) / 10.0) * 0.1, ((-v - 65.0) / 80.0).exp() * 0.125),
        ];
        let sodium = m.powi(3) * h * 120.0 * (v - 50.0);
        let potassium = n.powi(4) * 36.0 * (v + 77.0);
        let leak = (v + 54.4) * 0.3;
        Membrane { v: -sodium - potassium - leak + 10.0, gates } // 1 uF/cm2
    }
}

/// A closure over slices, as the type of system that `ode_solvers` takes.
struct Slope<F>(F);

impl<F: Fn(f64, &[f64], &mut [f64])> System<f64, DVector<f64>> for Slope<F> {
    fn system(&self, t: f64, y: &DVector<f64>, dy: &mut DVector<f64>) {
        (self.0)(t, y.as_slice(), dy.as_mut_slice());
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let rest = Membrane { v: -65.0, gates: [0.0529, 0.5961, 0.3177] };
    let (start, layout) = ravel_pytree(&rest);
    let slope = || rhs(&rest, |_ms, now: &Membrane<f64>, slope: &mut _| *slope = now.slope());
    let (tolerance, end) = (1e-8, 6.0); // ms

    let stiff = slope();
    let problem = OdeBuilder::<NalgebraMat<f64>>::new()
        .rhs_implicit(
            |now, _, ms, out| stiff(ms, now, out),
            |now, _, _, direction, out| {
                let now: Membrane<f64> = layout.unravel(now).expect("the solver keeps the length");
                let matrix = jacobian(|now: &Membrane<Duals>| now.slope(), &now)
                    .expect("slopes have the structure of states");
                let product = matrix.matrix().dot(&aview1(direction));
                out.iter_mut().zip(product).for_each(|(out, x)| *out = x);
            },
        )
        .init(|_, _, y| y.iter_mut().zip(&start).for_each(|(y, x)| *y = *x), start.len())
        .rtol(tolerance)
        .atol([tolerance])
        .build()?;
    let (states, ..) = problem.bdf::<NalgebraLU<f64>>()?.solve_dense(&[2.0, 4.0, end])?;

    let start = DVector::from_vec(start.to_vec());
    let mut explicit = Dopri5::new(Slope(slope()), 0.0, end, 2.0, start, tolerance, tolerance);
    explicit.integrate()?;

    println!("{:>10} {:>12} {:>12}", "", "diffsol", "ode_solvers");
    let ms_2 = explicit.x_out().iter().position(|ms| *ms == 2.0).ok_or("no state at 2 ms")?;
    for (label, row) in layout.labels().zip(0..) {
        let (stiff, explicit) = (states[(row, 0)], explicit.y_out()[ms_2][row]);
        println!("{label:>10} {stiff:>12.6} {explicit:>12.6}");
    }
    Ok(())
}
