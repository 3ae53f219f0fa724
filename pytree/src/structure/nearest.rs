//! The search for the path that is most similar to a misspelt path or pattern.
//!
//! Comparing two texts takes time proportional to the product of their lengths. To bound the time for a hostile
//! text or a large tree, only short paths are compared, and only as many as the budget of the search allows.
//! Upper and lower case count as equal.

use crate::path::key::{Key, KeyPath};
use crate::path::pattern::{Glob, Pattern, Wild};
use crate::structure::paths::Paths;
use crate::structure::treedef::TreeDef;

/// Paths with more keys are not compared.
const MAX_KEYS: usize = 64;

/// Paths and patterns with more characters are not compared.
const MAX_CHARS: usize = 200;

/// The largest number of pairs of characters that one search compares.
const BUDGET: usize = 1 << 25;

/// Finds, among the paths of a tree, the most similar one for each of several patterns.
pub(crate) struct Search {
    /// The characters of each pattern, with the nearest path so far and its number of edits.
    sought: Vec<(Glob, Option<(usize, KeyPath)>)>,
    /// The number of pairs of characters that may still be compared.
    budget: usize,
    /// The characters of the path that is being compared; kept to reuse the buffer.
    text: Vec<char>,
    /// The row of the table in [`distance`]; kept to reuse the buffer.
    row: Vec<usize>,
}

impl Search {
    /// A search for patterns with a single alternative each.
    pub(crate) fn new<'p>(patterns: impl IntoIterator<Item = &'p Pattern>) -> Self {
        let folded = |wild| match wild {
            Wild::One(Some(c)) => Wild::One(Some(fold(c))),
            wild => wild,
        };
        let sought = patterns
            .into_iter()
            .map(|pattern| (pattern.characters().into_iter().map(folded).collect(), None));
        Search { sought: sought.collect(), budget: BUDGET, text: Vec::new(), row: Vec::new() }
    }

    /// Compares a path of the tree with all patterns. Of several nearest paths, the first is kept.
    pub(crate) fn compare(&mut self, path: &KeyPath) {
        if self.budget == 0 || path.keys().len() > MAX_KEYS {
            return;
        }
        self.text.clear();
        for key in path.keys() {
            self.text.push('.');
            self.text.extend(key.name().chars().take(MAX_CHARS + 1).map(fold));
            if self.text.len() > MAX_CHARS {
                return;
            }
        }
        for (characters, nearest) in &mut self.sought {
            let pairs = (characters.len() + 1) * (self.text.len() + 1);
            if characters.len() > MAX_CHARS || pairs > self.budget {
                continue;
            }
            self.budget -= pairs;
            let edits = distance(characters, &self.text, &mut self.row);
            if nearest.as_ref().is_none_or(|(fewest, _)| edits < *fewest) {
                *nearest = Some((edits, path.clone()));
            }
        }
    }

    /// The nearest path of each pattern, with the number of edits; `None` if no path was compared.
    pub(crate) fn finish(self) -> impl Iterator<Item = Option<(usize, KeyPath)>> {
        self.sought.into_iter().map(|(_, nearest)| nearest)
    }
}

/// The character in lower case.
fn fold(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// The path of the node that `path`, which does not exist, is most likely a typo of; `None` if no path is similar.
pub(crate) fn nearest_node(treedef: &TreeDef, path: &KeyPath) -> Option<KeyPath> {
    let mut paths = Paths::new(treedef);
    likely_meant([path], |search| {
        while let Some((path, ..)) = paths.next_node() {
            search.compare(path);
        }
    })
    .next()
    .flatten()
}

/// For each of `paths`, which do not exist, the path that it is most likely a typo of, among the paths that
/// `compare_all` compares; `None` if no path is similar.
///
/// A path is similar if it takes one edit, or at most a third as many edits as the names have characters. An index
/// past the end of a list is not a typo.
pub(crate) fn likely_meant<'p>(
    paths: impl IntoIterator<Item = &'p KeyPath>,
    compare_all: impl FnOnce(&mut Search),
) -> impl Iterator<Item = Option<KeyPath>> {
    let paths: Vec<_> = paths.into_iter().collect();
    let patterns: Vec<_> = paths.iter().map(|path| Pattern::from(*path)).collect();
    let mut search = Search::new(&patterns);
    if search.sought.iter().any(|(characters, _)| characters.len() <= MAX_CHARS) {
        compare_all(&mut search);
    }
    paths.into_iter().zip(search.finish()).map(|(path, nearest)| {
        let (edits, nearest) = nearest?;
        let length: usize = path.keys().iter().map(|key| key.name().chars().count()).sum();
        let misspelt = |(a, b): (&Key, &Key)| a != b && !(is_position(a) && is_position(b));
        let is_typo = path.keys().len() != nearest.keys().len()
            || path.keys().iter().zip(nearest.keys()).any(misspelt);
        (is_typo && edits <= length.max(3) / 3 && edits < length).then_some(nearest)
    })
}

