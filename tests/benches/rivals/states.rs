//! The states of a binary tree of 155 branches of 4 compartments with its 77 branchpoints and HH
//! everywhere: 697 nodes, 2,480 states.

use std::collections::BTreeMap;
use std::hint::black_box;

use dynamics::{Module, Scalar, build_dynamic_state_utils};
use ndarray::Array1;
use tests::{Aim, Table};

const COMPARTMENTS: usize = 155 * 4;
const NODES: usize = COMPARTMENTS + 77;
const KEYS: [&str; 4] = ["HH_h", "HH_m", "HH_n", "v"];

struct Cell;

impl Module for Cell {
    type States<T: Scalar> = BTreeMap<String, Array1<T>>;

    fn initial_states(&self) -> Self::States<f64> {
        KEYS.map(|key| (key.to_string(), Array1::from_elem(NODES, 0.5))).into()
    }

    fn num_nodes(&self) -> usize {
        NODES
    }

    fn branchpoints(&self) -> Vec<usize> {
        (COMPARTMENTS..NODES).collect()
    }

    fn is_membrane_key(&self, _: &str) -> bool {
        true
    }

    fn membrane_current_names(&self) -> Vec<String> {
        vec![]
    }

    fn synapse_current_names(&self) -> Vec<String> {
        vec![]
    }
}

/// The way from vector to states and back, without currents, in place.
pub fn table() {
    let table = Table::new("The states of a cell of 697 nodes, 2,480 states");
    let utils = build_dynamic_state_utils(&Cell).unwrap();
    let mut states = Cell.initial_states();
    let in_place = utils.in_place(&states).unwrap();
    let mut vector = vec![0.5; utils.num_states()];
    assert_eq!(vector.len(), 4 * COMPARTMENTS);

    let mut their_states = Cell.initial_states();
    let compartments: Vec<usize> = (0..COMPARTMENTS).collect();
    let mut their_vector = vector.clone();
    table.row(
        "`flatten . remove_observables . add_observables . unflatten`, in place",
        "two loops over an index list by hand",
        Aim::Times(1.2),
        || {
            in_place.scatter_into(black_box(&vector), black_box(&mut states)).unwrap();
            in_place.gather_into(black_box(&states), black_box(&mut vector)).unwrap();
        },
        || {
            let (kept, vector) = (black_box(&compartments), black_box(&mut their_vector));
            let mut at = 0;
            for full in black_box(&mut their_states).values_mut() {
                for &node in kept {
                    full[node] = vector[at];
                    at += 1;
                }
            }
            let mut at = 0;
            for full in black_box(&their_states).values() {
                for &node in kept {
                    vector[at] = full[node];
                    at += 1;
                }
            }
        },
    );
}
