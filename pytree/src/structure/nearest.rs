use crate::error::error::Error;
use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::path::key::{Key, KeyPath};
use crate::path::pattern::{Pattern, Wild};
use crate::structure::paths::Paths;
use crate::structure::treedef::TreeDef;

/// How many keys a path may have to be looked at for a typo. Of a deep tree the paths are, all together,
/// as long as the square of its depth.
const DEEPEST: usize = 64;

impl Pattern {
    /// For each leaf, whether its path matches.
    ///
    /// # Errors
    /// If no leaf matches one of the alternatives, which is most likely a typo in it, or none is left.
    pub(crate) fn select(&self, treedef: &TreeDef) -> Result<Vec<bool>, Error> {
        let alternatives: Vec<(Pattern, bool)> = self.alternatives().collect();
        let mut matched = vec![false; alternatives.len()];
        let mut paths = Paths::new(treedef);
        let mut selected = Vec::with_capacity(treedef.num_leaves());
        while let Some(path) = paths.next_leaf() {
            let mut is_selected = self.only_excludes();
            for ((alternative, excludes), matched) in alternatives.iter().zip(&mut matched) {
                if alternative.matches(path) {
                    // Those that exclude come last.
                    (is_selected, *matched) = (!excludes, true);
                }
            }
            selected.push(is_selected);
        }
        let typos = alternatives.iter().zip(matched).filter(|(_, matched)| !matched);
        let mut kinds: Vec<_> =
            typos.map(|((alternative, _), _)| alternative.no_match(treedef)).collect();
        if kinds.is_empty() && !selected.contains(&true) {
            kinds.push(format!(
                "no leaf is left: {:?} excludes each that it matches",
                self.to_string()
            ));
        }
        if kinds.is_empty() {
            return Ok(selected);
        }
        let mismatches = kinds
            .into_iter()
            .map(|text| Mismatch { path: KeyPath::root(), kind: MismatchKind::Whole(text.into()) });
        let subject = "the pattern does not match the tree";
        Err(Error::not_found(subject, mismatches.collect()))
    }

    /// That no leaf matches.
    fn no_match(&self, treedef: &TreeDef) -> String {
        let pattern = self.to_string();
        let mut paths = Paths::new(treedef);
        while let Some((path, at, node)) = paths.next_node() {
            let has_leaves = at.past(treedef.root().arena).leaf > at.leaf;
            if has_leaves && !path.keys().is_empty() && self.matches(path) {
                return format!(
                    "{pattern:?} matches no leaf, but {node}, at {path}; for the leaves under it \
                     write \"{pattern}.**\""
                );
            }
        }
        let mut paths = Paths::new(treedef);
        let shallow = || loop {
            let path = paths.next_leaf()?;
            if path.keys().len() <= DEEPEST {
                return Some(path.clone());
            }
        };
        let nearest = nearest(self, shallow).map(|(_, path)| path);
        let nearest = nearest.or_else(|| treedef.leaf_paths().next());
        let hint = match nearest {
            None => "there are no leaves".to_string(),
            Some(path) if path.keys().is_empty() => "the only leaf is the root".to_string(),
            Some(path) => format!("the nearest is {path}"),
        };
        format!("no leaf matches {pattern:?}; {hint}")
    }
}

/// The node that is most likely meant by `path`, which is not there; `None` if none is near.
pub(crate) fn nearest_node(treedef: &TreeDef, path: &KeyPath) -> Option<KeyPath> {
    let mut paths = Paths::new(treedef);
    likely_meant(path, || {
        loop {
            let (path, ..) = paths.next_node()?;
            if path.keys().len() <= DEEPEST {
                return Some(path.clone());
            }
        }
    })
}

/// The one of the paths that is most likely meant by `path`, which is none of them; `None` if none
/// is near.
///
/// Near is what takes one edit, or no more than a third of the characters of the names. A position that is
/// not there is no typo.
pub(crate) fn likely_meant(
    path: &KeyPath,
    paths: impl FnMut() -> Option<KeyPath>,
) -> Option<KeyPath> {
    if path.keys().len() > DEEPEST {
        return None;
    }
    let (edits, nearest) = nearest(&Pattern::from(path), paths)?;
    let length: usize = path.keys().iter().map(|key| key.name().chars().count()).sum();
    let misspelt = |(a, b): (&Key, &Key)| a != b && !(is_position(a) && is_position(b));
    let is_typo = path.keys().len() != nearest.keys().len()
        || path.keys().iter().zip(nearest.keys()).any(misspelt);
    (is_typo && edits <= length.max(3) / 3 && edits < length).then_some(nearest)
}

fn is_position(key: &Key) -> bool {
    matches!(key, Key::Sequence(_) | Key::Int(_))
}

/// The first of the paths that it takes the fewest edits to make `pattern` match, and how many.
fn nearest(pattern: &Pattern, paths: impl FnMut() -> Option<KeyPath>) -> Option<(usize, KeyPath)> {
    let alternatives: Vec<_> = pattern.characters().collect();
    let edits = |path: KeyPath| {
        let names = path.keys().iter().map(|key| format!(".{}", key.name()));
        let text: Vec<char> = names.collect::<String>().chars().collect();
        let edits = alternatives.iter().map(|characters| distance(characters, &text)).min();
        (edits.unwrap_or(usize::MAX), path)
    };
    std::iter::from_fn(paths).map(edits).min_by_key(|(edits, _)| *edits)
}

/// How many characters have to be put in, taken out or replaced (Levenshtein's distance), where what
/// `Many` stands for costs nothing.
fn distance(pattern: &[Wild<Option<char>>], text: &[char]) -> usize {
    // Of the pattern so far to each beginning of the text.
    let mut row: Vec<usize> = (0..=text.len()).collect();
    for wild in pattern {
        let mut diagonal = row[0];
        row[0] += usize::from(*wild != Wild::Many);
        for (i, c) in text.iter().enumerate() {
            let above = row[i + 1];
            row[i + 1] = match wild {
                Wild::Many => above.min(row[i]),
                Wild::One(one) => {
                    let replaced = diagonal + usize::from(one.is_some_and(|one| one != *c));
                    replaced.min(above + 1).min(row[i] + 1)
                }
            };
            diagonal = above;
        }
    }
    row[text.len()]
}
