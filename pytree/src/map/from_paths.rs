use crate::error::error::Error;
use crate::error::from_text::ToPath;
use crate::error::mismatch::{Mismatch, MismatchKind, Mismatches};
use crate::error::print::{SHOWN, did_you_mean};
use crate::map::flat::Flat;
use crate::path::trie::Trie;
use crate::structure::nearest::likely_meant;
use crate::structure::paths::Paths;
use crate::structure::treedef::TreeDef;
use crate::types::from_paths::{paths_and_leaves, repeated};
use crate::walk::node::Node;

impl<L> Flat<L> {
    /// Puts leaves with their paths, in any order, into a structure. [`unflatten`](Self::unflatten) then builds a tree
    /// of your type.
    ///
    /// Without a structure, [`Tree::from_paths`](crate::Tree::from_paths) builds a tree of lists and dicts.
    ///
    /// # Errors
    /// If a text is not a path. If a leaf is missing, if two leaves have the same path, or if a path does not lead to a
    /// leaf of the structure: the error lists all of these.
    ///
    /// ```
    /// use pytree::{Flat, PyTree, tree_structure};
    ///
    /// #[derive(PyTree, Debug, PartialEq)]
    /// struct Dense { w: f64, b: f64 }
    ///
    /// let treedef = tree_structure(&(Dense { w: 0.0, b: 0.0 }, 0.0));
    /// let leaves = [("[1]", 3.0), ("[0].b", 2.0), ("[0].w", 1.0)];
    /// let tree: (Dense, f64) = Flat::from_paths(&treedef, leaves)?.unflatten()?;
    /// assert_eq!(tree, (Dense { w: 1.0, b: 2.0 }, 3.0));
    ///
    /// let error = Flat::from_paths(&treedef, [("[0].w", 1.0), ("[0].B", 2.0), ("[1]", 3.0)]).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the leaves do not match the structure in 2 places:
    ///   at [0].b: the leaf is missing
    ///   at [0].B: there is no such leaf; did you mean [0].b?"
    /// );
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[doc(alias = "tree_unflatten")]
    #[doc(alias = "unflatten_dict")]
    pub fn from_paths<K: ToPath>(
        treedef: &TreeDef,
        leaves: impl IntoIterator<Item = (K, L)>,
    ) -> Result<Self, Error> {
        let (paths, leaves) = paths_and_leaves(leaves)?;
        let mut leaves: Vec<_> = leaves.into_iter().map(Some).collect();
        let mut used = vec![false; leaves.len()];
        let trie = Trie::new(&paths);
        let (mut in_order, mut mismatches) = (Vec::new(), Mismatches::default());
        // The node of the trie for each node from the root to the current one; `None` if no path leads there.
        let mut reached: Vec<Option<usize>> = Vec::new();
        let mut nodes = Paths::new(treedef);
        while let Some((path, _, node)) = nodes.next_node() {
            let depth = path.keys().len();
            let parent = depth.checked_sub(1).map(|parent| reached[parent]);
            reached.truncate(depth);
            reached.push(match (parent, path.keys().last()) {
                (Some(Some(parent)), Some(key)) => trie.nodes()[parent].children.get(key).copied(),
                (Some(None), _) => None,
                _ => Some(0),
            });
            let ends = reached[depth].map_or(&[][..], |node| &trie.nodes()[node].ends);
            ends.iter().for_each(|end| used[*end] = true);
            let text = match (node, ends) {
                (Node::Leaf, [end]) => {
                    in_order.extend(leaves[*end].take());
                    continue;
                }
                (Node::Leaf, []) => "the leaf is missing".to_string(),
                (_, []) => continue,
                (Node::Leaf, ends) => repeated(ends.len()),
                (node, _) => format!("expected no leaf, because the node is {node}"),
            };
            mismatches.push(path, MismatchKind::other(text));
        }
        let unused: Vec<_> = paths.iter().zip(used).filter(|(_, used)| !used).collect();
        let mut mismatches = mismatches.into_vec();
        if mismatches.is_empty() && unused.is_empty() {
            return Ok(Flat::from_parts(treedef.clone(), in_order));
        }
        // Only the paths that are printed get a hint, because a hint takes a search of the whole tree.
        let meant = likely_meant(unused.iter().take(SHOWN).map(|(path, _)| *path), |search| {
            let mut leaves = Paths::new(treedef);
            while let Some(path) = leaves.next_leaf() {
                search.compare(path);
            }
        });
        let meant: Vec<_> = meant.map(did_you_mean).collect();
        mismatches.extend(unused.into_iter().enumerate().map(|(index, (path, _))| {
            let meant = meant.get(index).map_or("", String::as_str);
            let kind = MismatchKind::other(format!("there is no such leaf{meant}"));
            Mismatch { path: path.clone(), kind }
        }));
        Err(Error::mismatch("the leaves do not match the structure", mismatches))
    }
}
