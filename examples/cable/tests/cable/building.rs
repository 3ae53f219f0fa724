//! The error of each mistake in building a module names the part that is wrong and says what to do,
//! and the module is unchanged.

use crate::error_text::text;
use crate::three_branches::cell;
use cable::channels::{CaPump, HH, K, Leak};
use cable::synapses::{IonotropicSynapse, TestSynapse};
use cable::{
    Branch, Build, Cable, CableError, Cell, Compartment, Network, ParamState, Parameters, Setting,
    Solver, build_init_and_step_fn, step_current,
};
use ndarray::array;
use pytree::grad::{Duals, try_value_and_grad};

type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[test]
fn putting_together() -> Outcome {
    let comp = Compartment::new();
    assert_eq!(text(Branch::new(&comp, 0)), "the branch has no compartment: give at least one");
    assert_eq!(text(Cell::from_branches(&[], &[])), "the cell has no branch: give at least one");
    assert_eq!(text(Network::new(&[])), "the network has no cell: give at least one");

    let branch = Branch::new(&comp, 2)?;
    assert_eq!(
        text(Cell::from_branches(&[branch.clone(), branch.clone()], &[-1])),
        "parents has 1 entries, but there are 2 branches: give one for each"
    );
    for (parents, wrong) in [
        (&[0, 0][..], "branch 0 of 2 has parent 0"),
        (&[-1, -1], "branch 1 of 2 has parent -1"),
        (&[-1, 2], "branch 1 of 2 has parent 2"),
        (&[-1, 2, 1], "branch 1 of 3 has parent 2"),
        (&[-1, 1], "branch 1 of 2 has parent 1"),
    ] {
        let what_to_do =
            "give -1 for branch 0, and for each other one a branch that leads to branch 0";
        assert_eq!(text(Cell::new(&branch, parents)), format!("{wrong}: {what_to_do}"));
    }

    let mut recorded = Branch::new(&comp, 1)?;
    recorded.record("v")?;
    assert_eq!(
        text(Cell::from_branches(&[branch.clone(), recorded], &[-1, 0])),
        "branch 1 has recordings, which belong to the whole module: \
         add them once it is put together"
    );
    let (mut a, mut b) = (Branch::new(&comp, 1)?, Branch::new(&comp, 1)?);
    a.insert(Leak.named("X"))?;
    b.insert(HH.named("X"))?;
    assert_eq!(
        text(Cell::from_branches(&[a, b], &[-1, 0])),
        "'X' of branch 1 is of kind HH, but also of kind Leak: change one of the names"
    );
    Ok(())
}

#[test]
fn a_name_stands_for_one_thing() -> Outcome {
    let also = "but also of kind";
    let mut group = Compartment::new();
    group.view_mut().add_to_group("Leak")?;
    assert_eq!(
        text(group.insert(Leak)),
        format!("'Leak' of compartment is of kind Leak, {also} group: change one of the names")
    );
    let mut channel = Compartment::new();
    channel.insert(Leak)?;
    assert_eq!(
        text(channel.view_mut().add_to_group("Leak")),
        format!("'Leak' of compartment is of kind group, {also} Leak: change one of the names")
    );
    assert_eq!(
        text(Branch::from_compartments(&[channel.clone(), group.clone()])),
        format!("'Leak' of compartment 1 is of kind group, {also} Leak: change one of the names")
    );
    assert_eq!(
        text(Branch::from_compartments(&[group, channel])),
        format!("'Leak' of compartment 1 is of kind Leak, {also} group: change one of the names")
    );

    // A key of synapses is theirs, also where a group has its name.
    let mut net = Network::new(&vec![Cell::default(); 2])?;
    let [pre, post] = [net.cell(0)?.selection(), net.cell(1)?.selection()];
    net.connect(&pre, &post, TestSynapse)?.add_to_group("TestSynapse_c")?;
    assert_eq!(net.build(0.025)?.initial_states()["TestSynapse_c"].len(), 1);

    // The current is the one that the name was first inserted with.
    let mut comp = Compartment::new();
    comp.insert(Leak.change_name("A"))?.insert(Leak.named("A"))?;
    assert_eq!(comp.build(0.025)?.membrane_current_names(), ["i_Leak"]);
    Ok(())
}

