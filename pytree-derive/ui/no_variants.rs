use pytree::PyTree;

#[derive(PyTree)]
enum Never {}

fn main() {}
