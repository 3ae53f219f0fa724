use crate::structure::treedef::{Arena, Subtree, TreeDef};
use crate::walk::deep::deep;
use crate::walk::node::Node;

impl TreeDef {
    /// Removes the leaves for which `keep` is false; `keep` has a flag for each leaf. In a dict the key is removed too;
    /// elsewhere `None` replaces the leaf.
    pub(crate) fn retain(&self, keep: &[bool]) -> TreeDef {
        let mut arena = Arena::default();
        copy_retained(self.root(), keep, &mut arena);
        arena.into()
    }
}

/// Copies the structure under `subtree` to `arena`, without the leaves for which `keep` is false.
fn copy_retained(subtree: Subtree<'_>, keep: &[bool], arena: &mut Arena) {
    let dropped = |child: Subtree<'_>| child.node() == Node::Leaf && !keep[child.at.leaf];
    match subtree.node() {
        Node::Leaf if dropped(subtree) => arena.push_from(subtree.arena, subtree.at, Node::None),
        Node::Leaf => arena.push_leaf(),
        Node::Dict(_) => {
            let children: Vec<_> =
                subtree.children().filter(|(_, child)| !dropped(*child)).collect();
            arena.push_from(subtree.arena, subtree.at, Node::Dict(children.len()));
            for (key, child) in children {
                arena.copy_key(&key);
                deep(|| copy_retained(child, keep, arena));
            }
        }
        node => {
            arena.push_from(subtree.arena, subtree.at, node);
            subtree.children().for_each(|(_, child)| deep(|| copy_retained(child, keep, arena)));
        }
    }
}
