use crate::path::key::{Key, KeyPath};
use crate::structure::treedef::{NO_KEY, Position, Subtree, TreeDef, positional_key};
use crate::walk::node::Node;

/// Goes through the nodes of a structure, depth first, and keeps the path of the current one.
///
/// Keys are made once a node, not once a leaf under it.
pub(crate) struct Paths<'t> {
    subtree: Subtree<'t>,
    /// The inner nodes above the next one, each with the number of its children gone by.
    open: Vec<(Node, usize)>,
    path: KeyPath,
}

impl<'t> Paths<'t> {
    pub(crate) fn new(treedef: &'t TreeDef) -> Self {
        Paths { subtree: treedef.root(), open: Vec::new(), path: KeyPath::root() }
    }

    /// The path, the position and the kind of the next node; `None` after the last.
    pub(crate) fn next_node(&mut self) -> Option<(&KeyPath, Position, Node)> {
        while let Some((node, gone)) = self.open.last_mut() {
            if *gone > 0 {
                self.path.pop();
            }
            if *gone < node.arity() {
                let (node, index) = (*node, *gone);
                *gone += 1;
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
        // Asked for in a loop, the path would be borrowed for as long as the loop may run.
        while !matches!(self.next_node()?.2, Node::Leaf) {}
        Some(&self.path)
    }

    fn child_key(&mut self, node: Node, index: usize) -> Key {
        let Node::Dict(_) = node else {
            return positional_key(node, index);
        };
        let key = self.subtree.arena.key(self.subtree.at).unwrap_or(NO_KEY);
        self.subtree.at.key += 1;
        key.into()
    }
}
