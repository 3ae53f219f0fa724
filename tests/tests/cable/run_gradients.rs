//! Gradients of whole runs with respect to every parameter and initial state are those of Jaxley's
//! reverse mode, for each solver.

use std::error::Error;

use cable::{Cable, CableError, Parameters, Solver, build_init_and_step_fn};
use ndarray::Array2;
use pytree::grad::{Duals, try_value_and_grad};
use tests::{Case, Gradient, Gradients, cases};

const SOLVERS: [(&str, Solver); 3] = [
    ("bwd_euler", Solver::BwdEuler),
    ("crank_nicolson", Solver::CrankNicolson),
    ("fwd_euler", Solver::FwdEuler),
];

/// A voltage is clamped exactly where the exponential of this synapse is cut off. There Jaxley takes
/// half of the derivative from the left, and `cable` all of it.
const KINKS: [(&str, &str, usize); 2] = [
    ("clamped_synapses", "IonotropicSynapse_v_th", 0),
    ("clamped_synapses", "IonotropicSynapse_delta", 0),
];

/// The mean of `((recorded - target) / scale)^2`.
fn loss(recorded: &Array2<Duals>, of: &Gradients) -> Duals {
    let (mut sum, mut count) = (Duals::from(0.0), 0.0);
    for ((row, target), scale) in recorded.rows().into_iter().zip(&of.targets).zip(&of.scales) {
        let (Some(target), Some(scale)) = (target, scale) else { continue };
        for &value in row {
            let difference = (value - *target) / *scale;
            sum += difference * difference;
            count += 1.0;
        }
    }
    sum / count
}

/// Compares the gradient of the run with one solver.
fn check(
    case: &Case,
    cable: &Cable,
    (solver_name, solver): (&str, Solver),
    of: &Gradients,
    expected: &Gradient,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let name = format!("{} with {solver_name}", case.name);
    let module = build_init_and_step_fn(cable, solver);
    let of_run = |parameters: &Parameters<Duals>| {
        Ok::<_, CableError>(loss(&module.integrate(parameters, &vec![])?, of))
    };
    let (value, gradient) = try_value_and_grad(of_run, &cable.get_parameters())?;
    assert!((value - expected.loss).abs() <= 1e-9 * expected.loss, "{name}: {value}");
    for ((setting, found), expected) in
        of.trainables.iter().zip(&gradient).zip(&expected.trainables)
    {
        let found = &found[&setting.key];
        assert_eq!(found.len(), expected.len(), "{name}: {}", setting.key);
        let largest = expected.iter().flatten().fold(0.0, |a: f64, b| a.max(b.abs()));
        for (index, (a, b)) in found.iter().zip(expected).enumerate() {
            let Some(b) = b else { continue };
            if KINKS.contains(&(&case.name, &setting.key, index)) {
                continue;
            }
            // A millionth, and for what cancels a millionth of a millionth of the largest.
            let near = (a - b).abs() <= 1e-6 * b.abs().max(1e-6 * largest);
            assert!(near, "{name}: {}[{index}]: {a} instead of {b}", setting.key);
        }
    }
    Ok(())
}

#[test]
fn every_parameter_and_initial_state() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut compared = 0;
    for case in cases() {
        // Forward passes over the many parameters of this module take a minute.
        let Some(gradients) = &case.gradients.as_ref().filter(|_| case.name != "many_branches")
        else {
            continue;
        };
        let cable = case.trainable().map_err(|error| error.to_string())?;
        for (name, solver) in SOLVERS {
            let Some(expected) = gradients.solvers.get(name) else { continue };
            check(&case, &cable, (name, solver), gradients, expected)?;
            compared += 1;
        }
    }
    assert_eq!(compared, 29);
    Ok(())
}
