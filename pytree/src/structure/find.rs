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
/// If the tree does not have it: `subject` with the keys that there are, and the node that is most
/// likely meant.
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

/// The node at `path`; or the leaf on the way there, and how many keys lead to it, if all keys after those
/// are positions: an element of the leaf, or a row.
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
                && path.keys()[depth..].iter().all(|key| matches!(key, Key::Sequence(_))) =>
        {
            Ok((node, depth))
        }
        Err(_) => find_node(treedef, path, subject).map(|subtree| (subtree, path.keys().len())),
    }
}

/// The number of the leaf at `path`.
///
/// # Errors
/// As [`find_node`]; also if the node is not a leaf.
pub(crate) fn find_leaf(
    treedef: &TreeDef,
    path: &KeyPath,
    subject: &'static str,
) -> Result<usize, Error> {
    expect_leaf(find_node(treedef, path, subject)?, path, subject)
}

/// The number of the leaf that `subtree`, at `path`, is.
///
/// # Errors
/// If it is another node.
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

/// The node at `path`, or where the way to it ends.
pub(crate) fn descend<'t>(
    treedef: &'t TreeDef,
    path: &KeyPath,
) -> Result<Subtree<'t>, NoSuchKey<'t>> {
    let mut subtree = treedef.root();
    for (depth, key) in path.keys().iter().enumerate() {
        match subtree.children().find(|(other, _)| other == key) {
            Some((_, child)) => subtree = child,
            None => return Err(NoSuchKey { node: subtree, depth }),
        }
    }
    Ok(subtree)
}

/// The last node on the way to a path, which does not have the key at index `depth` of it.
pub(crate) struct NoSuchKey<'t> {
    node: Subtree<'t>,
    depth: usize,
}

impl NoSuchKey<'_> {
    /// An error about `path`, with the keys that the node has, and what is most likely meant.
    pub(crate) fn error(
        &self,
        path: &KeyPath,
        subject: &'static str,
        nearest: Option<String>,
    ) -> Error {
        let (way, key) = (&path.keys()[..self.depth], &path.keys()[self.depth]);
        let meant = did_you_mean(nearest);
        let text = match self.node.node().arity() {
            0 => format!("there is nothing under it, and no {}{meant}", cut(key)),
            arity => {
                let keys = list(self.node.children().map(|(key, _)| cut(key)), arity, ", ");
                format!("there is no {}, but {keys}{meant}", cut(key))
            }
        };
        let kind = MismatchKind::other(text);
        Error::not_found(subject, vec![Mismatch { path: way.iter().cloned().collect(), kind }])
    }
}
