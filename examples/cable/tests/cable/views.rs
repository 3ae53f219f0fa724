//! What a view keeps, and the errors of a view of nothing and of a state that nothing in view has.

use crate::error_text::text;
use crate::three_branches::cell;
use cable::channels::HH;
use cable::synapses::{IonotropicSynapse, TestSynapse};
use cable::{Branch, Build, Cell, Compartment, Network};
use ndarray::array;

type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[test]
fn views() -> Outcome {
    let mut cell = cell()?;
    assert_eq!(
        text(cell.branch(3)),
        "cell.branch(3) refers to index 3, but there are 3 branches: count them from 0"
    );
    assert_eq!(
        text(cell.branch([0, 2])?.comp(1..3)),
        "cell.branch([0, 2]).comp(1..3) refers to index 2, but there are 2 compartments: \
         count them from 0"
    );
    assert_eq!(text(cell.group("soma")), "cell has no 'soma', nor any other: add one first");
    let mut net = Network::new(&[cell])?;
    assert_eq!(
        text(net.cell(1)),
        "network.cell(1) refers to index 1, but there are 1 cells: count them from 0"
    );
    assert_eq!(
        text(net.edge(0)),
        "network.edge(0) refers to index 0, but there are 0 synapses: count them from 0"
    );
    assert_eq!(text(net.synapse("Slow")), "network has no 'Slow', nor any other: add one first");
    Ok(())
}

/// Where Jaxley raises a `ValueError`.
#[test]
fn positions_along_a_branch() -> Outcome {
    // The compartments that Jaxley finds at these positions.
    let places = [0.0, 0.1, 0.25, 0.3, 1.0 / 3.0, 0.5, 0.6, 2.0 / 3.0, 0.75, 0.8, 0.9, 1.0];
    for (ncomp, found) in [
        (1, [0; 12]),
        (2, [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]),
        (3, [0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2]),
        (4, [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]),
        (5, [0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 4, 4]),
    ] {
        let branch = Branch::new(&Compartment::new(), ncomp)?;
        for (at, found) in places.into_iter().zip(found) {
            assert_eq!(branch.view().loc(at)?.nodes(), [found], "{at} of {ncomp}");
        }
    }
    let cell = cell()?;
    assert_eq!(cell.view().loc(1.0)?.nodes(), [1, 3, 5]);
    assert_eq!(cell.view().comp(1)?.branch(2)?.loc(0.9)?.nodes(), [5]);
    for at in [-0.1, 1.1, f64::NAN] {
        let expected = format!("loc of cell is {at}: give a number from 0 to 1");
        assert_eq!(text(cell.view().loc(at)), expected);
    }
    assert_eq!(
        text(cell.view().comp(1)?.loc(0.0)),
        "nothing is left in cell.comp(1).loc(0): keep at least one compartment"
    );
    Ok(())
}

#[test]
fn values_and_indices_as_they_come() -> Outcome {
    let (values, some, ends) = (vec![1.0, 2.0], vec![0, 2], &[0, 2]);
    let mut branch = Branch::new(&Compartment::new(), 3)?;
    for view in [branch.view().comp(&some)?, branch.view().comp(ends)?] {
        assert_eq!(view.nodes(), [0, 2]);
    }
    branch.comp(&some)?.set("radius", &values)?.set("length", array![3.0, 4.0])?;
    assert_eq!(branch.get("radius")?, [1.0, 1.0, 2.0]);
    assert_eq!(branch.get("length")?, [3.0, 10.0, 4.0]);
    branch.stimulate(array![0.1, 0.2])?;
    assert_eq!(branch.build(0.025)?.externals()["i"].values, [[0.1, 0.2]; 3]);
    Ok(())
}

#[test]
fn views_of_nothing() -> Outcome {
    let mut cell = cell()?;
    cell.branch(0)?.add_to_group("soma")?;
    let nothing =
        |place: &str, part: &str| format!("nothing is left in {place}: keep at least one {part}");
    assert_eq!(
        text(cell.branch(1)?.group("soma")),
        nothing("cell.branch(1).group(\"soma\")", "compartment")
    );
    assert_eq!(text(cell.branch(2..2)), nothing("cell.branch(2..2)", "compartment"));
    assert_eq!(text(cell.comp([])), nothing("cell.comp([])", "compartment"));
    let mut net = Network::new(&vec![cell; 2])?;
    assert_eq!(text(net.edge(..)), nothing("network.edge(..)", "synapse"));
    let [pre, post] = [net.cell(0)?.selection(), net.cell(1)?.selection()];
    net.connect(&pre, &post, TestSynapse)?;
    assert_eq!(
        text(net.cell(0)?.synapse("TestSynapse")),
        nothing("network.cell(0).synapse(\"TestSynapse\")", "synapse")
    );
    Ok(())
}

