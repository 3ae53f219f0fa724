use std::collections::BTreeMap;

use crate::path::key::{Key, KeyPath};

/// Paths as a tree of keys, in which paths share their common beginning. Its size is at most the number of keys of all
/// paths.
pub(crate) struct Trie<'p> {
    paths: &'p [KeyPath],
    /// A child is after its parent. The root is the first.
    nodes: Vec<TrieNode>,
}

/// The node that a path, or the beginning of a path, leads to.
pub(crate) struct TrieNode {
    pub children: BTreeMap<Key, usize>,
    /// The indices of the paths that end here.
    pub ends: Vec<usize>,
    /// The index of a path that leads here or goes on from here, and the number of its keys up to here.
    through: (usize, usize),
}

impl<'p> Trie<'p> {
    pub(crate) fn new(paths: &'p [KeyPath]) -> Self {
        let node = |path, depth| {
            let (children, ends) = (BTreeMap::new(), Vec::new());
            TrieNode { children, ends, through: (path, depth) }
        };
        let mut nodes = vec![node(0, 0)];
        for (index, path) in paths.iter().enumerate() {
            let mut at = 0;
            for (depth, key) in path.keys().iter().enumerate() {
                let next = nodes.len();
                // `entry` would clone the key of each path.
                let known = nodes[at].children.get(key).copied();
                if known.is_none() {
                    nodes[at].children.insert(key.clone(), next);
                    nodes.push(node(index, depth + 1));
                }
                at = known.unwrap_or(next);
            }
            nodes[at].ends.push(index);
        }
        Trie { paths, nodes }
    }

    pub(crate) fn nodes(&self) -> &[TrieNode] {
        &self.nodes
    }

    /// The number of keys of the path of a node.
    pub(crate) fn depth(&self, node: usize) -> usize {
        self.nodes[node].through.1
    }

    /// The path of a node.
    pub(crate) fn path(&self, node: usize) -> KeyPath {
        let (path, depth) = self.nodes[node].through;
        let keys = self.paths.get(path).map_or(&[][..], |path| &path.keys()[..depth]);
        keys.iter().cloned().collect()
    }
}
