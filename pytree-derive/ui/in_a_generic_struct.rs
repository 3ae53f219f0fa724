use ndarray::Array1;
use pytree::PyTree;

struct Gates;

#[derive(PyTree)]
struct State<T> {
    v: Array1<T>,
    name: String,
    gates: Gates,
    n: usize,
}

fn main() {}
