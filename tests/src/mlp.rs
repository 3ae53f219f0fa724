use ndarray::{Array1, Array2, array};
use pytree::{PyTree, tree_map};

/// A layer of the net.
#[derive(PyTree, Clone, Debug, PartialEq)]
pub struct Dense<T> {
    /// Inputs by outputs.
    pub w: Array2<T>,
    /// One for each output.
    pub b: Array1<T>,
}

/// A small net.
#[derive(PyTree, Clone, Debug, PartialEq)]
pub struct Mlp<T> {
    /// From the inputs to the output.
    pub layers: Vec<Dense<T>>,
    /// A number, beside the arrays.
    pub scale: T,
}

/// The net that `make_checkpoints.py` wrote.
pub fn xor() -> Mlp<f64> {
    Mlp {
        layers: vec![
            Dense { w: array![[20.0, 20.0], [20.0, 20.0]], b: array![20.0, -20.0] },
            Dense { w: array![[20.0], [-20.0]], b: array![-20.0] },
        ],
        scale: 0.5,
    }
}

/// The net before it is loaded: [`xor`] with zeros in it.
///
/// # Panics
/// If the zeros have another structure.
pub fn zeros() -> Mlp<f64> {
    tree_map(|leaf| &leaf * 0.0, &xor()).expect("the same structure")
}
