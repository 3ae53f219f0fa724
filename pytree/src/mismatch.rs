use std::fmt::{self, Display};
use std::ops::Range;

use crate::key::{Key, KeyPath};
use crate::node::Node;

/// One thing that is wrong, and the node it is wrong at.
///
/// ```
/// use pytree::{Layout, MismatchKind};
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
/// use pytree::{Layout, MismatchKind};
/// let error = Layout::of(&[1.0, 2.0]).unravel::<f64, [f64; 2]>(&[1.0]).unwrap_err();
/// let kind = &error.mismatches()[0].kind;
/// assert_eq!(*kind, MismatchKind::Length { expected: 2, found: 1 });
/// assert_eq!(kind.to_string(), "expected length 2, found 1");
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
    /// Keys of a dict that are asked for and not there.
    MissingKeys(Vec<Key>),
    /// Keys of a dict that are there and not asked for.
    ExtraKeys(Vec<Key>),
    /// Keys of a dict that both sides have, in another order.
    KeyOrder {
        /// The order that was asked for.
        expected: Vec<Key>,
        /// The order that is there.
        found: Vec<Key>,
    },
    /// A key of a dict that the map to be built cannot have; the place is that of the child.
    KeyType {
        /// The name of the type of the keys of the map.
        expected: &'static str,
        /// The key that is there.
        found: Key,
    },
    /// Two keys of a dict, an integer and a string, that would be one key of the
    /// [`Tree`](crate::Tree) to be built.
    OneKey {
        /// What both are called.
        name: String,
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
    /// A static or skipped field whose type is another one in the struct to be built.
    FieldType {
        /// The field.
        field: &'static str,
        /// The name of the type that was asked for.
        expected: &'static str,
        /// The name of the type that is there.
        found: &'static str,
    },
    /// A static or skipped field of a structure that was read back (feature `serde`), which does not
    /// hold the value.
    ReadBack {
        /// The field.
        field: &'static str,
    },
    /// Nodes that the type to be built has left behind: its `FromLeaves` breaks the rule to take all.
    Untaken,
    /// A leaf of another shape.
    Shape {
        /// The shape that was asked for.
        expected: Vec<usize>,
        /// The shape that is there.
        found: Vec<usize>,
    },
    /// A leaf with another number of axes than the field it is for.
    Rank {
        /// The number of axes that was asked for.
        expected: usize,
        /// The shape that is there.
        found: Vec<usize>,
    },
    /// Another number of leaves than the structure has.
    LeafCount {
        /// The number that was asked for.
        expected: usize,
        /// The number that is there.
        found: usize,
    },
    /// A vector of another length.
    Length {
        /// The length that was asked for.
        expected: usize,
        /// The length that is there.
        found: usize,
    },
    /// A matrix over the vector, or of several vectors, with another number of rows or columns.
    Matrix {
        /// The shape that was asked for.
        expected: [usize; 2],
        /// The shape that is there.
        found: [usize; 2],
    },
    /// A vector whose elements do not lie side by side in memory, where views into it are wanted.
    NotContiguous,
    /// An index behind the end of the vector.
    Index {
        /// The index.
        index: usize,
        /// The length of the vector.
        len: usize,
    },
    /// A place that an array has not, or none where one is needed.
    Place {
        /// The shape of the array.
        shape: Vec<usize>,
        /// The place.
        found: Vec<usize>,
    },
    /// A part that the vector has not.
    Range {
        /// The length of the vector.
        len: usize,
        /// The part.
        found: Range<usize>,
    },
    /// A key that the node has not.
    NoSuchKey {
        /// The key.
        key: Key,
        /// The keys that it has.
        keys: Vec<Key>,
        /// The node that is most likely meant, if there is one that is near.
        nearest: Option<KeyPath>,
    },
    /// A pattern that no leaf matches, but an inner node.
    InnerNode {
        /// The pattern, as it prints.
        pattern: String,
        /// The first node that it matches.
        path: KeyPath,
        /// What that is.
        node: Node,
    },
    /// A pattern that no leaf matches.
    NoMatch {
        /// The pattern, as it prints.
        pattern: String,
        /// The leaf that comes nearest; `None` if there are no leaves.
        nearest: Option<KeyPath>,
    },
    /// A leaf that both halves have.
    OnBoth,
    /// A leaf that neither half has.
    OnNeither,
    /// A leaf that no array of a file is named after.
    MissingArray {
        /// The names that its array can have.
        names: Vec<String>,
    },
    /// An array of a file that is named after no leaf.
    ExtraArray {
        /// The name.
        name: String,
        /// The leaf that is most likely meant, of those whose arrays are missing.
        nearest: Option<KeyPath>,
    },
    /// A leaf that more than one array of a file is named after.
    ManyArrays {
        /// The names of the arrays.
        names: Vec<String>,
    },
    /// A name of an array that more than one leaf has.
    SharedName {
        /// The name.
        name: String,
        /// The leaves.
        paths: Vec<KeyPath>,
    },
    /// A name that no array of a file can have.
    BadName {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An array of another element type.
    Dtype {
        /// The element type that was asked for.
        expected: &'static str,
        /// The element type that is there.
        found: String,
    },
    /// A text that is no key path, or no pattern.
    Parse {
        /// The text.
        text: String,
        /// The bytes of it that do not fit.
        at: Range<usize>,
        /// What belongs there.
        expected: &'static str,
    },
}

/// How many mismatches, and keys of each, are printed; [`Error::mismatches`](crate::Error::mismatches) has them all.
pub(crate) const SHOWN: usize = 12;

impl Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use MismatchKind as Kind;
        match &self.kind {
            // These are about the whole, so that a place would only be in the way.
            Kind::LeafCount { .. }
            | Kind::Length { .. }
            | Kind::Range { .. }
            | Kind::Index { .. }
            | Kind::InnerNode { .. }
            | Kind::NoMatch { .. }
            | Kind::ExtraArray { .. }
            | Kind::SharedName { .. }
            | Kind::Parse { .. } => {}
            Kind::Matrix { .. } | Kind::NotContiguous if self.path.keys().is_empty() => {}
            _ if self.path.keys().is_empty() => f.write_str("at the root: ")?,
            _ => write!(f, "at {}: ", self.path)?,
        }
        Display::fmt(&self.kind, f)
    }
}

