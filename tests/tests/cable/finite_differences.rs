//! Gradients of runs and derivatives of steps by parameters are the limits of differences, in a network
//! that has what is easily forgotten: several trees, compartments without channels, a synapse from a
//! compartment to itself, two stimuli of one compartment, clamps of voltages and gates, a parameter that
//! is trained twice, a current among the initial states.

use std::error::Error;

use cable::channels::{CaL, CaNernstReversal, CaPump, HH, Izhikevich, Leak};
use cable::synapses::{IonotropicSynapse, TanhRateSynapse, TestSynapse};
use cable::{
    Branch, Build, Cable, Cell, Compartment, Network, ParamState, Setting, Solver, StepDynamics,
    build_init_and_step_fn,
};
use dynamics::build_dynamic_state_utils;
use ndarray::{Array1, Array2};

type Outcome = Result<(), Box<dyn Error>>;

const SOLVERS: [Solver; 4] =
    [Solver::BwdEuler, Solver::CrankNicolson, Solver::FwdEuler, Solver::ExpEuler];

const STEPS: usize = 6;

/// A different number for each index.
fn wave(phase: f64, index: usize) -> f64 {
    (phase + 0.7 * index as f64).cos()
}

fn waves(middle: f64, amplitude: f64) -> Vec<f64> {
    (0..STEPS).map(|step| middle + amplitude * wave(middle, step)).collect()
}

fn network() -> Result<Network, Box<dyn Error>> {
    let branched = Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0, 1, 1])?;
    let calcium = Cell::new(&Branch::new(&Compartment::new(), 3)?, &[-1])?;
    let mut net = Network::new(&[branched, Cell::default(), calcium])?;
    net.set("axial_resistivity", 800.0)?.set("length", 40.0)?.set("v", -61.0)?;
    net.cell(0)?.insert(Leak)?;
    net.cell(0)?.branch([0, 3])?.insert(HH)?;
    net.cell(0)?.branch(2)?.insert(Izhikevich)?; // which sets the voltage
    net.cell(0)?.branch(1)?.set("radius", 2.0)?;
    net.cell(0)?.branch(0)?.set("HH_m", 0.3)?.set("HH_h", 0.4)?.set("HH_n", 0.35)?;
    net.cell(2)?.insert(CaL)?.insert(CaPump)?.insert(CaNernstReversal)?.set("v", -35.0)?;
    net.cell(2)?.comp([0, 2])?.insert(Leak)?;

    let tip = net.cell(0)?.branch(4)?.comp(1)?.selection();
    let point = net.cell(1)?.selection();
    let middle = net.cell(2)?.comp(1)?.selection();
    net.connect(&point, &point, IonotropicSynapse)?;
    net.connect(&middle, &point, IonotropicSynapse)?;
    net.connect(&point, &tip, IonotropicSynapse)?;
    net.connect(&middle, &tip, TestSynapse)?.connect(&tip, &middle, TanhRateSynapse)?;
    net.set("IonotropicSynapse_gS", 1e-3)?.set("IonotropicSynapse_s", 0.4)?;
    net.set("IonotropicSynapse_v_th", -55.0)?.set("TestSynapse_gC", 1e-3)?;
    net.set("TanhRateSynapse_gS", 1e-2)?.set("TanhRateSynapse_x_offset", -60.0)?;
    net.set("TanhRateSynapse_slope", 0.3)?;

    let mut stimulated = net.cell(0)?.branch(3)?.comp(0)?;
    stimulated.stimulate(waves(0.1, 0.3))?.stimulate(waves(0.2, 0.1))?;
    net.cell(1)?.stimulate(waves(0.0, 0.05))?;
    net.cell(0)?.branch(0)?.comp(1)?.clamp("v", waves(-50.0, 5.0))?;
    net.cell(2)?.comp(0)?.clamp("v", waves(-45.0, 2.0))?;
    net.cell(0)?.branch(3)?.comp(1)?.clamp("HH_m", waves(0.3, 0.1))?;
    net.cell(2)?.comp(1)?.clamp("CaL_q", waves(0.6, 0.1))?;

    net.cell(0)?.branch(..)?.comp(1)?.record("v")?;
    net.cell(0)?.branch(3)?.comp(0)?.record("HH_m")?;
    net.cell(2)?.comp(1)?.record("v")?.record("CaCon_i")?.record("i_Ca")?;
    net.cell(1)?.record("v")?;
    net.record("i_IonotropicSynapse")?.record("IonotropicSynapse_s")?;

    net.cell(0)?.branch(..)?.make_trainable("radius")?;
    net.cell(0)?.branch(1)?.comp(..)?.make_trainable("radius")?;
    net.cell(0)?.make_trainable("length")?.make_trainable("capacitance")?;
    net.make_trainable("v")?.make_trainable("IonotropicSynapse_gS")?;
    net.cell(2)?.make_trainable("i_Ca")?;
    Ok(net)
}

