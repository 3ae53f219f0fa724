//! A pattern that is matched against all paths of a tree in one pass.

use std::collections::HashMap;

use crate::path::key::Key;
use crate::path::pattern::{Pattern, Step, Steps, Wild};

/// The alternatives of a pattern as one tree of steps: what several begin with is there once.
///
/// A path is matched key by key, from what its parent has [`Reached`], so each key of a tree is compared
/// once; and with all literal steps at once, so many alternatives cost no more than one.
///
/// ```text
/// .a[*].w | .a[*].b | **.b      0 -.a-> 1 -[*]-> 2 -.w-> 3 (ends .a[*].w)
///                               |                 `-.b-> 4 (ends .a[*].b)
///                               `-**-> 5 -.b-> 6 (ends **.b)
/// ```
pub(crate) struct Matcher {
    nodes: Vec<Node>,
}

#[derive(Default)]
struct Node {
    /// The next steps that stand for one key each.
    literal: HashMap<Key, usize>,
    /// The next steps that stand for several keys.
    wild: HashMap<Step, usize>,
    /// The next step `**`.
    many: Option<usize>,
    /// Whether the last step is `**`, which stands for one key more at any time.
    is_many: bool,
    /// The alternatives that end here.
    ends: Vec<usize>,
}

/// The nodes of a [`Matcher`] that stand for a path; if there are none, nothing under it matches.
pub(crate) struct Reached(Vec<usize>);

impl Matcher {
    pub(crate) fn new(pattern: &Pattern) -> Self {
        let mut matcher = Matcher { nodes: vec![Node::default()] };
        for (alternative, steps) in pattern.alternatives().enumerate() {
            matcher.add(alternative, steps);
        }
        matcher
    }

    fn add(&mut self, alternative: usize, steps: &Steps) {
        let mut node = 0;
        for step in steps {
            let next = self.nodes.len();
            let Node { literal, wild, many, .. } = &mut self.nodes[node];
            node = match step {
                Wild::Many => *many.get_or_insert(next),
                Wild::One(step) => match step.literal() {
                    Some(key) => *literal.entry(key).or_insert(next),
                    None => *wild.entry(step.clone()).or_insert(next),
                },
            };
            if node == next {
                self.nodes.push(Node { is_many: *step == Wild::Many, ..Node::default() });
            }
        }
        self.nodes[node].ends.push(alternative);
    }

    /// What the root has reached.
    pub(crate) fn root(&self) -> Reached {
        let mut reached = Reached(Vec::new());
        self.reach(0, &mut reached);
        reached
    }

    /// What a child has reached, by its key and what its parent has reached.
    pub(crate) fn child(&self, parent: &Reached, key: &Key) -> Reached {
        let mut child = Reached(Vec::new());
        for node in &parent.0 {
            let Node { literal, wild, is_many, .. } = &self.nodes[*node];
            if *is_many {
                child.0.push(*node);
            }
            let wild = wild.iter().filter(|(step, _)| step.fits(key)).map(|(_, next)| next);
            literal.get(key).into_iter().chain(wild).for_each(|next| self.reach(*next, &mut child));
        }
        child.0.sort_unstable();
        child.0.dedup();
        child
    }

    /// Adds a node, and the one after a `**` that stands for no key.
    fn reach(&self, node: usize, reached: &mut Reached) {
        reached.0.push(node);
        reached.0.extend(self.nodes[node].many);
    }

    /// The alternatives that match the path as a whole.
    pub(crate) fn matched(&self, reached: &Reached) -> impl Iterator<Item = usize> {
        reached.0.iter().flat_map(|node| &self.nodes[*node].ends).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::Matcher;
    use crate::path::parse::parse_path;
    use crate::path::pattern::parse_pattern;

    /// Each alternative alone says the same as all at once.
    #[test]
    fn all_alternatives_are_matched_at_once() {
        let texts = [
            "",
            "a",
            "a.b",
            "a[*]",
            "a[0]",
            "['a']",
            "['*']",
            "**",
            "**.b",
            "a.**",
            "a.**.b",
            "**.a.**",
            "**.a.**.b",
            "*",
            "?.b",
            "a.*",
            "[*].**[0]",
            "**[0].**[0]",
        ];
        let pattern = parse_pattern(&texts[1..].join(" | ")).expect("a pattern");
        let matcher = Matcher::new(&pattern);
        for path in
            ["", "a", "b", "a.b", "a[0]", "a[1].b", "['a']", "a.a.b.a.b", "[0]", "[0][0].b[0]"]
        {
            let path = parse_path(path).expect("a path");
            let mut reached = matcher.root();
            for key in path.keys() {
                reached = matcher.child(&reached, key);
            }
            let mut matched: Vec<_> = matcher.matched(&reached).collect();
            matched.sort_unstable();
            let alone = |text: &&str| parse_pattern(text).expect("a pattern").matches(&path);
            let expected: Vec<_> = (0..).zip(&texts[1..]).filter(|(_, text)| alone(text)).collect();
            assert!(matched.iter().eq(expected.iter().map(|(i, _)| i)), "{path}: {expected:?}");
        }
    }
}
