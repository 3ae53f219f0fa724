use crate::error::error::Error;
use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::error::print::{SHOWN, cut_path, quote};
use crate::path::key::KeyPath;
use crate::path::matcher::Matcher;
use crate::path::pattern::Pattern;
use crate::structure::nearest::Search;

/// Selects paths by a pattern, and records which alternatives have matched no path.
pub(crate) struct Selector<'p> {
    pattern: &'p Pattern,
    matcher: Matcher,
    unmatched: Vec<bool>,
    /// Whether a path has been selected.
    any: bool,
}

impl<'p> Selector<'p> {
    pub(crate) fn new(pattern: &'p Pattern) -> Self {
        let unmatched = vec![true; pattern.num_alternatives()];
        Selector { pattern, matcher: Matcher::new(pattern), unmatched, any: false }
    }

    pub(crate) fn selects(&mut self, path: &KeyPath) -> bool {
        self.selects_one([path])
    }

    /// Whether a leaf is selected that has all of these paths.
    pub(crate) fn selects_one<'k>(&mut self, paths: impl IntoIterator<Item = &'k KeyPath>) -> bool {
        let (mut included, mut excluded) = (self.pattern.only_excludes(), false);
        for path in paths {
            let root = self.matcher.root();
            let reached = path.keys().iter().fold(root, |at, key| self.matcher.child(&at, key));
            for alternative in self.matcher.matched(&reached) {
                self.unmatched[alternative] = false;
                if self.pattern.excludes(alternative) { excluded = true } else { included = true }
            }
        }
        let selected = included && !excluded;
        self.any |= selected;
        selected
    }

    /// Returns an error for each alternative that matched no path, which is most likely a typo, and if no path was
    /// selected. `subject` begins the message, such as "no array matches". `compare_all` compares all paths, to find the
    /// nearest path to each alternative.
    pub(crate) fn finish(
        self,
        subject: &str,
        compare_all: impl FnOnce(&mut Search),
    ) -> Result<(), Error> {
        let unmatched = self.unmatched.iter().enumerate().filter(|(_, unmatched)| **unmatched);
        let unmatched = unmatched.map(|(alternative, _)| self.pattern.only(&[alternative]));
        let unmatched: Vec<_> = unmatched.collect();
        let mut texts = Vec::new();
        if !unmatched.is_empty() {
            let mut search = Search::new(unmatched.iter().take(SHOWN));
            compare_all(&mut search);
            let nearest = search.finish().chain(std::iter::repeat(None));
            for (pattern, nearest) in unmatched.iter().zip(nearest) {
                let nearest =
                    nearest.map(|(_, path)| format!("; the nearest is {}", cut_path(&path)));
                let (pattern, nearest) = (quote(&pattern.to_string()), nearest.unwrap_or_default());
                texts.push(format!("{subject} {pattern}{nearest}"));
            }
        } else if !self.any {
            let pattern = quote(&self.pattern.to_string());
            texts.push(format!("{pattern} excludes everything that it matches"));
        }
        if texts.is_empty() {
            return Ok(());
        }
        let whole = |text: String| Mismatch {
            path: KeyPath::root(),
            kind: MismatchKind::Whole(text.into()),
        };
        let mismatches = texts.into_iter().map(whole).collect();
        Err(Error::not_found("the pattern does not match the tree and the file", mismatches))
    }
}