/// A loss over what is recorded, and its derivatives.
fn loss(recorded: &Array2<f64>) -> (f64, Array2<f64>) {
    let weights = Array2::from_shape_fn(recorded.dim(), |(row, step)| wave(row as f64, step));
    ((&weights * recorded).sum(), weights)
}

/// Compares the derivative of `f` at 0 with its limit, by the central difference of fourth order.
/// Returns whether rounding leaves digits of the latter.
fn check(
    what: &str,
    derivative: f64,
    f: impl Fn(f64) -> Result<f64, Box<dyn Error>>,
) -> Result<bool, Box<dyn Error>> {
    let h = 1e-3;
    let [near, far] = [h, 2.0 * h].map(|h| Ok::<_, Box<dyn Error>>(f(h)? - f(-h)?));
    let slope = (8.0 * near? - far?) / (12.0 * h);
    // Slopes of currents are differences themselves, so more than the last digit is lost.
    let noise = 3e-13 * f(0.0)?.abs() / h;
    let close = (derivative - slope).abs() <= 1e-6 * slope.abs() + noise;
    assert!(close, "{what}: {derivative} instead of {slope}");
    Ok(slope.abs() > 100.0 * noise)
}

/// How each of some numbers moves with a step: in proportion to its size.
fn directions<'a>(numbers: impl IntoIterator<Item = &'a f64>) -> Vec<f64> {
    let numbers = numbers.into_iter().enumerate();
    numbers.map(|(index, x)| if *x == 0.0 { 0.1 } else { x * wave(x.abs(), index) }).collect()
}

