//! Numbers that a step cannot take and modules that memory cannot hold are refused before anything
//! is computed or allocated; large inputs take linear time.

use std::fmt::Write;
use std::time::{Duration, Instant};

use cable::channels::{HH, Leak};
use cable::synapses::TestSynapse;
use cable::{
    Branch, Build, Cable, Cell, Compartment, ErrorKind, Export, Externals, Network, ParamState,
    Solver, build_init_and_step_fn,
};
use serde_json::{Value, json};

use crate::error_text::text;

type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[test]
fn geometry_from_which_no_step_follows() -> Outcome {
    let mut cell = Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0])?;
    let before = format!("{cell:?}");
    let sizes = "give a number from 1e-50 to 1e50";
    for (key, value, shown) in [
        ("radius", 1e200, "1e200"),
        ("radius", 1e-200, "1e-200"),
        ("length", 5e-324, "5e-324"),
        ("capacitance", 5e-324, "5e-324"),
        ("axial_resistivity", 1e300, "1e300"),
    ] {
        assert_eq!(text(cell.set(key, value)), format!("{key} of cell is {shown}: {sizes}"));
    }
    assert_eq!(text(cell.set("v", 1e308)), "v of cell is 1e308: give a number from -1e50 to 1e50");
    assert_eq!(
        text(cell.branch(1)?.set("radius", [1.0, 1e-30])),
        "'volume' of compartment 3 of cell.branch(1), which follows from radius and length, is \
         3.1415926535897932e-59: change them"
    );
    assert_eq!(
        text(cell.set("length", 1e-50)),
        "'resistive_load_in' of compartment 0 of cell, which follows from radius and length, is \
         1.5915494309189534e-51: change them"
    );
    assert_eq!(format!("{cell:?}"), before, "a mistake changes nothing");

    cell.set("capacitance", 1e-48)?;
    assert_eq!(
        text(cell.build(0.025)),
        "the voltage (mV) that 1 nA adds to node 0 in 1 ms, which follows from area and \
         capacitance, is 1.5915494309189534e51: change them"
    );
    Ok(())
}

/// What is trained is checked as what is set.
#[test]
fn parameters_from_which_no_step_follows() -> Outcome {
    let mut cell = Cell::default();
    cell.make_trainable("radius")?;
    assert_eq!(
        text(cell.make_trainable_from("length", 5e-324)),
        "length of cell is 5e-324: give a number from 1e-50 to 1e50"
    );
    let cable = cell.build(0.025)?;
    let data = |key: &str, value: f64| -> Result<String, cable::CableError> {
        let mut param_state = ParamState::new();
        cell.data_set(key, value, &mut param_state)?;
        Ok(text(cable.get_all_parameters(&param_state)))
    };
    assert_eq!(
        data("radius", 1e200)?,
        "radius[0] of the parameters is 1e200: give a number from 1e-50 to 1e50"
    );
    assert_eq!(
        data("radius", 1e-30)?,
        "'volume' of node 0, which follows from radius and length, is 3.1415926535897932e-59: change \
         them"
    );
    assert_eq!(
        data("capacitance", 1e-48)?,
        "the voltage (mV) that 1 nA adds to node 0 in 1 ms, which follows from area and \
         capacitance, is 1.5915494309189534e51: change them"
    );
    Ok(())
}

/// The neighbours of a compartment pull it by up to 1e33 / ms, beside which its own terms vanish.
#[test]
fn neighbours_of_any_conductance_leave_the_voltage_between_the_reversals() -> Outcome {
    let mut cell = Cell::new(&Branch::new(&Compartment::new(), 3)?, &[-1, 0, 0])?;
    cell.insert(HH)?.set("v", [-70.0; 9])?;
    for resistivity in [1e-30, 1e-15, 1e-12, 1e30] {
        cell.set("axial_resistivity", resistivity)?.branch(1)?.set("capacitance", 1e-10)?;
        let cable = cell.build(0.025)?;
        let module = build_init_and_step_fn(&cable, Solver::BwdEuler);
        let (mut states, params) = module.init::<f64>(&vec![], &vec![])?;
        module.step(&mut states, &params, &Externals::new(), cable.delta_t())?;
        let v = &states["v"];
        assert!(v.iter().all(|v| (-80.0..=0.0).contains(v)), "{resistivity}: {v}");
    }
    Ok(())
}

