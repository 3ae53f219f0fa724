use pytree::PyTree;

#[derive(PyTree)]
struct State {
    steps: usize,
    v: f64,
    m: Vec<f64>,
}

fn main() {}
