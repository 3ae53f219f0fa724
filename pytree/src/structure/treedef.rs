use std::fmt::{self, Debug, Display, Write};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use ndarray::{ArrayView, Dimension};

use crate::path::key::{Key, KeyRef};
use crate::structure::carried::{FieldValue, StaticValue};
use crate::walk::deep::deep;
use crate::walk::node::{Fields, Node};
use crate::walk::pytree::PyTree;
use crate::walk::visit::{Skipped, Static, Visitor};

/// The structure of a tree as data: its nodes, keys and static fields, without its leaves.
///
/// Cheap to clone. Two are equal if all of their nodes, keys and static fields are; skipped fields
/// are carried along and not compared. Prints as JAX's `PyTreeDef`.
///
/// ```
/// use ndarray::{Array1, array};
/// use pytree::tree_structure;
/// let treedef = tree_structure(&(array![1.0, 2.0], vec![array![3.0], array![4.0]], None::<Array1<f64>>));
/// assert_eq!(treedef.to_string(), "PyTreeDef((*, [*, *], None))");
/// assert_eq!((treedef.num_leaves(), treedef.num_nodes()), (3, 6));
/// ```
///
/// It may be the key of a map. What clippy then says of a mutable key type is about a table that is
/// filled when it is first asked for, and neither compared nor hashed; the line
/// `ignore-interior-mutability = ["pytree::TreeDef"]` of a `clippy.toml` quiets it, for a
/// [`Layout`](crate::Layout) too.
#[derive(Clone)]
pub struct TreeDef(Arc<Arena>);

/// The nodes depth first, parents before children, and beside them, in the order in which the
/// nodes need them, the keys of dicts and the fields that are no trees.
#[derive(Default)]
pub(crate) struct Arena {
    nodes: Vec<Node>,
    /// The keys of dicts, one behind the other and integers in decimal; `ends` says where each
    /// stops, and with the bit [`INTEGER`] that it is an integer.
    text: String,
    ends: Vec<usize>,
    statics: Vec<Arc<dyn StaticValue>>,
    skipped: Vec<Arc<dyn FieldValue>>,
    num_leaves: usize,
    /// For each node where what is under it ends; made when it is first asked for.
    ends_below: OnceLock<Vec<Position>>,
}

/// No text is so long that its length has this bit.
const INTEGER: usize = !(usize::MAX >> 1);

/// Stands for the key that a dict should have told and has not.
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

    /// The number of nodes: leaves, inner nodes and `None`s.
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

    /// The root, from which all other nodes can be reached.
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
    /// Leaves go in by their number, and keys by their text, so that a large structure is hashed fast.
    /// Static fields need not be `Hash`; structures that differ in those alone collide.
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

    /// Makes it empty; its buffers stay.
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

    /// Writes down a leaf without its array.
    #[inline]
    pub(crate) fn push_leaf(&mut self) {
        self.nodes.push(Node::Leaf);
        self.num_leaves += 1;
    }

    /// Writes down what is at `position` of `source`, which has as many static and skipped fields
    /// as `node` says.
    pub(crate) fn push_from(&mut self, source: &Arena, position: Position, node: Node) {
        let below = position.below(node);
        self.nodes.push(node);
        let statics = source.statics.get(position.statics..below.statics);
        let skipped = source.skipped.get(position.skipped..below.skipped);
        self.statics.extend_from_slice(statics.unwrap_or_default());
        self.skipped.extend_from_slice(skipped.unwrap_or_default());
    }

    /// Writes down a key of a dict; other keys follow from their nodes.
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

    /// [`push_key`](Self::push_key) of a key that was made from another structure.
    pub(crate) fn copy_key(&mut self, key: &Key) {
        match key {
            Key::Dict(key) => self.push_key(KeyRef::Dict(key)),
            Key::Int(integer) => self.push_key(KeyRef::Int(*integer)),
            Key::GetAttr(_) | Key::Sequence(_) => {}
        }
    }

    /// The node at `position`; `None` behind the last.
    #[inline]
    pub(crate) fn node(&self, position: Position) -> Option<Node> {
        self.nodes.get(position.node).copied()
    }

    /// The dict key at `position`; `None` behind the last.
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
        // A leaf is told with its array, whatever a type says.
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

/// How far each list of an [`Arena`] has been read, and how many leaves have gone by.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Position {
    pub node: usize,
    pub key: usize,
    pub statics: usize,
    pub skipped: usize,
    pub leaf: usize,
}

impl Position {
    /// Behind `node` itself, before its first child.
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

    /// Behind everything that is under `self`.
    pub(crate) fn past(self, arena: &Arena) -> Self {
        let ends = arena.ends_below.get_or_init(|| ends_below(arena));
        ends.get(self.node).copied().unwrap_or(self)
    }
}

/// For each node where what is under it ends.
fn ends_below(arena: &Arena) -> Vec<Position> {
    let mut at = Position::default();
    let mut ends = vec![at; arena.nodes.len()];
    // The inner nodes that are not yet at their end, each with the number of children to come.
    let mut open: Vec<(usize, Node, usize)> = Vec::new();
    loop {
        while let Some((index, ..)) = open.pop_if(|(.., to_come)| *to_come == 0) {
            ends[index] = at;
        }
        let Some(node) = arena.node(at) else { break };
        if let Some((_, parent, to_come)) = open.last_mut() {
            *to_come -= 1;
            at.key += usize::from(matches!(parent, Node::Dict(_)));
        }
        open.push((at.node, node, node.arity()));
        at = at.below(node);
    }
    // Only a type that tells fewer children than its nodes say leaves some open.
    open.into_iter().for_each(|(index, ..)| ends[index] = at);
    ends
}

/// A node of a structure and all that is under it.
#[derive(Clone, Copy)]
pub(crate) struct Subtree<'t> {
    pub arena: &'t Arena,
    pub at: Position,
}

impl<'t> Subtree<'t> {
    pub(crate) fn node(self) -> Node {
        // The arena of a walked tree is never empty, and children are only made where they are.
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

/// The key of child `index` of a node that is no dict.
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