/// A description of two compartments with a leak, with one field replaced.
fn described(pointer: &str, value: Value) -> Result<Export, cable::CableError> {
    let path = "../../tests/data/jaxley/three_branches_leak/module.json";
    let text = std::fs::read_to_string(path).expect("a file of reference data");
    let mut module: Value = serde_json::from_str(&text).expect("JSON");
    *module.pointer_mut(pointer).expect("a field") = value;
    Export::from_json(&module.to_string())
}

#[test]
fn descriptions_from_which_no_step_follows() -> Outcome {
    let refused =
        |pointer, value| Ok::<_, cable::CableError>(text(Cable::new(described(pointer, value)?)));
    assert_eq!(
        refused("/params/area/2", json!(1e-200))?,
        "'area' at node 2 of the module is 1e-200: give a number from 1e-50 to 1e50"
    );
    assert_eq!(
        refused("/params/resistive_load_in/1", json!(-1.0))?,
        "'resistive_load_in' at node 1 of the module is -1: give a positive, finite number"
    );
    assert_eq!(
        refused("/states/v/5", json!(-1e308))?,
        "'v' at node 5 of the module is -1e308: give a number from -1e50 to 1e50"
    );
    assert_eq!(
        refused("/params/Leak_gLeak/0", json!(1e100))?,
        "'Leak_gLeak' at node 0 of channel 'Leak' is 1e100: give a number from -1e50 to 1e50"
    );
    assert_eq!(
        refused("/axial_conductances/3", json!(0.0))?,
        "the axial conductance of edge 3 (3 -> 2), which follows from radius, length, \
         axial_resistivity and capacitance of its ends, is 0: change them"
    );
    assert_eq!(
        refused("/externals/i/values/0/7", json!(1e300))?,
        "'i' in row 0 at step 7 of the module is 1e300: give a number from -1e50 to 1e50"
    );
    assert_eq!(
        refused("/delta_t", json!(1e300))?,
        "delta_t is 1e300 ms: give a time step of at most 1e50 ms"
    );
    assert_eq!(
        refused("/steps", json!(100_000_000))?,
        "steps of the module is 100000000: give at most 10000000"
    );
    Ok(())
}

#[test]
fn modules_that_memory_cannot_hold() -> Outcome {
    let branch = Branch::new(&Compartment::new(), 1_000_000)?;
    let parents: Vec<isize> = (0..3000).map(|branch| (branch - 1).max(-1)).collect();
    assert_eq!(
        text(Cell::new(&branch, &parents)),
        "the cell would have 3000000000 compartments in 3000 parts: give at most 10000000 \
         compartments"
    );
    let mut net = Network::new(&vec![Cell::default(); 4000])?;
    let all = net.view().selection();
    assert_eq!(
        text(net.fully_connect(&all, &all, TestSynapse)),
        "4000 presynaptic and 4000 postsynaptic cells would have more than 10000000 synapses: \
         connect fewer cells"
    );
    assert_eq!(
        text(net.stimulate(vec![0.0; 100_000])),
        "4000 series of values of 100000 steps are more than 100000000 numbers: give fewer of \
         them, or fewer steps"
    );
    net.stimulate(vec![0.0])?;
    assert_eq!(
        text(net.build_for(0.025, 2500.0)),
        "4000 stimuli of 100000 steps are more than 100000000 numbers: give fewer of them, or \
         fewer steps"
    );
    net.delete_stimuli().record("v")?;
    assert_eq!(
        text(net.build_for(0.025, 2500.0)),
        "4000 recordings of 100000 steps are more than 100000000 numbers: give fewer of them, or \
         fewer steps"
    );
    Ok(())
}