#[test]
fn numbers_that_are_not_finite_or_too_large() -> Outcome {
    let mut cell = cell()?;
    let series = |wrong| vec![vec![0.0; 3], vec![0.0, wrong, 0.0]];
    assert_eq!(
        text(cell.branch(1)?.stimulate(series(f64::NAN))),
        "'i' in row 1 at step 1 of cell.branch(1) is NaN: give a finite number"
    );
    assert_eq!(
        text(cell.branch(1)?.clamp("v", series(f64::INFINITY))),
        "'v' in row 1 at step 1 of cell.branch(1) is inf: give a finite number"
    );
    cell.branch(0)?.comp(0)?.stimulate(vec![0.1])?;
    let mut export = cell.export("cell", 0.025, 1);
    export.externals.entry("i".to_owned()).and_modify(|i| i.values[0][0] = f64::NAN);
    assert_eq!(
        text(Cable::new(export)),
        "'i' in row 0 at step 0 of the module is NaN: give a finite number"
    );
    assert_eq!(
        text(Cable::new(cell.export("cell", 0.025, usize::MAX))),
        "steps of the module is 18446744073709551615: give at most 10000000"
    );

    let time = "give a finite time from 0 on";
    for (current, wrong) in [
        (
            step_current(f64::NAN, 1.0, 1.0, 0.025, 3.0),
            format!("i_delay of step_current is NaN: {time}"),
        ),
        (
            step_current(-1.0, 1.0, 1.0, 0.025, 3.0),
            format!("i_delay of step_current is -1: {time}"),
        ),
        (
            step_current(0.0, 1.0, 1.0, 0.025, f64::INFINITY),
            format!("t_max of step_current is inf: {time}"),
        ),
        (
            step_current(0.0, 1.0, f64::NAN, 0.025, 3.0),
            "i_amp of step_current is NaN: give a finite current".to_owned(),
        ),
        (
            step_current(0.0, 1.0, 1.0, 1e-300, 3.0),
            "t_max of step_current is 3: give a time of less than 10000000 steps".to_owned(),
        ),
        (
            step_current(0.0, 1.0, 1.0, 0.025, 1e15),
            "t_max of step_current is 1000000000000000: give a time of less than 10000000 steps"
                .to_owned(),
        ),
    ] {
        assert_eq!(text(current), wrong);
    }
    assert_eq!(step_current(1e300, 1e300, 1.0, 0.5, 0.5)?, [0.0; 3]);
    assert_eq!(text(cell.build_for(0.025, -1.0)), format!("t_max of build_for is -1: {time}"));

    let many = "give so many that there are at most 10000000 compartments";
    assert_eq!(
        text(Branch::new(&Compartment::new(), usize::MAX)),
        format!("ncomp of branch is 18446744073709551615: {many}")
    );
    let swc = "1 1 0 0 0 8 -1\n2 3 8 0 0 1 1\n3 3 58 0 0 1 2";
    assert_eq!(
        text(Cell::from_swc(swc, usize::MAX / 2 + 1)),
        format!("ncomp of cell is 9223372036854775808: {many}")
    );
    Ok(())
}

#[test]
fn as_long_as_integrate_for_t_max() -> Outcome {
    let mut cell = cell()?;
    cell.branch(0)?.comp(0)?.stimulate(vec![0.1; 3])?;
    // `integrate(cell, t_max=3.0)` returns 121 values: 3.0 // 0.025 is 119.
    assert_eq!(cell.build_for(0.025, 3.0)?.steps(), 120);
    let rows =
        |t_max| Ok::<_, CableError>(cell.build_for(0.5, t_max)?.externals()["i"].values.clone());
    assert_eq!(rows(2.0)?, [[0.1, 0.1, 0.1, 0.0, 0.0]]);
    assert_eq!(rows(0.5)?, [[0.1, 0.1]]);
    cell.clamp("v", vec![-60.0; 2])?;
    assert_eq!(
        text(cell.build_for(0.5, 2.0)),
        "external 'v' has 2 values in row 0, but there are 5 steps: give one for each step, and \
         at least one"
    );
    Ok(())
}

