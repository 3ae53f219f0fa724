use pytree::PyTree;

#[derive(PyTree)]
#[pytree(transparent)]
enum Synapse {
    Exp(f64),
}

fn main() {}
