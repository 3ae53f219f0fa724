//! Modules built here are those that Jaxley builds: every field of their description is equal.
//!
//! The Python of each module is in `tests/data/export_jaxley.py`, under the name of its test. What
//! is drawn at random there is set to what was drawn.

use std::collections::BTreeMap;
use std::error::Error;

use cable::channels::{CaL, CaNernstReversal, CaPump, CaT, HH, K, Km, Leak, Na};
use cable::synapses::{IonotropicSynapse, TanhConductanceSynapse, TanhRateSynapse, TestSynapse};
use cable::{Branch, Build, Cable, Cell, Compartment, Export, Network};
use ndarray::Array1;
use tests::cases;

type Outcome = Result<(), Box<dyn Error>>;

/// The modules that Jaxley exported.
fn jaxley(name: &str) -> Result<Export, Box<dyn Error>> {
    let case = cases().into_iter().find(|case| case.name == name).ok_or("no such case")?;
    Ok(Export::from_json(&case.module)?)
}

fn tree(ncomps: &[usize], parents: &[isize]) -> Result<Cell, Box<dyn Error>> {
    let branch = |&ncomp: &usize| Branch::new(&Compartment::new(), ncomp);
    let branches = ncomps.iter().map(branch).collect::<Result<Vec<_>, _>>()?;
    Ok(Cell::from_branches(&branches, parents)?)
}

/// The values that a key was set to, where it is defined.
fn drawn(export: &Export, key: &str) -> Vec<f64> {
    let array = export.params.get(key).or_else(|| export.states.get(key)).expect(key);
    let nodes = export.membrane_keys.iter().any(|other| other == key);
    let values = array.iter().enumerate();
    let live =
        values.filter(|(n, value)| !(value.is_nan() || nodes && export.branchpoints.contains(n)));
    live.map(|(_, &value)| value).collect()
}

const SHAPE: [&str; 5] = ["radius", "length", "axial_resistivity", "capacitance", "v"];

fn pulse(amplitude: f64, start: usize, stop: usize) -> Vec<f64> {
    (0..40).map(|step| if (start..stop).contains(&step) { amplitude } else { 0.0 }).collect()
}

fn ramp(low: f64, high: f64) -> Vec<f64> {
    // As numpy's `linspace`.
    let step = (high - low) / 39.0;
    (0..40).map(|n| if n == 39 { high } else { f64::from(n) * step + low }).collect()
}

/// Sets keys of a module to what was drawn in Python.
macro_rules! set_drawn {
    ($module:expr, $export:expr, $keys:expr) => {
        for key in $keys {
            $module.set(key, drawn($export, key))?;
        }
    };
}

#[track_caller]
fn assert_close(what: &str, found: &Array1<f64>, expected: &Array1<f64>) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (n, (a, b)) in found.iter().zip(expected).enumerate() {
        let near = (a - b).abs() <= 1e-12 * b.abs() || (a.is_nan() && b.is_nan());
        assert!(near, "{what}[{n}]: {a} instead of {b}");
    }
}

#[track_caller]
fn assert_arrays(
    what: &str,
    found: &BTreeMap<String, Array1<f64>>,
    expected: &BTreeMap<String, Array1<f64>>,
) {
    let keys = |arrays: &BTreeMap<String, Array1<f64>>| arrays.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(found), keys(expected), "{what}");
    for (key, array) in found {
        assert_close(&format!("{what} {key}"), array, &expected[key]);
    }
}

