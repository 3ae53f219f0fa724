//! Gradients of whole runs, in reverse, are those of Jaxley's reverse mode: with respect to every
//! parameter, every initial state and every sample of stimuli and clamps, for each solver.

use std::error::Error;

use cable::{RunGradient, Solver, build_init_and_step_fn};
use ndarray::Array2;
use tests::{Case, Gradient, Gradients, cases};

const SOLVERS: [(&str, Solver); 4] = [
    ("bwd_euler", Solver::BwdEuler),
    ("crank_nicolson", Solver::CrankNicolson),
    ("fwd_euler", Solver::FwdEuler),
    ("exp_euler", Solver::ExpEuler),
];

/// A voltage is clamped exactly where the exponential of this synapse is cut off. There Jaxley takes
/// half of the derivative from the left, and `cable` all of it.
const KINKS: [(&str, &str, usize); 2] = [
    ("clamped_synapses", "IonotropicSynapse_v_th", 0),
    ("clamped_synapses", "IonotropicSynapse_delta", 0),
];

/// The mean of `((recorded - target) / scale)^2`, and its derivatives.
fn loss(recorded: &Array2<f64>, of: &Gradients) -> (f64, Array2<f64>) {
    let (mut sum, mut slopes) = (0.0, Array2::zeros(recorded.dim()));
    let count = (of.targets.iter().flatten().count() * recorded.ncols()) as f64;
    for (row, (target, scale)) in of.targets.iter().zip(&of.scales).enumerate() {
        let (Some(target), Some(scale)) = (target, scale) else { continue };
        for (step, &value) in recorded.row(row).iter().enumerate() {
            let difference = (value - target) / scale;
            sum += difference * difference / count;
            slopes[[row, step]] = 2.0 * difference / scale / count;
        }
    }
    (sum, slopes)
}

/// Compares derivatives where Jaxley's are not NaN.
fn close<'a>(
    case: &Case,
    solver: &str,
    key: &str,
    found: impl ExactSizeIterator<Item = &'a f64>,
    expected: &[Option<f64>],
) {
    let name = format!("{} with {solver}: {key}", case.name);
    assert_eq!(found.len(), expected.len(), "{name}");
    let largest = expected.iter().flatten().fold(0.0, |a: f64, b| a.max(b.abs()));
    for (index, (found, expected)) in found.zip(expected).enumerate() {
        let Some(expected) = expected else {
            assert!(found.is_finite(), "{name}[{index}]");
            continue;
        };
        if KINKS.contains(&(&case.name, key, index)) {
            continue;
        }
        // A millionth, and for what cancels a millionth of a millionth of the largest.
        let near = (found - expected).abs() <= 1e-6 * expected.abs().max(1e-6 * largest);
        assert!(near, "{name}[{index}]: {found} instead of {expected}");
    }
}

fn compare(case: &Case, solver: &str, of: &Gradients, found: &RunGradient, expected: &Gradient) {
    for ((setting, found), expected) in
        of.trainables.iter().zip(&found.parameters).zip(&expected.trainables)
    {
        close(case, solver, &setting.key, found[&setting.key].iter(), expected);
    }
    assert!(found.externals.keys().eq(expected.externals.keys()), "{}", case.name);
    for (key, expected) in &expected.externals {
        close(case, solver, key, found.externals[key].iter(), &expected.concat());
    }
}

#[test]
fn every_parameter_state_and_external() -> Result<(), Box<dyn Error>> {
    let mut compared = 0;
    for case in cases() {
        let Some(gradients) = &case.gradients else { continue };
        let cable = case.trainable()?;
        for (name, solver) in SOLVERS {
            let Some(expected) = gradients.solvers.get(name) else { continue };
            let run = build_init_and_step_fn(&cable, solver);
            let of_run = |recorded: &Array2<f64>| loss(recorded, gradients);
            let (value, found) = run.value_and_grad_of(&cable.get_parameters(), &vec![], of_run)?;
            let near = (value - expected.loss).abs() <= 1e-9 * expected.loss;
            assert!(near, "{} with {name}: {value} instead of {}", case.name, expected.loss);
            compare(&case, name, gradients, &found, expected);
            compared += 1;
        }
    }
    assert_eq!(compared, 52);
    Ok(())
}
