use std::fmt::{self, Display};

/// The kind of a node, without its children.
///
/// ```
/// use pytree::error::MismatchKind;
/// use pytree::walk::Node;
/// use pytree::tree_map2;
/// let sum: Result<(f64, f64), _> = tree_map2(|a, b| &a + &b, &(1.0, 2.0), &(1.0, 2.0, 3.0));
/// let error = sum.unwrap_err();
/// let MismatchKind::Node { expected, found } = &error.mismatches()[0].kind else { unreachable!() };
/// assert_eq!((expected, found), (&Node::Tuple(2), &Node::Tuple(3)));
/// assert_eq!(found.to_string(), "a tuple of 3");
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash)]
#[allow(clippy::derived_hash_with_manual_eq, reason = "`eq` is the derived one with a shortcut")]
#[non_exhaustive]
pub enum Node {
    /// An array, or a `Vec` or Rust array of numbers; a single number is a 0-dimensional array.
    Leaf,
    /// The `None` of an `Option`: structure without leaves.
    None,
    /// A `Vec`, `VecDeque` or array `[T; N]` of anything but numbers, by its length.
    List(usize),
    /// A tuple, by its length.
    Tuple(usize),
    /// A map, by its length. Its children are sorted by key, except that an `IndexMap` keeps its order.
    Dict(usize),
    /// A struct, or one variant of an enum.
    Struct(&'static StructDef),
}

/// The name and the fields of a struct or of an enum variant. `#[derive(PyTree)]` writes one for each.
///
/// Equality compares the contents, not the addresses. [`PyTree`](crate::PyTree) shows how a definition is used.
///
/// ```
/// use pytree::walk::{Fields, Node, StructDef};
/// static GATES: StructDef =
///     StructDef::new("Gates", Fields::Named(&["v", "m"])).with_statics(&["name"]);
/// assert_eq!(Node::Struct(&GATES).arity(), 2);
/// assert_eq!(GATES.to_string(), "{v, m, static name}");
/// ```
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct StructDef {
    pub(crate) name: &'static str,
    pub(crate) fields: Fields,
    pub(crate) statics: &'static [&'static str],
    pub(crate) skipped: &'static [&'static str],
}

impl StructDef {
    /// Whether the two differ in their names alone.
    pub(crate) fn has_fields_of(&self, other: &StructDef) -> bool {
        self.fields == other.fields
            && self.statics == other.statics
            && self.skipped == other.skipped
    }

    /// Defines a struct by its name (`Dense`, or `Synapse::Exp` for a variant) and its fields that are trees.
    ///
    /// ```
    /// use pytree::walk::{Fields, Node, StructDef};
    /// static PAIR: StructDef = StructDef::new("Pair", Fields::Unnamed(2));
    /// assert_eq!(Node::Struct(&PAIR).arity(), 2);
    /// ```
    pub const fn new(name: &'static str, fields: Fields) -> Self {
        StructDef { name, fields, statics: &[], skipped: &[] }
    }

    /// Adds the names of the static fields, in the order in which they are visited.
    ///
    /// ```
    /// use pytree::walk::{Fields, StructDef};
    /// static STATE: StructDef =
    ///     StructDef::new("State", Fields::Named(&["v"])).with_statics(&["order"]);
    /// assert_eq!(STATE.statics(), ["order"]);
    /// ```
    #[must_use]
    pub const fn with_statics(self, statics: &'static [&'static str]) -> Self {
        StructDef { statics, ..self }
    }

    /// Adds the names of the skipped fields, in the order in which they are visited.
    ///
    /// ```
    /// use pytree::walk::{Fields, StructDef};
    /// static STATE: StructDef =
    ///     StructDef::new("State", Fields::Named(&["v"])).with_skipped(&["step"]);
    /// assert_eq!(STATE.skipped(), ["step"]);
    /// ```
    #[must_use]
    pub const fn with_skipped(self, skipped: &'static [&'static str]) -> Self {
        StructDef { skipped, ..self }
    }

    /// The name of the struct: `Dense`, or `Synapse::Exp` for a variant.
    ///
    /// ```
    /// use pytree::walk::{Fields, StructDef};
    /// assert_eq!(StructDef::new("Pair", Fields::Unnamed(2)).name(), "Pair");
    /// ```
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The fields that are trees.
    ///
    /// ```
    /// use pytree::walk::{Fields, StructDef};
    /// let pair = StructDef::new("Pair", Fields::Unnamed(2));
    /// assert_eq!(*pair.fields(), Fields::Unnamed(2));
    /// ```
    pub const fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The names of the static fields, in the order in which they are visited.
    pub const fn statics(&self) -> &'static [&'static str] {
        self.statics
    }

    /// The names of the skipped fields, in the order in which they are visited.
    pub const fn skipped(&self) -> &'static [&'static str] {
        self.skipped
    }
}

/// The fields of a struct that are trees.
///
/// ```
/// use pytree::walk::{Fields, Node, StructDef};
/// static PAIR: StructDef = StructDef::new("Pair", Fields::Unnamed(2));
/// assert_eq!(Node::Struct(&PAIR).arity(), 2);
/// ```
#[derive(Debug, PartialEq, Eq, Hash)]
pub enum Fields {
    /// Their names, as declared; empty for a unit struct.
    Named(&'static [&'static str]),
    /// The number of the fields of a tuple struct.
    Unnamed(usize),
}

impl Node {
    /// The number of children.
    ///
    /// ```
    /// use pytree::walk::Node;
    /// assert_eq!(Node::List(3).arity(), 3);
    /// assert_eq!(Node::Leaf.arity(), 0);
    /// ```
    pub fn arity(&self) -> usize {
        match self {
            Node::Leaf | Node::None => 0,
            Node::List(len) | Node::Tuple(len) | Node::Dict(len) => *len,
            Node::Struct(def) => match def.fields {
                Fields::Named(names) => names.len(),
                Fields::Unnamed(len) => len,
            },
        }
    }
}

impl PartialEq for Node {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Node::Leaf, Node::Leaf) | (Node::None, Node::None) => true,
            (Node::List(a), Node::List(b))
            | (Node::Tuple(a), Node::Tuple(b))
            | (Node::Dict(a), Node::Dict(b)) => a == b,
            // In the usual case both trees have the same type, and one address.
            (Node::Struct(a), Node::Struct(b)) => std::ptr::eq(*a, *b) || same_def(a, b),
            _ => false,
        }
    }
}

/// Not inlined, so that only the comparison of addresses is inlined into the callers.
#[inline(never)]
fn same_def(a: &StructDef, b: &StructDef) -> bool {
    a == b
}

/// Prints the names of all fields.
impl Display for StructDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields: Vec<String> = match self.fields {
            Fields::Named(names) => names.iter().map(ToString::to_string).collect(),
            Fields::Unnamed(len) => (0..len).map(|index| index.to_string()).collect(),
        };
        fields.extend(self.statics.iter().map(|name| format!("static {name}")));
        fields.extend(self.skipped.iter().map(|name| format!("skipped {name}")));
        write!(f, "{{{}}}", fields.join(", "))
    }
}

impl Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Leaf => f.write_str("a leaf"),
            Node::None => f.write_str("None"),
            Node::List(len) => write!(f, "a list of {len}"),
            Node::Tuple(len) => write!(f, "a tuple of {len}"),
            Node::Dict(len) => write!(f, "a dict of {len}"),
            Node::Struct(def) => f.write_str(def.name),
        }
    }
}
