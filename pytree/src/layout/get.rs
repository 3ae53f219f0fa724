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

const NOT_THERE: &str = "the path does not match the tree";

/// A view of the leaf at `path`. Positions after the path of a leaf lead to an element of it, or a row.
///
/// Walks the whole tree; for many leaves, or often, take the tree apart
/// ([`tree_flatten`](crate::tree_flatten)) or use its vector ([`Layout::view`](crate::Layout::view)).
///
/// # Errors
/// If the tree has no leaf at `path`, with the keys that there are and the node that is most likely meant;
/// or if a position is past the end of an axis.
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
pub fn tree_get<P: PyTree>(tree: &P, path: impl ToPath) -> Result<ArrayViewD<'_, P::Elem>, Error> {
    let treedef = TreeDef::of(tree);
    let within = Within::find(&treedef, &*path.to_path()?, NOT_THERE)?;
    let mut nth = Nth { before: within.leaf, leaf: None };
    tree.walk(&mut nth);
    let leaf = nth.leaf.ok_or_else(|| fewer_leaves(&treedef))?;
    narrow(leaf, &within)
}

/// A view of the leaf at `path`, to be written to. Takes two walks through the whole tree,
/// which clone what shares its elements (an `Rc`, an `Arc`, an `ArcArray`) wherever it is.
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

/// The element or the row of `leaf` that a path leads to.
fn narrow<S: Data>(
    leaf: ArrayBase<S, IxDyn>,
    within: &Within,
) -> Result<ArrayBase<S, IxDyn>, Error> {
    within.part(leaf.shape(), NOT_THERE)?;
    let row =
        |leaf: ArrayBase<S, IxDyn>, position: &usize| leaf.index_axis_move(Axis(0), *position);
    Ok(within.positions.iter().fold(leaf, row))
}

/// Only a type that visits fewer leaves the second time gets here.
fn fewer_leaves(treedef: &TreeDef) -> Error {
    let leaves = count(treedef.num_leaves(), "leaf", "leaves");
    let text = format!("it had {leaves}, and fewer when it was walked again");
    Error::whole(ErrorKind::Length, NOT_THERE, text)
}

/// Keeps the leaf behind so many others.
struct Nth<L> {
    before: usize,
    leaf: Option<L>,
}

impl<L> Nth<L> {
    fn tell(&mut self, leaf: impl FnOnce() -> L) {
        match self.before.checked_sub(1) {
            Some(before) => self.before = before,
            None if self.leaf.is_none() => self.leaf = Some(leaf()),
            None => {}
        }
    }
}

impl<'a, E: 'a> Visitor<'a, E> for Nth<ArrayViewD<'a, E>> {
    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) {
        self.tell(|| leaf.into_dyn());
    }
}

impl<'a, E: 'a> VisitorMut<'a, E> for Nth<ArrayViewMutD<'a, E>> {
    fn leaf<D: Dimension>(&mut self, leaf: ArrayViewMut<'a, E, D>) {
        self.tell(|| leaf.into_dyn());
    }
}
