//! A branch that is cut into another number of compartments.

use cable::channels::{HH, Leak};
use cable::{Branch, Build, CableError, Cell, Compartment, ErrorKind, Network};

type Outcome = Result<(), CableError>;

fn cell() -> Result<Cell, CableError> {
    Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0])
}

#[test]
fn everything_of_the_other_branches_stays_in_its_place() -> Outcome {
    let mut cell = cell()?;
    cell.insert(Leak)?;
    cell.branch(1)?.insert(HH)?.set("HH_gNa", 0.2)?.add_to_group("middle")?;
    cell.branch(2)?.add_to_group("last")?;
    cell.set("v", [-1.0, -2.0, -3.0, -5.0, -6.0, -7.0])?;
    cell.branch(2)?.set("radius", 0.5)?.set("Leak_gLeak", [1e-4, 2e-4])?;
    let nodes = cell.branch(1)?.set_ncomp(3)?.nodes();
    assert_eq!(nodes, [2, 3, 4]);

    assert_eq!(cell.get("v")?, [-1.0, -2.0, -4.0, -4.0, -4.0, -6.0, -7.0]);
    assert_eq!(cell.get("length")?, [10.0, 10.0, 20.0 / 3.0, 20.0 / 3.0, 20.0 / 3.0, 10.0, 10.0]);
    assert_eq!(cell.get("Leak_gLeak")?, [1e-4, 1e-4, 1e-4, 1e-4, 1e-4, 1e-4, 2e-4]);
    assert_eq!(cell.get("HH_gNa")?, [0.2; 3]);
    assert_eq!(cell.view().group("middle")?.nodes(), [2, 3, 4]);
    assert_eq!(cell.view().group("last")?.nodes(), [5, 6]);
    let export = cell.export("cell", 0.025, 0);
    assert_eq!(export.branchpoints, [7]);
    let hh = export.channels.iter().find(|channel| channel.mechanism.name == "HH");
    assert_eq!(hh.map(|channel| &*channel.nodes), Some(&[2, 3, 4][..]));

    let area = |cell: &Cell| Ok::<f64, CableError>(cell.get("area")?.iter().sum());
    let before = area(&cell)?;
    cell.branch(1)?.set_ncomp(1)?;
    assert!((area(&cell)? - before).abs() < 1e-9);
    cell.build(0.025)?;
    Ok(())
}

#[test]
fn what_prevents_it_is_an_error_and_nothing_is_changed() -> Outcome {
    type Change = fn(&mut Cell) -> Outcome;
    let expected: [(Change, &str); 8] = [
        (
            |cell| cell.branch(1)?.set("capacitance", [1.0, 2.0]).map(drop),
            "'capacitance' is 1 and 2 in compartments of cell.branch(1): set their number first",
        ),
        (
            |cell| cell.branch(1)?.set("radius", [1.0, 2.0]).map(drop),
            "'radius' of compartment 1 of cell.branch(1) was set: set the number of compartments first",
        ),
        (
            |cell| cell.branch(1)?.set("area", [60.0, 60.0]).map(drop),
            "'area' of compartment 0 of cell.branch(1) was set: set the number of compartments first",
        ),
        (
            |cell| cell.branch(1)?.comp(0)?.insert(HH).map(drop),
            "'HH' is in 1 of 2 compartments of cell.branch(1): set their number first",
        ),
        (
            |cell| cell.branch(1)?.comp(0)?.add_to_group("half").map(drop),
            "'half' is in 1 of 2 compartments of cell.branch(1): set their number first",
        ),
        (
            |cell| cell.branch(0)?.record("v").map(drop),
            "the cell has recordings, which refer to its compartments by number: delete them, or set the \
             number of compartments first",
        ),
        (
            |cell| cell.branch(0)?.stimulate(vec![0.1]).map(drop),
            "the cell has stimuli or clamps, which refer to its compartments by number: delete them, or \
             set the number of compartments first",
        ),
        (
            |cell| cell.make_trainable("radius").map(drop),
            "the cell has trainable parameters, which refer to its compartments by number: delete them, \
             or set the number of compartments first",
        ),
    ];
    for (change, text) in expected {
        let mut cell = cell()?;
        change(&mut cell)?;
        let before = format!("{cell:?}");
        let error = cell.branch(1)?.set_ncomp(4).unwrap_err();
        assert_eq!((&*error.to_string(), error.kind()), (text, ErrorKind::Conflict));
        assert_eq!(format!("{cell:?}"), before);
    }
    Ok(())
}

#[test]
fn it_is_one_whole_branch_of_a_cell() -> Outcome {
    let mut cell = cell()?;
    let mut net = Network::new(&[cell.clone()])?;
    let errors = [
        cell.view_mut().set_ncomp(4).unwrap_err(),
        cell.branch([0, 2])?.set_ncomp(4).unwrap_err(),
        cell.branch(1)?.comp(0)?.set_ncomp(4).unwrap_err(),
        cell.branch(1)?.set_ncomp(0).unwrap_err(),
        cell.branch(1)?.set_ncomp(usize::MAX).unwrap_err(),
        net.view_mut().branch(1)?.set_ncomp(4).unwrap_err(),
        Compartment::new().view_mut().set_ncomp(4).unwrap_err(),
    ];
    let several = "has several branches: keep one of them to set the number of its compartments";
    let expected = [
        format!("cell {several}"),
        format!("cell.branch([0, 2]) {several}"),
        "cell.branch(1).comp(0) has 1 of the 2 compartments of its branch: keep all of them to set \
         their number"
            .into(),
        "the branch has no compartment: give at least one".into(),
        format!(
            "ncomp of cell is {}: give so many that there are at most 10000000 compartments",
            usize::MAX
        ),
        "network.branch(1) is of a network: set the number of compartments in the cell or the branch, \
         before the network is made of it"
            .into(),
        "compartment is a single one: make a branch of it with Branch::new(&compartment, ncomp)".into(),
    ];
    assert_eq!(errors.map(|error| error.to_string()), expected);
    Ok(())
}

#[test]
fn a_radius_that_was_set_is_not_replaced_by_the_traced_one() -> Outcome {
    let mut cell = Cell::from_swc("1 3 0 0 0 1 -1\n 2 3 40 0 0 0.5 1", 2)?;
    cell.set("radius", 2.0)?;
    let error = cell.branch(0)?.set_ncomp(4).unwrap_err().to_string();
    assert_eq!(
        error,
        "'radius' of compartment 0 of cell.branch(0) was set: set the number of compartments first"
    );
    Ok(())
}
