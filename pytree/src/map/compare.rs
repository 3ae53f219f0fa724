use ndarray::{ArrayViewD, Zip};
use num_traits::Float;

use crate::map::flatten::tree_flatten;
use crate::walk::pytree::PyTree;

/// Whether two trees have the same structure, including static fields, and equal leaves.
///
/// ```
/// use pytree::tree_equal;
/// assert!(tree_equal(&vec![1.0, 2.0], &vec![1.0, 2.0]));
/// assert!(!tree_equal(&vec![1.0], &(1.0,)));
/// ```
#[doc(alias = "array_equal")]
pub fn tree_equal<P, Q>(first: &P, second: &Q) -> bool
where
    P: PyTree<Elem: PartialEq>,
    Q: PyTree<Elem = P::Elem>,
{
    let (first, second) = (tree_flatten(first), tree_flatten(second));
    first.treedef() == second.treedef()
        && first.leaves().iter().zip(second.leaves()).all(|(a, b)| a == b)
}

/// Whether two trees have the same structure, including static fields, the same shapes, and close elements.
///
/// Two elements are close if `|a - b| <= atol + rtol * |b|`, as in `numpy.allclose`, or if they are equal
/// infinities. A NaN is not close to anything.
///
/// ```
/// use pytree::tree_all_close;
/// assert!(tree_all_close(&[1.0], &[1.0 + 1e-9], 1e-5, 1e-8));
/// assert!(!tree_all_close(&[1.0], &[1.1], 1e-5, 1e-8));
/// ```
#[doc(alias = "allclose")]
#[doc(alias = "isclose")]
pub fn tree_all_close<P, Q>(first: &P, second: &Q, rtol: P::Elem, atol: P::Elem) -> bool
where
    P: PyTree<Elem: Float>,
    Q: PyTree<Elem = P::Elem>,
{
    let (first, second) = (tree_flatten(first), tree_flatten(second));
    first.treedef() == second.treedef()
        && first.leaves().iter().zip(second.leaves()).all(|(a, b)| all_close(a, b, rtol, atol))
}

/// Whether two arrays have the same shape and close elements.
fn all_close<E: Float>(a: &ArrayViewD<'_, E>, b: &ArrayViewD<'_, E>, rtol: E, atol: E) -> bool {
    // `a == b` covers equal infinities, whose difference is NaN. `|` and `&` do not short-circuit, so the
    // compiler can vectorize the loop.
    let close = |a: E, b: E| (a == b) | (b.is_finite() & ((a - b).abs() <= atol + rtol * b.abs()));
    if a.shape() != b.shape() {
        return false;
    }
    let (Some(a_slice), Some(b_slice)) = (a.as_slice(), b.as_slice()) else {
        return Zip::from(a).and(b).all(|a, b| close(*a, *b));
    };
    #[allow(clippy::needless_bitwise_bool, reason = "`&&` would prevent vectorization")]
    let equal = |a: &[E], b: &[E]| a.iter().zip(b).fold(true, |all, (a, b)| all & (a == b));
    let mut chunks = a_slice.chunks(256).zip(b_slice.chunks(256));
    chunks.all(|(a, b)| {
        // Most chunks of two close trees are equal, and comparing is cheaper than the formula.
        equal(a, b) || a.iter().zip(b).fold(true, |all, (a, b)| all & close(*a, *b))
    })
}
