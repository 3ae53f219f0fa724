use ndarray::ArrayViewD;

use crate::error::error::Error;
use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::map::flat::Flat;
use crate::map::flatten::tree_flatten;
use crate::structure::diff::prefix_differences;
use crate::structure::treedef::{Subtree, TreeDef};
use crate::walk::deep::deep;
use crate::walk::node::Node;
use crate::walk::pytree::PyTree;

impl<L> Flat<L> {
    /// The tree of which this one is a prefix: each leaf stands for all leaves of `full` under it,
    /// so that one value serves a layer, or the whole tree.
    ///
    /// Structures alone are compared: an array of any shape stands for all leaves under it.
    /// [`tree_broadcast`] compares shapes too.
    ///
    /// # Errors
    /// If this is not a prefix of `full`: every path at which it differs.
    ///
    /// ```
    /// use pytree::tree_flatten;
    /// let (params, rates) = (((1.0, 2.0), 3.0), (0.1, 0.01));
    /// let params = tree_flatten(&params);
    /// let rates = tree_flatten(&rates).broadcast(params.treedef())?;
    /// let scaled: ((f64, f64), f64) = params.zip(rates)?.map(|(p, rate)| &p * &rate).unflatten()?;
    /// assert_eq!(scaled, ((0.1, 0.2), 0.03));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn broadcast(self, full: &TreeDef) -> Result<Flat<L>, Error>
    where
        L: Clone,
    {
        let mismatches = prefix_differences(self.treedef(), full);
        if !mismatches.is_empty() {
            return Err(Error::mismatch("the prefix does not match the tree", mismatches));
        }
        let mut counts = Vec::with_capacity(self.leaves().len());
        leaves_under(self.treedef().root(), full.root(), &mut counts);
        let leaves = self.into_leaves().into_iter().zip(counts);
        let leaves = leaves.flat_map(|(leaf, count)| std::iter::repeat_n(leaf, count));
        Ok(Flat::from_parts(full.clone(), leaves.collect()))
    }
}

/// For each leaf of `prefix` the number of leaves that `full` has in its place.
fn leaves_under(prefix: Subtree<'_>, full: Subtree<'_>, counts: &mut Vec<usize>) {
    if prefix.node() == Node::Leaf {
        return counts.push(full.at.past(full.arena).leaf - full.at.leaf);
    }
    for ((_, prefix), (_, full)) in prefix.children().zip(full.children()) {
        deep(|| leaves_under(prefix, full, counts));
    }
}

/// `prefix` as a tree of the structure of `full`: a leaf of it stands for all leaves under it, so
/// that one number, or one for each layer, serves as learning rates. See [`Flat::broadcast`].
///
/// # Errors
/// If `prefix` is not a prefix of `full`, or has an array (a `Vec` of numbers too) that stands for a
/// leaf of another shape: every path at which that is so.
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
    let fits = |leaf: &ArrayViewD<'_, P::Elem>, full: &ArrayViewD<'_, Q::Elem>| {
        leaf.shape().is_empty() || leaf.shape() == full.shape()
    };
    // Paths are made only where there is something to say: those of a deep tree are long.
    if broadcast.leaves().iter().zip(full.leaves()).all(|(leaf, full)| fits(leaf, full)) {
        return Ok(broadcast);
    }
    let mismatches = broadcast.iter_with_path().zip(full.leaves());
    let mismatches = mismatches.filter(|((_, leaf), full)| !fits(leaf, full));
    let mismatches = mismatches.map(|((path, leaf), full)| {
        let (shape, of) = (leaf.shape(), full.shape());
        let text = format!(
            "an array of shape {shape:?} does not stand for a leaf of shape {of:?}; in a prefix a \
             number does, or an array of the shape of each leaf under it"
        );
        Mismatch { path, kind: MismatchKind::other(text) }
    });
    Err(Error::mismatch("the prefix does not match the tree", mismatches.collect()))
}
