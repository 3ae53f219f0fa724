use std::borrow::Cow;
use std::fmt::{self, Display};

use crate::error::print::{count, cut, cut_path, cut_where_they_differ, list, shape};
use crate::path::key::{Key, KeyPath};
use crate::walk::node::Node;

/// One difference, and the path of its node.
///
/// ```
/// use pytree::Layout;
/// use pytree::error::MismatchKind;
/// let layout = Layout::of(&[ndarray::array![1.0, 2.0]]);
/// let error = layout.check(&[ndarray::array![1.0]]).unwrap_err();
/// let mismatch = &error.mismatches()[0];
/// assert_eq!(mismatch.path.to_string(), "[0]");
/// assert_eq!(mismatch.kind, MismatchKind::Shape { expected: vec![2], found: vec![1] });
/// assert_eq!(mismatch.to_string(), "at [0]: expected shape [2], found [1]");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// The path of the node.
    pub path: KeyPath,
    /// What is different at the node.
    pub kind: MismatchKind,
}

/// The kinds of differences at a node. `expected` is what the first tree, the layout or the type to be built has, and
/// `found` what is compared with it.
///
/// ```
/// use pytree::error::MismatchKind;
/// let kind = MismatchKind::Shape { expected: vec![2], found: vec![1] };
/// assert_eq!(kind.to_string(), "expected shape [2], found [1]");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum MismatchKind {
    /// The kind of node, the length, the struct or the enum variant differs.
    Node {
        /// The expected node.
        expected: Node,
        /// The node that was found.
        found: Node,
    },
    /// The type to be built needs another kind of node.
    NotA {
        /// The expected kind: "a list", "a variant of Synapse".
        expected: &'static str,
        /// The node that was found.
        found: Node,
    },
    /// Expected keys that a dict lacks.
    MissingKeys(Vec<Key>),
    /// Keys of a dict that were not expected.
    ExtraKeys(Vec<Key>),
    /// The shared keys of two dicts are in a different order.
    KeyOrder {
        /// The shared keys in the expected order.
        expected: Vec<Key>,
        /// The shared keys in the order that was found.
        found: Vec<Key>,
    },
    /// The map to be built cannot have this key. The path is that of the child.
    KeyType {
        /// The name of the key type of the map.
        expected: &'static str,
        /// The key that was found.
        found: Key,
    },
    /// The values of a static field differ.
    Static {
        /// The name of the field.
        field: &'static str,
        /// The `Debug` text of the expected value.
        expected: String,
        /// The `Debug` text of the value that was found.
        found: String,
    },
    /// A static or skipped field has another type in the struct to be built.
    FieldType {
        /// The name of the field.
        field: &'static str,
        /// The name of the type in the struct to be built.
        expected: &'static str,
        /// The name of the type in the original tree.
        found: &'static str,
    },
    /// The shapes of a leaf differ.
    Shape {
        /// The expected shape.
        expected: Vec<usize>,
        /// The shape that was found.
        found: Vec<usize>,
    },
    /// A leaf does not have the number of axes of the field to be built.
    Rank {
        /// The expected number of axes.
        expected: usize,
        /// The shape that was found.
        found: Vec<usize>,
    },
    /// Another message about the node, of one operation or of your own [`FromLeaves`](crate::FromLeaves)
    /// implementation.
    Other(Cow<'static, str>),
    /// A message about the whole tree, which is printed without a path.
    Whole(Cow<'static, str>),
}

/// Collects mismatches, and bounds the total length of their paths. In a deep tree that differs at each level, the
/// total length grows with the square of the depth.
#[derive(Default)]
pub(crate) struct Mismatches {
    listed: Vec<Mismatch>,
    /// The number of keys of all paths.
    keys: usize,
    left_out: usize,
}

impl Mismatches {
    /// The largest number of keys of all paths together.
    const MAX_KEYS: usize = 1 << 22;

    pub(crate) fn push(&mut self, path: &KeyPath, kind: MismatchKind) {
        self.push_with(path.keys().len(), || path.clone(), kind);
    }

    /// [`push`](Self::push) for a path of `keys` keys, which is made only if it is listed.
    pub(crate) fn push_with(
        &mut self,
        keys: usize,
        path: impl FnOnce() -> KeyPath,
        kind: MismatchKind,
    ) {
        self.keys = self.keys.saturating_add(keys);
        if self.keys > Self::MAX_KEYS {
            self.left_out += 1;
        } else {
            self.listed.push(Mismatch { path: path(), kind });
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.listed.is_empty() && self.left_out == 0
    }

    pub(crate) fn into_vec(mut self) -> Vec<Mismatch> {
        if self.left_out > 0 {
            let more = count(self.left_out, "mismatch is", "mismatches are");
            let kind =
                MismatchKind::Whole(format!("{more} not listed: the tree is too deep").into());
            self.listed.push(Mismatch { path: KeyPath::root(), kind });
        }
        self.listed
    }
}

impl MismatchKind {
    /// A message about a node.
    pub(crate) fn other(text: impl Into<Cow<'static, str>>) -> Self {
        MismatchKind::Other(text.into())
    }
}

impl Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            MismatchKind::Whole(_) => {}
            _ if self.path.keys().is_empty() => f.write_str("at the root: ")?,
            _ => write!(f, "at {}: ", cut_path(&self.path))?,
        }
        Display::fmt(&self.kind, f)
    }
}