impl Display for MismatchKind {
    #[allow(clippy::too_many_lines, reason = "one arm a kind")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use MismatchKind as Kind;
        match self {
            Kind::Node { expected: Node::Struct(a), found: Node::Struct(b) }
                if a.name == b.name =>
            {
                write!(f, "expected {} of {a}, found {} of {b}", a.name, b.name)
            }
            Kind::Node { expected, found } => write!(f, "expected {expected}, found {found}"),
            Kind::NotA { expected, found } => write!(f, "expected {expected}, found {found}"),
            Kind::MissingKeys(keys) => write_keys(f, "missing", keys),
            Kind::ExtraKeys(keys) => write_keys(f, "extra", keys),
            Kind::KeyOrder { expected, found } => {
                write_keys(f, "expected", expected)?;
                write_keys(f, " in this order, found", found)
            }
            Kind::KeyType { expected, found } => {
                write!(f, "expected a key of type {expected}, found ")?;
                found.write_repr(f)
            }
            Kind::OneKey { name } => write!(
                f,
                "it has the integer {name} and the string '{name}' as keys, which are one key of a \
                 `Tree`; rename one of them"
            ),
            Kind::Static { field, expected, found } => {
                write!(f, "static field {field}: expected {expected}, found {found}")
            }
            Kind::FieldType { field, expected, found } => {
                write!(f, "field {field} is carried over: expected type {expected}, found {found}")
            }
            Kind::ReadBack { field } => write!(
                f,
                "field {field} is carried over, but the structure was read back and does not hold \
                 its value; write into a tree that does, with `Layout::unravel_into`"
            ),
            Kind::Untaken => f.write_str("the type to be built takes fewer nodes than there are"),
            Kind::Shape { expected, found } => {
                write!(f, "expected shape {expected:?}, found {found:?}")
            }
            Kind::Rank { expected, found } => {
                write!(f, "expected {}, found shape {found:?}", count(*expected, "axis", "axes"))
            }
            Kind::LeafCount { expected, found } => {
                write!(f, "expected {}, found {found}", count(*expected, "leaf", "leaves"))
            }
            Kind::Length { expected, found } => {
                write!(f, "expected length {expected}, found {found}")
            }
            Kind::Matrix { expected, found } => {
                write!(
                    f,
                    "expected {}, found {}",
                    rows_and_columns(expected),
                    rows_and_columns(found)
                )
            }
            Kind::Place { shape, found } if found.is_empty() => {
                write!(f, "expected a place in shape {shape:?}, found none")
            }
            Kind::Place { shape, found } => {
                write!(f, "expected a place in shape {shape:?}, found {found:?}")
            }
            Kind::Range { len, found } => {
                write!(f, "expected a part of 0..{len}, found {found:?}")
            }
            Kind::NotContiguous => f.write_str(
                "its elements do not lie side by side, so that no leaf can be a view of it; \
                 copy it with `.to_owned()` first",
            ),
            Kind::Index { index, len } => {
                write!(f, "index {index} is behind the end of the vector of length {len}")
            }
            Kind::NoSuchKey { key, keys, nearest } => {
                write_no_such_key(f, key, keys)?;
                nearest.as_ref().map_or(Ok(()), |path| write!(f, "; did you mean {path}?"))
            }
            Kind::InnerNode { pattern, path, node } => write!(
                f,
                "{pattern:?} matches no leaf, but {node}, at {path}; \
                 for the leaves under it write \"{pattern}.**\""
            ),
            Kind::NoMatch { pattern, nearest } => {
                write!(f, "no leaf matches {pattern:?}; ")?;
                match nearest {
                    None => f.write_str("there are no leaves"),
                    Some(path) if path.keys().is_empty() => {
                        f.write_str("the only leaf is the root")
                    }
                    Some(path) => write!(f, "the nearest is {path}"),
                }
            }
            Kind::OnBoth => f.write_str("the leaf is on both sides"),
            Kind::OnNeither => f.write_str("the leaf is on neither side"),
            Kind::MissingArray { names } => write!(f, "missing array {}", quoted(names, " or ")),
            Kind::ExtraArray { name, nearest } => {
                write!(f, "extra array {name:?}")?;
                nearest.as_ref().map_or(Ok(()), |path| write!(f, "; did you mean {path}?"))
            }
            Kind::ManyArrays { names } => {
                write!(f, "expected one array, found {}", quoted(names, " and "))
            }
            Kind::SharedName { name, paths } => {
                let paths: Vec<_> = paths.iter().map(ToString::to_string).collect();
                let paths = paths.join(", ");
                write!(f, "{name:?} names more than one leaf: {paths}; name each by its key path")
            }
            Kind::BadName { name, reason } => write!(f, "no array can be named {name:?}: {reason}"),
            Kind::Dtype { expected, found } => write!(f, "expected {expected}, found {found}"),
            Kind::Parse { text, at, expected } => write_unfit(f, text, at, expected),
        }
    }
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn rows_and_columns([rows, columns]: &[usize; 2]) -> String {
    format!("{} and {}", count(*rows, "row", "rows"), count(*columns, "column", "columns"))
}

