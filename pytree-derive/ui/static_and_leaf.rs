use pytree::PyTree;

#[derive(PyTree)]
struct State {
    v: f64,
    #[pytree(static, leaf)]
    m: f64,
}

fn main() {}