fn is_position(key: &Key) -> bool {
    matches!(key, Key::Sequence(_) | Key::Int(_))
}

/// The Levenshtein distance of a text to a pattern: the fewest insertions, deletions and replacements of characters
/// after which `text` matches. `*` (`Many`) matches any characters at no cost, `?` any one character.
///
/// Fills the usual table row by row, with a row for each character of the pattern and a column for each of the text,
/// and keeps only one row: before a step `row[i + 1]` is the entry above and `diagonal` the one above to the left.
///
/// ```text
/// diagonal  above              One(c):  min(diagonal + (c differs), above + 1, left + 1)
/// left      row[i + 1]         Many:    min(above, left)
/// ```
fn distance(pattern: &[Wild<Option<char>>], text: &[char], row: &mut Vec<usize>) -> usize {
    row.clear();
    row.extend(0..=text.len());
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

#[cfg(test)]
mod tests {
    use super::{BUDGET, KeyPath, Pattern, Search, distance, likely_meant};
    use crate::path::parse::parse_path;
    use crate::path::pattern::parse_pattern;

    fn path(text: &str) -> KeyPath {
        parse_path(text).expect("a path")
    }

    fn pattern(text: &str) -> Pattern {
        parse_pattern(text).expect("a pattern")
    }

    #[test]
    fn edits_are_counted_and_wildcards_cost_nothing() {
        for (text, other, edits) in [
            ("layers", "layers", 0),
            ("layer", "layers", 1),
            ("leyers", "layers", 1),
            ("w", "bias", 4),
            ("l*s", "layers", 0),
            ("l?yers", "layers", 0),
            ("*x", "layers", 1),
        ] {
            let text = pattern(text).characters();
            let other: Vec<_> = format!(".{other}").chars().collect();
            assert_eq!(distance(&text, &other, &mut Vec::new()), edits, "{text:?}");
        }
    }

    #[test]
    fn similar_paths_are_suggested() {
        let meant = |text: &str| {
            let existing = ["layers[0].w", "layers[1].w", "scale"].map(path);
            let sought = path(text);
            let mut meant = likely_meant([&sought], |search| {
                existing.iter().for_each(|path| search.compare(path));
            });
            meant.next().flatten().map(|path| path.to_string())
        };
        assert_eq!(meant("layer[1].w").as_deref(), Some(".layers[1].w"));
        assert_eq!(meant("['scale']").as_deref(), Some(".scale"));
        assert_eq!(meant("layers[2].w"), None);
        assert_eq!(meant("bias"), None);
        assert_eq!(meant("LAYERS[0].W").as_deref(), Some(".layers[0].w"));
        let sought = path("V");
        let mut meant = likely_meant([&sought], |search| search.compare(&path("v")));
        assert_eq!(meant.next().flatten(), Some(path("v")));
    }

    #[test]
    fn long_and_deep_paths_are_not_compared_and_the_budget_is_kept() {
        let long = "a".repeat(1_000_000);
        let patterns = [pattern("aa"), pattern(&long)];
        let mut search = Search::new(&patterns);
        search.compare(&path(&long));
        search.compare(&path(&".a".repeat(65)));
        assert_eq!(search.budget, BUDGET);
        // The first path takes 28 of the 40 pairs, and each of the others needs more than the remaining 12.
        search.budget = 40;
        for existing in ["bbbbb", "bbbbbbbbbbbbbbbbbbbb", "aa"] {
            search.compare(&path(existing));
        }
        assert_eq!(search.budget, 12);
        let nearest: Vec<_> =
            search.finish().map(|nearest| nearest.map(|(edits, _)| edits)).collect();
        assert_eq!(nearest, [Some(5), None]);
    }
}
