use pytree::PyTree;

#[derive(PyTree)]
struct State {
    v: f64,
    #[pytree]
    name: String,
}

fn main() {}
