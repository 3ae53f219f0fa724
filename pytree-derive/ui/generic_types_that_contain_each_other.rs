use ndarray::{Array1, array};
use pytree::{PyTree, ravel_pytree};

#[derive(PyTree)]
struct Neuron<T> {
    v: Array1<T>,
    axons: Vec<Axon<T>>,
}

#[derive(PyTree)]
struct Axon<T> {
    delay: Array1<T>,
    target: Option<Box<Neuron<T>>>,
}

fn main() {
    ravel_pytree(&Neuron { v: array![1.0], axons: vec![] });
}
