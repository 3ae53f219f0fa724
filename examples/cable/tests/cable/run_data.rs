//! What runs are given: mistakes, and what is the same in several ways.

use crate::error_text::text;
use cable::channels::{HH, Leak};
use cable::synapses::TestSynapse;
use cable::{
    Branch, Build, Cable, CableError, Cell, Compartment, DataExternal, Network, ParamState,
    RunData, Solver, States, build_init_and_step_fn, datapoint_to_step_currents,
    step_current_with_offset,
};
use ndarray::{Array2, Axis, array};

type Outcome = Result<(), CableError>;

fn stimuli(data_stimuli: &[DataExternal<f64>]) -> RunData<'_, f64> {
    RunData { data_stimuli, ..RunData::default() }
}

fn clamps(data_clamps: &[DataExternal<f64>]) -> RunData<'_, f64> {
    RunData { data_clamps, ..RunData::default() }
}

/// Two compartments with a leak, of which the second has an HH.
fn branch() -> Result<Branch, CableError> {
    let mut branch = Branch::new(&Compartment::new(), 2)?;
    branch.insert(Leak)?.comp(1)?.insert(HH)?;
    branch.record("v")?;
    Ok(branch)
}

fn external(state: &str, indices: &[usize], values: &[&[f64]]) -> DataExternal<f64> {
    let values = values.iter().map(|row| row.to_vec()).collect();
    DataExternal { state: state.to_owned(), indices: indices.to_vec(), values }
}

#[test]
fn data_is_as_what_the_module_has() -> Outcome {
    let mut branch = branch()?;
    let current = [vec![0.1, 0.2, 0.0, 0.3], vec![0.0, 0.5]];
    let (mut data_stimuli, mut data_clamps) = (vec![], vec![]);
    branch.data_stimulate(&current[..], &mut data_stimuli)?;
    branch.view().comp(0)?.data_stimulate(vec![0.1; 9], &mut data_stimuli)?; // cut
    branch.view().comp(1)?.data_clamp("HH_m", vec![0.3; 9], &mut data_clamps)?;
    branch.stimulate(vec![0.05; 3])?;
    let data =
        RunData { data_stimuli: &data_stimuli, data_clamps: &data_clamps, ..RunData::default() };
    let by_data = branch.build_for(0.5, 1.0)?;
    let by_data = build_init_and_step_fn(&by_data, Solver::BwdEuler).integrate(&vec![], data)?;
    branch.stimulate(&current[..])?.comp(0)?.stimulate(vec![0.1; 9])?;
    branch.comp(1)?.clamp("HH_m", vec![0.3; 9])?;
    let by_module = branch.build_for(0.5, 1.0)?;
    let by_module = build_init_and_step_fn(&by_module, Solver::BwdEuler);
    assert_eq!(by_data, by_module.integrate::<f64>(&vec![], &vec![])?);
    assert_eq!(by_data.dim(), (2, 4));
    Ok(())
}

#[test]
fn a_run_lasts_as_long_as_its_longest_series_or_as_was_said() -> Outcome {
    let mut branch = branch()?;
    let lengths = |branch: &Branch, data: &[DataExternal<f64>]| -> Result<[usize; 2], CableError> {
        let columns = |cable: Cable| {
            let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
            Ok::<_, CableError>(run.integrate(&vec![], stimuli(data))?.ncols())
        };
        Ok([columns(branch.build(0.5)?)?, columns(branch.build_for(0.5, 1.0)?)?])
    };
    let mut data = vec![];
    branch.data_stimulate(vec![0.1; 7], &mut data)?;
    assert_eq!(lengths(&branch, &data)?, [8, 4]);
    branch.stimulate(vec![0.1; 5])?;
    assert_eq!(lengths(&branch, &data)?, [8, 4]);
    branch.stimulate(vec![0.1; 9])?;
    assert_eq!(lengths(&branch, &data)?, [10, 4]);
    branch.delete_stimuli().clamp("v", vec![-60.0; 5])?;
    assert_eq!(
        text(lengths(&branch, &data)),
        "external 'v' has 5 values in row 0, but there are 7 steps: give one for each step, and at \
         least one"
    );
    Ok(())
}

