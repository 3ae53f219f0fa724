use pytree::PyTree;

#[derive(PyTree)]
struct State {
    #[pytree(rename = "HH m")]
    m: f64,
}

fn main() {}