#[test]
fn verbs() -> Outcome {
    let mut cell = cell()?;
    cell.branch(0)?.insert(HH)?;
    let before = format!("{cell:?}");
    assert_eq!(
        text(cell.branch(1)?.set("HH_gNa", 0.1)),
        "cell.branch(1) has no 'HH_gNa': use one of [Leak_eLeak, Leak_gLeak, area, \
         axial_resistivity, capacitance, length, radius, resistive_load_in, resistive_load_out, \
         v, volume]"
    );
    assert_eq!(
        text(cell.branch(1)?.set("radius", [1.0, 2.0, 3.0])),
        "the value of 'radius' at cell.branch(1) has 3 entries, but there are 2 compartments: \
         give one for each"
    );
    assert_eq!(
        text(cell.set("radius", 0.0)),
        "radius of cell is 0: give a positive, finite number"
    );
    assert_eq!(text(cell.set("v", f64::NAN)), "v of cell is NaN: give a finite number");
    assert_eq!(
        text(cell.insert(K.named("Leak"))),
        "'Leak' of cell is of kind K, but also of kind Leak: change one of the names"
    );
    assert_eq!(
        text(cell.branch(1)?.stimulate([vec![0.0], vec![0.0], vec![0.0]])),
        "the value of 'i' at cell.branch(1) has 3 entries, but there are 2 compartments: \
         give one for each"
    );
    assert_eq!(
        text(cell.clamp("i", vec![0.0])),
        "cell names 'i', which is neither a state nor a current: use one of [HH_h, HH_m, HH_n, i_HH, i_Leak, v]"
    );
    assert_eq!(
        text(cell.record("HH_x")),
        "cell names 'HH_x', which is neither a state nor a current: use one of [HH_h, HH_m, HH_n, i_HH, i_Leak, v]"
    );
    assert_eq!(
        text(cell.view_mut().make_trainable_from("radius", [1.0, 2.0])),
        "the value of 'radius' at cell has 2 entries, but there are 1 parameters to be made: \
         give one for each"
    );
    assert_eq!(format!("{cell:?}"), before, "a mistake changes nothing");

    cell.set("v", -40.0)?;
    assert_eq!(
        text(cell.init_states()),
        "channel 'HH' has no fixed point of 'HH_m' at node 0, where v is -40 mV: \
         change the voltage a little, or insert the channel as `Continued`"
    );
    cell.clamp("v", vec![-60.0; 3])?.branch(0)?.stimulate(vec![0.1; 4])?;
    assert_eq!(
        text(cell.build(0.025)),
        "external 'v' has 3 values in row 0, but there are 4 steps: give one for each step, and \
         at least one"
    );
    assert_eq!(
        text(step_current(0.0, -1.0, 1.0, 0.025, 3.0)),
        "i_dur of step_current is -1: give a finite time from 0 on"
    );
    assert_eq!(
        text(step_current(0.0, 1.0, 1.0, 0.0, 3.0)),
        "delta_t is 0 ms: give a positive, finite time step"
    );
    Ok(())
}

#[test]
fn synapses() -> Outcome {
    let mut net = Network::new(&vec![cell()?; 2])?;
    let (all, one) = (net.cell(0)?.selection(), net.cell(1)?.branch(0)?.comp(0)?.selection());
    assert_eq!(
        text(net.connect(&all, &one, TestSynapse)),
        "network.cell(1).branch(0).comp(0) has 1 entries, but there are 6 compartments before: \
         give one for each"
    );
    let mut small = Network::new(&[Cell::default()])?;
    let first = small.view().selection();
    assert_eq!(
        text(small.connect(&one, &one, TestSynapse)),
        "network.cell(1).branch(0).comp(0) is a selection of another module: select from the network \
         that is connected"
    );
    net.connect(&one, &one, TestSynapse)?;
    assert_eq!(
        text(net.connect(&one, &one, IonotropicSynapse.named("TestSynapse"))),
        "'TestSynapse' of network is of kind IonotropicSynapse, but also of kind TestSynapse: \
         change one of the names"
    );
    assert_eq!(net.get("TestSynapse_gC")?, [1e-4]);
    assert_eq!(
        text(net.insert(HH.named("TestSynapse"))),
        "'TestSynapse' of network is of kind HH, but also of kind TestSynapse: \
         change one of the names"
    );
    let before = format!("{net:?}");
    assert_eq!(
        text(net.connect(&one, &one, IonotropicSynapse.named("Leak"))),
        "'Leak' of network is of kind IonotropicSynapse, but also of kind Leak: \
         change one of the names"
    );
    assert_eq!(format!("{net:?}"), before, "a mistake changes nothing");

    // The current of a synapse is no state of a pump, whichever comes first.
    net.insert(CaPump)?;
    assert_eq!(
        text(net.connect(&one, &one, TestSynapse.named("Ca"))),
        "'Ca' of network is of kind TestSynapse, but also of kind CaPump: change one of the names"
    );
    small.connect(&first, &first, TestSynapse.named("Ca"))?;
    assert_eq!(
        text(small.insert(CaPump)),
        "'Ca' of network is of kind CaPump, but also of kind TestSynapse: change one of the names"
    );
    Ok(())
}

