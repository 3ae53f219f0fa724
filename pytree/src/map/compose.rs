//! What is done with structures alone: taken apart, put into one another, compared as prefixes.

use crate::error::error::Error;
use crate::map::flat::Flat;
use crate::path::key::{Key, KeyPath};
use crate::structure::diff::{differences, prefix_differences};
use crate::structure::paths::Paths;
use crate::structure::treedef::{Arena, Subtree, TreeDef};
use crate::walk::deep::deep;
use crate::walk::node::Node;

impl TreeDef {
    /// The structures of the children of the root, with their keys; none for a leaf.
    ///
    /// ```
    /// use pytree::tree_structure;
    /// let treedef = tree_structure(&(1.0, (2.0, 3.0)));
    /// let children: Vec<_> = treedef.children().map(|(key, child)| format!("{key} {child}")).collect();
    /// assert_eq!(children, ["[0] PyTreeDef(*)", "[1] PyTreeDef((*, *))"]);
    /// ```
    pub fn children(&self) -> impl Iterator<Item = (Key, TreeDef)> {
        self.root().children().map(|(key, child)| {
            let mut arena = Arena::default();
            copy(child, &mut arena, &mut Arena::push_leaf);
            (key, arena.into())
        })
    }

    /// The paths of the leaves, in order.
    ///
    /// ```
    /// let treedef = pytree::tree_structure(&(1.0, (2.0, 3.0)));
    /// assert!(treedef.leaf_paths().map(|path| path.to_string()).eq(["[0]", "[1][0]", "[1][1]"]));
    /// ```
    pub fn leaf_paths(&self) -> impl Iterator<Item = KeyPath> {
        let mut paths = Paths::new(self);
        std::iter::from_fn(move || paths.next_leaf().cloned())
    }

    /// This structure with `inner` in the place of each leaf.
    ///
    /// ```
    /// use pytree::tree_structure;
    /// let (outer, inner) = (tree_structure(&(0.0,)), tree_structure(&(0.0, 0.0)));
    /// assert_eq!(outer.compose(&inner), tree_structure(&((0.0, 0.0),)));
    /// ```
    #[must_use]
    pub fn compose(&self, inner: &TreeDef) -> TreeDef {
        let mut arena = Arena::default();
        copy(self.root(), &mut arena, &mut |arena| {
            copy(inner.root(), arena, &mut Arena::push_leaf);
        });
        arena.into()
    }

    /// Whether `full` is this structure with something in the place of its leaves.
    ///
    /// ```
    /// use pytree::tree_structure;
    /// let prefix = tree_structure(&(0.0, 0.0));
    /// assert!(prefix.is_prefix_of(&tree_structure(&((0.0, 0.0), 0.0))));
    /// assert!(!prefix.is_prefix_of(&tree_structure(&(0.0,))));
    /// ```
    pub fn is_prefix_of(&self, full: &TreeDef) -> bool {
        prefix_differences(self, full).is_empty()
    }
}

/// Copies the structure under `subtree` with what `leaf` writes for each leaf.
fn copy(subtree: Subtree<'_>, arena: &mut Arena, leaf: &mut dyn FnMut(&mut Arena)) {
    let node = subtree.node();
    if node == Node::Leaf {
        return leaf(arena);
    }
    arena.push_from(subtree.arena, subtree.at, node);
    for (key, child) in subtree.children() {
        arena.copy_key(&key);
        deep(|| copy(child, arena, leaf));
    }
}

impl<L> Flat<L> {
    /// The tree of which this one is a prefix: each leaf stands for all leaves of `full` under it,
    /// so that one value serves a layer, or the whole tree.
    ///
    /// # Errors
    /// If this is no prefix of `full`: every place where it is none.
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

    /// Swaps two structures: a list of states becomes a state of lists.
    ///
    /// # Errors
    /// If the structure is not `outer` with `inner` in place of each leaf: every path at which it differs.
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
    pub fn transpose(self, outer: &TreeDef, inner: &TreeDef) -> Result<Flat<L>, Error> {
        let composed = outer.compose(inner);
        if composed != *self.treedef() {
            let mismatches = differences(&composed, self.treedef(), &|_, _| None);
            return Err(Error::mismatch("the tree does not match outer of inner", mismatches));
        }
        let mut leaves: Vec<_> = self.into_leaves().into_iter().map(Some).collect();
        let (rows, columns) = (outer.num_leaves(), inner.num_leaves());
        let places = (0..columns).flat_map(|j| (0..rows).map(move |i| i * columns + j));
        let leaves = places.filter_map(|place| leaves[place].take()).collect();
        Ok(Flat::from_parts(inner.compose(outer), leaves))
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
