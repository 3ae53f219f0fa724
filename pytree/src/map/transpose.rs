use ndarray::ArrayViewD;

use crate::build::from_leaves::FromLeaves;
use crate::error::error::Error;
use crate::map::flat::Flat;
use crate::map::flatten::tree_flatten;
use crate::structure::diff::differences;
use crate::structure::treedef::TreeDef;
use crate::walk::pytree::PyTree;

impl<L> Flat<L> {
    /// Swaps two structures: a list of states becomes a state of lists.
    ///
    /// # Errors
    /// If the structure is not `outer` with `inner` in place of each leaf
    /// ([`outer.compose(inner)`](TreeDef::compose)): every path at which it differs.
    ///
    /// ```
    /// use pytree::{tree_flatten, tree_structure};
    /// type Three = (f64, f64, f64);
    /// let pairs = ((1.0, 2.0), (3.0, 4.0), (5.0, 6.0));
    /// let (outer, inner) = (tree_structure(&(0.0, 0.0, 0.0)), tree_structure(&(0.0, 0.0)));
    /// let pair: (Three, Three) = tree_flatten(&pairs).transpose(&outer, &inner)?.unflatten()?;
    /// assert_eq!(pair, ((1.0, 3.0, 5.0), (2.0, 4.0, 6.0)));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[doc(alias = "tree_transpose_map")]
    pub fn transpose(self, outer: &TreeDef, inner: &TreeDef) -> Result<Flat<L>, Error> {
        let composed = outer.compose(inner);
        if composed != *self.treedef() {
            let mismatches = differences(&composed, self.treedef(), &|_, _| None);
            return Err(Error::mismatch("the tree does not match outer of inner", mismatches));
        }
        // The leaves are a row-major matrix with a row for each leaf of `outer` and a column for each leaf of
        // `inner`. Reading it column by column transposes it; each leaf is taken exactly once.
        let mut leaves: Vec<_> = self.into_leaves().into_iter().map(Some).collect();
        let (rows, columns) = (outer.num_leaves(), inner.num_leaves());
        let by_column = (0..columns).flat_map(|j| (0..rows).map(move |i| i * columns + j));
        let leaves = by_column.filter_map(|index| leaves[index].take()).collect();
        Ok(Flat::from_parts(inner.compose(outer), leaves))
    }
}

/// Swaps two structures: a list of states becomes a state of lists. See [`Flat::transpose`].
///
/// Each leaf stays a leaf, so a list of numbers is built as `Vec<Leaf<f64>>`: a `Vec<f64>` is one leaf.
///
/// # Errors
/// If `tree` does not have the structure `outer` with `inner` in place of each leaf, or if `R` does not have
/// the swapped structure: every path at which it differs.
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
