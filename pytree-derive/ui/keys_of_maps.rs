use std::collections::{BTreeMap, HashMap};

use ndarray::Array1;
use pytree::PyTree;

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Ion {
    Na,
}

#[derive(PyTree)]
struct State {
    v: f64,
    at: HashMap<f64, Array1<f64>>,
    ions: BTreeMap<Ion, f64>,
}

fn main() {}
