//! The error of each mistake in a module names the part that is wrong and says what to do.

use cable::{Cable, CableError, ErrorKind, Solver, States, build_init_and_step_fn};
use dynamics::ChannelCurrents;
use ndarray::{Array1, array};
use serde_json::{Value, json};

/// Two compartments a branch, nodes 0 to 5, joined by branchpoint 6.
const CELL: &str = include_str!("../../../../tests/data/jaxley/three_branches_leak/module.json");

/// Five compartments, each a cell, with synapses of two types.
const NETWORK: &str = include_str!("../../../../tests/data/jaxley/five_cell_network/module.json");

/// Sets the value at a JSON pointer; `null` removes it. An index past the end of a list appends.
type Change<'a> = (&'a str, Value);

fn changed(module: &str, changes: &[Change<'_>]) -> String {
    let mut module: Value = serde_json::from_str(module).unwrap();
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        match module.pointer_mut(parent).unwrap() {
            Value::Object(fields) if value.is_null() => drop(fields.remove(key).unwrap()),
            Value::Object(fields) => drop(fields.insert(key.to_owned(), value.clone())),
            Value::Array(items) => match key.parse::<usize>().unwrap() {
                index if value.is_null() => drop(items.remove(index)),
                index if index < items.len() => items[index] = value.clone(),
                _ => items.push(value.clone()),
            },
            _ => panic!("{pointer} is not in a container"),
        }
    }
    module.to_string()
}

