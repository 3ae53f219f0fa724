use pytree::PyTree;

#[derive(PyTree)]
struct State {
    v: f64,
    #[pytree(skip, skip)]
    name: String,
}

fn main() {}