impl Display for MismatchKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use MismatchKind as Kind;
        match self {
            Kind::Node { expected: Node::Struct(a), found: Node::Struct(b) }
                if a.name == b.name =>
            {
                write!(f, "expected {} of {a}, found {} of {b}", a.name, b.name)
            }
            Kind::Node { expected: Node::Struct(a), found: Node::Struct(b) }
                if a.has_fields_of(b) =>
            {
                write!(
                    f,
                    "expected {}, found {}, which has the same fields: `#[pytree(rename = \"..\")]` \
                     gives both structs one name",
                    a.name, b.name
                )
            }
            Kind::Node { expected, found } => write!(f, "expected {expected}, found {found}"),
            Kind::NotA { expected, found } => write!(f, "expected {expected}, found {found}"),
            Kind::MissingKeys(keys) => write!(f, "missing {}", list_keys(keys)),
            Kind::ExtraKeys(keys) => write!(f, "extra {}", list_keys(keys)),
            Kind::KeyOrder { expected, found } => {
                let (expected, found) = (list_keys(expected), list_keys(found));
                write!(f, "expected {expected} in this order, found {found}")
            }
            Kind::KeyType { expected, found } => {
                write!(f, "expected a key of type {expected}, found {}", cut(Repr(found)))
            }
            Kind::Static { field, expected, found } => {
                let (expected, found) = cut_where_they_differ(expected, found);
                write!(f, "static field {}: expected {expected}, found {found}", cut(field))
            }
            Kind::FieldType { field, expected, found } => {
                write!(f, "field {field}: expected type {expected}, found {found}")
            }
            Kind::Shape { expected, found } => {
                write!(f, "expected shape {}, found {}", shape(expected), shape(found))
            }
            Kind::Rank { expected: 0, found } => {
                write!(f, "expected a number, found an array of shape {}", shape(found))
            }
            Kind::Rank { expected, found } => {
                write!(f, "expected an array of {}, found ", count(*expected, "axis", "axes"))?;
                match found.as_slice() {
                    [] => f.write_str("a number"),
                    found => write!(f, "shape {}", shape(found)),
                }
            }
            Kind::Other(text) | Kind::Whole(text) => f.write_str(text),
        }
    }
}

fn list_keys(keys: &[Key]) -> String {
    let plural = if keys.len() == 1 { "" } else { "s" };
    format!("key{plural} {}", list(keys.iter().map(|key| cut(Repr(key))), keys.len(), ", "))
}

/// Prints a key as Python's `repr` does.
struct Repr<'k>(&'k Key);

impl Display for Repr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write_repr(f)
    }
}

#[cfg(test)]
mod tests {
    use super::{MismatchKind, Mismatches};
    use crate::path::key::KeyPath;

    #[test]
    fn a_mismatch_that_is_too_deep_to_be_listed_is_a_mismatch() {
        let mut mismatches = Mismatches::default();
        assert!(mismatches.is_empty());
        let kind = MismatchKind::other("the leaf is missing");
        mismatches.push_with(Mismatches::MAX_KEYS + 1, KeyPath::root, kind);
        assert!(!mismatches.is_empty());
        let texts: Vec<_> = mismatches.into_vec().iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["1 mismatch is not listed: the tree is too deep"]);
    }
}
