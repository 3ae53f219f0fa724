use pytree::PyTree;

#[derive(PyTree)]
struct State {
    v: f64,
    #[pytree(statik)]
    name: String,
}

fn main() {}
