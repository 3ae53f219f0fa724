use ndarray::{ArrayView, ArrayViewD, Dimension};

use crate::build::from_leaves::FromLeaves;
use crate::error::error::Error;
use crate::map::flat::Flat;
use crate::path::key::{KeyPath, KeyRef};
use crate::structure::treedef::{Arena, TreeDef};
use crate::walk::node::Node;
use crate::walk::pytree::PyTree;
use crate::walk::visit::{Skipped, Static, Visitor};

/// Flattens a tree: returns its structure and a view of each leaf, in order.
///
/// ```
/// use pytree::tree_flatten;
/// let tree = (1.0, vec![2.0, 3.0]);
/// let flat = tree_flatten(&tree);
/// assert_eq!(flat.treedef().to_string(), "PyTreeDef((*, *))"); // a `Vec` of numbers is one leaf
/// assert_eq!(flat.leaves()[1][1], 3.0);
/// let back: (f64, Vec<f64>) = flat.unflatten()?;
/// assert_eq!(back, tree);
/// # Ok::<(), pytree::Error>(())
/// ```
pub fn tree_flatten<P: PyTree>(tree: &P) -> Flat<ArrayViewD<'_, P::Elem>> {
    let mut arena = Arena::default();
    let leaves = keep(Calling(|leaf| leaf), tree, &mut arena);
    Flat::from_parts(arena.into(), leaves)
}

/// Builds a tree of the return type from a structure and leaves, which are in the order of the structure.
///
/// # Errors
/// If `leaves.len() != treedef.num_leaves()`, or if `R` does not have the structure or cannot have the shape of a
/// leaf: every path at which it does not.
///
/// ```
/// use pytree::{tree_structure, tree_unflatten};
/// let treedef = tree_structure(&(0.0, (0.0, 0.0)));
/// let tree: (f64, (f64, f64)) = tree_unflatten(&treedef, vec![1.0, 2.0, 3.0])?;
/// assert_eq!(tree, (1.0, (2.0, 3.0)));
/// # Ok::<(), pytree::Error>(())
/// ```
pub fn tree_unflatten<L, R: FromLeaves<L>>(treedef: &TreeDef, leaves: Vec<L>) -> Result<R, Error> {
    Flat::new(treedef.clone(), leaves)?.unflatten()
}

/// The structure of a tree.
///
/// ```
/// use pytree::tree_structure;
/// assert_eq!(tree_structure(&(1.0, vec![2.0, 3.0])).to_string(), "PyTreeDef((*, *))");
/// ```
#[doc(alias = "treedef")]
pub fn tree_structure<P: PyTree>(tree: &P) -> TreeDef {
    TreeDef::of(tree)
}

/// A view of each leaf, in order.
///
/// ```
/// let tree = (1.0, vec![2.0, 3.0]);
/// assert_eq!(pytree::tree_leaves(&tree)[1].shape(), [2]);
/// ```
#[doc(alias = "leaves")]
pub fn tree_leaves<P: PyTree>(tree: &P) -> Vec<ArrayViewD<'_, P::Elem>> {
    tree_flatten(tree).into_leaves()
}

/// The path of each leaf and a view of the leaf, in order.
///
/// ```
/// use pytree::tree_leaves_with_path;
/// for (path, leaf) in tree_leaves_with_path(&vec![ndarray::array![1.0, 2.0]]) {
///     assert_eq!(format!("{path}: {:?}", leaf.shape()), "[0]: [2]");
/// }
/// ```
#[doc(alias = "tree_flatten_with_path")]
#[doc(alias = "flatten_dict")]
#[doc(alias = "named_parameters")]
#[doc(alias = "leaves_with_path")]
#[doc(alias = "tree_paths")]
pub fn tree_leaves_with_path<P: PyTree>(tree: &P) -> Vec<(KeyPath, ArrayViewD<'_, P::Elem>)> {
    tree_flatten(tree).map_with_path(|path, leaf| (path.clone(), leaf)).into_leaves()
}

/// Walks `tree`, writes its structure to `arena`, and returns what `f` keeps of each leaf.
pub(crate) fn keep<'a, P: PyTree, F: KeepLeaf<'a, P::Elem>>(
    f: F,
    tree: &'a P,
    arena: &mut Arena,
) -> Vec<F::Kept> {
    // Room for a small tree, because a `Vec` that grows from 0 takes longer than an allocation of a known size.
    let mut flatten = Flatten { arena, leaves: Vec::with_capacity(16), f };
    tree.walk(&mut flatten);
    flatten.leaves
}

/// A function of a leaf, generic in the number of axes.
pub(crate) trait KeepLeaf<'a, E> {
    type Kept;

    fn keep<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) -> Self::Kept;
}

/// Calls a closure with the leaf as an `ArrayViewD`.
pub(crate) struct Calling<F>(pub F);

impl<'a, E: 'a, L, F: FnMut(ArrayViewD<'a, E>) -> L> KeepLeaf<'a, E> for Calling<F> {
    type Kept = L;

    #[inline]
    fn keep<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) -> L {
        (self.0)(leaf.into_dyn())
    }
}

/// Writes the structure to an arena, and collects what `f` keeps of each leaf.
struct Flatten<'s, L, F> {
    arena: &'s mut Arena,
    leaves: Vec<L>,
    f: F,
}

impl<'a, E: 'a, F: KeepLeaf<'a, E>> Visitor<'a, E> for Flatten<'_, F::Kept, F> {
    #[inline]
    fn node(&mut self, node: Node) {
        Visitor::<E>::node(self.arena, node);
    }

    #[inline]
    fn key(&mut self, key: KeyRef<'_>) {
        // Fields and positions follow from their nodes. They are skipped here to save the call.
        if let KeyRef::Dict(_) | KeyRef::Int(_) = key {
            Visitor::<E>::key(self.arena, key);
        }
    }

    fn static_field<S: Static>(&mut self, value: &S) {
        Visitor::<E>::static_field(self.arena, value);
    }

    fn skipped_field<S: Skipped>(&mut self, value: &S) {
        Visitor::<E>::skipped_field(self.arena, value);
    }

    #[inline]
    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) {
        self.arena.push_leaf();
        if self.leaves.len() == self.leaves.capacity() {
            // Grows by 4 and not by 2: a leaf is up to about a hundred bytes, and moving leaves to a new
            // buffer costs more than reserving memory that is never touched.
            self.leaves.reserve(3 * self.leaves.len() + 16);
        }
        self.leaves.push(self.f.keep(leaf));
    }
}
