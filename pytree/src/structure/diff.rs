use std::collections::{BTreeMap, BTreeSet};

use crate::error::mismatch::{Mismatch, MismatchKind, Mismatches};
use crate::path::key::{Key, KeyPath};
use crate::structure::field_value::{StaticValue, read_back};
use crate::structure::treedef::{Subtree, TreeDef};
use crate::walk::deep::deep;
use crate::walk::node::Node;

/// Every node at which the structure `found` differs from `expected`; the caller has found that they differ. Where both
/// have a leaf, `leaf` compares the leaves with these two indices.
pub(crate) fn differences(
    expected: &TreeDef,
    found: &TreeDef,
    leaf: &dyn Fn(usize, usize) -> Option<MismatchKind>,
) -> Vec<Mismatch> {
    all_differences(Diff::new(leaf), expected, found)
}

/// As [`differences`], but ignores the order of the keys of dicts. The structures must differ in something else.
pub(crate) fn differences_by_key(
    expected: &TreeDef,
    found: &TreeDef,
    leaf: &dyn Fn(usize, usize) -> Option<MismatchKind>,
) -> Vec<Mismatch> {
    all_differences(Diff { any_order: true, ..Diff::new(leaf) }, expected, found)
}

fn all_differences(mut diff: Diff<'_>, expected: &TreeDef, found: &TreeDef) -> Vec<Mismatch> {
    diff.compare(expected.root(), found.root());
    if diff.mismatches.is_empty() {
        // Only a type gets here that visits other children than its nodes announce.
        let (expected, found) = (expected.root().node(), found.root().node());
        diff.report(MismatchKind::Node { expected, found });
    }
    diff.mismatches.into_vec()
}

/// Every node at which `prefix` is not a prefix of `full`; empty if it is one.
pub(crate) fn prefix_differences(prefix: &TreeDef, full: &TreeDef) -> Vec<Mismatch> {
    let mut diff = Diff { prefix: true, ..Diff::new(&|_, _| None) };
    diff.compare(prefix.root(), full.root());
    diff.mismatches.into_vec()
}

struct Diff<'f> {
    leaf: &'f dyn Fn(usize, usize) -> Option<MismatchKind>,
    /// Whether an expected leaf matches any node.
    prefix: bool,
    /// Whether the keys of a dict may be in another order.
    any_order: bool,
    path: KeyPath,
    mismatches: Mismatches,
}

impl<'f> Diff<'f> {
    fn new(leaf: &'f dyn Fn(usize, usize) -> Option<MismatchKind>) -> Self {
        let (path, mismatches) = (KeyPath::root(), Mismatches::default());
        Diff { leaf, prefix: false, any_order: false, path, mismatches }
    }

    fn compare(&mut self, expected: Subtree<'_>, found: Subtree<'_>) {
        match (expected.node(), found.node()) {
            (Node::Leaf, Node::Leaf) => {
                if let Some(kind) = (self.leaf)(expected.at.leaf, found.at.leaf) {
                    self.report(kind);
                }
            }
            (Node::Leaf, _) if self.prefix => {}
            (Node::Dict(_), Node::Dict(_)) => self.compare_dicts(expected, found),
            (Node::List(a), Node::List(b)) if a != b => {
                self.report(MismatchKind::Node { expected: Node::List(a), found: Node::List(b) });
                self.compare_children(expected, found);
            }
            (a, b) if a == b => {
                self.compare_statics(expected, found);
                self.compare_children(expected, found);
            }
            (expected, found) => self.report(MismatchKind::Node { expected, found }),
        }
    }

    /// Compares the children pairwise, as far as both nodes have children.
    fn compare_children(&mut self, expected: Subtree<'_>, found: Subtree<'_>) {
        for ((key, expected), (_, found)) in expected.children().zip(found.children()) {
            self.compare_child(key, expected, found);
        }
    }

    fn compare_child(&mut self, key: Key, expected: Subtree<'_>, found: Subtree<'_>) {
        self.path.push(key);
        deep(|| self.compare(expected, found));
        self.path.pop();
    }

    /// Reports missing and extra keys, and shared keys whose order differs; then compares the children of shared keys.
    fn compare_dicts(&mut self, expected: Subtree<'_>, found: Subtree<'_>) {
        let expected_keys: BTreeSet<Key> = expected.children().map(|(key, _)| key).collect();
        let extra: Vec<_> = found
            .children()
            .map(|(key, _)| key)
            .filter(|key| !expected_keys.contains(key))
            .collect();
        // Each found child with its index, to compare the order of the shared keys.
        let mut found_children: BTreeMap<Key, (usize, Subtree<'_>)> = BTreeMap::new();
        for (index, (key, child)) in found.children().enumerate() {
            found_children.insert(key, (index, child));
        }
        let (mut missing, mut shared) = (Vec::new(), Vec::new());
        for (key, expected) in expected.children() {
            match found_children.remove(&key) {
                Some((index, found)) => shared.push((index, key, expected, found)),
                None => missing.push(key),
            }
        }
        if !missing.is_empty() {
            self.report(MismatchKind::MissingKeys(missing));
        }
        if !extra.is_empty() {
            self.report(MismatchKind::ExtraKeys(extra));
        }
        if !self.any_order && !shared.is_sorted_by_key(|(index, ..)| *index) {
            let mut found: Vec<_> = shared.iter().map(|(index, key, ..)| (*index, key)).collect();
            found.sort_unstable();
            let found = found.into_iter().map(|(_, key)| key.clone()).collect();
            let expected = shared.iter().map(|(_, key, ..)| key.clone()).collect();
            self.report(MismatchKind::KeyOrder { expected, found });
        }
        for (_, key, expected, found) in shared {
            self.compare_child(key, expected, found);
        }
    }

    fn compare_statics(&mut self, expected: Subtree<'_>, found: Subtree<'_>) {
        for ((field, expected), (_, found)) in expected.statics().zip(found.statics()) {
            if !expected.equals(found) {
                // `1` and `1.0` may print alike, so types that differ are printed too. A deserialized value has no
                // type.
                let types = [expected.type_name(), found.type_name()];
                let typed =
                    [expected, found].iter().all(|value| read_back(value.as_any()).is_none());
                let show = |value: &dyn StaticValue| {
                    if typed && types[0] != types[1] {
                        format!("{value:?} of type {}", value.type_name())
                    } else {
                        format!("{value:?}")
                    }
                };
                let (expected, found) = (show(expected), show(found));
                self.report(MismatchKind::Static { field, expected, found });
            }
        }
    }

    fn report(&mut self, kind: MismatchKind) {
        self.mismatches.push(&self.path, kind);
    }
}
