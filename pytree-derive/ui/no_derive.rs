use pytree::{PyTree, ravel_pytree};

struct Gates {
    m: f64,
}

#[derive(PyTree)]
struct Named {
    gates: Gates,
    all: Vec<Gates>,
}

#[derive(PyTree)]
struct State {
    v: f64,
    gates: Gates,
    all: Vec<Gates>,
}

fn main() {
    ravel_pytree(&Gates { m: 1.0 });
}
