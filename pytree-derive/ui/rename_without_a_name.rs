use pytree::PyTree;

#[derive(PyTree)]
struct State(#[pytree(rename = "v")] f64);

fn main() {}
