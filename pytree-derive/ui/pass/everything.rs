#![deny(warnings)]

use std::marker::PhantomData;

use ndarray::{Array1, array};
use pytree::{PyTree, tree_map};

/// Everything that can be said of one type.
#[derive(PyTree, Debug, PartialEq)]
#[pytree(elem = T, rename = "Neuron", crate = pytree)]
enum Cell<T, const N: usize = 1> {
    #[pytree(rename = "Point")]
    Soma {
        #[pytree(rename = "V")]
        v: Array1<T>,
        #[pytree(leaf)]
        capacitance: T,
        #[pytree(static)]
        name: String,
        #[pytree(skip)]
        steps: usize,
        marker: PhantomData<[u8; N]>,
    },
    Branched(#[pytree(recursive)] Vec<Cell<T, N>>),
    Empty,
}

fn main() {
    let (v, marker) = (array![1.0], PhantomData);
    let soma = Cell::Soma { v, capacitance: 2.0, name: "soma".into(), steps: 3, marker };
    let cell: Cell<f64> = Cell::Branched(vec![soma, Cell::Empty]);
    let same: Cell<f64> = tree_map(|leaf| leaf.to_owned(), &cell).unwrap();
    assert_eq!(same, cell);
}