#[test]
fn wrong_data() -> Outcome {
    let mut branch = branch()?;
    branch.comp(0)?.clamp("v", vec![-60.0; 4])?;
    let cable = branch.build(0.5)?;
    let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
    let of = |data: RunData<'_, f64>| text(run.integrate(&vec![], data));
    let mut list = vec![];
    assert_eq!(
        text(branch.data_stimulate(vec![vec![0.1]; 3], &mut list)),
        "the value of 'i' at branch has 3 entries, but there are 2 compartments: give one for each"
    );
    assert_eq!(
        text(branch.data_clamp("HH_x", vec![0.1], &mut list)),
        "branch names 'HH_x', which is neither a state nor a current: use one of [HH_h, HH_m, HH_n, \
         i_HH, i_Leak, v]"
    );
    assert_eq!(
        text(branch.data_clamp("i", vec![0.1], &mut list)),
        "branch names 'i', which is neither a state nor a current: use one of [HH_h, HH_m, HH_n, \
         i_HH, i_Leak, v]"
    );
    assert_eq!(
        text(branch.view().comp(0)?.data_clamp("HH_m", vec![0.1], &mut list)),
        "no compartment in branch.comp(0) has 'HH_m', though others of the module do: keep one that \
         has it"
    );
    assert!(list.is_empty());
    let good = external("i", &[0], &[&[0.1]]);
    assert_eq!(
        of(stimuli(&[good.clone(), external("i", &[0, 1], &[&[0.1], &[0.1, f64::NAN]])])),
        "'i' in row 1 at step 1 of data_stimuli[1] is NaN: give a finite number"
    );
    assert_eq!(
        of(stimuli(&[external("i", &[0, 1], &[&[0.1]])])),
        "data_stimuli[0] has 1 entries, but there are 2 nodes it acts on: give one for each"
    );
    assert_eq!(
        of(stimuli(&[external("i", &[2], &[&[0.1]])])),
        "data_stimuli[0] refers to index 2, but there are 2 nodes: count them from 0"
    );
    assert_eq!(
        of(clamps(&[external("w", &[0], &[&[0.1; 4]])])),
        "data_clamps[0] names 'w', which is neither a state nor a current: use one of [HH_h, HH_m, \
         HH_n, i_HH, i_Leak, v]"
    );
    assert_eq!(
        of(clamps(&[external("HH_m", &[1], &[&[0.1; 3]])])),
        "data_clamps[0] has 3 values in row 0, but there are 4 steps: give one for each step, and at \
         least one"
    );
    assert_eq!(
        of(clamps(&[external("v", &[1, 0], &[&[-60.0; 4], &[-60.0; 4]])])),
        "v[0] is clamped by external 'v' and by data_clamps[0]: keep one of them"
    );
    let twice = [external("HH_m", &[1], &[&[0.1; 4]]), external("HH_m", &[1], &[&[0.2; 4]])];
    assert_eq!(
        of(clamps(&twice)),
        "HH_m[1] is clamped by data_clamps[0] and by data_clamps[1]: keep one of them"
    );
    let tree =
        Cell::new(&Branch::new(&Compartment::new(), 1)?, &[-1, 0, 0])?.record("v")?.build(0.5)?;
    let run = build_init_and_step_fn(&tree, Solver::BwdEuler);
    assert_eq!(
        text(run.integrate(&vec![], stimuli(&[external("i", &[3], &[&[0.1]])]))),
        "data_stimuli[0] is at node 3, which is a branchpoint: move it to a compartment"
    );
    assert_eq!(
        text(run.integrate(&vec![], stimuli(&[external("i", &[], &[])]))),
        "the simulation has no step: stimulate or clamp something, or say how long it takes with \
         build_for"
    );
    let rows = vec![vec![0.0; 1_000_000]; 101];
    let many = [DataExternal { state: "i".into(), indices: vec![0; 101], values: rows }];
    assert_eq!(
        text(run.integrate(&vec![], stimuli(&many))),
        "101 stimuli and clamps of 1000000 steps are more than 100000000 numbers: give fewer of them, \
         or fewer steps"
    );
    Ok(())
}

/// Would take minutes if each stimulus were compared with all branchpoints.
#[test]
fn many_stimuli_take_linear_time() -> Outcome {
    const BRANCHES: isize = 40_001;
    let parents: Vec<_> = (0..BRANCHES).map(|n| if n == 0 { -1 } else { (n - 1) / 2 }).collect();
    let mut cell = Cell::new(&Branch::new(&Compartment::new(), 1)?, &parents)?;
    cell.branch(0)?.record("v")?;
    let cable = cell.build_for(0.025, 0.0)?;
    let data: Vec<_> = (0..40_000).map(|node| external("i", &[node], &[&[0.1]])).collect();
    let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
    assert!(run.integrate(&vec![], stimuli(&data))?[[0, 1]] > -70.0);
    Ok(())
}

