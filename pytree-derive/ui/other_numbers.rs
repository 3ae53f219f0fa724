use ndarray::Array1;
use num_complex::Complex;
use pytree::PyTree;

struct Volts(f64);

#[derive(PyTree)]
struct State {
    v: f64,
    z: Complex<f64>,
    w: Array1<Volts>,
}

fn main() {}
