//! Every mistake in building a module is answered with its place and with what to do, and changes
//! nothing.

use cable::{
    Branch, Cable, CableError, Cell, Compartment, HH, IonotropicSynapse, K, Leak, Network,
    ParamState, Parameters, Setting, Solver, TestSynapse, build_init_and_step_fn, step_current,
    value_and_grad,
};
use ndarray::array;
use num_dual::Dual64;

type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[track_caller]
fn text<T>(result: Result<T, CableError>) -> String {
    result.err().expect("an error").to_string()
}

/// Three branches of two compartments, with a leak.
fn cell() -> Result<Cell, CableError> {
    let mut cell = Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0])?;
    cell.insert(Leak)?;
    Ok(cell)
}

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
fn views() -> Outcome {
    let mut cell = cell()?;
    assert_eq!(
        text(cell.branch(3)),
        "cell.branch(3) refers to index 3, but there are 3 branches: count them from 0"
    );
    assert_eq!(
        text(cell.branch([0, 2])?.comp(1..3)),
        "cell.branch([0, 2]).comp([1, 2]) refers to index 2, but there are 2 compartments: \
         count them from 0"
    );
    assert_eq!(text(cell.group("soma")), "cell has no 'soma': use one of []");
    let mut net = Network::new(&[cell])?;
    assert_eq!(
        text(net.cell(1)),
        "network.cell(1) refers to index 1, but there are 1 cells: count them from 0"
    );
    assert_eq!(
        text(net.edge(0)),
        "network.edge(0) refers to index 0, but there are 0 synapses: count them from 0"
    );
    assert_eq!(text(net.synapse("Slow")), "network has no 'Slow': use one of []");
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
        "cell names 'i', which is neither a state nor a current: correct the name"
    );
    assert_eq!(
        text(cell.record("HH_x")),
        "cell names 'HH_x', which is neither a state nor a current: correct the name"
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
         change the voltage a little"
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
    assert_eq!(
        text(small.connect(&one, &one, TestSynapse)),
        "network.cell(1).branch(0).comp(0) refers to index 6, but there are 1 compartments: \
         count them from 0"
    );
    net.connect(&one, &one, TestSynapse)?;
    assert_eq!(
        text(net.connect(&one, &one, IonotropicSynapse.named("TestSynapse"))),
        "'TestSynapse' of network is of kind IonotropicSynapse, but also of kind TestSynapse: \
         change one of the names"
    );
    assert_eq!(net.get("TestSynapse_gC")?, [1e-4]);
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
        "parameter 'radius' is missing: start from the parameters of the module"
    );
    assert_eq!(
        init(vec![[("radius".to_owned(), array![1.0])].into()]),
        "parameter 'radius' has 1 entries, but there are 3 values to train: give one for each"
    );
    assert_eq!(
        text(module.integrate(&cell.get_parameters(), &vec![])),
        "the simulation has no recording: give at least one"
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

    let mut export = cell.export("cell", 0.025, 0);
    export.params.remove("volume");
    assert_eq!(
        text(Cable::new(export)),
        "parameter 'radius' needs parameter 'volume', which is missing: add it"
    );
    let fails = |_: &Parameters<Dual64>| Err::<Dual64, _>(text(cell.build(0.0)));
    assert_eq!(
        value_and_grad(fails, &cell.get_parameters()).unwrap_err().to_string(),
        "delta_t is 0 ms: give a positive, finite time step"
    );
    Ok(())
}
