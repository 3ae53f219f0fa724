//! The errors of gradients say what is wrong with the loss or the parameters.

use cable::channels::Leak;
use cable::{
    Build, Cable, CableError, Cell, Externals, Solver, States, StepDynamics, build_init_and_step_fn,
};
use dynamics::build_dynamic_state_utils;
use ndarray::array;

use crate::error_text::text;

fn module() -> Result<Cable, CableError> {
    let mut cell = Cell::default();
    cell.insert(Leak)?.record("v")?.stimulate(vec![0.1; 2])?.build(0.025)
}

#[test]
fn of_a_loss_over_states() -> Result<(), CableError> {
    let cable = module()?;
    let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
    let of = |change: fn(&mut States<f64>)| {
        text(run.value_and_grad_of_states(&vec![], &vec![], |_, _, slopes| {
            change(slopes);
            0.0
        }))
    };
    assert_eq!(
        of(|slopes| slopes.extend([("V".to_owned(), array![1.0])])),
        "the dictionary of derivatives has no 'V': use one of [i_Leak, v]"
    );
    assert_eq!(
        of(|slopes| slopes.extend([("v".to_owned(), array![f64::NAN, 1.0])])),
        "state 'v' has 2 entries, but there are 1 nodes: give one for each"
    );
    assert_eq!(
        of(|slopes| slopes.extend([("v".to_owned(), array![f64::NAN])])),
        "state 2: the loss has the derivative NaN with respect to v[0]"
    );
    assert_eq!(
        text(run.value_and_grad_of_states(&vec![], &vec![], |_, _, _| f64::NAN)),
        "the loss is NaN: leave out what is recorded where a state is absent"
    );
    Ok(())
}

#[test]
fn of_a_loss_over_the_recording() -> Result<(), CableError> {
    let cable = module()?;
    let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
    assert_eq!(
        text(run.value_and_grad_of(&vec![], &vec![], |v| (v.sum(), array![[1.0]]))),
        "the derivatives of the loss have shape (1, 1), what is recorded has (1, 3): \
         give one for each value"
    );
    assert_eq!(
        text(run.value_and_grad_of(&vec![], &vec![], |v| (f64::NAN, v.clone()))),
        "the loss is NaN: leave out what is recorded where a state is absent"
    );
    Ok(())
}

#[test]
fn of_a_step_by_parameters() -> Result<(), CableError> {
    let cable = module()?;
    let utils = build_dynamic_state_utils(&cable)?;
    let step = || StepDynamics::new(&utils, Externals::new());
    assert_eq!(
        text(step().by_params(&["capacitance", "Leak_gLeak", "capacitance"])),
        "by_params has capacitance twice: keep one"
    );
    let exponential = step().with_solver(Solver::ExpEuler).by_params(&["axial_conductances"])?;
    assert_eq!(
        text(exponential.linearize(&array![-60.0])),
        "a step by exponential Euler has no derivative by the axial conductances: \
         take that of a run, by InitAndStep::value_and_grad"
    );
    Ok(())
}

/// One of the parameters alone, which happens to be the first: the others must not be taken for it.
#[test]
fn the_first_parameter_alone() -> Result<(), CableError> {
    let cable = module()?;
    let utils = build_dynamic_state_utils(&cable)?;
    let step = StepDynamics::new(&utils, cable.externals_at(0)?).by_params(&["Leak_eLeak"])?;
    let (_, linear) = step.linearize(&array![-60.0])?;
    let slope = linear.jvp_params(&array![1.0])?[0]; // mV per mV, of a time constant of 10 ms
    assert!((slope - 0.0025).abs() < 1e-5, "{slope}");
    assert!((linear.vjp_params(&array![1.0])?[0] - slope).abs() < 1e-12);
    Ok(())
}
