use pytree::PyTree;

#[derive(PyTree)]
struct State {
    v: Vec<f64>,
    m: f32,
}

fn main() {}
