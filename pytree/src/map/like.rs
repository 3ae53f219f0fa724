use ndarray::{Array, ArrayD, IxDyn};
use num_traits::Zero;

use crate::build::from_leaves::FromLeaves;
use crate::error::error::Error;
use crate::map::tree_map::tree_map;
use crate::walk::pytree::PyTree;

/// Builds a tree with the structure and shapes of `tree` in which every element is 0.
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
    tree_full_like(P::Elem::zero(), tree)
}

/// Builds a tree with the structure and shapes of `tree` in which every element is `value`. The type of `value`
/// may differ from the element type of `tree`.
///
/// # Errors
/// As [`tree_zeros_like`].
///
/// ```
/// let frozen: (bool, Vec<bool>) = pytree::tree_full_like(true, &(1.0, vec![2.0]))?;
/// assert_eq!(frozen, (true, vec![true]));
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "full_like")]
#[doc(alias = "ones_like")]
pub fn tree_full_like<P, E, R>(value: E, tree: &P) -> Result<R, Error>
where
    P: PyTree,
    E: Clone,
    R: FromLeaves<ArrayD<E>>,
{
    tree_map(|leaf| Array::from_elem(IxDyn(leaf.shape()), value.clone()), tree)
}
