//! Losses over recorded traces, and their gradients, are those of `jax.value_and_grad`.
//!
//! The Python of each module is in `tests/data/make_reference.py`, under the name of its test.

use std::error::Error;

use cable::channels::{HH, Leak};
use cable::synapses::IonotropicSynapse;
use cable::{
    Branch, Build, Cable, CableError, Cell, Compartment, Network, ParamState, Parameters, Solver,
    build_init_and_step_fn, step_current,
};
use ndarray::{Array1, Array2, array};
use pytree::grad::{Duals, try_value_and_grad};
use serde_json::Value;
use tests::reference;

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// Sets the data parameters of a module.
type SetData<'a, T> = &'a dyn Fn(&Array1<T>) -> Result<ParamState<T>, CableError>;

/// The mean of all that is recorded, and its gradient, beside the reference called `name`.
fn check(name: &str, cable: &Cable, data: &Array1<f64>, set_data: SetData<'_, Duals>) -> Outcome {
    let reference = &reference("gradients.json")[name];
    let numbers = |value: &Value| -> Vec<f64> {
        value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
    };
    let parameters = cable.get_parameters();
    let loss = |(parameters, data): &(Parameters<Duals>, Array1<_>)| {
        let module = build_init_and_step_fn(cable, Solver::BwdEuler);
        let recorded: Array2<Duals> = module.integrate(parameters, &set_data(data)?)?;
        Ok::<_, CableError>(recorded.sum() / recorded.len() as f64)
    };
    let (value, (gradient, data_gradient)) =
        try_value_and_grad(loss, &(parameters.clone(), data.clone()))?;

    let close = |what: &str, found: &[f64], expected: &Value| {
        let expected = numbers(expected);
        assert_eq!(found.len(), expected.len(), "{name}: {what}");
        for (a, b) in found.iter().zip(&expected) {
            assert!((a - b).abs() <= 1e-6 * b.abs(), "{name}: {what}: {a} instead of {b}");
        }
    };
    close("value", &[value], &Value::from(vec![reference["value"].clone()]));
    close("data", &data.to_vec(), &reference["data"]);
    close("gradient of the data", &data_gradient.to_vec(), &reference["data_gradient"]);
    assert_eq!(Some(gradient.len()), reference["gradient"].as_array().map(Vec::len));
    for (n, (own, slopes)) in parameters.iter().zip(&gradient).enumerate() {
        for (key, values) in own {
            close(key, &values.to_vec(), &reference["parameters"][n][key]);
            let what = format!("gradient of {key}");
            close(&what, &slopes[key].to_vec(), &reference["gradient"][n][key]);
        }
    }
    Ok(())
}

#[test]
fn docstring() -> Outcome {
    let mut cell = Cell::default();
    cell.insert(Leak)?.record("v")?;
    cell.stimulate(step_current(0.0, 1.0, 2.0, 0.025, 3.0)?)?.make_trainable("radius")?;
    // Jaxley's loop ends one step, and so one value, before the stimulus does.
    let cable = Cable::new(cell.export("docstring", 0.025, 120))?;
    check("docstring", &cable, &array![1e-4], &|data| {
        let mut param_state = ParamState::new();
        cell.data_set("Leak_gLeak", data[0], &mut param_state)?;
        Ok(param_state)
    })
}

fn pulse(amplitude: f64) -> Vec<f64> {
    (0..40).map(|step| if (3..20).contains(&step) { amplitude } else { 0.0 }).collect()
}

#[test]
fn three_branches() -> Outcome {
    let mut cell = Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0])?;
    cell.insert(Leak)?;
    cell.branch(0)?.insert(HH)?;
    cell.set("v", -65.0)?.set("axial_resistivity", 1000.0)?.set("length", 50.0)?;
    cell.branch(0)?.set("radius", 5.0)?;
    cell.init_states()?;
    cell.branch(1)?.comp(1)?.stimulate(pulse(0.5))?;
    cell.branch(0)?.comp(0)?.record("v")?;
    cell.branch(2)?.comp(1)?.record("v")?;
    cell.branch(..)?.make_trainable("radius")?;
    cell.make_trainable("length")?;
    cell.branch(1)?.comp(..)?.make_trainable("axial_resistivity")?;
    cell.make_trainable("capacitance")?;
    cell.branch(0)?.make_trainable("HH_gNa")?;
    cell.branch(0)?.comp(..)?.make_trainable("HH_m")?;
    check("three_branches", &cell.build(0.025)?, &array![2e-4, -68.0], &|data| {
        let mut param_state = ParamState::new();
        cell.view().branch(1)?.data_set("Leak_gLeak", data[0], &mut param_state)?;
        cell.data_set("Leak_eLeak", data[1], &mut param_state)?;
        Ok(param_state)
    })
}

#[test]
fn network() -> Outcome {
    let mut net = Network::new(&vec![Cell::default(); 3])?;
    net.insert(HH)?.insert(Leak)?;
    let (pre, post) = (net.cell([0, 1])?.selection(), net.cell(2)?.selection());
    net.fully_connect(&pre, &post, IonotropicSynapse)?;
    net.set("IonotropicSynapse_gS", 1e-3)?.set("v", -62.0)?;
    net.cell(0)?.stimulate(pulse(0.02))?;
    net.cell(2)?.record("v")?;
    net.edge([0, 1])?.make_trainable("IonotropicSynapse_gS")?;
    net.cell(1)?.make_trainable("radius")?;
    check("network", &net.build(0.025)?, &array![3e-4], &|data| {
        let mut param_state = ParamState::new();
        net.view().cell(0)?.data_set("Leak_gLeak", data[0], &mut param_state)?;
        Ok(param_state)
    })
}
