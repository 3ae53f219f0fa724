use ndarray::{ArrayView, ArrayViewD, Dimension};

use crate::map::flatten::tree_leaves;
use crate::walk::pytree::PyTree;
use crate::walk::visit::Visitor;

/// Folds the leaves in order: `f(.. f(f(init, leaf), leaf) .., leaf)`.
///
/// ```
/// let sum = pytree::tree_reduce(|sum, leaf| sum + leaf.sum(), 0.0, &vec![1.0, 2.0]);
/// assert_eq!(sum, 3.0);
///
/// // All elements of a tree of `bool` are true.
/// let flags = (true, ndarray::array![true, false]);
/// assert!(!pytree::tree_reduce(|all, leaf| all && leaf.iter().all(|x| *x), true, &flags));
/// ```
#[doc(alias = "reduce")]
#[doc(alias = "fold")]
#[doc(alias = "tree_all")]
#[doc(alias = "tree_any")]
#[doc(alias = "tree_sum")]
#[doc(alias = "tree_max")]
#[doc(alias = "tree_min")]
pub fn tree_reduce<'a, P: PyTree, A>(
    f: impl FnMut(A, ArrayViewD<'a, P::Elem>) -> A,
    init: A,
    tree: &'a P,
) -> A {
    tree_leaves(tree).into_iter().fold(init, f)
}

/// The number of elements of all leaves, which is the length of the vector. Does not allocate.
///
/// ```
/// use pytree::tree_size;
/// assert_eq!(tree_size(&(1.0, ndarray::array![[2.0, 3.0], [4.0, 5.0]])), 5);
/// ```
#[doc(alias = "size")]
#[doc(alias = "num_params")]
#[doc(alias = "nbytes")]
pub fn tree_size<P: PyTree>(tree: &P) -> usize {
    let mut size = Size(0);
    tree.walk(&mut size);
    size.0
}

/// Counts the elements.
struct Size(usize);

impl<'a, E: 'a> Visitor<'a, E> for Size {
    #[inline]
    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) {
        self.0 += leaf.len();
    }
}
