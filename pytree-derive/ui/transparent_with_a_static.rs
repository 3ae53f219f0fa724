use pytree::PyTree;

#[derive(PyTree)]
#[pytree(transparent)]
struct State {
    v: f64,
    #[pytree(static)]
    name: String,
}

fn main() {}
