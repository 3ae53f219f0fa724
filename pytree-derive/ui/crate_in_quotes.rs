use pytree::PyTree;

#[derive(PyTree)]
#[pytree(crate = "pytree")]
struct State {
    v: f64,
}

fn main() {}