#[test]
fn a_run_in_two_parts_is_one_run() -> Outcome {
    let mut net = Network::new(&vec![Cell::default(); 3])?;
    net.insert(HH)?.insert(Leak)?.cell(0)?.set("v", -40.5)?;
    let [pre, post] = [net.cell(0..2)?.selection(), net.cell(1..)?.selection()];
    net.connect(&pre, &post, TestSynapse)?.set("TestSynapse_gC", 0.01)?.record("v")?;
    let cable = net.build_for(0.025, 99.0 * 0.025 + 0.001)?;
    let double = net.build_for(0.025, 199.0 * 0.025 + 0.001)?;
    assert_eq!((cable.steps(), double.steps()), (100, 200));
    for solver in [Solver::BwdEuler, Solver::CrankNicolson, Solver::FwdEuler, Solver::ExpEuler] {
        let run = build_init_and_step_fn(&cable, solver);
        let (first, states) = run.integrate_with_states::<f64>(&vec![], &vec![])?;
        let data = RunData { all_states: Some(&states), ..RunData::default() };
        let (second, end) = run.integrate_with_states(&vec![], data)?;
        let whole = build_init_and_step_fn(&double, solver);
        let (whole, states) = whole.integrate_with_states::<f64>(&vec![], &vec![])?;
        assert_eq!(first, whole.slice_axis(Axis(1), (0..101).into()));
        assert_eq!(second, whole.slice_axis(Axis(1), (100..).into()));
        assert_eq!(end, states);
    }
    Ok(())
}

/// The gradient of two runs, the second of which starts where the first ends, is that of one run.
#[test]
fn gradients_lead_through_given_states() -> Outcome {
    let mut branch = branch()?;
    branch.set("v", -62.0)?.make_trainable("HH_gNa")?.make_trainable("v")?;
    let (cable, double) = (branch.build_for(0.025, 0.2)?, branch.build_for(0.025, 0.43)?);
    assert_eq!(2 * cable.steps(), double.steps());
    let params = branch.get_parameters();
    let last = |v: &Array2<f64>| {
        let mut cotangent = Array2::zeros(v.dim());
        cotangent[[1, v.ncols() - 1]] = 1.0;
        (v[[1, v.ncols() - 1]], cotangent)
    };
    let whole = build_init_and_step_fn(&double, Solver::BwdEuler);
    let (value, expected) = whole.value_and_grad_of(&params, &vec![], last)?;

    let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
    let (_, states) = run.integrate_with_states(&params, &vec![])?;
    let data = RunData { all_states: Some(&states), ..RunData::default() };
    let (found, second) = run.value_and_grad_of(&params, data, last)?;
    assert_eq!(found, value);
    assert!(second.states.contains_key("i_HH")); // a current that was given
    // What is given replaces what is trained.
    assert_eq!(second.parameters[1]["v"], array![0.0]);
    let steps = cable.steps();
    let (_, first) = run.value_and_grad_of_states(&params, &vec![], |step, _, slopes| {
        if step == steps {
            slopes.extend(second.states.clone());
        }
        0.0
    })?;
    for (index, key) in ["HH_gNa", "v"].into_iter().enumerate() {
        let found = first.parameters[index][key][0] + second.parameters[index][key][0];
        let expected = expected.parameters[index][key][0];
        assert!((found - expected).abs() < 1e-12 * expected.abs(), "{key}: {found} {expected}");
    }
    Ok(())
}

#[test]
fn some_states_are_given() -> Outcome {
    let branch = branch()?;
    let cable = branch.build_for(0.025, 0.1)?;
    let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
    let given = States::from([("v".to_owned(), array![-60.0, -50.0])]);
    let mut param_state = ParamState::new();
    branch.data_set("v", -80.0, &mut param_state)?;
    let data = RunData { all_states: Some(&given), ..RunData::from(&param_state) };
    let (states, _) = run.init(&vec![], data)?;
    assert_eq!(states["v"], given["v"]);
    assert_eq!(states["HH_m"][1], cable.initial_states()["HH_m"][1]);
    assert_eq!(states["i_Leak"], array![-60.0, -50.0].mapv(|v: f64| 1e-4 * (v + 70.0)));
    // A current that is given is kept.
    let given = States::from([("i_Leak".to_owned(), array![1.0, 2.0])]);
    let data = RunData { all_states: Some(&given), ..RunData::default() };
    assert_eq!(run.init(&vec![], data)?.0["i_Leak"], given["i_Leak"]);
    Ok(())
}

