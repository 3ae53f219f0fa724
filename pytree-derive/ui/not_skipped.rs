use pytree::PyTree;

#[derive(PyTree)]
struct State {
    v: f64,
    #[pytree(skip)]
    file: std::fs::File,
}

fn main() {}
