use ndarray::{Array1, Array2, array};
use pytree::{Leaf, PyTree};

/// A layer of a net, with leaves of two, one and zero axes.
#[derive(PyTree, Clone, Debug, PartialEq)]
pub struct Layer {
    /// 2 by 2.
    pub w: Array2<f64>,
    /// Of length 1.
    pub b: Array1<f64>,
    /// Three numbers, each a leaf.
    pub gains: Vec<Leaf<f64>>,
}

/// Two layers, whose elements are 0 to 7 and 10 to 17 in the order of the vector.
pub fn layers() -> Vec<Layer> {
    let layer = |x: f64| Layer {
        w: array![[x, x + 1.0], [x + 2.0, x + 3.0]],
        b: array![x + 4.0],
        gains: vec![Leaf(x + 5.0), Leaf(x + 6.0), Leaf(x + 7.0)],
    };
    vec![layer(0.0), layer(10.0)]
}
