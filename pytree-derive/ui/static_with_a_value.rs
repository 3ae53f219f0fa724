use pytree::PyTree;

#[derive(PyTree)]
struct State {
    v: f64,
    #[pytree(static = true)]
    name: String,
}

fn main() {}
