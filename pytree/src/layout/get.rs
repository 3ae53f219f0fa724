use ndarray::{
    ArrayBase, ArrayView, ArrayViewD, ArrayViewMut, ArrayViewMutD, Axis, Data, Dimension, IxDyn,
};

use crate::error::error::{Error, ErrorKind};
use crate::error::from_text::ToPath;
use crate::error::print::count;
use crate::layout::within::Within;
use crate::structure::treedef::TreeDef;
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::{Visitor, VisitorMut};

pub(crate) const NOT_THERE: &str = "the path does not match the tree";

/// A view of the leaf at `path`. Indices after the path of a leaf select a row or an element of the leaf.
///
/// Each call walks the whole tree. To read many leaves, use [`tree_flatten`](crate::tree_flatten), or ravel the tree
/// and use [`Layout::view`](crate::Layout::view).
///
/// # Errors
/// If `path` is not a valid path, if the tree has no leaf at `path` (the error lists the keys that exist and the
/// most similar path), or if an index is past the end of an axis.
///
/// ```
/// use ndarray::{array, arr0};
/// use pytree::tree_get;
/// let tree = (1.0, vec![array![2.0, 3.0]]);
/// assert_eq!(tree_get(&tree, "[1][0]")?, array![2.0, 3.0].into_dyn());
/// assert_eq!(tree_get(&tree, "[1][0][1]")?, arr0(3.0).into_dyn());
///
/// let error = tree_get(&tree, "[1]").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the path does not match the tree: at [1]: expected a leaf, found a list of 1"
/// );
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "accessor")]
pub fn tree_get<P: PyTree>(tree: &P, path: impl ToPath) -> Result<ArrayViewD<'_, P::Elem>, Error> {
    let treedef = TreeDef::of(tree);
    let within = Within::find(&treedef, &*path.to_path()?, NOT_THERE)?;
    let mut nth = Nth { before: within.leaf, leaf: None };
    tree.walk(&mut nth);
    let leaf = nth.leaf.ok_or_else(|| fewer_leaves(&treedef))?;
    narrow(leaf, &within)
}

/// A mutable view of the leaf at `path`, or of a row or an element of the leaf, as [`tree_get`].
///
/// Each call walks the whole tree twice, and so clones every shared `Rc`, `Arc` and `ArcArray` in the tree.
///
/// # Errors
/// As [`tree_get`].
///
/// ```
/// use pytree::tree_get_mut;
/// let mut tree = (1.0, vec![2.0, 3.0]);
/// tree_get_mut(&mut tree, "[1][0]")?.fill(7.0);
/// assert_eq!(tree, (1.0, vec![7.0, 3.0]));
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "tree_at")]
pub fn tree_get_mut<P: PyTreeMut>(
    tree: &mut P,
    path: impl ToPath,
) -> Result<ArrayViewMutD<'_, P::Elem>, Error> {
    let treedef = TreeDef::of(tree);
    let within = Within::find(&treedef, &*path.to_path()?, NOT_THERE)?;
    let mut nth = Nth { before: within.leaf, leaf: None };
    tree.walk_mut(&mut nth);
    let leaf = nth.leaf.ok_or_else(|| fewer_leaves(&treedef))?;
    narrow(leaf, &within)
}

/// Narrows `leaf` to the row or the element that the path selects.
pub(crate) fn narrow<S: Data>(
    leaf: ArrayBase<S, IxDyn>,
    within: &Within,
) -> Result<ArrayBase<S, IxDyn>, Error> {
    within.part(leaf.shape(), NOT_THERE)?;
    // Now that they are checked, all of them are positions.
    let positions = within.positions.iter().filter_map(|position| usize::try_from(*position).ok());
    Ok(positions.fold(leaf, |leaf, position| leaf.index_axis_move(Axis(0), position)))
}

/// The error for a type that visits fewer leaves in the second walk.
fn fewer_leaves(treedef: &TreeDef) -> Error {
    let leaves = count(treedef.num_leaves(), "leaf", "leaves");
    let text = format!("the first walk visited {leaves}, the second walk fewer");
    Error::whole(ErrorKind::Length, NOT_THERE, text)
}

/// Keeps one leaf of a tree.
struct Nth<L> {
    /// The number of leaves still to come before the wanted one.
    before: usize,
    leaf: Option<L>,
}

impl<L> Nth<L> {
    fn visit(&mut self, leaf: impl FnOnce() -> L) {
        match self.before.checked_sub(1) {
            Some(before) => self.before = before,
            None if self.leaf.is_none() => self.leaf = Some(leaf()),
            None => {}
        }
    }
}

impl<'a, E: 'a> Visitor<'a, E> for Nth<ArrayViewD<'a, E>> {
    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) {
        self.visit(|| leaf.into_dyn());
    }
}

impl<'a, E: 'a> VisitorMut<'a, E> for Nth<ArrayViewMutD<'a, E>> {
    fn leaf<D: Dimension>(&mut self, leaf: ArrayViewMut<'a, E, D>) {
        self.visit(|| leaf.into_dyn());
    }
}