fn dot<'a>(a: impl IntoIterator<Item = &'a f64>, b: &[f64]) -> f64 {
    a.into_iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn gradients_of_runs() -> Outcome {
    let export = network()?.export("network", 0.025, STEPS);
    let cable = Cable::new(export.clone())?;
    let mut compared = 0;
    for solver in SOLVERS {
        let run = build_init_and_step_fn(&cable, solver);
        let value = |params: &_, settings: &_| Ok(loss(&run.integrate(params, settings)?).0);
        let trained = cable.get_parameters();
        let (_, gradient) = run.value_and_grad_of(&trained, &vec![], loss)?;
        for (at, slopes) in gradient.parameters.iter().enumerate() {
            for (key, slopes) in slopes {
                let direction = Array1::from(directions(&trained[at][key]));
                compared += usize::from(check(
                    &format!("{solver:?}: {key} ({at})"),
                    slopes.dot(&direction),
                    |h| {
                        let mut moved = trained.clone();
                        moved[at].entry(key.clone()).and_modify(|x| x.scaled_add(h, &direction));
                        value(&moved, &vec![])
                    },
                )?);
            }
        }
        for (name, external) in &export.externals {
            let direction = directions(external.values.iter().flatten());
            let slope = dot(&gradient.externals[name], &direction);
            compared += usize::from(check(&format!("{solver:?}: external {name}"), slope, |h| {
                let mut moved = export.clone();
                let values = moved.externals.get_mut(name).into_iter();
                let numbers = values.flat_map(|external| external.values.iter_mut().flatten());
                numbers.zip(&direction).for_each(|(x, direction)| *x += h * direction);
                let moved = Cable::new(moved)?;
                Ok(loss(&build_init_and_step_fn(&moved, solver).integrate(&trained, &vec![])?).0)
            })?);
        }

        // A setting holds in place of a trained value.
        let (states, params) = run.init::<f64>(&trained, &vec![])?;
        for (key, array) in params.iter().chain(&states) {
            if key == "axial_conductances"
                || !(params.contains_key(key) || export.states.contains_key(key))
            {
                continue; // it follows from others
            }
            let present = (0..array.len())
                .filter(|at| array[*at].is_finite() && !export.branchpoints.contains(at));
            let present: Vec<_> = present.collect();
            let values: Vec<_> = present.iter().map(|&at| array[at]).collect();
            let setting = |values: Vec<f64>| -> ParamState<f64> {
                let indices = present.iter().map(|&at| vec![at]).collect();
                vec![Setting { key: key.clone(), indices, values }]
            };
            let (_, gradient) = run.value_and_grad_of(&trained, &setting(values.clone()), loss)?;
            let (slopes, direction) = (&gradient.param_state[0].values, directions(&values));
            compared += usize::from(check(
                &format!("{solver:?}: setting of {key}"),
                dot(slopes, &direction),
                |h| {
                    let moved =
                        values.iter().zip(&direction).map(|(x, direction)| x + h * direction);
                    value(&trained, &setting(moved.collect()))
                },
            )?);
            if !params.contains_key(key) {
                for (slope, &at) in slopes.iter().zip(&present) {
                    assert_eq!(gradient.states[key][at], *slope, "{key}[{at}]");
                }
            }
        }
    }
    assert!(compared > 180, "{compared}");
    Ok(())
}

#[test]
fn derivatives_of_steps_by_parameters() -> Outcome {
    let cable = network()?.build(0.025)?;
    let utils = build_dynamic_state_utils(&cable)?;
    let mut vector = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
    // Equal voltages would hide the conductances between them.
    vector.indexed_iter_mut().for_each(|(index, x)| *x *= 1.0 + 0.1 * wave(0.0, index));
    let cotangent = Array1::from_shape_fn(vector.len(), |index| wave(0.0, index));
    let mut compared = 0;
    for solver in SOLVERS {
        let step = || -> Result<_, Box<dyn Error>> {
            Ok(StepDynamics::new(&utils, cable.externals_at(1)?).with_solver(solver))
        };
        let (_, plain) = step()?.linearize(&vector)?;
        for (key, array) in cable.params() {
            // The parameters that a step needs.
            let Ok(by_key) = step()?.by_params(&[key]) else { continue };
            if (solver, &**key) == (Solver::ExpEuler, "axial_conductances") {
                continue;
            }
            let (_, linear) = by_key.linearize(&vector)?;
            assert_eq!(linear.to_dense(), plain.to_dense(), "{key}");
            let numbers: Vec<_> = array.iter().map(|x| if x.is_nan() { 0.0 } else { *x }).collect();
            let mut direction = Array1::from(directions(&numbers));
            direction.zip_mut_with(array, |to, x| *to = if x.is_nan() { 0.0 } else { *to });
            let slope = linear.jvp_params(&direction)?.dot(&cotangent);
            let reverse = linear.vjp_params(&cotangent)?.dot(&direction);
            assert!(
                (slope - reverse).abs() <= 1e-10 * slope.abs().max(1e-3),
                "{key}: {slope} {reverse}"
            );
            compared += usize::from(check(&format!("{solver:?}: {key}"), slope, |h| {
                let mut moved = cable.params().clone();
                moved.entry(key.clone()).and_modify(|x| x.scaled_add(h, &direction));
                Ok(step()?.with_params(moved)?.apply(&vector)?.dot(&cotangent))
            })?);
        }
    }
    assert!(compared > 80, "{compared}");
    Ok(())
}
