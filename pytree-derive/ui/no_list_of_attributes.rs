use pytree::PyTree;

#[derive(PyTree)]
struct State {
    v: f64,
    #[pytree(skip = 1)]
    a: u8,
    #[pytree = "skip"]
    b: u8,
    #[pytree("skip")]
    c: u8,
    #[pytree(skip("c"))]
    d: u8,
}

fn main() {}