#[test]
fn parameters() -> Outcome {
    let mut cell = cell()?;
    cell.branch(..)?.make_trainable("radius")?;
    let cable = cell.build(0.025)?;
    let module = build_init_and_step_fn(&cable, Solver::default());
    let init = |parameters: Parameters<f64>| text(module.init(&parameters, &vec![]));
    assert_eq!(
        init(vec![]),
        "the list of parameters has 0 entries, but there are 1 calls of make_trainable: \
         give one for each"
    );
    assert_eq!(
        init(vec![[("length".to_owned(), array![1.0])].into()]),
        "parameter 'radius' is missing: start from get_parameters() or params() of the module"
    );
    assert_eq!(
        init(vec![[("radius".to_owned(), array![1.0])].into()]),
        "parameter 'radius' has 1 entries, but there are 3 values to train: give one for each"
    );
    let mut more = cable.get_parameters();
    more[0].insert("length".to_owned(), array![1.0]);
    assert_eq!(init(more), "make_trainable(\"radius\") has no 'length': use one of [radius]");
    assert_eq!(
        text(module.integrate(&cell.get_parameters(), &vec![])),
        "the simulation has no recording: give at least one"
    );
    // Jaxley: `AssertionError`.
    let recorded = cell.clone().record("v")?.build(0.025)?;
    assert_eq!(
        text(
            build_init_and_step_fn(&recorded, Solver::default())
                .integrate(&cell.get_parameters(), &vec![])
        ),
        "the simulation has no step: stimulate or clamp something, or say how long it takes \
         with build_for"
    );

    let setting = |key: &str, indices, values| {
        text(cable.get_all_parameters(&vec![Setting::<f64> {
            key: key.to_owned(),
            indices,
            values,
        }]))
    };
    assert_eq!(
        setting("Leak_gLeak", vec![vec![7]], vec![1.0]),
        "parameter 'Leak_gLeak' refers to index 7, but there are 7 values: count them from 0"
    );
    assert_eq!(
        setting("Leak_gLeak", vec![vec![0]], vec![]),
        "parameter 'Leak_gLeak' has 0 entries, but there are 1 groups of indices: \
         give one for each"
    );
    assert_eq!(
        setting("HH_gNa", vec![], vec![]),
        "the module has no 'HH_gNa': use one of [Leak_eLeak, Leak_gLeak, area, \
         axial_resistivity, capacitance, length, radius, resistive_load_in, resistive_load_out, \
         volume, v]"
    );
    let mut param_state = ParamState::<f64>::new();
    assert_eq!(
        text(cell.view().branch(0)?.data_set("Leak_gLeak", [1e-4], &mut param_state)),
        "the value of 'Leak_gLeak' at cell.branch(0) has 1 entries, but there are 2 compartments: \
         give one for each"
    );
    assert!(param_state.is_empty());

    let mut unknown = ParamState::new();
    let mut export = cell.export("cell", 0.025, 0);
    export.params.remove("volume");
    assert_eq!(
        text(Cable::new(export)),
        "parameter 'radius' needs parameter 'volume', which is missing: add it"
    );
    let mut export = cell.export("cell", 0.025, 0);
    export.trainables[0].values[1] = f64::NAN;
    assert_eq!(
        text(Cable::new(export)),
        "radius[1] of the parameters is NaN: give a positive, finite number"
    );
    // As where gradient descent goes too far.
    let mut trained = cell.get_parameters();
    trained[0].insert("radius".to_owned(), array![1.0, -0.1, 1.0]);
    assert_eq!(
        text(module.init(&trained, &vec![])),
        "radius[1] of the parameters is -0.1: give a positive, finite number"
    );
    cell.data_set("v", Duals::from(f64::NAN), &mut unknown)?;
    assert_eq!(
        text(cable.get_all_states(&unknown)),
        "v[0] of the parameters is NaN: give a finite number"
    );
    let fails = |_: &Parameters<Duals>| cell.build(0.0).map(|_| Duals::from(0.0));
    assert_eq!(
        try_value_and_grad(fails, &cell.get_parameters()).unwrap_err().to_string(),
        "delta_t is 0 ms: give a positive, finite time step"
    );
    Ok(())
}
