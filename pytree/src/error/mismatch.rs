use std::ops::Range;

use crate::path::key::{Key, KeyPath};
use crate::walk::node::Node;

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
        /// The path of the node that is most likely meant, or the label of the element, if there is
        /// one that is near.
        nearest: Option<String>,
    },
    /// A leaf of the whole tree that is not in the [`Part`](crate::Part) of it.
    NotSelected,
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
    /// A pattern that excludes every leaf that it matches.
    NoneLeft {
        /// The pattern, as it prints.
        pattern: String,
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
        /// The key paths that may be meant, if it is one but for its beginning.
        meant: Vec<KeyPath>,
    },
}
