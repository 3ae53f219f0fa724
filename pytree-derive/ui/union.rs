use pytree::PyTree;

#[derive(PyTree)]
union State {
    v: f64,
    bits: u64,
}

fn main() {}