#[track_caller]
fn assert_error(module: &str, changes: &[Change<'_>], expected: &str) {
    let error = Cable::from_json(&changed(module, changes)).unwrap_err();
    assert_eq!(error.to_string(), expected);
}

fn edge(source: usize, sink: usize, kind: u8) -> Value {
    json!({ "source": source, "sink": sink, "type": kind })
}

#[test]
fn the_document() {
    let error = Cable::from_json("{").unwrap_err();
    assert_eq!(
        error.to_string(),
        "not a readable module, correct the JSON: EOF while parsing an object at line 1 column 1"
    );
    assert_eq!(error.kind(), ErrorKind::Text);
    assert_eq!(
        Cable::from_json("module.json").unwrap_err().to_string(),
        "not a readable module, give the text of a JSON file, not its path: \
         expected value at line 1 column 1"
    );
    assert_error(
        CELL,
        &[("/format", json!("jaxley-export/2"))],
        "the format is 'jaxley-export/2': export the module as 'jaxley-export/1'",
    );
    let twice = CELL.replacen("\"params\":", "\"params\": {\"area\": [], \"area\": []}, \"_\":", 1);
    let error = Cable::from_json(&twice).unwrap_err().to_string();
    let expected =
        "not a readable module, correct the JSON: invalid entry: found duplicate key at line ";
    assert!(error.starts_with(expected), "{error}");
    assert_error(
        CELL,
        &[("/delta_t", json!(0.0))],
        "delta_t is 0 ms: give a positive, finite time step",
    );
}

#[test]
fn arrays() {
    assert_error(
        CELL,
        &[("/states/v/6", Value::Null)],
        "state 'v' has 6 entries, but there are 7 nodes: give one for each",
    );
    assert_error(
        CELL,
        &[("/params/radius/7", json!(1.0))],
        "parameter 'radius' has 8 entries, but there are 7 nodes: give one for each",
    );
    assert_error(
        NETWORK,
        &[("/states/TestSynapse_c/0", Value::Null)],
        "state 'TestSynapse_c' has 5 entries, but there are 6 synapses: give one for each",
    );
    assert_error(
        CELL,
        &[("/axial_conductances/0", Value::Null)],
        "axial_conductances has 11 entries, but there are 12 edges: give one for each",
    );
    assert_error(
        NETWORK,
        &[("/synapses/0/post/0", Value::Null)],
        "synapse 'TestSynapse' has 5 entries, but there are 6 presynaptic nodes: \
         give one for each",
    );
    assert_error(
        CELL,
        &[("/states/v", Value::Null)],
        "the module needs state 'v', which is missing: add it",
    );
    assert_error(
        CELL,
        &[("/params/Leak_gLeak", Value::Null)],
        "channel 'Leak' needs parameter 'Leak_gLeak', which is missing: add it",
    );
    assert_error(
        CELL,
        &[("/params/axial_conductances", json!([0.0]))],
        "the module has parameter 'axial_conductances' twice: keep one",
    );
    assert_error(
        NETWORK,
        &[("/states/IonotropicSynapse_s", Value::Null)],
        "synapse 'IonotropicSynapse' needs state 'IonotropicSynapse_s', which is missing: add it",
    );
    assert_error(
        CELL,
        &[("/states/w", json!([0.0]))],
        "state 'w' belongs neither to nodes nor to synapses: add it to membrane_keys or to the \
         states of its synapse",
    );
}

#[test]
fn numbers() {
    assert_error(
        CELL,
        &[("/states/v", json!([-70.0, -70.0, null, -70.0, -70.0, -70.0, null]))],
        "'v' at node 2 of the module is NaN: give a finite number",
    );
    assert_error(
        CELL,
        &[("/params/Leak_gLeak", json!([1e-4, null, 1e-4, 1e-4, 1e-4, 1e-4, null]))],
        "'Leak_gLeak' at node 1 of channel 'Leak' is NaN: give a finite number",
    );
    assert_error(
        NETWORK,
        &[("/states/TestSynapse_c", json!([0.2, 0.2, 0.2, null, 0.2, 0.2]))],
        "'TestSynapse_c' at synapse 3 of synapse 'TestSynapse' is NaN: give a finite number",
    );
}

#[test]
fn mechanisms() {
    assert_error(
        CELL,
        &[("/channels/0/kind", json!("Kv3"))],
        "channel 'Leak' is of unknown kind 'Kv3': use one of HH, Leak, Na, K, Km, CaL, CaT, \
         CaPump, CaNernstReversal, CaFaradayConcentrationChange, AdEx, Izhikevich, Rate, Fire",
    );
    assert_error(
        CELL,
        &[("/membrane_current_names/0", json!("v")), ("/channels/0/current", json!("v"))],
        "the module has state 'v' twice: keep one",
    );
    assert_error(
        NETWORK,
        &[("/synapses/1/kind", json!("GapJunction"))],
        "synapse 'IonotropicSynapse' is of unknown kind 'GapJunction': use one of \
         IonotropicSynapse, TanhRateSynapse, TanhConductanceSynapse, TestSynapse",
    );
    assert_error(
        CELL,
        &[("/channels/0/params", json!(["Leak_gLeak"]))],
        "channel 'Leak' lists the params [Leak_gLeak], but kind 'Leak' has \
         [Leak_eLeak, Leak_gLeak]: list those",
    );
    assert_error(
        CELL,
        &[("/channels/0/nodes/6", json!(7))],
        "channel 'Leak' refers to index 7, but there are 7 nodes: count them from 0",
    );
    assert_error(
        CELL,
        &[("/channels/0/nodes/6", json!(6))],
        "channel 'Leak' is at node 6, which is a branchpoint: move it to a compartment",
    );
    assert_error(
        CELL,
        &[("/channels/0/nodes/6", json!(5))],
        "channel 'Leak' has 5 twice: keep one",
    );
    let channel: Value = serde_json::from_str(CELL).unwrap();
    assert_error(
        CELL,
        &[("/channels/1", channel["channels"][0].clone())],
        "channels has Leak twice: keep one",
    );
    assert_error(
        CELL,
        &[("/membrane_current_names/0", json!("i_HH"))],
        "channel 'Leak' has the current 'i_Leak', which membrane_current_names lacks: \
         add it there",
    );
    assert_error(
        CELL,
        &[("/synapse_current_names/0", json!("i_TestSynapse"))],
        "synapse_current_names has 'i_TestSynapse', which no synapse has: remove it",
    );
    assert_error(
        NETWORK,
        &[("/synapses/0/pre/2", json!(5))],
        "synapse 'TestSynapse' refers to index 5, but there are 5 nodes: count them from 0",
    );
}

#[test]
fn edges() {
    assert_error(
        CELL,
        &[("/edges/0", edge(0, 7, 0))],
        "edge 0 (0 -> 7) leaves the module, which has 7 nodes: count them from 0",
    );
    assert_error(
        CELL,
        &[("/edges/0", edge(1, 1, 0))],
        "edge 0 (1 -> 1) joins a node to itself: remove it",
    );
    assert_error(CELL, &[("/edges/1", edge(0, 1, 0))], "edge 1 (0 -> 1) repeats edge 0: keep one");
    assert_error(
        CELL,
        &[("/edges/1", Value::Null), ("/axial_conductances/1", Value::Null)],
        "edge 0 (0 -> 1) has no reverse: add the edge the other way",
    );
    assert_error(
        CELL,
        &[
            ("/edges/12", edge(0, 5, 0)),
            ("/edges/13", edge(5, 0, 0)),
            ("/axial_conductances/12", json!(1.0)),
            ("/axial_conductances/13", json!(1.0)),
        ],
        "edge 8 (6 -> 4) is part of a cycle: remove an edge, the nodes must form trees",
    );
    assert_error(
        CELL,
        &[("/edges/0/type", json!(1))],
        "edge 0 (0 -> 1) has type 1: use 0 between compartments, 1 or 2 from a branchpoint, \
         3 or 4 to one",
    );
    assert_error(
        CELL,
        &[("/edges", json!([])), ("/axial_conductances", json!([]))],
        "branchpoint 6 has no edges: connect it or make it a compartment",
    );
    assert_error(
        CELL,
        &[("/branchpoints/1", json!(7))],
        "branchpoints refers to index 7, but there are 7 nodes: count them from 0",
    );
    assert_error(CELL, &[("/branchpoints/1", json!(6))], "branchpoints has 6 twice: keep one");
}

#[test]
fn externals_and_recordings() {
    assert_error(
        CELL,
        &[("/externals/i/nodes/0", json!(6))],
        "external 'i' is at node 6, which is a branchpoint: move it to a compartment",
    );
    assert_error(
        CELL,
        &[("/externals/i/nodes/1", json!(1))],
        "external 'i' has 1 entries, but there are 2 nodes it acts on: give one for each",
    );
    assert_error(
        CELL,
        &[("/externals/i/values/0", json!([0.5]))],
        "external 'i' has 1 values in row 0, but there are 40 steps: give one for each step, and \
         at least one",
    );
    assert_error(
        CELL,
        &[("/steps", json!(0)), ("/externals/i/values/0", json!([]))],
        "external 'i' has 0 values in row 0, but there are 0 steps: give one for each step, and \
         at least one",
    );
    assert_error(
        CELL,
        &[("/externals/HH_m", json!({ "nodes": [], "values": [] }))],
        "external 'HH_m' names 'HH_m', which is neither a state nor a current: use one of [i_Leak, v]",
    );
    assert_error(
        CELL,
        &[("/externals/v", json!({ "nodes": [2, 2], "values": [[0.0], [0.0]] }))],
        "external 'v' has 2 twice: keep one",
    );
    assert_error(
        NETWORK,
        &[("/externals/TestSynapse_c", json!({ "nodes": [12], "values": [vec![0.0; 40]] }))],
        "external 'TestSynapse_c' refers to index 12, but there are 12 synapses: \
         count them from 0",
    );
    assert_error(
        CELL,
        &[("/recordings/0/state", json!("HH_m"))],
        "recording 0 names 'HH_m', which is neither a state nor a current: use one of [i_Leak, v]",
    );
    assert_error(
        NETWORK,
        &[("/recordings/1", json!({ "state": "i_TestSynapse", "index": 12 }))],
        "recording 1 refers to index 12, but there are 12 synapses: count them from 0",
    );
}

#[test]
fn a_step() -> Result<(), CableError> {
    let cable = Cable::from_json(CELL)?;
    let externals = cable.externals_at(0)?;
    let module = build_init_and_step_fn(&cable, Solver::BwdEuler);
    let mut states = cable.initial_states().clone();
    let text = |result: Result<(), CableError>| result.unwrap_err().to_string();

    assert_eq!(
        text(cable.append_channel_currents(&mut states, &States::new(), 0.025)),
        "parameter 'Leak_eLeak' is missing: start from get_parameters() or params() of the module"
    );
    assert_eq!(
        text(module.step(&mut states, cable.params(), &externals, 0.025)),
        "state 'i_Leak' is missing: start from the initial states and append the channel currents"
    );
    cable.append_channel_currents(&mut states, cable.params(), 0.025)?;
    let before = states.clone();
    assert_eq!(
        text(module.step(&mut states, cable.params(), &externals, f64::NAN)),
        "delta_t is NaN ms: give a positive, finite time step"
    );
    assert_eq!(
        text(module.step(&mut states, &States::new(), &externals, 0.025)),
        "parameter 'Leak_eLeak' is missing: start from get_parameters() or params() of the module"
    );
    let mut params = cable.params().clone();
    params.insert("axial_conductances".to_owned(), array![10.0]);
    assert_eq!(
        text(module.step(&mut states, &params, &externals, 0.025)),
        "parameter 'axial_conductances' has 1 entries, but there are 12 edges: give one for each"
    );
    let clamp = [("v".to_owned(), array![0.0])].into();
    assert_eq!(
        text(module.step(&mut states, cable.params(), &clamp, 0.025)),
        "the module has no external 'v': stimulate or clamp before it is built"
    );
    let two = [("i".to_owned(), array![0.0, 1.0])].into();
    assert_eq!(
        text(module.step(&mut states, cable.params(), &two, 0.025)),
        "external 'i' has 2 entries, but there are 1 nodes it acts on: give one for each"
    );
    let nan = [("i".to_owned(), array![f64::NAN])].into();
    assert_eq!(
        text(module.step(&mut states, cable.params(), &nan, 0.025)),
        "value 0 of external 'i' is NaN: give a finite number"
    );
    assert_eq!(
        cable.externals_at(40).unwrap_err().to_string(),
        "external 'i' has 40 values, none for step 40: give more, or step without it"
    );
    assert_eq!(states, before, "a step that fails changes nothing");

    states.insert("v".to_owned(), Array1::zeros(6));
    let short = "state 'v' has 6 entries, but there are 7 nodes: give one for each";
    assert_eq!(text(module.step(&mut states, cable.params(), &externals, 0.025)), short);
    assert_eq!(text(cable.append_channel_currents(&mut states, cable.params(), 0.025)), short);
    assert_eq!(cable.record(&states).unwrap_err().to_string(), short);
    Ok(())
}
