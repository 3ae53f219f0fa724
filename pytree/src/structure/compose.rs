use crate::error::error::{Error, ErrorKind};
use crate::error::print::count;
use crate::path::key::{Key, KeyPath};
use crate::structure::diff::prefix_differences;
use crate::structure::paths::Paths;
use crate::structure::treedef::{Arena, Subtree, TreeDef};
use crate::walk::deep::deep;
use crate::walk::node::Node;

impl TreeDef {
    /// Iterates over the children of the root: the key and the structure of each child, in order. A leaf has none.
    ///
    /// ```
    /// use pytree::tree_structure;
    /// let treedef = tree_structure(&(1.0, (2.0, 3.0)));
    /// let children: Vec<_> = treedef.children().map(|(key, child)| format!("{key} {child}")).collect();
    /// assert_eq!(children, ["[0] PyTreeDef(*)", "[1] PyTreeDef((*, *))"]);
    /// ```
    #[doc(alias = "treespec_children")]
    #[doc(alias = "entries")]
    pub fn children(&self) -> impl Iterator<Item = (Key, TreeDef)> {
        self.root().children().map(|(key, child)| (key, child.to_treedef()))
    }

    /// Iterates over the paths of the leaves, in order.
    ///
    /// ```
    /// let treedef = pytree::tree_structure(&(1.0, (2.0, 3.0)));
    /// assert!(treedef.leaf_paths().map(|path| path.to_string()).eq(["[0]", "[1][0]", "[1][1]"]));
    /// ```
    #[doc(alias = "tree_paths")]
    #[doc(alias = "tree_accessors")]
    pub fn leaf_paths(&self) -> impl Iterator<Item = KeyPath> {
        let mut paths = Paths::new(self);
        std::iter::from_fn(move || paths.next_leaf().cloned())
    }

    /// Replaces each leaf of this structure by the structure `inner`.
    ///
    /// ```
    /// use pytree::tree_structure;
    /// let (outer, inner) = (tree_structure(&(0.0,)), tree_structure(&(0.0, 0.0)));
    /// assert_eq!(outer.compose(&inner), tree_structure(&((0.0, 0.0),)));
    /// ```
    #[must_use]
    pub fn compose(&self, inner: &TreeDef) -> TreeDef {
        self.compose_each(&mut std::iter::repeat(inner))
    }

    /// Replaces each leaf of this structure by the next of `inners`.
    pub(crate) fn compose_each(&self, inners: &mut dyn Iterator<Item = &TreeDef>) -> TreeDef {
        let mut arena = Arena::default();
        copy(self.root(), &mut arena, &mut |arena| match inners.next() {
            Some(inner) => copy(inner.root(), arena, &mut Arena::push_leaf),
            None => arena.push_leaf(),
        });
        arena.into()
    }

    /// Replaces the children of the root: the inverse of [`children`](Self::children). The root keeps its keys and its
    /// static fields. Other nodes are replaced by [`compose`](Self::compose) or come from a tree.
    ///
    /// # Errors
    /// If there are fewer or more children than the root has.
    ///
    /// ```
    /// use pytree::{PyTree, tree_structure};
    /// #[derive(PyTree)]
    /// struct Dense { w: f64, b: f64 }
    ///
    /// let dense = tree_structure(&Dense { w: 0.0, b: 0.0 });
    /// let (leaf, pair) = (tree_structure(&0.0), tree_structure(&(0.0, 0.0)));
    /// let other = dense.with_children([leaf.clone(), pair])?;
    /// assert_eq!(other.to_string(), "PyTreeDef(CustomNode(Dense[()], [*, (*, *)]))");
    ///
    /// let error = dense.with_children([leaf]).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the children do not match the structure: expected 2 children, found 1"
    /// );
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[doc(alias = "make_from_node_data_and_children")]
    #[doc(alias = "treedef_tuple")]
    #[doc(alias = "treespec_list")]
    #[doc(alias = "treespec_dict")]
    pub fn with_children(
        &self,
        children: impl IntoIterator<Item = TreeDef>,
    ) -> Result<TreeDef, Error> {
        let children: Vec<_> = children.into_iter().collect();
        let (root, mut arena) = (self.root(), Arena::default());
        let (expected, found) = (root.node().arity(), children.len());
        if expected != found {
            let expected = count(expected, "child", "children");
            let text = format!("expected {expected}, found {found}");
            return Err(Error::whole(
                ErrorKind::Length,
                "the children do not match the structure",
                text,
            ));
        }
        if root.node() == Node::Leaf {
            return Ok(self.clone());
        }
        arena.push_from(root.arena, root.at, root.node());
        for ((key, _), child) in root.children().zip(&children) {
            arena.copy_key(&key);
            copy(child.root(), &mut arena, &mut Arena::push_leaf);
        }
        Ok(arena.into())
    }

    /// Whether this structure becomes `full` if each leaf is replaced by some structure. Static fields are compared.
    ///
    /// ```
    /// use pytree::tree_structure;
    /// let prefix = tree_structure(&(0.0, 0.0));
    /// assert!(prefix.is_prefix_of(&tree_structure(&((0.0, 0.0), 0.0))));
    /// assert!(!prefix.is_prefix_of(&tree_structure(&(0.0,))));
    /// ```
    #[doc(alias = "treespec_is_prefix")]
    pub fn is_prefix_of(&self, full: &TreeDef) -> bool {
        prefix_differences(self, full).is_empty()
    }
}

impl Subtree<'_> {
    /// The structure of this node and everything under it.
    pub(crate) fn to_treedef(self) -> TreeDef {
        let mut arena = Arena::default();
        copy(self, &mut arena, &mut Arena::push_leaf);
        arena.into()
    }
}

/// Copies the structure under `subtree` to `arena`, and calls `leaf` to write what replaces each leaf.
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
