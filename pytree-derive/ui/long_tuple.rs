use pytree::PyTree;

#[derive(PyTree)]
struct State {
    v: (f64, f64, f64, f64, f64, f64, f64, f64, f64, f64, f64, f64, f64),
}

fn main() {}
