//! Selects leaves by pattern.

use std::iter::zip;

use crate::error::error::Error;
use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::error::print::{SHOWN, cut_path, quote};
use crate::path::key::KeyPath;
use crate::path::matcher::Matcher;
use crate::path::pattern::Pattern;
use crate::structure::nearest::Search;
use crate::structure::paths::Paths;
use crate::structure::treedef::{Position, TreeDef};
use crate::walk::node::Node;

impl Pattern {
    /// For each leaf, whether the pattern selects it.
    ///
    /// # Errors
    /// If one of the alternatives matches no leaf, which is most likely a typo, or if the exclusions (`!`) leave no
    /// leaf.
    pub(crate) fn select(&self, treedef: &TreeDef) -> Result<Vec<bool>, Error> {
        let mut unmatched = vec![true; self.num_alternatives()];
        let mut selected = Vec::with_capacity(treedef.num_leaves());
        for_each_node(self, treedef, |_, _, node, matched| {
            if node == Node::Leaf {
                // A pattern of exclusions alone selects all other leaves.
                let (mut included, mut excluded) = (self.only_excludes(), false);
                for alternative in matched {
                    unmatched[alternative] = false;
                    if self.excludes(alternative) { excluded = true } else { included = true }
                }
                selected.push(included && !excluded);
            }
        });
        let unmatched = zip(0.., unmatched).filter(|(_, unmatched)| *unmatched);
        let unmatched: Vec<usize> = unmatched.map(|(alternative, _)| alternative).collect();
        let texts = if !unmatched.is_empty() {
            self.no_match(&unmatched, treedef)
        } else if !selected.contains(&true) {
            vec![format!("no leaf is left: {} excludes every leaf that it matches", self.quoted())]
        } else {
            return Ok(selected);
        };
        let mismatches = texts
            .into_iter()
            .map(|text| Mismatch { path: KeyPath::root(), kind: MismatchKind::Whole(text.into()) });
        Err(Error::not_found("the pattern does not match the tree", mismatches.collect()))
    }

    /// A message for each alternative that matches no leaf. As many as are printed also have a hint: the inner node
    /// that the alternative matches, or else the most similar path of a leaf.
    fn no_match(&self, unmatched: &[usize], treedef: &TreeDef) -> Vec<String> {
        let printed = &unmatched[..unmatched.len().min(SHOWN)];
        let all = self.only(printed);
        let each: Vec<_> = printed.iter().map(|alternative| self.only(&[*alternative])).collect();
        let mut inner: Vec<Option<(KeyPath, Node)>> = vec![None; printed.len()];
        // For a pattern that ends in a position, the leaf that it would reach into.
        let shorter: Vec<_> = each.iter().map(Pattern::without_position).collect();
        let mut reached: Vec<Option<KeyPath>> = vec![None; printed.len()];
        let (mut search, mut first) = (Search::new(&each), None);
        let arena = treedef.root().arena;
        for_each_node(&all, treedef, |path, at, node, matched| {
            if node == Node::Leaf {
                first.get_or_insert_with(|| path.clone());
                search.compare(path);
                for (reached, shorter) in zip(&mut reached, &shorter) {
                    if reached.is_none()
                        && shorter.as_ref().is_some_and(|shorter| shorter.matches(path))
                    {
                        *reached = Some(path.clone());
                    }
                }
            } else if !path.keys().is_empty() && at.past(arena).leaf > at.leaf {
                for alternative in matched {
                    inner[alternative].get_or_insert_with(|| (path.clone(), node));
                }
            }
        });
        let found = zip(inner, search.finish().map(|nearest| nearest.map(|(_, path)| path)));
        let texts = zip(zip(&each, reached), found).map(|((pattern, reached), (inner, nearest))| {
            let quoted = pattern.quoted();
            if let Some(path) = reached {
                let leaf = match path.keys() {
                    [] => "the root".to_string(),
                    _ => cut_path(&path),
                };
                return format!(
                    "no leaf matches {quoted}; {leaf} is a single leaf, and a pattern selects whole leaves: \
                     remove the last position"
                );
            }
            if let Some((path, node)) = inner {
                let (path, all) = (cut_path(&path), quote(&format!("{pattern}.**")));
                return format!(
                    "{quoted} matches {node} at {path}, which is not a leaf; \
                     to select the leaves under it, write {all}"
                );
            }
            let hint = match (&nearest, &first) {
                (_, None) => "there are no leaves".to_string(),
                (_, Some(first)) if first.keys().is_empty() => "the only leaf is the root".into(),
                (Some(path), _) => format!("the nearest is {}", cut_path(path)),
                (None, Some(first)) => format!("the first leaf is {}", cut_path(first)),
            };
            format!("no leaf matches {quoted}; {hint}")
        });
        let others = unmatched[printed.len()..]
            .iter()
            .map(|alternative| format!("no leaf matches {}", self.only(&[*alternative]).quoted()));
        texts.chain(others).collect()
    }

    fn quoted(&self) -> String {
        quote(&self.to_string())
    }
}

/// Calls `f` for each node, depth first, with its path, its position, its kind, and the indices of the alternatives of
/// the pattern that match the path.
pub(crate) fn for_each_node(
    pattern: &Pattern,
    treedef: &TreeDef,
    mut f: impl FnMut(&KeyPath, Position, Node, &mut dyn Iterator<Item = usize>),
) {
    let matcher = Matcher::new(pattern);
    let mut paths = Paths::new(treedef);
    // The state of the matcher at each node from the root to the current one. Siblings share the states of their
    // ancestors, so each key is matched once, and not once for each leaf under it.
    let mut states = vec![matcher.root()];
    while let Some((path, at, node)) = paths.next_node() {
        if let [.., key] = path.keys() {
            states.truncate(path.keys().len());
            states.push(matcher.child(&states[states.len() - 1], key));
        }
        f(path, at, node, &mut matcher.matched(&states[states.len() - 1]));
    }
}
