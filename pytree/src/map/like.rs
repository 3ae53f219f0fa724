use ndarray::{Array, ArrayD};
use num_traits::Zero;

use crate::build::from_leaves::FromLeaves;
use crate::error::error::Error;
use crate::map::tree_map::tree_map;
use crate::walk::pytree::PyTree;

/// Builds a tree with the structure and shapes of `tree` in which every element is 0.
///
/// For another value, `tree_mapv(|_| 1.0, &tree)?`; for random numbers, `tree_mapv(|_| rng.random(), &tree)?`.
///
/// # Errors
/// If `R` does not have the structure of `tree`, or cannot have the shape of a leaf: every path at which it does
/// not.
///
/// ```
/// let zeros: (f64, Vec<f64>) = pytree::tree_zeros_like(&(1.0, vec![2.0]))?;
/// assert_eq!(zeros, (0.0, vec![0.0]));
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "zeros_like")]
pub fn tree_zeros_like<P, R>(tree: &P) -> Result<R, Error>
where
    P: PyTree<Elem: Clone + Zero>,
    R: FromLeaves<ArrayD<P::Elem>>,
{
    tree_map(|leaf| Array::zeros(leaf.raw_dim()), tree)
}