fn quoted(names: &[String], separator: &str) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
    names.join(separator)
}

fn write_unfit(
    f: &mut fmt::Formatter<'_>,
    text: &str,
    at: &Range<usize>,
    expected: &str,
) -> fmt::Result {
    match text.get(at.clone()) {
        Some("") | None => write!(f, "{text:?} ends where {expected} is expected"),
        Some(found) => write!(f, "{text:?} has {found:?} at byte {} for {expected}", at.start),
    }
}

fn write_no_such_key(f: &mut fmt::Formatter<'_>, key: &Key, keys: &[Key]) -> fmt::Result {
    let [first, rest @ ..] = keys else {
        return write!(f, "there is nothing under it, and no {key}");
    };
    write!(f, "there is no {key}, but {first}")?;
    rest.iter().take(SHOWN - 1).try_for_each(|key| write!(f, ", {key}"))?;
    write_more(f, keys)
}

fn write_keys(f: &mut fmt::Formatter<'_>, which: &str, keys: &[Key]) -> fmt::Result {
    let plural = if keys.len() == 1 { "" } else { "s" };
    write!(f, "{which} key{plural} ")?;
    for (i, key) in keys.iter().take(SHOWN).enumerate() {
        f.write_str(if i == 0 { "" } else { ", " })?;
        key.write_repr(f)?;
    }
    write_more(f, keys)
}

/// Says how many of the keys are not printed.
fn write_more(f: &mut fmt::Formatter<'_>, keys: &[Key]) -> fmt::Result {
    match keys.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}
