use ndarray::ArrayViewD;

use crate::build::from_leaves::FromLeaves;
use crate::error::error::Error;
use crate::map::flatten::tree_flatten;
use crate::map::pair::matching;
use crate::walk::pytree::PyTree;

/// Applies `f` to the corresponding leaves of two trees, in order, and builds a tree of the return type.
///
/// The trees must have the same structure and the same shapes, because an operator on arrays of different shapes would
/// broadcast silently. The entries of dicts are paired by key, even if two `IndexMap`s have their keys in different
/// orders. To pair leaves of different shapes, use [`Flat::zip`](crate::Flat::zip), which compares only structures.
///
/// # Errors
/// If the structures or the shapes differ: every path at which they do. Also as [`tree_map`](crate::tree_map).
///
/// ```
/// use ndarray::{Array1, array};
/// use pytree::tree_map2;
/// let (params, grads) = ((1.0, array![2.0, 3.0]), (10.0, array![0.0, 10.0]));
/// let stepped: (f64, Array1<f64>) = tree_map2(|p, g| &p - &(&g * 0.1), &params, &grads)?;
/// assert_eq!(stepped, (0.0, array![2.0, 2.0]));
///
/// let short = (10.0, array![0.0]);
/// let error = tree_map2::<_, _, _, (f64, Array1<f64>)>(|p, g| &p - &g, &params, &short).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the second tree does not match the first: at [1]: expected shape [2], found [1]"
/// );
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "tree_multimap")]
#[doc(alias = "apply_updates")]
pub fn tree_map2<'a, P, Q, L, R>(
    mut f: impl FnMut(ArrayViewD<'a, P::Elem>, ArrayViewD<'a, Q::Elem>) -> L,
    first: &'a P,
    second: &'a Q,
) -> Result<R, Error>
where
    P: PyTree,
    Q: PyTree,
    R: FromLeaves<L>,
{
    let (first, second) = (tree_flatten(first), tree_flatten(second));
    let second = matching(&first, second, "the second tree does not match the first")?;
    first.zip(second)?.map(|(p, q)| f(p, q)).unflatten()
}

/// Applies `f` to the corresponding leaves of three trees, as [`tree_map2`] does for two.
///
/// # Errors
/// As [`tree_map2`].
///
/// ```
/// use pytree::tree_map3;
/// let (params, mean, square) = ((1.0, vec![2.0]), (0.1, vec![0.2]), (0.01, vec![0.04]));
/// let stepped: (f64, Vec<f64>) =
///     tree_map3(|p, m, v| &p - &(&m / &v.mapv(f64::sqrt)), &params, &mean, &square)?;
/// assert_eq!(stepped, (0.0, vec![1.0]));
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "tree_multimap")]
pub fn tree_map3<'a, P, Q, S, L, R>(
    mut f: impl FnMut(ArrayViewD<'a, P::Elem>, ArrayViewD<'a, Q::Elem>, ArrayViewD<'a, S::Elem>) -> L,
    first: &'a P,
    second: &'a Q,
    third: &'a S,
) -> Result<R, Error>
where
    P: PyTree,
    Q: PyTree,
    S: PyTree,
    R: FromLeaves<L>,
{
    let (first, second, third) = (tree_flatten(first), tree_flatten(second), tree_flatten(third));
    let second = matching(&first, second, "the second tree does not match the first")?;
    let third = matching(&first, third, "the third tree does not match the first")?;
    first.zip3(second, third)?.map(|(p, q, s)| f(p, q, s)).unflatten()
}
