use pytree::PyTree;

#[derive(PyTree)]
struct State {
    v: f64,
    name: String,
}

fn main() {}
