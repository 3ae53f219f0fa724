use std::fmt::{self, Debug, Display, Write};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use ndarray::{ArrayView, Dimension};

use crate::path::key::{Key, KeyRef};
use crate::structure::field_value::{FieldValue, StaticValue};
use crate::walk::deep::deep;
use crate::walk::node::{Fields, Node, StructDef};
use crate::walk::pytree::PyTree;
use crate::walk::visit::{Skipped, Static, Visitor};

/// The structure of a tree: its nodes, keys, static fields and skipped fields, without the leaves.
///
/// Cloning is O(1). Two structures are equal if their nodes, keys and static fields are equal; skipped fields are not
/// compared. `Display` prints the text of JAX's `PyTreeDef`.
///
/// ```
/// use ndarray::{Array1, array};
/// use pytree::tree_structure;
/// let treedef = tree_structure(&(array![1.0, 2.0], vec![array![3.0], array![4.0]], None::<Array1<f64>>));
/// assert_eq!(treedef.to_string(), "PyTreeDef((*, [*, *], None))");
/// assert_eq!((treedef.num_leaves(), treedef.num_nodes()), (3, 6));
/// ```
///
/// A `TreeDef` can be the key of a map. Clippy then warns about a mutable key type, because of an index that is
/// computed on first use. The index is neither compared nor hashed, so silence the warning with
/// `ignore-interior-mutability = ["pytree::TreeDef"]` in `clippy.toml`, which covers [`Layout`](crate::Layout) too.
#[doc(alias = "PyTreeDef")]
#[doc(alias = "PyTreeSpec")]
#[derive(Clone)]
pub struct TreeDef(Arc<Arena>);

/// The nodes of a structure, depth first, and next to them the dict keys, static fields and skipped fields of all
/// nodes, each in a list of its own.
///
/// There are no pointers between the lists. A [`Position`] has an index into each, and moves past a node by what the
/// node announces. For `{'m': (1.0, 2.0), 'v': State { v, static order }}`:
///
/// ```text
/// nodes    Dict(2)  Tuple(2)  Leaf  Leaf  Struct(State)  Leaf
/// keys              'm'                   'v'                    before each child of a dict
/// statics                                 order                  after the node of its struct
/// ```
///
/// One structure is a few allocations, whatever its size, and two compare as slices.
#[derive(Default)]
pub(crate) struct Arena {
    nodes: Vec<Node>,
    /// The concatenated dict keys; integers are in decimal.
    text: String,
    /// For each dict key, the index in `text` at which it ends; with the bit [`INTEGER`] if it is an integer.
    ends: Vec<usize>,
    statics: Vec<Arc<dyn StaticValue>>,
    skipped: Vec<Arc<dyn FieldValue>>,
    num_leaves: usize,
    /// For each node, the position past everything under it; computed on first use.
    ends_below: OnceLock<Vec<Position>>,
}

/// The highest bit of a `usize`. The length of a `String` is at most `isize::MAX`, so it does not have this bit.
const INTEGER: usize = !(usize::MAX >> 1);

/// The key of a child if a type breaks the law to visit a key before each child of a dict.
pub(crate) const NO_KEY: KeyRef<'static> = KeyRef::Dict("");

impl TreeDef {
    /// The structure of `tree`.
    pub(crate) fn of<P: PyTree>(tree: &P) -> Self {
        let mut arena = Arena::default();
        tree.walk::<Arena>(&mut arena);
        TreeDef::from(arena)
    }

    /// The number of leaves.
    ///
    /// ```
    /// assert_eq!(pytree::tree_structure(&(1.0, [2.0, 3.0])).num_leaves(), 2);
    /// ```
    pub fn num_leaves(&self) -> usize {
        self.0.num_leaves
    }

    /// The number of nodes: inner nodes, leaves and `None`s.
    ///
    /// ```
    /// assert_eq!(pytree::tree_structure(&(1.0, [2.0, 3.0], None::<f64>)).num_nodes(), 4);
    /// ```
    pub fn num_nodes(&self) -> usize {
        self.0.nodes.len()
    }

    #[inline]
    pub(crate) fn into_arena(self) -> Arc<Arena> {
        self.0
    }

    /// The root with everything under it.
    #[inline]
    pub(crate) fn root(&self) -> Subtree<'_> {
        Subtree { arena: &self.0, at: Position::default() }
    }
}

impl From<Arena> for TreeDef {
    fn from(arena: Arena) -> Self {
        TreeDef(Arc::new(arena))
    }
}

impl From<Arc<Arena>> for TreeDef {
    #[inline]
    fn from(arena: Arc<Arena>) -> Self {
        TreeDef(arena)
    }
}

impl PartialEq for TreeDef {
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (&*self.0, &*other.0);
        std::ptr::eq(a, b)
            || a.nodes == b.nodes
                && a.ends == b.ends
                && a.text == b.text
                && a.statics.len() == b.statics.len()
                && a.statics.iter().zip(&b.statics).all(|(a, b)| a.equals(&**b))
    }
}

impl Eq for TreeDef {}

