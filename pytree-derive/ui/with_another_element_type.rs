use std::num::Wrapping;

use pytree::PyTree;

mod wrapping {
    use std::num::Wrapping;

    use ndarray::{ArrayD, ArrayView0, ArrayViewMut0, aview0};

    pub fn view(x: &Wrapping<u32>) -> ArrayView0<'_, u32> {
        aview0(&x.0)
    }

    pub fn view_mut(_: &mut Wrapping<u32>) -> ArrayViewMut0<'_, u32> {
        unimplemented!()
    }

    pub fn build(leaf: ArrayD<u32>) -> Result<Wrapping<u32>, String> {
        Ok(Wrapping(leaf.sum()))
    }
}

#[derive(PyTree)]
struct State {
    v: f64,
    #[pytree(with = wrapping)]
    seed: Wrapping<u32>,
}

fn main() {}
