use pytree::PyTree;

#[derive(PyTree)]
struct State {
    #[pytree(rename = "m")]
    n: f64,
    m: f64,
}

fn main() {}
