use crate::path::key::{Key, KeyPath};
use crate::structure::treedef::{NO_KEY, Position, Subtree, TreeDef, positional_key};
use crate::walk::node::Node;

/// Iterates over the nodes of a structure, depth first, and updates one path in place.
///
/// The key of a node is made once, and not for each leaf under the node.
pub(crate) struct Paths<'t> {
    subtree: Subtree<'t>,
    /// The ancestors of the next node, each with the number of its children that have been visited.
    open: Vec<(Node, usize)>,
    path: KeyPath,
}

impl<'t> Paths<'t> {
    pub(crate) fn new(treedef: &'t TreeDef) -> Self {
        Paths { subtree: treedef.root(), open: Vec::new(), path: KeyPath::root() }
    }

    /// The path, the position and the kind of the next node; `None` after the last.
    pub(crate) fn next_node(&mut self) -> Option<(&KeyPath, Position, Node)> {
        while let Some((node, visited)) = self.open.last_mut() {
            // The key of the child that was visited before is still on the path.
            if *visited > 0 {
                self.path.pop();
            }
            if *visited < node.arity() {
                let (node, index) = (*node, *visited);
                *visited += 1;
                let key = self.child_key(node, index);
                self.path.push(key);
                break;
            }
            self.open.pop();
        }
        let at = self.subtree.at;
        let node = self.subtree.arena.node(at)?;
        self.subtree.at = at.below(node);
        if node.arity() > 0 {
            self.open.push((node, 0));
        }
        Some((&self.path, at, node))
    }

    /// The path of the next leaf; `None` after the last.
    pub(crate) fn next_leaf(&mut self) -> Option<&KeyPath> {
        // Returning the path from inside the loop would borrow `self` for the whole loop.
        while !matches!(self.next_node()?.2, Node::Leaf) {}
        Some(&self.path)
    }

    /// The key of a child, and past this key in the arena if it is that of a dict.
    fn child_key(&mut self, node: Node, index: usize) -> Key {
        let Node::Dict(_) = node else {
            return positional_key(node, index);
        };
        let key = self.subtree.arena.key(self.subtree.at).unwrap_or(NO_KEY);
        self.subtree.at.key += 1;
        key.into()
    }
}
