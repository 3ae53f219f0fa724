use ndarray::{ArrayView, ArrayViewD, Dimension};

use crate::map::flatten::tree_leaves;
use crate::walk::pytree::PyTree;
use crate::walk::visit::Visitor;

/// Folds the leaves in order: `f(.. f(f(init, leaf), leaf) .., leaf)`.
///
/// ```
/// let sum = pytree::tree_reduce(|sum, leaf| sum + leaf.sum(), 0.0, &vec![1.0, 2.0]);
/// assert_eq!(sum, 3.0);
/// ```
pub fn tree_reduce<'a, P: PyTree, A>(
    f: impl FnMut(A, ArrayViewD<'a, P::Elem>) -> A,
    init: A,
    tree: &'a P,
) -> A {
    tree_leaves(tree).into_iter().fold(init, f)
}

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

/// Counts the elements.
struct Size(usize);

impl<'a, E: 'a> Visitor<'a, E> for Size {
    #[inline]
    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) {
        self.0 += leaf.len();
    }
}
