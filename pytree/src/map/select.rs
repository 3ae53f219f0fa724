use crate::error::error::Error;
use crate::error::from_text::ToPattern;
use crate::map::flat::Flat;
use crate::structure::treedef::TreeDef;

/// A value that selects leaves of a tree: a pattern, or a mask.
///
/// | | selects |
/// |---|---|
/// | a text such as `"layers[*].w"`, a [`Pattern`](crate::Pattern), and any other [`ToPattern`](crate::path::ToPattern) | the leaves whose paths match |
/// | `Flat<bool>`, or a reference to one | the leaves that are `true` in the mask, or that are under a node which is `true` in the mask |
///
/// A mask is computed from the leaves, or written as a tree of `bool` with the structure of the tree or of a prefix:
///
/// ```
/// use ndarray::array;
/// use pytree::{Layout, tree_flatten};
/// let params = (array![1.0, 2.0], array![[3.0, 4.0]]);
///
/// let matrices = tree_flatten(&params).map(|leaf| leaf.ndim() > 1);
/// assert_eq!(Layout::of(&params).select(&matrices)?.len(), 2);
///
/// let nested = (params.clone(), params);
/// let second = tree_flatten(&(false, true)).map(|leaf| leaf[[]]);
/// assert_eq!(Layout::of(&nested).select(second)?.len(), 4);
/// # Ok::<(), pytree::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not select leaves",
    note = "a pattern is a text such as \"layers[*].w\", or a `Pattern`; a mask is a `Flat<bool>`, such as \
            `tree_flatten(&tree).map(|leaf| leaf.ndim() > 1)`"
)]
#[doc(alias = "mask")]
#[doc(alias = "filter_spec")]
pub trait Select {
    /// For each leaf, whether it is selected.
    ///
    /// # Errors
    /// If a text is not a pattern, if an alternative of a pattern matches no leaf, which is most likely a typo, if the
    /// exclusions (`!`) leave no leaf, or if the structure of a mask is not that of the tree or of a prefix.
    ///
    /// ```
    /// use pytree::path::Select;
    /// assert_eq!("[1][*]".mask(&pytree::tree_structure(&(1.0, (2.0, 3.0))))?, [false, true, true]);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    fn mask(self, treedef: &TreeDef) -> Result<Vec<bool>, Error>;
}

impl<P: ToPattern> Select for P {
    fn mask(self, treedef: &TreeDef) -> Result<Vec<bool>, Error> {
        self.to_pattern()?.select(treedef)
    }
}

impl Select for Flat<bool> {
    fn mask(self, treedef: &TreeDef) -> Result<Vec<bool>, Error> {
        Ok(self.repeat(treedef, "the mask does not match the tree")?.into_leaves())
    }
}

impl Select for &Flat<bool> {
    fn mask(self, treedef: &TreeDef) -> Result<Vec<bool>, Error> {
        self.clone().mask(treedef)
    }
}