#[track_caller]
fn assert_equal(found: &Export, expected: &Export) {
    assert_eq!(found.name, expected.name);
    assert_eq!(found.delta_t, expected.delta_t);
    assert_eq!(found.steps, expected.steps);
    assert_eq!(found.nodes, expected.nodes);
    assert_eq!(found.branchpoints, expected.branchpoints);
    assert_eq!(format!("{:?}", found.edges), format!("{:?}", expected.edges));
    assert_arrays("parameter", &found.params, &expected.params);
    assert_arrays("state", &found.states, &expected.states);
    let axial = |export: &Export| Array1::from(export.axial_conductances.clone());
    assert_close("axial_conductances", &axial(found), &axial(expected));
    assert_eq!(found.membrane_keys, expected.membrane_keys);
    assert_eq!(found.membrane_current_names, expected.membrane_current_names);
    assert_eq!(found.synapse_current_names, expected.synapse_current_names);
    assert_eq!(format!("{:#?}", found.channels), format!("{:#?}", expected.channels));
    assert_eq!(format!("{:#?}", found.synapses), format!("{:#?}", expected.synapses));
    assert_eq!(format!("{:?}", found.recordings), format!("{:?}", expected.recordings));
    assert!(found.externals.keys().eq(expected.externals.keys()));
    for (name, external) in &found.externals {
        assert_eq!(external.nodes, expected.externals[name].nodes, "{name}");
        let rows = external.values.iter().zip(&expected.externals[name].values);
        for (a, b) in rows {
            assert_close(name, &Array1::from(a.clone()), &Array1::from(b.clone()));
        }
    }
    Cable::new(found.clone()).expect("a description that fits together");
}

#[test]
fn three_branches_hh() -> Outcome {
    let mut cell = tree(&[2, 2, 2], &[-1, 0, 0])?;
    cell.insert(Leak)?;
    cell.branch(0)?.insert(HH)?;
    cell.set("v", -65.0)?.set("axial_resistivity", 1000.0)?.set("length", 50.0)?;
    cell.branch(0)?.set("radius", 5.0)?;
    cell.init_states()?;
    cell.branch(1)?.comp(1)?.stimulate(pulse(0.5, 3, 20))?;
    cell.branch(0)?.comp(0)?.record("v")?;
    assert_equal(&cell.export("three_branches_hh", 0.025, 40), &jaxley("three_branches_hh")?);
    Ok(())
}

#[test]
fn chain_of_branchpoints() -> Outcome {
    let mut jaxley = jaxley("chain_of_branchpoints")?;
    // Jaxley pads the lists of compartments of the branches to one length, and so writes to the
    // last node, here a branchpoint, which has no leak.
    let leak = jaxley.params.get_mut("Leak_gLeak").ok_or("no leak")?;
    assert!(leak[17] > 0.0);
    leak[17] = -1.0;
    let mut cell = tree(&[1, 1, 1, 1, 4, 2, 1, 2, 1], &[-1, 0, 1, 2, 3, 3, 0, 0, 0])?;
    cell.branch([4, 5])?.add_to_group("distal")?;
    cell.insert(Leak)?;
    cell.group("distal")?.insert(HH)?;
    set_drawn!(cell, &jaxley, SHAPE.iter().chain(&["HH_gNa"]));
    cell.branch(3)?.set("radius", 1.0)?;
    cell.branch(3)?.make_trainable_from("radius", 2.5)?;
    let leaks = drawn(&jaxley, "Leak_gLeak");
    let firsts = [0, 1, 2, 3, 4, 8, 10, 11, 13].map(|first| leaks[first]);
    cell.branch(..)?.make_trainable_from("Leak_gLeak", firsts)?;
    cell.branch(4)?.comp(2)?.make_trainable_from("HH_h", 0.55)?;
    cell.branch(6)?.comp(0)?.stimulate(pulse(0.4, 3, 20))?;
    let mut tip = cell.branch(4)?.comp(3)?;
    tip.record("v")?.record("i_HH")?.record("i_Leak")?;
    cell.branch(3)?.comp(0)?.record("v")?;
    assert_equal(&cell.export("chain_of_branchpoints", 0.0125, 40), &jaxley);
    Ok(())
}

