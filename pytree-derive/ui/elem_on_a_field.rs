use pytree::PyTree;

#[derive(PyTree)]
struct State {
    #[pytree(elem = f64)]
    v: f64,
}

fn main() {}
