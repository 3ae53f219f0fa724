use pytree::PyTree;

#[derive(PyTree)]
#[pytree(elem)]
struct State;

fn main() {}
