use pytree::{PyTree, ravel_pytree};

#[derive(PyTree)]
struct State {
    v: f64,
    n: usize,
    name: String,
    #[pytree(statik)]
    kind: u8,
}

fn main() {
    ravel_pytree(&State { v: 1.0, n: 1, name: String::new(), kind: 1 });
}
