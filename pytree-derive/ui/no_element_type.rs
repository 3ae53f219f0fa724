use pytree::PyTree;

#[derive(PyTree)]
struct State {
    #[pytree(static)]
    name: String,
}

fn main() {}