#[test]
fn texts_that_are_not_modules() {
    let module = json!({ "format": Export::FORMAT });
    let unreadable = "not a readable module,";
    for (json, expected) in [
        (String::new(), "the text is empty: give the text of a JSON file"),
        ("\u{feff} \n".to_owned(), "the text is empty: give the text of a JSON file"),
        (
            "[]".to_owned(),
            "correct the JSON: invalid length 0, expected a module: an object with the fields of \
             the format jaxley-export/1 at line 1 column 2",
        ),
        (module.to_string(), "correct the JSON: missing field `name` at line 1 column 28"),
    ] {
        assert_eq!(text(Cable::from_json(&json)), format!("{unreadable} {expected}"));
    }
    let edge = described("/edges/0", json!({ "source": 0, "sink": 1, "type": 7 }));
    let expected = "correct the JSON: an edge of type 7, use 0 between compartments, 1 or 2 from a \
                    branchpoint, 3 or 4 to one at line 1 column ";
    assert!(text(edge).starts_with(&format!("{unreadable} {expected}")));
    let edge = text(described("/edges/0", json!([])));
    assert!(edge.contains("expected an edge: an object with source, sink and type"), "{edge}");

    let long = "x".repeat(1_000_000);
    for pointer in ["/format", "/delta_t", "/channels/0/kind", "/channels/0/current"] {
        let error = match described(pointer, json!(long)) {
            Ok(export) => text(Cable::new(export)),
            error => text(error),
        };
        assert!(error.len() < 700, "{pointer}: {} bytes", error.len());
    }
}

/// A mechanism with a long name and many keys: 1e11 bytes if each key had a copy of the name.
#[test]
fn names_of_a_megabyte() -> Outcome {
    let keys: Vec<_> = (0..100_000).map(|key| key.to_string()).collect();
    let mut export = described("/channels/0/name", json!("x".repeat(1_000_000)))?;
    export.channels[0].mechanism.params = keys;
    let error = text(Cable::new(export));
    assert!(error.ends_with("...' needs parameter '0', which is missing: add it"), "{error}");
    assert!(error.len() < 200);
    Ok(())
}

#[test]
fn a_byte_order_mark_is_skipped() -> Outcome {
    let path = "../../tests/data/jaxley/three_branches_leak/module.json";
    let json = std::fs::read_to_string(path)?;
    assert_eq!(Cable::from_json(&format!("\u{feff}{json}"))?.nodes(), 7);
    Ok(())
}

#[test]
fn numbers_in_swc_files() {
    for (swc, expected) in [
        ("1 1 0 0 0 1e60 -1", "line 1: the radius is '1e60': give a number from -1e50 to 1e50"),
        (
            "1 1 0 0 0 1e-40 -1",
            "'area' of the branch from line 1 to line 1, which follows from its points, is \
             6.283185307179585e-80: change them",
        ),
    ] {
        let error = Cell::from_swc(swc, 2).expect_err("an error");
        assert_eq!(error.to_string(), expected);
    }
    let long = format!("1 1 0 0 0 {} -1", "y".repeat(1_000_000));
    let error = Cell::from_swc(&long, 2).expect_err("an error");
    assert_eq!(error.kind(), ErrorKind::Text);
    assert!(error.to_string().len() < 200);
}

/// Several times what linear time takes without optimisation, and less than quadratic time.
const SOON: Duration = Duration::from_secs(10);

#[test]
fn swc_files_are_read_in_linear_time() -> Outcome {
    let start = Instant::now();
    let points = 30_000;
    let mut swc = "1 1 0 0 0 1 -1\n".to_owned();
    for n in 1..points {
        // A dendrite with a twig at each of its points, each twig of a type of its own.
        let (id, twig) = (2 * n, 2 * n + 1);
        let parent = if n == 1 { 1 } else { id - 2 };
        writeln!(swc, "{id} 3 {n} 0 0 1 {parent}\n{twig} {} {n} 1 0 1 {id}", 5 + n)?;
    }
    assert!(Cell::from_swc(&swc, 1)?.get("radius")?.len() >= 2 * points - 2);

    // One branch of as many points as compartments.
    let mut swc = "1 1 0 0 0 1 -1\n".to_owned();
    for n in 2..points {
        writeln!(swc, "{n} 1 {n} 0 0 1 {}", n - 1)?;
    }
    assert_eq!(Cell::from_swc(&swc, points)?.get("radius")?.len(), points);
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    Ok(())
}

#[test]
fn views_by_a_list_of_indices_take_linear_time() -> Outcome {
    let start = Instant::now();
    let mut branch = Branch::new(&Compartment::new(), 100_000)?;
    let indices: Vec<_> = (0..100_000).rev().collect();
    branch.comp(&indices)?.insert(Leak)?.add_to_group("all")?;
    branch.group("all")?.comp(indices)?.insert(HH)?;
    assert_eq!(branch.get("HH_gNa")?.len(), 100_000);
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    Ok(())
}
