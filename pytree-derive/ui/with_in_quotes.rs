use pytree::PyTree;

#[derive(PyTree)]
struct State {
    v: f64,
    #[pytree(with = "module")]
    w: Vec<f64>,
}

fn main() {}
