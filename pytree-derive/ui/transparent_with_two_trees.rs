use pytree::PyTree;

#[derive(PyTree)]
#[pytree(transparent)]
struct State {
    v: f64,
    m: f64,
}

fn main() {}