impl Hash for TreeDef {
    /// Hashes the inner nodes with their indices, the number of nodes, and the keys as one text. Leaves follow from
    /// these, and hashing each of them took most of the time. Static fields need not be `Hash`, so two structures that
    /// differ only in static fields have the same hash.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.nodes.len().hash(state);
        let nodes = self.0.nodes.iter().enumerate();
        nodes.filter(|(_, node)| **node != Node::Leaf).for_each(|inner| inner.hash(state));
        self.0.text.hash(state);
    }
}

impl Debug for TreeDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl Display for TreeDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PyTreeDef({})", self.root())
    }
}

impl Arena {
    #[inline]
    pub(crate) fn num_nodes(&self) -> usize {
        self.nodes.len()
    }

    /// The length of the text of all keys of dicts.
    #[inline]
    pub(crate) fn num_key_bytes(&self) -> usize {
        self.text.len()
    }

    /// Removes everything, and keeps the buffers.
    #[inline]
    pub(crate) fn clear(&mut self) {
        self.nodes.clear();
        self.text.clear();
        self.ends.clear();
        self.statics.clear();
        self.skipped.clear();
        self.num_leaves = 0;
        self.ends_below.take();
    }

    /// Appends a leaf.
    #[inline]
    pub(crate) fn push_leaf(&mut self) {
        self.nodes.push(Node::Leaf);
        self.num_leaves += 1;
    }

    /// Appends `node` with the static and skipped fields at `position` of `source`.
    pub(crate) fn push_from(&mut self, source: &Arena, position: Position, node: Node) {
        let below = position.below(node);
        self.nodes.push(node);
        let statics = source.statics.get(position.statics..below.statics);
        let skipped = source.skipped.get(position.skipped..below.skipped);
        self.statics.extend_from_slice(statics.unwrap_or_default());
        self.skipped.extend_from_slice(skipped.unwrap_or_default());
    }

    /// Appends the key of a dict; other keys follow from their nodes.
    pub(crate) fn push_key(&mut self, key: KeyRef<'_>) {
        match key {
            KeyRef::Dict(key) => {
                self.text.push_str(key);
                self.ends.push(self.text.len());
            }
            KeyRef::Int(integer) => {
                // Writing to a string cannot fail.
                let _ = write!(self.text, "{integer}");
                self.ends.push(self.text.len() | INTEGER);
            }
            KeyRef::GetAttr(_) | KeyRef::Sequence(_) => {}
        }
    }

    /// [`push_key`](Self::push_key) of an owned key.
    pub(crate) fn copy_key(&mut self, key: &Key) {
        match key {
            Key::Dict(key) => self.push_key(KeyRef::Dict(key)),
            Key::Int(integer) => self.push_key(KeyRef::Int(*integer)),
            Key::GetAttr(_) | Key::Sequence(_) => {}
        }
    }

    /// The node at `position`; `None` past the last node.
    #[inline]
    pub(crate) fn node(&self, position: Position) -> Option<Node> {
        self.nodes.get(position.node).copied()
    }

    /// The dict key at `position`; `None` past the last key.
    #[inline]
    pub(crate) fn key(&self, position: Position) -> Option<KeyRef<'_>> {
        let end = *self.ends.get(position.key)?;
        let start = position.key.checked_sub(1).map_or(0, |before| self.ends[before] & !INTEGER);
        let text = &self.text[start..end & !INTEGER];
        if end & INTEGER == 0 {
            return Some(KeyRef::Dict(text));
        }
        text.parse().ok().map(KeyRef::Int)
    }

    pub(crate) fn static_value(&self, index: usize) -> Option<&dyn StaticValue> {
        self.statics.get(index).map(|value| &**value)
    }

    pub(crate) fn skipped_value(&self, index: usize) -> Option<&dyn FieldValue> {
        self.skipped.get(index).map(|value| &**value)
    }
}

impl<'a, E: 'a> Visitor<'a, E> for Arena {
    fn node(&mut self, node: Node) {
        // A type may wrongly announce a leaf here; it counts when `leaf` is called with the array.
        if node != Node::Leaf {
            self.nodes.push(node);
        }
    }

    fn key(&mut self, key: KeyRef<'_>) {
        self.push_key(key);
    }

    fn static_field<S: Static>(&mut self, value: &S) {
        self.statics.push(Arc::new(value.clone()));
    }

    fn skipped_field<S: Skipped>(&mut self, value: &S) {
        self.skipped.push(Arc::new(value.clone()));
    }

    fn leaf<D: Dimension>(&mut self, _: ArrayView<'a, E, D>) {
        self.push_leaf();
    }
}

/// An index into each list of an [`Arena`], and the number of leaves before it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Position {
    pub node: usize,
    pub key: usize,
    pub statics: usize,
    pub skipped: usize,
    pub leaf: usize,
}

impl Position {
    /// The position after `node` and its fields, before the key of its first child.
    pub(crate) fn below(mut self, node: Node) -> Self {
        self.node += 1;
        match node {
            Node::Leaf => self.leaf += 1,
            Node::Struct(def) => {
                self.statics += def.statics.len();
                self.skipped += def.skipped.len();
            }
            _ => {}
        }
        self
    }

