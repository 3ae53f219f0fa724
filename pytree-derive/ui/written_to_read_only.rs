use ndarray::ArrayView1;
use pytree::{Layout, PyTree, tree_map_mut};

#[derive(PyTree)]
struct Web<A> {
    prey: A,
    predators: A,
}

#[derive(PyTree)]
struct Shared<'a> {
    web: &'a Web<f64>,
}

fn main() {
    let layout = Layout::of(&Web { prey: vec![1.0], predators: vec![2.0] });
    let mut views: Web<ArrayView1<f64>> = layout.views(&[1.0, 2.0]).unwrap();
    tree_map_mut(|mut leaf| leaf *= 2.0, &mut views);

    let mut shared = Shared { web: &Web { prey: 1.0, predators: 2.0 } };
    layout.unravel_into(&[1.0, 2.0], &mut shared).unwrap();
}
