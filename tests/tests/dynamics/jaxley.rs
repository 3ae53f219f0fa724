//! Parity with Jaxley, on every module of `data/jaxley`: from the initial states to the Jacobian after
//! the last step.

use std::ops::Range;

use cable::{Cable, Solver, States, StepDynamics, build_init_and_step_fn};
use dynamics::{ChannelCurrents, DynamicStateUtils, Step, build_dynamic_state_utils};
use ndarray::{Array1, Array2, Axis};
use serde_json::Value;
use tests::{Case, cases};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn for_each_case(check: impl Fn(&Case, &Cable) -> Outcome) {
    let cases = cases();
    assert_eq!(cases.len(), 22);
    for case in &cases {
        let cable = Cable::from_json(&case.module).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        check(case, &cable).unwrap_or_else(|e| panic!("{}: {e}", case.name));
    }
}

/// The numbers of a JSON list; `null` is NaN.
fn numbers(list: &Value) -> Array1<f64> {
    list.as_array().expect("a list").iter().map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
}

/// Fails if a number differs from the expected one by more than `tolerance` times the largest expected
/// one and by more than 1e-12. A tolerance of 0 means equality.
fn assert_close(
    what: &str,
    case: &Case,
    found: &Array1<f64>,
    expected: &Array1<f64>,
    tolerance: f64,
) {
    assert_eq!(found.len(), expected.len(), "{}: {what}", case.name);
    let largest = expected.iter().filter(|x| !x.is_nan()).fold(0.0, |a: f64, x| a.max(x.abs()));
    let allowed = if tolerance == 0.0 { 0.0 } else { (tolerance * largest).max(1e-12) };
    for (index, (x, y)) in found.iter().zip(expected).enumerate() {
        assert!(
            x.is_nan() && y.is_nan() || (x - y).abs() <= allowed,
            "{}: {what}[{index}] is {x}, Jaxley has {y}",
            case.name
        );
    }
}

/// [`assert_close`] for each state of a vector by itself, because voltages and gates differ by powers of
/// ten.
fn assert_vector_close(
    what: &str,
    case: &Case,
    utils: &DynamicStateUtils<'_, Cable>,
    found: &Array1<f64>,
    expected: &Array1<f64>,
    tolerance: f64,
) {
    assert_eq!(found.len(), expected.len(), "{}: {what}", case.name);
    for (state, range) in ranges(utils) {
        let part =
            |vector: &Array1<f64>| vector.slice_axis(Axis(0), range.clone().into()).to_owned();
        assert_close(&format!("{what}.{state}"), case, &part(found), &part(expected), tolerance);
    }
}

/// Each state with its part of the vector.
fn ranges(utils: &DynamicStateUtils<'_, Cable>) -> Vec<(String, Range<usize>)> {
    let labels = utils.labels();
    let state = |label: &String| label.split('[').next().unwrap_or_default().to_string();
    let mut start = 0;
    let runs = labels.chunk_by(|a, b| state(a) == state(b)).map(|run| {
        start += run.len();
        (state(&run[0]), start - run.len()..start)
    });
    runs.collect()
}

fn assert_states(what: &str, case: &Case, found: &States<f64>, tolerance: f64) {
    let expected = case.expected[what].as_object().expect("a dict");
    assert!(found.keys().eq(expected.keys()), "{}: {what} has keys {:?}", case.name, found.keys());
    for (key, values) in found {
        let what = format!("{what}.{key}");
        assert_close(&what, case, values, &numbers(&expected[key]), tolerance);
    }
}

/// All states as Jaxley computes them. Our currents differ from them by the last bits of `exp`.
fn jaxley_states(case: &Case) -> States<f64> {
    let states = case.expected["all_states"].as_object().expect("a dict");
    states.iter().map(|(key, values)| (key.clone(), numbers(values))).collect()
}

#[test]
fn the_currents_are_those_of_jaxley() {
    for_each_case(|case, cable| {
        let all_states = cable.init()?;
        assert_states("all_states", case, &all_states, 1e-12);
        Ok(())
    });
}