#[test]
fn network_with_every_synapse() -> Outcome {
    let jaxley = jaxley("network_with_every_synapse")?;
    let mut cells = [
        tree(&[2, 1, 3], &[-1, 0, 0])?,
        tree(&[1], &[-1])?,
        tree(&[1, 2, 1, 2], &[-1, 0, 0, 1])?,
        tree(&[3, 1, 1], &[-1, 0, 0])?,
    ];
    cells[0].insert(HH)?;
    cells[3].branch([0, 2])?.insert(HH)?;
    let mut net = Network::new(&cells)?;
    net.insert(Leak)?;
    set_drawn!(net, &jaxley, SHAPE);
    let mut at = |cell: usize, branch: usize, comp: usize| {
        Ok::<_, cable::CableError>(net.cell(cell)?.branch(branch)?.comp(comp)?.selection())
    };
    let [a, b, c, d] = [at(0, 0, 0)?, at(1, 0, 0)?, at(2, 0, 0)?, at(3, 0, 0)?];
    let (tip, fork) = (at(2, 3, 1)?, at(0, 2, 2)?);
    net.connect(&a, &tip, TanhRateSynapse)?;
    net.connect(&a, &tip, IonotropicSynapse)?;
    net.connect(&b, &tip, TestSynapse)?;
    net.connect(&fork, &a, IonotropicSynapse)?;
    net.connect(&d, &b, TanhConductanceSynapse)?;
    net.connect(&tip, &fork, IonotropicSynapse.change_name("Slow"))?;
    net.connect(&b, &tip, IonotropicSynapse)?;
    net.connect(&d, &tip, TanhRateSynapse)?;
    net.connect(&tip, &d, TanhConductanceSynapse)?;
    net.connect(&c, &c, TestSynapse)?;
    net.connect(&a, &d, IonotropicSynapse.change_name("Slow"))?;
    let keys = [
        "IonotropicSynapse_gS",
        "IonotropicSynapse_s",
        "IonotropicSynapse_e_syn",
        "IonotropicSynapse_k_minus",
        "IonotropicSynapse_v_th",
        "IonotropicSynapse_delta",
        "TanhRateSynapse_gS",
        "TanhRateSynapse_slope",
        "TanhRateSynapse_x_offset",
        "TanhConductanceSynapse_gS",
        "TanhConductanceSynapse_e_syn",
        "TanhConductanceSynapse_slope",
        "TestSynapse_gC",
        "TestSynapse_c",
        "Slow_k_minus",
        "Slow_gS",
    ];
    set_drawn!(net, &jaxley, keys);
    net.cell(0)?.branch(0)?.comp(0)?.stimulate(pulse(0.6, 3, 20))?;
    net.cell(3)?.branch(0)?.comp(0)?.stimulate(pulse(0.3, 10, 30))?;
    net.cell(2)?.branch(3)?.comp(1)?.record("v")?;
    net.cell(3)?.branch(0)?.comp(0)?.record("HH_n")?.record("i_Leak")?;
    net.edge([1, 6])?.record("IonotropicSynapse_s")?.record("i_IonotropicSynapse")?;
    net.edge(9)?.record("TestSynapse_c")?;
    net.edge(7)?.record("i_TanhRateSynapse")?;
    net.edge(10)?.record("Slow_s")?.record("i_Slow")?;
    assert_equal(&net.export("network_with_every_synapse", 0.025, 40), &jaxley);
    Ok(())
}

#[test]
fn calcium_on_a_subset() -> Outcome {
    let jaxley = jaxley("calcium_on_a_subset")?;
    let mut cell = tree(&[2, 3, 1, 2], &[-1, 0, 0, 2])?;
    cell.insert(Leak)?;
    cell.branch([0, 1])?.insert(CaL)?;
    cell.branch([1, 2])?.insert(CaT)?.insert(CaPump)?;
    cell.branch([2, 3])?.insert(CaNernstReversal)?;
    cell.branch(1)?.set("eCa", 130.0)?;
    set_drawn!(cell, &jaxley, SHAPE);
    let keys = ["CaL_gCaL", "CaT_gCaT", "CaCon_i", "CaPump_gamma", "CaPump_decay", "CaPump_depth"];
    set_drawn!(cell, &jaxley, keys.iter().chain(&["CaL_q", "CaT_u"]));
    cell.branch(1)?.comp(1)?.stimulate(pulse(0.8, 3, 20))?;
    cell.branch(1)?.record("i_Ca")?.record("v")?;
    cell.record("i_CaPump")?.record("CaCon_i")?.record("eCa")?;
    assert_equal(&cell.export("calcium_on_a_subset", 0.025, 40), &jaxley);
    Ok(())
}

