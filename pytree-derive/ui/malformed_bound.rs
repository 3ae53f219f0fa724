use pytree::PyTree;

#[derive(PyTree)]
#[pytree(bound = "T Clone")]
struct State<T> {
    v: T,
}

fn main() {}
