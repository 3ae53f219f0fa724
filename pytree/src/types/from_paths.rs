use crate::error::error::Error;
use crate::error::from_text::ToPath;
use crate::error::mismatch::{MismatchKind, Mismatches};
use crate::error::print::{SHOWN, cut, list};
use crate::path::key::{Key, KeyPath};
use crate::path::trie::{Trie, TrieNode};
use crate::types::tree::Tree;

impl<L> Tree<L> {
    /// Builds a tree from leaves with their paths, in any order.
    ///
    /// Children at positions become a list, which needs all positions from 0 on. Children with names become a dict:
    /// keys of dicts (`['w']`), fields of structs (`.w`), and negative integers. Paths do not show whether a list was a
    /// tuple, or that a node has no leaves, so a tuple becomes a list, and a node without leaves is lost. To put leaves
    /// into a structure that is known, use [`Flat::from_paths`](crate::Flat::from_paths).
    ///
    /// # Errors
    /// If a text is not a path. If two leaves have the same path, if a leaf is under another leaf, if a list lacks a
    /// position, or if a node has both positions and names: the error lists all of these.
    ///
    /// ```
    /// use pytree::Tree;
    /// let tree = Tree::from_paths([("layers[1].w", 2.0), ("scale", 3.0), ("layers[0].w", 1.0)])?;
    /// let layer = |w| Tree::Dict([("w".to_string(), Tree::Leaf(w))].into());
    /// let layers = ("layers".to_string(), Tree::List(vec![layer(1.0), layer(2.0)]));
    /// assert_eq!(tree, Tree::Dict([layers, ("scale".to_string(), Tree::Leaf(3.0))].into()));
    ///
    /// let error = Tree::from_paths([("w[2]", 1.0), ("w[0]", 2.0), ("b", 3.0), ("b", 4.0)]).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the leaves do not make a tree in 2 places:
    ///   at .w: position 1 is missing
    ///   at .b: there are 2 leaves with this path"
    /// );
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[doc(alias = "unflatten_dict")]
    #[doc(alias = "from_iterable_tree")]
    pub fn from_paths<K: ToPath>(
        leaves: impl IntoIterator<Item = (K, L)>,
    ) -> Result<Tree<L>, Error> {
        let (paths, leaves) = paths_and_leaves(leaves)?;
        let mut leaves: Vec<_> = leaves.into_iter().map(Some).collect();
        let trie = Trie::new(&paths);
        let mut mismatches = Mismatches::default();
        for (index, node) in trie.nodes().iter().enumerate() {
            for text in mistakes(node) {
                let path = || trie.path(index);
                mismatches.push_with(trie.depth(index), path, MismatchKind::other(text));
            }
        }
        if !mismatches.is_empty() {
            return Err(Error::mismatch("the leaves do not make a tree", mismatches.into_vec()));
        }
        // From the last node to the root, without recursion: the children of a node are after the node.
        let mut built: Vec<Tree<L>> = Vec::new();
        built.resize_with(trie.nodes().len(), Tree::default);
        for (index, node) in trie.nodes().iter().enumerate().rev() {
            let mut child = |index: &usize| std::mem::take(&mut built[*index]);
            built[index] = if let Some(leaf) = node.ends.first() {
                leaves[*leaf].take().map_or(Tree::None, Tree::Leaf)
            } else if node.children.keys().any(is_position) {
                // In the order of keys, positions are by value.
                Tree::List(node.children.values().map(child).collect())
            } else if node.children.is_empty() {
                Tree::None
            } else {
                let entry = |(key, index): (&Key, &usize)| (key.name().into_owned(), child(index));
                Tree::Dict(node.children.iter().map(entry).collect())
            };
        }
        Ok(built.swap_remove(0))
    }
}

/// The paths and the leaves of pairs.
///
/// # Errors
/// If a text is not a path.
pub(crate) fn paths_and_leaves<K: ToPath, L>(
    pairs: impl IntoIterator<Item = (K, L)>,
) -> Result<(Vec<KeyPath>, Vec<L>), Error> {
    let pairs = pairs.into_iter();
    let pairs = pairs.map(|(path, leaf)| path.to_path().map(|path| (path.into_owned(), leaf)));
    pairs.collect()
}

/// The text for a path that several leaves have.
pub(crate) fn repeated(leaves: usize) -> String {
    format!("there are {leaves} leaves with this path")
}

/// The messages about a node that cannot be a node of a tree.
fn mistakes(node: &TrieNode) -> Vec<String> {
    let mut mistakes = Vec::new();
    let (leaves, children) = (node.ends.len(), &node.children);
    if leaves > 1 {
        mistakes.push(repeated(leaves));
    }
    let Some((last, _)) = children.last_key_value() else { return mistakes };
    if leaves > 0 {
        let text = format!("there is a leaf with this path, and a node {} under it", cut(last));
        mistakes.push(text);
    }
    let name = children.keys().find(|key| !is_position(key));
    let position = children.keys().find(|key| is_position(key));
    if let (Some(name), Some(position)) = (name, position) {
        let (name, position) = (cut(name), cut(position));
        mistakes.push(format!(
            "{position} is a position and {name} is not; a node has one or the other"
        ));
    } else if position.is_some() {
        mistakes.extend(missing_positions(children.keys().filter_map(position_of)));
    } else {
        mistakes.extend(ambiguous(children.keys()));
    }
    mistakes
}

/// The message about the positions that a list lacks; `positions` are in order.
fn missing_positions(positions: impl Iterator<Item = usize>) -> Option<String> {
    let (mut next, mut total, mut missing) = (0, 0, Vec::new());
    for position in positions {
        total += position - next;
        missing.extend((next..position).take(SHOWN - missing.len()));
        next = position.saturating_add(1);
    }
    let verb = if total == 1 { "position" } else { "positions" };
    let is = if total == 1 { "is" } else { "are" };
    (total > 0).then(|| format!("{verb} {} {is} missing", list(missing, total, ", ")))
}

/// The message about keys that are one key in a `Tree`, such as `.w` and `['w']`.
fn ambiguous<'k>(keys: impl Iterator<Item = &'k Key>) -> Option<String> {
    let mut names: Vec<_> = keys.map(|key| (key.name(), key)).collect();
    names.sort_by(|(a, _), (b, _)| a.cmp(b));
    let same: Vec<_> = names.windows(2).filter(|pair| pair[0].0 == pair[1].0).collect();
    let pairs = same.iter().map(|pair| format!("{} and {}", cut(pair[0].1), cut(pair[1].1)));
    let pairs = || list(pairs, same.len(), "; ");
    (!same.is_empty()).then(|| format!("the keys {} are the same in a `Tree`", pairs()))
}

fn is_position(key: &Key) -> bool {
    position_of(key).is_some()
}

fn position_of(key: &Key) -> Option<usize> {
    match key {
        Key::Sequence(position) => Some(*position),
        Key::Int(integer) => usize::try_from(*integer).ok(),
        _ => None,
    }
}
