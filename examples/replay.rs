//! Replays a module exported from Jaxley and prints, as JSON, what `expected.json` holds.
//!
//! `cargo run --release -p examples --example replay -- module.json [--jacobian]`

mod command;

use std::error::Error;
use std::process::ExitCode;

use cable::{Cable, Solver, StepDynamics, build_init_and_step_fn};
use dynamics::{DynamicStateUtils, Step, build_dynamic_state_utils};
use lexopt::ValueExt;
use ndarray::{Array1, ArrayView1};
use serde_json::{Value, json};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const USAGE: &str = "usage: replay module.json [--jacobian]";

fn main() -> ExitCode {
    command::run(USAGE, arguments, |(path, with_jacobian)| {
        let text = command::read(path)?;
        replay(&Cable::from_json(&text)?, *with_jacobian)
    })
}

/// The module to replay, and whether to print the whole Jacobian.
fn arguments(parser: &mut lexopt::Parser) -> Result<(String, bool), lexopt::Error> {
    let (mut path, mut jacobian) = (None, false);
    while let Some(argument) = parser.next()? {
        match argument {
            lexopt::Arg::Long("jacobian") => jacobian = true,
            lexopt::Arg::Value(value) if path.is_none() => path = Some(value.string()?),
            argument => return Err(argument.unexpected()),
        }
    }
    Ok((path.ok_or("no module is given")?, jacobian))
}

fn replay(cable: &Cable, with_jacobian: bool) -> Outcome<Value> {
    let utils = build_dynamic_state_utils(cable)?;
    let dynamic_states = utils.remove_observables(&cable.init()?)?;
    let flat = utils.flatten(&dynamic_states)?;
    let unflattened = utils.unflatten(flat.view())?;
    let restored = utils.add_observables(&unflattened, cable.params(), cable.delta_t())?;

    let (vector, recordings) = run(&utils)?;
    let step = StepDynamics::new(&utils, cable.externals_at(0)?);
    let direction = Array1::range(0.0, vector.len() as f64, 1.0).mapv(|i| (0.7 * i).cos());
    let jvp = step.linearize(&vector)?.1.jvp(&direction)?;
    let mut output = json!({
        "flat": flat.to_vec(),
        "labels": utils.labels(),
        "dynamic_states": lists(&dynamic_states),
        "restored": lists(&restored),
        "flat_after_steps": vector.to_vec(),
        "recordings": recordings,
        "jvp_at_end": { "direction": direction.to_vec(), "value": jvp.to_vec() },
    });
    if with_jacobian {
        let jacobian = step.jacobian(&vector)?.into_matrix();
        output["jacobian_at_end"] = jacobian.rows().into_iter().map(|row| list(&row)).collect();
    }
    Ok(output)
}

/// Takes all steps of the module. Returns the vector of the dynamic states at the end, and what is
/// recorded: initially, and after each step.
fn run(utils: &DynamicStateUtils<'_, Cable>) -> Outcome<(Array1<f64>, Vec<Vec<f64>>)> {
    let cable = utils.module();
    let module = build_init_and_step_fn(cable, Solver::BwdEuler);
    let all_states = cable.init()?;
    let mut recordings = vec![cable.record(&all_states)?];
    let mut vector = utils.flatten(&utils.remove_observables(&all_states)?)?;
    let (mut step, delta_t) = (Step::new(utils), cable.delta_t());
    for index in 0..cable.steps() {
        let externals = cable.externals_at(index)?;
        vector = step.apply(&vector, cable.params(), delta_t, |states, params| {
            module.step(states, params, &externals, delta_t)
        })?;
        recordings.extend(step.all_states().map(|states| cable.record(states)).transpose()?);
    }
    Ok((vector, recordings))
}

fn lists(states: &cable::States<f64>) -> Value {
    states.iter().map(|(key, values)| (key.clone(), list(&values.view()))).collect()
}

/// NaN becomes `null`.
fn list(values: &ArrayView1<'_, f64>) -> Value {
    json!(values.to_vec())
}
