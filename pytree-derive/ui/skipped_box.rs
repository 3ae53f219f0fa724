use pytree::PyTree;

trait Channel {}

#[derive(PyTree)]
struct State {
    v: f64,
    #[pytree(skip)]
    channel: Box<dyn Channel>,
    #[pytree(skip)]
    rate: Box<dyn Fn(f64) -> f64>,
    #[pytree(static)]
    reset: Box<dyn Fn(f64) -> f64>,
}

fn main() {}
