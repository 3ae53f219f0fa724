//! Two structures whose dicts have the same keys in another order.

use std::collections::BTreeMap;
use std::iter::zip;

use crate::path::key::Key;
use crate::structure::treedef::{Subtree, TreeDef};
use crate::walk::deep::deep;
use crate::walk::node::Node;

/// For each leaf of `expected`, the index of the leaf of `found` with the same path. `None` if the structures differ in
/// more than the order of the keys of dicts.
///
/// Only an `IndexMap`, a map with an enum as its keys and a type of your own can have keys in another order; all other
/// dicts are sorted.
pub(crate) fn align(expected: &TreeDef, found: &TreeDef) -> Option<Vec<usize>> {
    let mut leaves = Vec::with_capacity(expected.num_leaves());
    append(expected.root(), found.root(), &mut leaves).then_some(leaves)
}

/// Appends the indices of the leaves under `found`. Returns `false` if the structures differ.
fn append(expected: Subtree<'_>, found: Subtree<'_>, leaves: &mut Vec<usize>) -> bool {
    let node = expected.node();
    let statics = || zip(expected.statics(), found.statics()).all(|((_, a), (_, b))| a.equals(b));
    if node != found.node() || !statics() {
        return false;
    }
    match node {
        Node::Leaf => {
            leaves.push(found.at.leaf);
            true
        }
        Node::Dict(_) => {
            let by_key: BTreeMap<Key, Subtree<'_>> = found.children().collect();
            expected.children().all(|(key, expected)| {
                by_key.get(&key).is_some_and(|found| deep(|| append(expected, *found, leaves)))
            })
        }
        _ => zip(expected.children(), found.children())
            .all(|((_, expected), (_, found))| deep(|| append(expected, found, leaves))),
    }
}
