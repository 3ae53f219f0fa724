//! The simulator does what Jaxley does, on modules exported from it.

use cable::{Cable, States};
use ndarray::Array1;
use serde_json::Value;
use std::{fs, path::Path};

const MODULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/jaxley");

/// The largest difference that is put down to rounding, relative to the largest entry.
const TOLERANCE: f64 = 1e-9;

#[test]
fn currents_are_those_of_jaxley() {
    each_module(|cable, expected| {
        let mut states = cable.initial_states().clone();
        cable.append_channel_currents(&mut states, cable.params(), cable.delta_t()).unwrap();
        let all_states = expected["all_states"].as_object().unwrap();
        assert!(states.keys().eq(all_states.keys()), "{}: {:?}", cable.name(), states.keys());
        for (key, array) in &states {
            assert_close(
                array.as_slice().unwrap(),
                &all_states[key],
                &format!("{} {key}", cable.name()),
            );
        }
    });
}

#[test]
fn recordings_are_those_of_jaxley() {
    each_module(|cable, expected| {
        let mut states = cable.initial_states().clone();
        cable.append_channel_currents(&mut states, cable.params(), cable.delta_t()).unwrap();
        let mut recordings = cable.record(&states).unwrap();
        for step in 0..cable.steps() {
            restore_branchpoints(cable, &mut states);
            cable.append_channel_currents(&mut states, cable.params(), cable.delta_t()).unwrap();
            let externals = cable.externals_at(step).unwrap();
            cable.step(&mut states, cable.params(), &externals, cable.delta_t()).unwrap();
            recordings.extend(cable.record(&states).unwrap());
        }
        assert_close(
            &recordings,
            &flat(&expected["recordings"]),
            &format!("{} recordings", cable.name()),
        );
    });
}

/// Runs `check` on every module and what Jaxley computes from it.
fn each_module(check: impl Fn(&Cable, &Value)) {
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    let mut modules = 0;
    for folder in fs::read_dir(MODULES).unwrap() {
        let folder = folder.unwrap().path();
        let cable = Cable::from_json(&read(&folder.join("module.json"))).unwrap();
        check(&cable, &serde_json::from_str(&read(&folder.join("expected.json"))).unwrap());
        modules += 1;
    }
    assert!(modules > 0, "no modules in {MODULES}");
}

/// Puts -1 at the branchpoints of all states, as Jaxley does between steps.
fn restore_branchpoints(cable: &Cable, states: &mut States<f64>) {
    for (key, array) in states {
        if cable.membrane_keys().contains(key) {
            for &node in cable.branchpoints() {
                array[node] = -1.0;
            }
        }
    }
}

/// An array of arrays as one array.
fn flat(rows: &Value) -> Value {
    rows.as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap()).cloned().collect()
}

fn assert_close(found: &[f64], expected: &Value, what: &str) {
    let expected =
        expected.as_array().unwrap().iter().map(|value| value.as_f64().unwrap_or(f64::NAN));
    let expected: Array1<f64> = expected.collect();
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected
        .iter()
        .filter(|value| !value.is_nan())
        .fold(0.0_f64, |max, value| max.max(value.abs()));
    for (at, (&found, &expected)) in found.iter().zip(&expected).enumerate() {
        let same = (found.is_nan() && expected.is_nan())
            || (found - expected).abs() <= TOLERANCE * largest;
        assert!(same, "{what} [{at}]: {found} and not {expected}");
    }
}
