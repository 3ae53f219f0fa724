use ndarray::{Array, ArrayD, ArrayView, ArrayViewD, Dimension, IxDyn, Zip};
use num_traits::{Float, Zero};

use crate::build::from_leaves::FromLeaves;
use crate::error::error::Error;
use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::map::flat::Flat;
use crate::map::tree_map::{tree_flatten, tree_leaves, tree_map};
use crate::structure::treedef::TreeDef;
use crate::walk::pytree::PyTree;
use crate::walk::visit::Visitor;

/// The number of elements of all leaves; the length of the vector. Nothing is allocated.
///
/// ```
/// use pytree::tree_size;
/// assert_eq!(tree_size(&(1.0, ndarray::array![[2.0, 3.0], [4.0, 5.0]])), 5);
/// ```
pub fn tree_size<P: PyTree>(tree: &P) -> usize {
    let mut size = Size(0);
    tree.walk(&mut size);
    size.0
}

/// The number of bytes that the elements of all leaves take.
///
/// ```
/// assert_eq!(pytree::tree_nbytes(&[1.0_f32, 2.0]), 8);
/// ```
pub fn tree_nbytes<P: PyTree>(tree: &P) -> usize {
    tree_size(tree) * size_of::<P::Elem>()
}

/// Whether all elements of all leaves are true; so they are if there are none.
///
/// ```
/// use pytree::{tree_all, tree_map};
/// let finite: Vec<bool> = tree_map(|leaf| leaf.mapv(f64::is_finite), &vec![0.0, 0.5])?;
/// assert!(tree_all(&finite));
/// # Ok::<(), pytree::Error>(())
/// ```
pub fn tree_all<P: PyTree<Elem = bool>>(tree: &P) -> bool {
    tree_leaves(tree).iter().all(|leaf| leaf.iter().all(|x| *x))
}

/// Whether some element of some leaf is true; so it is not if there are none.
///
/// ```
/// assert!(pytree::tree_any(&(false, ndarray::array![false, true])));
/// ```
pub fn tree_any<P: PyTree<Elem = bool>>(tree: &P) -> bool {
    tree_leaves(tree).iter().any(|leaf| leaf.iter().any(|x| *x))
}

/// Whether two trees have one structure, static fields included, and equal leaves.
///
/// ```
/// use pytree::tree_equal;
/// assert!(tree_equal(&vec![1.0, 2.0], &vec![1.0, 2.0]));
/// assert!(!tree_equal(&vec![1.0], &(1.0,)));
/// ```
pub fn tree_equal<P, Q>(first: &P, second: &Q) -> bool
where
    P: PyTree<Elem: PartialEq>,
    Q: PyTree<Elem = P::Elem>,
{
    let (first, second) = (tree_flatten(first), tree_flatten(second));
    first.treedef() == second.treedef()
        && first.leaves().iter().zip(second.leaves()).all(|(a, b)| a == b)
}

/// Whether two trees have one structure, static fields included, leaves of the same shapes, and
/// elements with `|a - b| <= atol + rtol * |b|`, as `numpy.allclose` has it: a NaN is close to none.
///
/// ```
/// use pytree::tree_all_close;
/// assert!(tree_all_close(&[1.0], &[1.0 + 1e-9], 1e-5, 1e-8));
/// assert!(!tree_all_close(&[1.0], &[1.1], 1e-5, 1e-8));
/// ```
pub fn tree_all_close<P, Q>(first: &P, second: &Q, rtol: P::Elem, atol: P::Elem) -> bool
where
    P: PyTree<Elem: Float>,
    Q: PyTree<Elem = P::Elem>,
{
    let (first, second) = (tree_flatten(first), tree_flatten(second));
    first.treedef() == second.treedef()
        && first.leaves().iter().zip(second.leaves()).all(|(a, b)| all_close(a, b, rtol, atol))
}

