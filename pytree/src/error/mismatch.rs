use std::borrow::Cow;
use std::fmt::{self, Display};

use crate::error::print::{count, cut, cut_path, cut_where_they_differ, list};
use crate::path::key::{Key, KeyPath};
use crate::walk::node::Node;

/// One thing that is wrong, and the node it is wrong at.
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
    /// The node.
    pub path: KeyPath,
    /// What is wrong there.
    pub kind: MismatchKind,
}

/// What can be wrong at a node; `expected` is the side that sets the rule.
///
/// ```
/// use pytree::error::MismatchKind;
/// let kind = MismatchKind::Shape { expected: vec![2], found: vec![1] };
/// assert_eq!(kind.to_string(), "expected shape [2], found [1]");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum MismatchKind {
    /// Another kind of node, another length, another struct or another enum variant.
    Node {
        /// The node that was asked for.
        expected: Node,
        /// The node that is there.
        found: Node,
    },
    /// Another kind of node than the type to be built is built from.
    NotA {
        /// The kind that was asked for: "a list", "a variant of Synapse".
        expected: &'static str,
        /// The node that is there.
        found: Node,
    },
    /// Keys of a dict that were asked for and are missing.
    MissingKeys(Vec<Key>),
    /// Keys of a dict that were not asked for.
    ExtraKeys(Vec<Key>),
    /// Keys of a dict that both sides have, in another order.
    KeyOrder {
        /// The order that was asked for.
        expected: Vec<Key>,
        /// The order that is there.
        found: Vec<Key>,
    },
    /// A key of a dict that the map to be built cannot have; the path is that of the child.
    KeyType {
        /// The name of the type of the keys of the map.
        expected: &'static str,
        /// The key that is there.
        found: Key,
    },
    /// A static field that differs, both sides as `Debug` prints them.
    Static {
        /// The field.
        field: &'static str,
        /// The value that was asked for.
        expected: String,
        /// The value that is there.
        found: String,
    },
    /// A static or skipped field that has another type in the struct to be built.
    FieldType {
        /// The field.
        field: &'static str,
        /// The name of the type that was asked for.
        expected: &'static str,
        /// The name of the type that is there.
        found: &'static str,
    },
    /// A leaf of another shape.
    Shape {
        /// The shape that was asked for.
        expected: Vec<usize>,
        /// The shape that is there.
        found: Vec<usize>,
    },
    /// A leaf with another number of axes than the field that it is for.
    Rank {
        /// The number of axes that was asked for.
        expected: usize,
        /// The shape that is there.
        found: Vec<usize>,
    },
    /// Anything else about the node, in words: what one operation says, or a
    /// [`FromLeaves`](crate::FromLeaves) of your own.
    Other(Cow<'static, str>),
    /// Anything else about the tree as a whole, in words; it is printed without a path.
    Whole(Cow<'static, str>),
}

/// Collects mismatches while their paths, all together, have a reasonable length: those of a deep tree
/// that differs at each level are as long as the square of its depth.
#[derive(Default)]
pub(crate) struct Mismatches {
    listed: Vec<Mismatch>,
    /// The number of keys of all paths.
    keys: usize,
    left_out: usize,
}

impl Mismatches {
    const MOST_KEYS: usize = 1 << 22;

    pub(crate) fn push(&mut self, path: &KeyPath, kind: MismatchKind) {
        self.keys = self.keys.saturating_add(path.keys().len());
        if self.keys > Self::MOST_KEYS {
            self.left_out += 1;
        } else {
            self.listed.push(Mismatch { path: path.clone(), kind });
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.listed.is_empty()
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
    /// Anything about a node, in words.
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
                write!(f, "expected shape {expected:?}, found {found:?}")
            }
            Kind::Rank { expected: 0, found } => {
                write!(f, "expected a number, found an array of shape {found:?}")
            }
            Kind::Rank { expected, found } => {
                write!(f, "expected an array of {}, found ", count(*expected, "axis", "axes"))?;
                match found.as_slice() {
                    [] => f.write_str("a number"),
                    found => write!(f, "shape {found:?}"),
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

/// A key as Python's `repr` prints it.
struct Repr<'k>(&'k Key);

impl Display for Repr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write_repr(f)
    }
}
