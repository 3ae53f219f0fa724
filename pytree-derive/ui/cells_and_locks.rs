use std::cell::{Cell, RefCell};
use std::sync::{Mutex, RwLock};

use ndarray::Array1;
use pytree::PyTree;

#[derive(PyTree)]
struct State {
    v: Mutex<Array1<f64>>,
    m: RefCell<f64>,
    h: Cell<f64>,
    n: RwLock<f64>,
}

fn main() {}