/// Whether two arrays have one shape and close elements.
fn all_close<E: Float>(a: &ArrayViewD<'_, E>, b: &ArrayViewD<'_, E>, rtol: E, atol: E) -> bool {
    // Infinities are close to themselves. No operator here is lazy, so that the compiler can take several
    // elements at a time.
    let close = |a: E, b: E| (a == b) | (b.is_finite() & ((a - b).abs() <= atol + rtol * b.abs()));
    if a.shape() != b.shape() {
        return false;
    }
    let (Some(a_slice), Some(b_slice)) = (a.as_slice(), b.as_slice()) else {
        return Zip::from(a).and(b).all(|a, b| close(*a, *b));
    };
    // Equal elements are close, and to compare them takes less than the formula.
    a_slice
        .chunks(64)
        .zip(b_slice.chunks(64))
        .all(|(a, b)| a == b || a.iter().zip(b).fold(true, |all, (a, b)| all & close(*a, *b)))
}

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

/// `prefix` as a tree of the structure of `full`: a leaf of it stands for all leaves under it, so
/// that one number, or one for each layer, serves as learning rates. See [`Flat::broadcast`].
///
/// # Errors
/// If `prefix` is no prefix of `full`: every place where it is none.
///
/// ```
/// use pytree::{tree_broadcast, tree_flatten};
/// let params = ((1.0, 2.0), (3.0, 4.0));
/// let decayed: ((f64, f64), (f64, f64)) = tree_flatten(&params)
///     .zip(tree_broadcast(&(0.5, 1.0), &params)?)?
///     .map(|(p, decay)| &p * &decay)
///     .unflatten()?;
/// assert_eq!(decayed, ((0.5, 1.0), (3.0, 4.0)));
/// # Ok::<(), pytree::Error>(())
/// ```
pub fn tree_broadcast<'a, P: PyTree, Q: PyTree>(
    prefix: &'a P,
    full: &Q,
) -> Result<Flat<ArrayViewD<'a, P::Elem>>, Error> {
    let full = tree_flatten(full);
    let broadcast = tree_flatten(prefix).broadcast(full.treedef())?;
    let mut mismatches = Vec::new();
    for ((path, leaf), full) in broadcast.iter_with_path().zip(full.leaves()) {
        let (shape, of) = (leaf.shape(), full.shape());
        if !shape.is_empty() && shape != of {
            let text = format!(
                "an array of shape {shape:?} does not stand for a leaf of shape {of:?}; in a prefix \
                 a number does, or an array of the shape of each leaf under it"
            );
            mismatches.push(Mismatch { path, kind: MismatchKind::other(text) });
        }
    }
    if mismatches.is_empty() {
        Ok(broadcast)
    } else {
        Err(Error::mismatch("the prefix does not match the tree", mismatches))
    }
}

/// Swaps two structures: a list of states becomes a state of lists. See [`Flat::transpose`].
///
/// The leaves stay apart: a list of numbers is built as `Vec<Leaf<f64>>`, since a `Vec<f64>` is one leaf.
///
/// # Errors
/// If `tree` does not have the structure `outer` with `inner` in place of each leaf, or `R` does not
/// have the swapped one.
///
/// ```
/// use pytree::{Leaf, tree_structure, tree_transpose};
/// let pairs = vec![(1.0, 2.0), (3.0, 4.0)];
/// let (outer, inner) = (tree_structure(&[Leaf(0.0); 2]), tree_structure(&(0.0, 0.0)));
/// let lists: (Vec<Leaf<f64>>, Vec<Leaf<f64>>) = tree_transpose(&outer, &inner, &pairs)?;
/// assert_eq!(lists, (vec![Leaf(1.0), Leaf(3.0)], vec![Leaf(2.0), Leaf(4.0)]));
/// # Ok::<(), pytree::Error>(())
/// ```
pub fn tree_transpose<'a, P, R>(outer: &TreeDef, inner: &TreeDef, tree: &'a P) -> Result<R, Error>
where
    P: PyTree,
    R: FromLeaves<ArrayViewD<'a, P::Elem>>,
{
    tree_flatten(tree).transpose(outer, inner)?.unflatten()
}

/// Counts the elements.
struct Size(usize);

impl<'a, E: 'a> Visitor<'a, E> for Size {
    #[inline]
    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) {
        self.0 += leaf.len();
    }
}
