use ndarray::{Array, ArrayD, IxDyn};
use num_traits::Zero;

use crate::build::from_leaves::FromLeaves;
use crate::error::error::Error;
use crate::map::tree_map::tree_map;
use crate::walk::pytree::PyTree;

/// A tree of the same structure and shapes with 0 everywhere.
///
/// # Errors
/// If the structure of `tree`, or the number of axes of a leaf, is not that of an `R`.
///
/// ```
/// let zeros: (f64, Vec<f64>) = pytree::tree_zeros_like(&(1.0, vec![2.0]))?;
/// assert_eq!(zeros, (0.0, vec![0.0]));
/// # Ok::<(), pytree::Error>(())
/// ```
pub fn tree_zeros_like<P, R>(tree: &P) -> Result<R, Error>
where
    P: PyTree<Elem: Clone + Zero>,
    R: FromLeaves<ArrayD<P::Elem>>,
{
    tree_full_like(P::Elem::zero(), tree)
}

/// A tree of the same structure and shapes with `value` everywhere, which may be of another type
/// than the elements of `tree`.
///
/// # Errors
/// As [`tree_zeros_like`].
///
/// ```
/// let frozen: (bool, Vec<bool>) = pytree::tree_full_like(true, &(1.0, vec![2.0]))?;
/// assert_eq!(frozen, (true, vec![true]));
/// # Ok::<(), pytree::Error>(())
/// ```
pub fn tree_full_like<P, E, R>(value: E, tree: &P) -> Result<R, Error>
where
    P: PyTree,
    E: Clone,
    R: FromLeaves<ArrayD<E>>,
{
    tree_map(|leaf| Array::from_elem(IxDyn(leaf.shape()), value.clone()), tree)
}