#[test]
fn wrong_states() -> Outcome {
    let cable = branch()?.build_for(0.025, 0.1)?;
    let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
    let of = |given: &[(&str, &[f64])]| {
        let given = given.iter().map(|(key, array)| ((*key).to_owned(), array.to_vec().into()));
        let given: States<f64> = given.collect();
        text(run.integrate(&vec![], RunData { all_states: Some(&given), ..RunData::default() }))
    };
    assert_eq!(
        of(&[("V", &[1.0]), ("HH_x", &[]), ("v", &[-60.0; 2])]),
        "all_states has [HH_x, V], which the module lacks: use those of [HH_h, HH_m, HH_n, i_HH, \
         i_Leak, v]"
    );
    assert_eq!(
        of(&[("v", &[-60.0]), ("HH_m", &[f64::NAN; 3])]),
        "all_states has entries for the wrong number of nodes or synapses, 'HH_m' 3 of 2 nodes, 'v' 1 \
         of 2 nodes: give one for each"
    );
    assert_eq!(
        of(&[
            ("v", &[f64::NAN, 1e60]),
            ("HH_m", &[0.1, f64::INFINITY]),
            ("i_HH", &[0.0, f64::NAN])
        ]),
        "of all_states, HH_m[1] is inf, i_HH[1] is NaN, v[0] is NaN, v[1] is 1e60: give a number from \
         -1e50 to 1e50 wherever the module has the state"
    );
    assert_eq!(
        of(&[("HH_m", &[0.1, 0.1])]),
        "of all_states, HH_m[0] is 0.1: give NaN where the module does not have the state"
    );
    Ok(())
}

#[test]
fn wrong_step_currents() {
    let of = |amplitudes: &[f64], t_max, offset| {
        text(datapoint_to_step_currents(0.0, 1.0, amplitudes, 0.025, t_max, offset))
    };
    assert_eq!(
        of(&[0.1, f64::INFINITY], 1.0, 0.0),
        "i_amp[1] of datapoint_to_step_currents is inf: give a finite current"
    );
    assert_eq!(
        of(&[0.1], 1.0, f64::NAN),
        "i_offset of datapoint_to_step_currents is NaN: give a finite current"
    );
    assert_eq!(
        of(&[0.1], -1.0, 0.0),
        "t_max of datapoint_to_step_currents is -1: give a finite time from 0 on"
    );
    assert_eq!(
        of(&[0.1; 101], 25000.0, 0.0),
        "101 currents of 1000001 steps are more than 100000000 numbers: give fewer of them, or fewer \
         steps"
    );
    assert_eq!(
        text(step_current_with_offset(0.0, 1.0, 0.1, 0.025, 1.0, f64::NAN)),
        "i_offset of step_current is NaN: give a finite current"
    );
}

#[test]
fn nothing_is_written_if_a_trained_value_is_wrong() -> Outcome {
    let mut branch = branch()?;
    branch.comp(..)?.make_trainable("radius")?;
    branch.make_trainable("Leak_gLeak")?;
    let before = [branch.get("radius")?, branch.get("area")?, branch.get("Leak_gLeak")?];
    let parameters = branch.get_parameters();
    let mut with = |radius: &[f64], key: &str, leak: f64| {
        let mut given = parameters.clone();
        given[0].insert("radius".into(), radius.to_vec().into());
        given[1] = [(key.to_owned(), array![leak])].into();
        text(branch.write_trainables(&given).map(|_| ()))
    };
    assert_eq!(
        with(&[2.0, 3.0], "Leak_gLeak", f64::NAN),
        "Leak_gLeak[0] of the parameters is NaN: give a finite number"
    );
    assert_eq!(
        with(&[2.0, -3.0], "Leak_gLeak", 1e-4),
        "radius[1] of the parameters is -3: give a positive, finite number"
    );
    assert_eq!(
        with(&[2.0, 1e-48], "Leak_gLeak", 1e-4),
        "'volume' of compartment 1 of the parameters, which follows from radius and length, is \
         3.1415926535897926e-95: change them"
    );
    assert_eq!(
        with(&[2.0], "Leak_gLeak", 1e-4),
        "parameter 'radius' has 1 entries, but there are 2 values to train: give one for each"
    );
    assert_eq!(
        with(&[2.0, 2.0], "Leak_eLeak", 1e-4),
        "parameter 'Leak_gLeak' is missing: start from get_parameters() or params() of the module"
    );
    assert_eq!(
        text(branch.write_trainables(&vec![]).map(|_| ())),
        "the list of parameters has 0 entries, but there are 2 calls of make_trainable: give one for \
         each"
    );
    assert_eq!(before, [branch.get("radius")?, branch.get("area")?, branch.get("Leak_gLeak")?]);
    assert_eq!(branch.get_parameters(), parameters);
    Ok(())
}
