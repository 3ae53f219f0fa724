use crate::error::error::Error;
use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::path::key::KeyPath;
use crate::structure::nearest::nearest_node;
use crate::structure::treedef::{Subtree, TreeDef};
use crate::walk::node::Node;

/// The node at `path`.
///
/// # Errors
/// If there is none: `subject` with the keys there are, and the node that is most likely meant.
pub(crate) fn find_node<'t>(
    treedef: &'t TreeDef,
    path: &KeyPath,
    subject: &'static str,
) -> Result<Subtree<'t>, Error> {
    let mut subtree = treedef.root();
    for (depth, key) in path.keys().iter().enumerate() {
        let Some((_, child)) = subtree.children().find(|(other, _)| other == key) else {
            let nearest = nearest_node(treedef, path).map(|path| path.to_string());
            let keys = subtree.children().map(|(key, _)| key).collect();
            let kind = MismatchKind::NoSuchKey { key: key.clone(), keys, nearest };
            let path = path.keys()[..depth].iter().cloned().collect();
            return Err(Error::new(subject, vec![Mismatch { path, kind }]));
        };
        subtree = child;
    }
    Ok(subtree)
}

/// The number of the leaf at `path`.
///
/// # Errors
/// As [`find_node`]; also if the node is no leaf.
pub(crate) fn find_leaf(
    treedef: &TreeDef,
    path: &KeyPath,
    subject: &'static str,
) -> Result<usize, Error> {
    let subtree = find_node(treedef, path, subject)?;
    match subtree.node() {
        Node::Leaf => Ok(subtree.at.leaf),
        found => {
            let kind = MismatchKind::Node { expected: Node::Leaf, found };
            Err(Error::new(subject, vec![Mismatch { path: path.clone(), kind }]))
        }
    }
}
