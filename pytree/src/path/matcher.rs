//! Matches a pattern against all paths of a tree in one pass.

use std::collections::HashMap;

use crate::path::key::Key;
use crate::path::pattern::{Pattern, Step, Steps, Wild};

/// The alternatives of a pattern as one tree of steps (a trie), in which alternatives share their common beginning.
///
/// A path is matched key by key: the nodes that a child has [`Reached`] follow from its key and from the nodes that its
/// parent has reached. So each key of a tree is matched once, and not once for each leaf under it. Literal steps are
/// looked up in a map, so 50,000 literal alternatives take no longer than one.
///
/// ```text
/// .a[*].w | .a[*].b | **.b      0 -.a-> 1 -[*]-> 2 -.w-> 3 (ends .a[*].w)
///                               |                 `-.b-> 4 (ends .a[*].b)
///                               `-**-> 5 -.b-> 6 (ends **.b)
/// ```
pub(crate) struct Matcher {
    nodes: Vec<Node>,
}

/// A node of the trie: the steps from the root to this node.
#[derive(Default)]
struct Node {
    /// The next nodes by steps that match a single key.
    literal: HashMap<Key, usize>,
    /// The next nodes by steps with a wildcard.
    wild: HashMap<Step, usize>,
    /// The next node by the step `**`.
    many: Option<usize>,
    /// Whether the last step is `**`. Such a node stays reached after any further key.
    is_many: bool,
    /// The alternatives that end at this node.
    ends: Vec<usize>,
}

/// The nodes of a [`Matcher`] whose steps match a path. If there are none, no path under it matches.
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

    /// The nodes that the path of the root reaches.
    pub(crate) fn root(&self) -> Reached {
        let mut reached = Reached(Vec::new());
        self.reach(0, &mut reached);
        reached
    }

    /// The nodes that the path of a child reaches.
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

    /// Adds a node. If `**` follows, its node is reached too, because `**` also matches no key.
    fn reach(&self, node: usize, reached: &mut Reached) {
        reached.0.push(node);
        reached.0.extend(self.nodes[node].many);
    }

    /// The alternatives that match the whole path.
    pub(crate) fn matched(&self, reached: &Reached) -> impl Iterator<Item = usize> {
        reached.0.iter().flat_map(|node| &self.nodes[*node].ends).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::Matcher;
    use crate::path::parse::parse_path;
    use crate::path::pattern::parse_pattern;

    /// All alternatives at once match the same paths as each alternative alone.
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
