use std::num::Wrapping;

use pytree::PyTree;

mod wrapping {
    use std::num::Wrapping;

    use ndarray::{ArrayView0, aview0};

    pub fn view(x: &Wrapping<u32>) -> ArrayView0<'_, u32> {
        aview0(&x.0)
    }
}

#[derive(PyTree)]
#[pytree(elem = u32)]
struct State {
    #[pytree(with = wrapping)]
    seed: Wrapping<u32>,
}

fn main() {}
