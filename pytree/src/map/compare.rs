use std::iter::zip;

use ndarray::{ArrayViewD, Zip};
use num_traits::Float;

use crate::error::error::Error;
use crate::map::flatten::tree_flatten;
use crate::map::pair::matching;
use crate::walk::pytree::PyTree;

/// Whether two trees have the same structure, including static fields, and equal leaves. The entries of dicts are
/// compared by key.
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
    let second = second.aligned(first.treedef());
    second.is_ok_and(|second| zip(first.leaves(), second.leaves()).all(|(a, b)| a == b))
}

/// Whether all elements of two trees of the same structure and shapes are close.
///
/// Two elements are close if `|a - b| <= 1e-8 + 1e-5 * |b|`, as in `numpy.allclose`, or if they are equal infinities. A
/// NaN is not close to anything. The entries of dicts are compared by key.
///
/// For other tolerances, for equal NaNs, and to see what differs, use [`tree_compare`](crate::tree_compare).
///
/// # Errors
/// If the structures, including static fields, or the shapes differ: every path at which they do.
///
/// ```
/// use pytree::{tree_all_close, tree_compare};
/// let (a, b) = ((1.0, [2.0, 3.0]), (1.0 + 1e-9, [2.0, 3.1]));
/// assert!(tree_all_close(&a, &a)?);
/// assert!(!tree_all_close(&a, &b)?);
/// assert!(tree_compare(&a, &b)?.atol(0.2).all_close());
///
/// let error = tree_all_close(&a, &(1.0, [2.0])).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the second tree does not match the first: at [1]: expected shape [2], found [1]"
/// );
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "allclose")]
#[doc(alias = "isclose")]
pub fn tree_all_close<P, Q>(first: &P, second: &Q) -> Result<bool, Error>
where
    P: PyTree<Elem: Float>,
    Q: PyTree<Elem = P::Elem>,
{
    let (first, second) = (tree_flatten(first), tree_flatten(second));
    let second = matching(&first, second, "the second tree does not match the first")?;
    let tolerance = Tolerance::default();
    Ok(zip(first.leaves(), second.leaves()).all(|(a, b)| tolerance.all_close(a, b)))
}

/// How far two elements may differ and still count as close.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tolerance<E> {
    pub rtol: E,
    pub atol: E,
    /// Whether a NaN is close to a NaN.
    pub equal_nan: bool,
}

/// The tolerances of `numpy.allclose`.
impl<E: Float> Default for Tolerance<E> {
    fn default() -> Self {
        let number = |x| E::from(x).unwrap_or_else(E::zero);
        Tolerance { rtol: number(1e-5), atol: number(1e-8), equal_nan: false }
    }
}

impl<E: Float> Tolerance<E> {
    // `a == b` covers equal infinities, whose difference is NaN. `|` and `&` do not short-circuit, so the compiler can
    // vectorize a loop.
    #[allow(clippy::needless_bitwise_bool, reason = "`&&` would prevent vectorization")]
    #[inline]
    pub fn close(&self, a: E, b: E) -> bool {
        (a == b)
            | (b.is_finite() & ((a - b).abs() <= self.allowed(b)))
            | (self.equal_nan & a.is_nan() & b.is_nan())
    }

    /// The largest difference between `b` and a number that is close to `b`.
    #[inline]
    pub fn allowed(&self, b: E) -> E {
        self.atol + self.rtol * b.abs()
    }

    /// Whether two arrays of the same shape have close elements.
    pub fn all_close(&self, a: &ArrayViewD<'_, E>, b: &ArrayViewD<'_, E>) -> bool {
        let (Some(a_slice), Some(b_slice)) = (a.as_slice(), b.as_slice()) else {
            return Zip::from(a).and(b).all(|a, b| self.close(*a, *b));
        };
        #[allow(clippy::needless_bitwise_bool, reason = "`&&` would prevent vectorization")]
        let equal = |a: &[E], b: &[E]| zip(a, b).fold(true, |all, (a, b)| all & (a == b));
        let mut chunks = a_slice.chunks(256).zip(b_slice.chunks(256));
        chunks.all(|(a, b)| {
            // Most chunks of two close trees are equal, and comparing is cheaper than the formula.
            equal(a, b) || zip(a, b).fold(true, |all, (a, b)| all & self.close(*a, *b))
        })
    }
}
