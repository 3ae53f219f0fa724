use pytree::{PyTree, ravel_pytree};

#[derive(PyTree)]
struct State<'a> {
    v: f64,
    #[pytree(skip)]
    name: &'a str,
}

fn main() {
    let name = String::from("soma");
    ravel_pytree(&State { v: 1.0, name: &name });
}
