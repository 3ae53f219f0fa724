use pytree::PyTree;

#[derive(PyTree)]
#[pytree(static)]
struct State {
    v: f64,
}

fn main() {}
