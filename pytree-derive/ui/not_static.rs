use pytree::PyTree;

#[derive(PyTree)]
struct State {
    v: f64,
    #[pytree(static)]
    count: std::cell::Cell<u8>,
}

fn main() {}
