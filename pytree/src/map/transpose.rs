use crate::error::error::Error;
use crate::map::flat::Flat;
use crate::structure::diff::differences;
use crate::structure::treedef::TreeDef;

impl<L> Flat<L> {
    /// Swaps two structures: a list of states becomes a state of lists.
    ///
    /// Each leaf stays a leaf, so a list of numbers is built as `Vec<Leaf<f64>>`. For arrays, use
    /// [`tree_stack`](crate::tree_stack): `Vec<(f64, f64)>` becomes `(Vec<f64>, Vec<f64>)`.
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
    #[doc(alias = "tree_transpose")]
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