    /// The position past the node at `self` and everything under it, which is that of its next sibling.
    pub(crate) fn past(self, arena: &Arena) -> Self {
        let ends = arena.ends_below.get_or_init(|| ends_below(arena));
        ends.get(self.node).copied().unwrap_or(self)
    }
}

/// For each node, the position past everything under it. One pass over the nodes, without recursion.
fn ends_below(arena: &Arena) -> Vec<Position> {
    let mut at = Position::default();
    let mut ends = vec![at; arena.nodes.len()];
    // The ancestors of the next node: the index of each, the node, and the number of its children still to come.
    let mut open: Vec<(usize, Node, usize)> = Vec::new();
    loop {
        while let Some((index, ..)) = open.pop_if(|(.., to_come)| *to_come == 0) {
            ends[index] = at;
        }
        let Some(node) = arena.node(at) else { break };
        // `at` is before the key of the node if its parent is a dict.
        if let Some((_, parent, to_come)) = open.last_mut() {
            *to_come -= 1;
            at.key += usize::from(matches!(parent, Node::Dict(_)));
        }
        open.push((at.node, node, node.arity()));
        at = at.below(node);
    }
    // Only a type that visits fewer children than its nodes announce leaves nodes open.
    open.into_iter().for_each(|(index, ..)| ends[index] = at);
    ends
}

/// A node of a structure with everything under it.
#[derive(Clone, Copy)]
pub(crate) struct Subtree<'t> {
    pub arena: &'t Arena,
    pub at: Position,
}

impl<'t> Subtree<'t> {
    pub(crate) fn node(self) -> Node {
        // Past the last node only if a type visits fewer children than its nodes announce.
        self.arena.node(self.at).unwrap_or(Node::None)
    }

    /// The children with their keys.
    pub(crate) fn children(self) -> impl Iterator<Item = (Key, Subtree<'t>)> {
        let Subtree { arena, at } = self;
        let node = self.node();
        let mut next = at.below(node);
        (0..node.arity()).map(move |index| {
            let key = match node {
                Node::Dict(_) => arena.key(next).unwrap_or(NO_KEY).into(),
                node => positional_key(node, index),
            };
            next.key += usize::from(matches!(node, Node::Dict(_)));
            let child = Subtree { arena, at: next };
            next = next.past(arena);
            (key, child)
        })
    }

    /// The child under `key`. No other key is copied.
    pub(crate) fn child(self, key: &Key) -> Option<Subtree<'t>> {
        let Subtree { arena, at } = self;
        let node = self.node();
        let is_dict = matches!(node, Node::Dict(_));
        let mut next = at.below(node);
        for index in 0..node.arity() {
            let found = match node {
                Node::Dict(_) => arena.key(next).unwrap_or(NO_KEY),
                Node::Struct(StructDef { fields: Fields::Named(names), .. }) => {
                    KeyRef::GetAttr(names[index])
                }
                _ => KeyRef::Sequence(index),
            };
            next.key += usize::from(is_dict);
            if found.is(key) {
                return Some(Subtree { arena, at: next });
            }
            next = next.past(arena);
        }
        None
    }

    /// The static fields with their names.
    pub(crate) fn statics(self) -> impl Iterator<Item = (&'static str, &'t dyn StaticValue)> {
        let names = match self.node() {
            Node::Struct(def) => def.statics,
            _ => &[],
        };
        let values = self.arena.statics.get(self.at.statics..).unwrap_or_default();
        names.iter().zip(values).map(|(name, value)| (*name, &**value))
    }
}

/// The key of child `index` of a node that is not a dict.
pub(crate) fn positional_key(node: Node, index: usize) -> Key {
    match node {
        Node::Struct(def) => match def.fields {
            Fields::Named(names) => KeyRef::GetAttr(names[index]).into(),
            Fields::Unnamed(_) => Key::Sequence(index),
        },
        _ => Key::Sequence(index),
    }
}

impl Display for Subtree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = match self.node() {
            Node::Leaf => return f.write_str("*"),
            Node::None => return f.write_str("None"),
            Node::List(_) => ("[", "]"),
            Node::Tuple(1) => ("(", ",)"),
            Node::Tuple(_) => ("(", ")"),
            Node::Dict(_) => ("{", "}"),
            Node::Struct(def) => {
                write!(f, "CustomNode({}[(", def.name)?;
                for (i, (_, value)) in self.statics().enumerate() {
                    write!(f, "{}{value:?}", if i == 0 { "" } else { ", " })?;
                }
                f.write_str(if def.statics.len() == 1 { ",)], " } else { ")], " })?;
                ("[", "])")
            }
        };
        f.write_str(open)?;
        for (i, (key, child)) in self.children().enumerate() {
            f.write_str(if i == 0 { "" } else { ", " })?;
            if let Node::Dict(_) = self.node() {
                key.write_repr(f)?;
                f.write_str(": ")?;
            }
            deep(|| Display::fmt(&child, f))?;
        }
        f.write_str(close)
    }
}
