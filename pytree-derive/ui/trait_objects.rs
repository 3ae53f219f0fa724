use pytree::PyTree;

trait Channel {}

#[derive(PyTree)]
struct State {
    v: f64,
    channel: Box<dyn Channel>,
    rate: Option<Box<dyn Fn(f64) -> f64>>,
    reset: fn(f64) -> f64,
}

fn main() {}
