use ndarray::ArrayViewD;

use crate::error::error::Error;
use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::error::print;
use crate::map::flat::Flat;
use crate::map::flatten::tree_flatten;
use crate::structure::diff::prefix_differences;
use crate::structure::treedef::{Subtree, TreeDef};
use crate::walk::deep::deep;
use crate::walk::node::Node;
use crate::walk::pytree::PyTree;

impl<L> Flat<L> {
    /// Broadcasts a prefix to the structure `full`: clones each leaf for every leaf of `full` under the
    /// same node. One value can then serve a layer, or the whole tree.
    ///
    /// Only structures are compared, so an array of any shape is repeated. [`tree_broadcast`] compares shapes too.
    ///
    /// # Errors
    /// If this structure is not a prefix of `full`: every path at which it is not.
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
    #[doc(alias = "tree_broadcast_prefix")]
    pub fn broadcast(self, full: &TreeDef) -> Result<Flat<L>, Error>
    where
        L: Clone,
    {
        self.repeat(full, "the prefix does not match the tree")
    }

    /// [`broadcast`](Self::broadcast) with an error about `subject`.
    pub(crate) fn repeat(self, full: &TreeDef, subject: &'static str) -> Result<Flat<L>, Error>
    where
        L: Clone,
    {
        if self.treedef() == full {
            return Ok(self);
        }
        let mismatches = prefix_differences(self.treedef(), full);
        if !mismatches.is_empty() {
            return Err(Error::mismatch(subject, mismatches));
        }
        let mut counts = Vec::with_capacity(self.leaves().len());
        leaves_under(self.treedef().root(), full.root(), &mut counts);
        let leaves = self.into_leaves().into_iter().zip(counts);
        let leaves = leaves.flat_map(|(leaf, count)| std::iter::repeat_n(leaf, count));
        Ok(Flat::from_parts(full.clone(), leaves.collect()))
    }
}

/// For each leaf of `prefix`, appends the number of leaves of `full` under the same node.
fn leaves_under(prefix: Subtree<'_>, full: Subtree<'_>, counts: &mut Vec<usize>) {
    if prefix.node() == Node::Leaf {
        return counts.push(full.at.past(full.arena).leaf - full.at.leaf);
    }
    for ((_, prefix), (_, full)) in prefix.children().zip(full.children()) {
        deep(|| leaves_under(prefix, full, counts));
    }
}

/// Broadcasts `prefix` to the structure of `full`: repeats each leaf for every leaf of `full` under the same
/// node. A single learning rate, or one for each layer, then covers all parameters. See [`Flat::broadcast`].
///
/// A leaf of `prefix` must be a number, or have the shape of every leaf that it is repeated for.
///
/// # Errors
/// If the structure of `prefix` is not a prefix of that of `full`, or a leaf has another shape: every path
/// at which they differ.
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
#[doc(alias = "tree_broadcast_prefix")]
#[doc(alias = "broadcast_prefix")]
pub fn tree_broadcast<'a, P: PyTree, Q: PyTree>(
    prefix: &'a P,
    full: &Q,
) -> Result<Flat<ArrayViewD<'a, P::Elem>>, Error> {
    let full = tree_flatten(full);
    let broadcast = tree_flatten(prefix).broadcast(full.treedef())?;
    let fits = |leaf: &ArrayViewD<'_, P::Elem>, full: &ArrayViewD<'_, Q::Elem>| {
        leaf.shape().is_empty() || leaf.shape() == full.shape()
    };
    // Paths are made only if there is an error, since all paths of a deep tree together are long.
    if broadcast.leaves().iter().zip(full.leaves()).all(|(leaf, full)| fits(leaf, full)) {
        return Ok(broadcast);
    }
    let mismatches = broadcast.iter_with_path().zip(full.leaves());
    let mismatches = mismatches.filter(|((_, leaf), full)| !fits(leaf, full));
    let mismatches = mismatches.map(|((path, leaf), full)| {
        let [shape, expected] = [leaf.shape(), full.shape()].map(print::shape);
        let text = format!(
            "expected a number or an array of shape {expected}, found an array of shape {shape}; \
             an array in a prefix must have the shape of every leaf that it is repeated for"
        );
        Mismatch { path, kind: MismatchKind::other(text) }
    });
    Err(Error::mismatch("the prefix does not match the tree", mismatches.collect()))
}
