//! Connections of many cells: mistakes, and where synapses lie.

use crate::error_text::text;
use cable::synapses::TestSynapse;
use cable::{Branch, Build, CableError, Cell, Compartment, Network};
use ndarray::{Array2, array};

type Outcome = Result<(), CableError>;

#[test]
fn wrong_connections() -> Outcome {
    let mut net = Network::new(&vec![Cell::default(); 5])?;
    let [pre, post] = [net.cell(0..2)?.selection(), net.cell(2..)?.selection()];
    for p in [-0.1, 1.1, f64::NAN] {
        assert_eq!(
            text(net.sparse_connect(&pre, &post, TestSynapse, p, 0).map(|_| ())),
            format!("p of sparse_connect is {p}: give a probability from 0 to 1")
        );
    }
    let matrix = Array2::from_elem((3, 2), true);
    assert_eq!(
        text(net.connectivity_matrix_connect(&pre, &post, TestSynapse, &matrix).map(|_| ())),
        "the connectivity matrix has shape [3, 2], but there are 2 presynaptic and 3 postsynaptic \
         cells: give a row for each presynaptic cell and a column for each postsynaptic one"
    );
    let random = pre.random_comp(1);
    assert_eq!(
        text(net.connect(&random, &pre, TestSynapse).map(|_| ())),
        "network.cell(0..2) is random_comp, but connect joins all compartments: give the selection \
         without"
    );
    let cell = Cell::default();
    let mut other = net.clone(); // its selections are those of the network
    assert_eq!(other.fully_connect(&pre, &post, TestSynapse)?.get("TestSynapse_gC")?.len(), 6);
    for foreign in [cell.view().selection(), Network::new(&vec![cell; 5])?.view().selection()] {
        let found = [
            text(net.connect(&foreign, &foreign, TestSynapse).map(|_| ())),
            text(net.fully_connect(&pre, &foreign, TestSynapse).map(|_| ())),
            text(net.sparse_connect(&foreign, &post, TestSynapse, 0.5, 0).map(|_| ())),
        ];
        let name = if found[0].starts_with("cell") { "cell" } else { "network" };
        let expected = format!(
            "{name} is a selection of another module: select from the network that is connected"
        );
        assert_eq!(found, [&expected; 3].map(String::clone));
    }
    // No pair: no type of synapse.
    net.sparse_connect(&pre, &post, TestSynapse, 0.0, 0)?;
    let none = Array2::from_elem((2, 3), false);
    net.connectivity_matrix_connect(&pre, &post, TestSynapse, &none)?;
    assert!(net.export("net", 0.025, 0).synapses.is_empty());
    Ok(())
}

#[test]
fn random_compartments_are_of_the_cells_that_are_connected() -> Outcome {
    let cell = Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0])?; // 7 nodes
    let mut net = Network::new(&vec![cell; 5])?;
    let [pre, post] = [net.cell(0..2)?.selection(), net.cell(2..)?.branch(1..)?.selection()];
    let matrix = array![[true, false, true], [false, true, true]];
    for seed in 0..50 {
        let (pre, post) = (pre.random_comp(seed), post.random_comp(seed + 100));
        net.connectivity_matrix_connect(&pre, &post, TestSynapse, &matrix)?;
    }
    let synapses = &net.export("net", 0.025, 0).synapses[0];
    let cells = |nodes: &[usize]| nodes.iter().map(|node| node / 7).collect::<Vec<_>>();
    assert_eq!(cells(&synapses.pre), [0, 0, 1, 1].repeat(50));
    assert_eq!(cells(&synapses.post), [2, 4, 3, 4].repeat(50));
    let drawn = |nodes: &[usize], local: usize| nodes.iter().any(|node| node % 7 == local);
    assert!((0..6).all(|local| drawn(&synapses.pre, local)));
    assert!((2..6).all(|local| drawn(&synapses.post, local)));
    assert!(!drawn(&synapses.post, 0) && !drawn(&synapses.post, 1)); // not in view
    // Equal seeds draw equal pairs.
    let of = |seed| -> Result<Vec<[usize; 2]>, CableError> {
        let mut net = Network::new(&vec![Cell::default(); 20])?;
        let all = net.view().selection();
        net.sparse_connect(&all, &all, TestSynapse, 0.3, seed)?;
        let synapses = &net.export("net", 0.025, 0).synapses[0];
        Ok(synapses.pre.iter().zip(&synapses.post).map(|(&pre, &post)| [pre, post]).collect())
    };
    assert_eq!(of(1)?, of(1)?);
    assert_ne!(of(1)?, of(2)?);
    assert!(of(1)?.is_sorted_by(|a, b| a < b)); // each pair once, one presynaptic cell after the other
    Ok(())
}
