//! Fits the conductances of a cell to recorded voltages that lie on several ranks.
//!
//! Each rank has its share of the recordings. Every step of Adam takes one backward pass for each
//! recording, and one message: the sum of the loss and its gradient over all ranks.
//!
//! `mpirun -n 2 target/release/fit [100]`, with the number of steps

#[path = "../../../adam/mod.rs"]
mod adam;
mod arguments;

use std::error::Error;
use std::num::NonZero;

use adam::Adam;
use arguments::arguments;
use cable::channels::HH;
use cable::transforms::{ParamTransform, SigmoidTransform};
use cable::{Branch, Build, Cell, Compartment, Parameters, Solver};
use cable::{build_init_and_step_fn, step_current};
use cluster::{Exchange, agree};
use fastrand::Rng;
use mpi::topology::SimpleCommunicator;
use mpi::traits::Communicator;
use ndarray::Array2;
use pytree::grad::Duals;
use pytree::{ravel_pytree, tree_map2, tree_mapv, tree_zeros_like};

/// The number of recordings. Each is of the same cell, with another current.
const RECORDINGS: u32 = 8;
const DELTA_T: f64 = 0.05; // ms
/// What is trained in each compartment, in S/cm²; between a quarter and four times this.
const TRAINED: [(&str, f64); 3] = [("HH_gNa", 0.12), ("HH_gK", 0.036), ("HH_gLeak", 3e-4)];

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The cell, and the transform that keeps its conductances within their bounds.
fn cell() -> Outcome<(Cell, ParamTransform)> {
    let mut cell = Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0])?;
    cell.insert(HH)?.set("length", 40.0)?.set("axial_resistivity", 200.0)?; // um, ohm cm
    let mut transform = ParamTransform::new();
    for (key, value) in TRAINED {
        cell.set(key, value)?.branch(..)?.comp(..)?.make_trainable(key)?;
        transform = transform.with(key, SigmoidTransform::new(value / 4.0, value * 4.0)?);
    }
    cell.set("v", -65.0)?.init_states()?.branch(..)?.comp(0)?.record("v")?; // mV
    Ok((cell, transform))
}

/// Random parameters, as free numbers that the transform leads to the conductances.
fn random(like: &Parameters<f64>, seed: u64) -> Result<Parameters<f64>, pytree::Error> {
    let mut rng = Rng::with_seed(seed);
    tree_mapv(|_| 2.0 * rng.f64() - 1.0, like)
}

fn fit(world: &SimpleCommunicator) -> Outcome<()> {
    let steps = arguments("fit [STEPS]", ["100"]).and_then(|[steps]| {
        steps.parse::<NonZero<u32>>().map_err(|error| format!("the number of steps: {error}"))
    });
    let steps = agree(world, steps)?.get();
    let (cell, transform) = cell()?;
    let trained = cell.get_parameters();

    // The share of this rank: every n-th recording, of which a file might be read here.
    let (first, ranks) = (u32::try_from(world.rank())?, usize::try_from(world.size())?);
    let mut cables = Vec::new();
    for recording in (first..RECORDINGS).step_by(ranks) {
        let (mut cell, nano_amperes) = (cell.clone(), 0.1 + 0.05 * f64::from(recording));
        let current = step_current(1.0, 4.0, nano_amperes, DELTA_T, 6.0)?;
        cell.branch(0)?.comp(0)?.stimulate(current)?;
        cables.push(cell.build(DELTA_T)?);
    }
    let truth = transform.forward(&random(&trained, 1)?)?;
    let runs = cables.iter().map(|cable| build_init_and_step_fn(cable, Solver::BwdEuler));
    let share = runs.map(|run| Ok((run, run.integrate(&truth, &vec![])?)));
    let share: Vec<(_, Array2<f64>)> = share.collect::<Outcome<_>>()?;

    // The loss and its gradient, or the parameters, are one tree, so one exchange serves both.
    let mut start = (0.0, tree_zeros_like(&trained)?);
    let mut exchange = Exchange::new(world, &start)?;
    if world.rank() == 0 {
        start.1 = random(&trained, 2)?;
    }
    exchange.broadcast(&mut start)?;
    let mut free = start.1;
    let (mut adam, mut losses) = (Adam::new(0.1, &free)?, Vec::new());
    for _ in 0..steps {
        let params = transform.forward(&free)?;
        let mut sum = (0.0, tree_zeros_like(&params)?);
        for (run, target) in &share {
            let count = f64::from(RECORDINGS) * target.len() as f64;
            let one = run.value_and_grad(&params, |step, v: &[Duals]| {
                let off = v.iter().zip(target.column(step)).map(|(v, &target)| *v - target);
                off.map(|off| off * off).sum::<Duals>() / count
            })?;
            sum = tree_map2(|a, b| &a + &b, &sum, &one)?;
        }
        exchange.sum(&mut sum)?;
        losses.push(sum.0);
        free = adam.step(&free, &transform.vjp(&free, &sum.1)?)?;
    }

    // Every rank took the same steps from the same numbers, so all ranks have the same bits.
    let (first, last) = (losses[0], losses[losses.len() - 1]);
    let rows = exchange.gather(&[(last, free.clone())])?.unwrap_or_default().mapv(f64::to_bits);
    let other = rows.rows().into_iter().position(|row| row != rows.row(0));
    agree(world, other.map_or(Ok(()), |rank| Err(format!("rank {rank} has other parameters"))))?;
    if world.rank() == 0 {
        let (values, layout) = ravel_pytree(&transform.forward(&free)?);
        for (label, value) in layout.labels().zip(values) {
            println!("{label} = {value} S/cm²");
        }
        println!("loss from {first} to {last} mV², {RECORDINGS} recordings on {ranks} ranks");
    }
    Ok(())
}

fn main() {
    cluster::run(fit);
}