#[test]
fn every_channel_on_its_own_subset() -> Outcome {
    let jaxley = jaxley("every_channel_on_its_own_subset")?;
    let mut cell = tree(&[3, 2, 1, 2], &[-1, 0, 1, 1])?;
    cell.branch([1, 3])?.insert(Km)?;
    cell.branch([0, 1])?.insert(Na)?;
    cell.branch([2, 3])?.insert(CaT)?;
    cell.branch([0, 2])?.insert(K)?;
    cell.branch(3)?.comp(1)?.insert(HH)?;
    cell.branch(0)?.comp([0, 2])?.insert(CaL)?;
    cell.branch([0, 3])?.insert(Leak)?;
    let keys = [
        "Km_gKm",
        "Km_taumax",
        "Na_gNa",
        "K_gK",
        "eK",
        "eNa",
        "vt",
        "CaT_vx",
        "CaL_gCaL",
        "HH_eLeak",
        "eCa",
    ];
    set_drawn!(cell, &jaxley, SHAPE.iter().chain(&keys));
    cell.init_states()?;
    // Jaxley takes inf / (inf + tau) for these two, which is no fixed point; see the docs.
    for key in ["Km_p", "CaT_u"] {
        let fixed_points = cell.get(key)?;
        cell.set(key, drawn(&jaxley, key))?;
        assert!(fixed_points.iter().zip(cell.get(key)?).all(|(a, b)| (a - b).abs() > 1e-6));
    }
    cell.branch(0)?.comp(0)?.stimulate(pulse(2.0, 3, 20))?;
    let mut soma = cell.branch(0)?.comp(0)?;
    soma.record("v")?.record("i_K")?.record("Na_m")?.record("CaL_r")?;
    let mut tip = cell.branch(3)?.comp(1)?;
    tip.record("i_K")?.record("i_Ca")?.record("i_HH")?.record("Km_p")?.record("i_Leak")?;
    assert_equal(&cell.export("every_channel_on_its_own_subset", 0.1, 40), &jaxley);
    Ok(())
}

#[test]
fn renamed_mechanisms() -> Outcome {
    let jaxley = jaxley("renamed_mechanisms")?;
    let mut cells = [tree(&[2, 2, 1], &[-1, 0, 0])?, tree(&[2, 1], &[-1, 0])?];
    cells[0].insert(Leak)?;
    cells[0].branch(1)?.insert(Leak.change_name("Leak_2"))?;
    cells[0].branch([0, 2])?.insert(HH.change_name("MyHH"))?;
    cells[0].branch([0, 1])?.insert(HH)?;
    cells[1].insert(Leak.named("Passive"))?;
    cells[1].insert(CaL.change_name("L_type"))?;
    cells[1].branch(0)?.insert(K.change_name("K_slow"))?;
    cells[1].insert(K)?;
    let mut net = Network::new(&cells)?;
    net.cell(1)?.branch(1)?.insert(CaPump.change_name("Extrusion"))?;
    set_drawn!(net, &jaxley, SHAPE);
    let mut at = |cell: usize, branch: usize, comp: usize| {
        Ok::<_, cable::CableError>(net.cell(cell)?.branch(branch)?.comp(comp)?.selection())
    };
    let (soma, other) = (at(0, 0, 0)?, at(1, 0, 0)?);
    let (stub, leaf, tip) = (at(0, 2, 0)?, at(1, 1, 0)?, at(0, 1, 1)?);
    net.connect(&stub, &other, TestSynapse.change_name("Beta"))?;
    net.connect(&leaf, &soma, TestSynapse.change_name("Alpha"))?;
    net.connect(&other, &tip, TestSynapse.change_name("Alpha"))?;
    let keys = [
        "Leak_gLeak",
        "Leak_2_gLeak",
        "Leak_2_eLeak",
        "Passive_gLeak",
        "MyHH_gNa",
        "MyHH_m",
        "L_type_gCaL",
        "K_slow_gK",
        "K_slow_n",
        "Alpha_gC",
        "Beta_gC",
        "Alpha_c",
    ];
    set_drawn!(net, &jaxley, keys);
    let mut soma = net.cell(0)?.branch(0)?.comp(0)?;
    soma.stimulate(pulse(0.5, 3, 20))?.record("v")?.record("i_HH")?.record("MyHH_h")?;
    net.cell(0)?.branch(1)?.comp(1)?.record("i_Leak")?;
    let mut other = net.cell(1)?.branch(0)?.comp(0)?;
    other.record("i_Passive")?.record("i_K")?.record("i_Ca")?;
    net.edge(2)?.record("Alpha_c")?.record("i_Alpha")?;
    assert_equal(&net.export("renamed_mechanisms", 0.025, 40), &jaxley);
    Ok(())
}