#[test]
fn the_vector_is_exactly_the_one_of_jaxley() {
    for_each_case(|case, cable| {
        let utils = build_dynamic_state_utils(cable)?;
        let all_states = jaxley_states(case);
        let dynamic = utils.remove_observables(&all_states)?;
        assert_states("dynamic_states", case, &dynamic, 0.0);
        let flat = utils.flatten(&dynamic)?;
        assert_eq!(flat, numbers(&case.expected["flat"]), "{}", case.name);

        let restored = utils.unflatten(flat.view())?;
        let restored = utils.add_observables(&restored, cable.params(), cable.delta_t())?;
        assert_states("restored", case, &restored, 1e-12);
        Ok(())
    });
}

#[test]
fn in_place_gives_the_same() {
    for_each_case(|case, cable| {
        let utils = build_dynamic_state_utils(cable)?;
        let mut all_states = jaxley_states(case);
        let in_place = utils.in_place(&all_states)?;
        let mut vector = vec![0.0; utils.num_states()];
        in_place.gather_into(&all_states, &mut vector)?;
        assert_eq!(Array1::from(vector.clone()), numbers(&case.expected["flat"]), "{}", case.name);

        let current =
            |key: &str| key.starts_with("i_") && !cable.initial_states().contains_key(key);
        for (key, values) in &mut all_states {
            if !current(key) {
                values.fill(3.0);
            }
        }
        in_place.scatter_into(&vector, &mut all_states)?;
        cable.append_channel_currents(&mut all_states, cable.params(), cable.delta_t())?;
        assert_states("restored", case, &all_states, 1e-12);
        Ok(())
    });
}

/// Takes all steps of the module. Returns the vector at the end, and what is recorded: initially, and
/// after each step.
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
        recordings.push(cable.record(step.all_states().ok_or("a step")?)?);
    }
    Ok((vector, recordings))
}

#[test]
fn steps_and_recordings_are_those_of_jaxley() {
    for_each_case(|case, cable| {
        let utils = build_dynamic_state_utils(cable)?;
        let (vector, recordings) = run(&utils)?;
        let expected = numbers(&case.expected["flat_after_steps"]);
        assert_vector_close("flat_after_steps", case, &utils, &vector, &expected, 1e-9);

        let rows = case.expected["recordings"].as_array().ok_or("no recordings")?;
        assert_eq!(recordings.len(), rows.len(), "{}", case.name);
        for recording in 0..cable.recordings().len() {
            let found = recordings.iter().map(|row| row[recording]).collect();
            let expected = rows.iter().map(|row| numbers(row)[recording]).collect();
            assert_close(&format!("recording {recording}"), case, &found, &expected, 1e-9);
        }
        Ok(())
    });
}

#[test]
fn the_jacobian_is_that_of_jaxley() {
    for_each_case(|case, cable| {
        let utils = build_dynamic_state_utils(cable)?;
        let step = StepDynamics::new(&utils, cable.externals_at(0)?);
        let vector = numbers(&case.expected["flat_after_steps"]);

        let direction = numbers(&case.expected["jvp_at_end"]["direction"]);
        let product = step.linearize(&vector)?.1.jvp(&direction)?;
        let expected = numbers(&case.expected["jvp_at_end"]["value"]);
        assert_vector_close("jvp_at_end", case, &utils, &product, &expected, 1e-9);

        if let Some(rows) = case.expected.get("jacobian_at_end") {
            let jacobian: Array2<f64> = step.jacobian(&vector)?.into_matrix();
            let rows = rows.as_array().ok_or("no rows")?;
            let expected: Vec<Array1<f64>> = rows.iter().map(numbers).collect();
            for (state, rows) in ranges(&utils) {
                for (other, columns) in ranges(&utils) {
                    let entries =
                        || rows.clone().flat_map(|i| columns.clone().map(move |j| (i, j)));
                    let found = entries().map(|(i, j)| jacobian[[i, j]]).collect();
                    let expected = entries().map(|(i, j)| expected[i][j]).collect();
                    let what = format!("jacobian_at_end: {state} by {other}");
                    assert_close(&what, case, &found, &expected, 1e-9);
                }
            }
        }
        Ok(())
    });
}
