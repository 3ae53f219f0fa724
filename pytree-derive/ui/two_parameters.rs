use ndarray::Array1;
use pytree::{PyTree, ravel_pytree};

#[derive(PyTree)]
struct Arrays<T, U> {
    v: Array1<T>,
    m: Array1<U>,
}

#[derive(PyTree)]
struct Pair<A, B> {
    a: A,
    b: B,
}

fn main() {
    ravel_pytree(&Pair { a: 1.0_f64, b: 1.0_f32 });
}
