use crate::error::error::Error;
use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::error::print::{cut, did_you_mean, list};
use crate::path::key::{Key, KeyPath};
use crate::structure::nearest::nearest_node;
use crate::structure::treedef::{Subtree, TreeDef};
use crate::walk::node::Node;

/// The node at `path`.
///
/// # Errors
/// If the tree does not have the node: an error about `subject` with the keys that exist and the most similar path.
pub(crate) fn find_node<'t>(
    treedef: &'t TreeDef,
    path: &KeyPath,
    subject: &'static str,
) -> Result<Subtree<'t>, Error> {
    descend(treedef, path).map_err(|no_such_key| {
        let nearest = nearest_node(treedef, path).map(|path| path.to_string());
        no_such_key.error(path, subject, nearest)
    })
}

/// The node at `path`, with the number of keys of `path`. If the path goes on after a leaf and all further keys are
/// positions (of a row or an element of the leaf), the leaf, with the number of keys that lead to it.
///
/// # Errors
/// As [`find_node`].
pub(crate) fn find_within<'t>(
    treedef: &'t TreeDef,
    path: &KeyPath,
    subject: &'static str,
) -> Result<(Subtree<'t>, usize), Error> {
    match descend(treedef, path) {
        Ok(subtree) => Ok((subtree, path.keys().len())),
        Err(NoSuchKey { node, depth })
            if node.node() == Node::Leaf
                && path.keys()[depth..]
                    .iter()
                    .all(|key| matches!(key, Key::Sequence(_) | Key::Int(_))) =>
        {
            Ok((node, depth))
        }
        Err(_) => find_node(treedef, path, subject).map(|subtree| (subtree, path.keys().len())),
    }
}

/// The index of the leaf at `path`.
///
/// # Errors
/// As [`find_node`], and if the node is not a leaf.
pub(crate) fn find_leaf(
    treedef: &TreeDef,
    path: &KeyPath,
    subject: &'static str,
) -> Result<usize, Error> {
    expect_leaf(find_node(treedef, path, subject)?, path, subject)
}

/// The index of the leaf `subtree`, which is at `path`.
///
/// # Errors
/// If `subtree` is not a leaf.
pub(crate) fn expect_leaf(
    subtree: Subtree<'_>,
    path: &KeyPath,
    subject: &'static str,
) -> Result<usize, Error> {
    match subtree.node() {
        Node::Leaf => Ok(subtree.at.leaf),
        found => {
            let kind = MismatchKind::Node { expected: Node::Leaf, found };
            Err(Error::not_found(subject, vec![Mismatch { path: path.clone(), kind }]))
        }
    }
}

/// The node at `path`, or the last node on the way to it that exists.
pub(crate) fn descend<'t>(
    treedef: &'t TreeDef,
    path: &KeyPath,
) -> Result<Subtree<'t>, NoSuchKey<'t>> {
    let mut subtree = treedef.root();
    for (depth, key) in path.keys().iter().enumerate() {
        match subtree.child(key) {
            Some(child) => subtree = child,
            None => return Err(NoSuchKey { node: subtree, depth }),
        }
    }
    Ok(subtree)
}

/// The last node on the way to a path. It does not have the key at index `depth` of the path.
pub(crate) struct NoSuchKey<'t> {
    node: Subtree<'t>,
    depth: usize,
}

impl NoSuchKey<'_> {
    /// The error about `path`, with the keys that the node has, and the suggestion `nearest`.
    pub(crate) fn error(
        &self,
        path: &KeyPath,
        subject: &'static str,
        nearest: Option<String>,
    ) -> Error {
        let (parent, key) = (&path.keys()[..self.depth], &path.keys()[self.depth]);
        let suggestion = did_you_mean(nearest);
        let text = match self.node.node().arity() {
            0 => format!("there is no {}, because the node has no children{suggestion}", cut(key)),
            arity => {
                let keys = list(self.node.children().map(|(key, _)| cut(key)), arity, ", ");
                format!("there is no {}; the keys are {keys}{suggestion}", cut(key))
            }
        };
        let kind = MismatchKind::other(text);
        Error::not_found(subject, vec![Mismatch { path: parent.iter().cloned().collect(), kind }])
    }
}
