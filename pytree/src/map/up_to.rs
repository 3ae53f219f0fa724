use std::vec;

use crate::error::error::Error;
use crate::map::flat::Flat;
use crate::structure::diff::prefix_differences;
use crate::structure::treedef::{Subtree, TreeDef};
use crate::walk::deep::deep;
use crate::walk::node::Node;

impl<L> Flat<L> {
    /// Takes the tree apart at the leaves of a prefix: each leaf of the result is the subtree at the same node. The
    /// inverse is [`flatten`](Flat::flatten).
    ///
    /// With a prefix that has a leaf for each layer, each layer can have a state of its own:
    ///
    /// ```
    /// use ndarray::{Array1, array};
    /// use pytree::{Flat, PyTree, tree_flatten};
    ///
    /// #[derive(PyTree)]
    /// struct Dense { w: Array1<f64>, b: f64 }
    ///
    /// let layers = (Dense { w: array![1.0], b: 2.0 }, Dense { w: array![3.0, 4.0], b: 5.0 });
    /// let counts = (0, 0); // steps of each layer
    /// let counts = tree_flatten(&counts).map(|count| count[[]]);
    ///
    /// let stepped = tree_flatten(&layers)
    ///     .flatten_up_to(counts.treedef())?
    ///     .zip(counts)?
    ///     .map(|(layer, count)| (layer.map(|leaf| &leaf * 0.5), count + 1));
    /// let (layers, counts) = stepped.unzip();
    /// let layers: (Dense, Dense) = layers.flatten().unflatten()?;
    /// assert_eq!((layers.1.w, layers.1.b), (array![1.5, 2.0], 2.5));
    /// assert_eq!(counts.leaves(), [1, 1]);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `prefix` is not a prefix of this structure: every path at which it is not.
    pub fn flatten_up_to(self, prefix: &TreeDef) -> Result<Flat<Flat<L>>, Error> {
        let mismatches = prefix_differences(prefix, self.treedef());
        if !mismatches.is_empty() {
            return Err(Error::mismatch("the prefix does not match the tree", mismatches));
        }
        let (treedef, leaves) = self.into_parts();
        let mut below = Vec::with_capacity(prefix.num_leaves());
        subtrees(prefix.root(), treedef.root(), &mut leaves.into_iter(), &mut below);
        Ok(Flat::from_parts(prefix.clone(), below))
    }
}

impl<L> Flat<Flat<L>> {
    /// Replaces each leaf, which is a subtree, by the nodes of the subtree: the inverse of
    /// [`flatten_up_to`](Flat::flatten_up_to), which has an example. The subtrees may have any structures.
    pub fn flatten(self) -> Flat<L> {
        let (treedef, below) = self.into_parts();
        let treedef = treedef.compose_each(&mut below.iter().map(Flat::treedef));
        let leaves = below.into_iter().flat_map(Flat::into_leaves).collect();
        Flat::from_parts(treedef, leaves)
    }
}

/// For each leaf of `prefix`, appends the subtree of `full` at the same node; `leaves` has the leaves of `full`.
fn subtrees<L>(
    prefix: Subtree<'_>,
    full: Subtree<'_>,
    leaves: &mut vec::IntoIter<L>,
    below: &mut Vec<Flat<L>>,
) {
    if prefix.node() == Node::Leaf {
        let treedef = full.to_treedef();
        let leaves = leaves.by_ref().take(treedef.num_leaves()).collect();
        return below.push(Flat::from_parts(treedef, leaves));
    }
    for ((_, prefix), (_, full)) in prefix.children().zip(full.children()) {
        deep(|| subtrees(prefix, full, leaves, below));
    }
}