#[test]
fn ranges() -> Outcome {
    let mut branch = Branch::new(&Compartment::new(), 4)?;
    assert_eq!(branch.comp(1..)?.nodes(), [1, 2, 3]);
    assert_eq!(branch.comp(..2)?.nodes(), [0, 1]);
    assert_eq!(branch.comp(..=2)?.nodes(), [0, 1, 2]);
    assert_eq!(branch.comp(1..=2)?.nodes(), [1, 2]);
    assert_eq!(branch.comp([3, 0, 3])?.nodes(), [0, 3]);
    let past = |place: &str, index: usize| {
        let place = format!("branch.comp({place}) refers to index {index}");
        format!("{place}, but there are 4 compartments: count them from 0")
    };
    assert_eq!(text(branch.comp(4..)), past("4..", 4));
    assert_eq!(text(branch.comp(6..9)), past("6..9", 6));
    let all = format!("0..{}", usize::MAX);
    assert_eq!(text(branch.comp(0..usize::MAX)), past(&all, 4));
    Ok(())
}

/// Where Jaxley raises a `KeyError`.
#[test]
fn states_that_nothing_in_view_has() -> Outcome {
    let mut cell = cell()?;
    cell.branch(0)?.insert(HH)?.record("HH_m")?.record("i_HH")?;
    let absent = |state: &str| {
        let there = "though others of the module do: keep one that has it";
        format!("no compartment in cell.branch(1) has '{state}', {there}")
    };
    let before = format!("{cell:?}");
    for state in ["HH_m", "i_HH"] {
        assert_eq!(text(cell.branch(1)?.record(state)), absent(state));
        assert_eq!(text(cell.branch(1)?.clamp(state, vec![0.5])), absent(state));
    }
    assert_eq!(format!("{cell:?}"), before, "a mistake changes nothing");
    // Where one has it, all are recorded, as in Jaxley.
    cell.branch([0, 1])?.record("HH_n")?;
    assert_eq!(cell.build(0.025)?.recordings().len(), 8);

    let mut net = Network::new(&vec![Cell::default(); 2])?;
    let [pre, post] = [net.cell(0)?.selection(), net.cell(1)?.selection()];
    net.connect(&pre, &post, IonotropicSynapse)?;
    assert_eq!(
        text(net.cell(0)?.record("IonotropicSynapse_s")),
        "no synapse in network.cell(0) has 'IonotropicSynapse_s', though others of the module do: \
         keep one that has it"
    );
    assert_eq!(
        text(net.cell(0)?.record("IonotropicSynapse_x")),
        "network.cell(0) names 'IonotropicSynapse_x', which is neither a state nor a current: \
         use one of [IonotropicSynapse_s, i_IonotropicSynapse, v]"
    );
    Ok(())
}

/// As many parameters as Jaxley 0.14 makes.
#[test]
fn what_shares_a_parameter() -> Outcome {
    let mut net = Network::new(&vec![Cell::default(); 4])?;
    let [pre, post] = [net.cell([0, 1])?.selection(), net.cell([2, 3])?.selection()];
    net.fully_connect(&pre, &post, IonotropicSynapse)?;
    net.set("IonotropicSynapse_gS", [1.0, 2.0, 3.0, 6.0])?;
    let gs = "IonotropicSynapse_gS";
    net.view_mut().cell(..)?.branch(0)?.comp(0)?.make_trainable(gs)?;
    net.view_mut().synapse("IonotropicSynapse")?.edge([0, 1])?.make_trainable("radius")?;
    net.edge([0, 1])?.make_trainable(gs)?;
    net.view_mut().cell([0, 1])?.comp(..)?.make_trainable("length")?;
    let parameters = net.get_parameters();
    assert_eq!(parameters[0][gs], array![3.0]);
    assert_eq!(parameters[1]["radius"], array![1.0]);
    assert_eq!(parameters[2][gs], array![1.0, 2.0]);
    assert_eq!(parameters[3]["length"], array![10.0, 10.0]);
    Ok(())
}
