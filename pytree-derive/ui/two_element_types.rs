use pytree::PyTree;

#[derive(PyTree)]
struct Gates {
    m: f32,
}

#[derive(PyTree)]
struct State {
    v: f64,
    gates: Gates,
}

fn main() {}