#[test]
fn stimuli_and_clamps() -> Outcome {
    let jaxley = jaxley("stimuli_and_clamps")?;
    let mut cell = tree(&[3, 2, 2], &[-1, 0, 0])?;
    cell.branch([0, 1])?.insert(HH)?;
    cell.insert(Leak)?;
    set_drawn!(cell, &jaxley, SHAPE);
    cell.branch(0)?.comp(0)?.stimulate(pulse(0.4, 2, 25))?;
    cell.branch([1, 2])?.comp(1)?.stimulate([pulse(0.2, 5, 15), ramp(-0.1, 0.3)])?;
    cell.branch(0)?.comp(0)?.stimulate(pulse(-0.25, 10, 40))?;
    cell.branch(2)?.comp(0)?.clamp("v", ramp(-75.0, -20.0))?;
    cell.branch(1)?.comp(0)?.clamp("v", vec![-61.5; 40])?;
    cell.branch(0)?.comp([0, 1])?.clamp("HH_m", [ramp(0.1, 0.7), pulse(0.3, 3, 20)])?;
    cell.branch(1)?.comp(1)?.clamp("HH_n", ramp(0.5, 0.2))?;
    cell.branch(0)?.comp(1)?.clamp("i_HH", ramp(0.0, 0.01))?;
    cell.branch(0)?.record("v")?.record("HH_m")?.record("i_HH")?;
    cell.branch(2)?.record("v")?.record("i_Leak")?;
    cell.branch(1)?.record("HH_n")?.record("i_HH")?;
    assert_equal(&cell.export("stimuli_and_clamps", 0.025, 40), &jaxley);
    Ok(())
}

#[test]
fn branch_with_gaps() -> Outcome {
    let jaxley = jaxley("branch_with_gaps")?;
    let mut branch = Branch::new(&Compartment::new(), 7)?;
    branch.comp([1, 3, 5])?.insert(HH)?;
    branch.comp([0, 3])?.insert(Na)?;
    set_drawn!(branch, &jaxley, SHAPE);
    branch.comp(6)?.stimulate(pulse(0.3, 3, 20))?;
    branch.comp(3)?.record("v")?.record("i_HH")?.record("i_Na")?;
    assert_equal(&branch.export("branch_with_gaps", 0.025, 40), &jaxley);
    Ok(())
}

#[test]
fn compartment_without_inputs() -> Outcome {
    let mut comp = Compartment::new();
    comp.insert(CaPump)?.insert(K)?.set("capacitance", 1.7)?.set("CaCon_i", 3e-4)?;
    let jaxley = jaxley("compartment_without_inputs")?;
    assert_equal(&comp.export("compartment_without_inputs", 0.1, 40), &jaxley);
    Ok(())
}

/// Jaxley's pumps have no `init_state`; the value at 0 ms is what it records.
#[test]
fn init_states_leaves_the_states_of_pumps() -> Outcome {
    let mut comp = Compartment::new();
    comp.insert(CaL)?.insert(CaPump)?.insert(CaNernstReversal)?.set("v", -20.0)?.init_states()?;
    assert!(comp.get("CaL_q")?[0] > 0.5);
    for (key, value) in [("i_Ca", 1e-8), ("CaCon_i", 5e-5), ("eCa", 0.0)] {
        assert_eq!(comp.get(key)?, [value], "{key}");
    }
    let cable = comp.record("i_CaPump")?.build(0.025)?;
    let [pumped] = cable.record(&cable.init()?)?[..] else { panic!("one is recorded") };
    assert!((pumped + 6.247_408_92e-7).abs() < 1e-15, "{pumped}");
    Ok(())
}
