use pytree::PyTree;

#[derive(PyTree)]
struct State {
    v: f64,
    #[pytree(static, rename = "label")]
    name: String,
}

fn main() {}
