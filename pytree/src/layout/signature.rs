use ndarray::{ArrayView, Dimension};

use crate::path::key::KeyRef;
use crate::structure::treedef::{Arena, Position, TreeDef};
use crate::walk::node::Node;
use crate::walk::visit::{Static, Visitor};

/// The nodes of a tree and the shapes of its leaves as one list of numbers. A tree can be compared with it in one
/// walk, with a few comparisons for each leaf.
///
/// An inner node is two numbers: its kind, and its length or the address of its
/// [`StructDef`](crate::walk::StructDef). A leaf is `LEAF` plus its number of axes, followed by its shape:
///
/// ```text
/// (1.0, array![[2.0, 3.0]])        TUPLE, 2,   LEAF + 0,   LEAF + 2, 1, 2
///                                  tuple of 2  [0]: []     [1]: [1, 2]
/// ```
///
/// The number of axes is part of the first number, so the encoding is prefix-free: two trees with equal numbers
/// have the same nodes and shapes. Keys and static fields are not in it; the reader compares them separately.
#[derive(Clone, Default)]
pub(crate) struct Signature(Vec<usize>);

const NONE: usize = 0;
const LIST: usize = 1;
const TUPLE: usize = 2;
const DICT: usize = 3;
const STRUCT: usize = 4;
const LEAF: usize = 5;

/// The two numbers of an inner node.
#[inline]
fn numbers(node: Node) -> [usize; 2] {
    match node {
        Node::Leaf => [LEAF, 0],
        Node::None => [NONE, 0],
        Node::List(len) => [LIST, len],
        Node::Tuple(len) => [TUPLE, len],
        Node::Dict(len) => [DICT, len],
        Node::Struct(def) => [STRUCT, std::ptr::from_ref(def).addr()],
    }
}

impl Signature {
    pub(crate) fn push_node(&mut self, node: Node) {
        self.0.extend(numbers(node));
    }

    /// Appends a leaf, and returns its index for [`shape`](Self::shape).
    pub(crate) fn push_leaf(&mut self, shape: &[usize]) -> usize {
        let index = self.0.len();
        self.0.push(LEAF + shape.len());
        self.0.extend_from_slice(shape);
        index
    }

    /// The shape of the leaf that begins at `index`.
    pub(crate) fn shape(&self, index: usize) -> &[usize] {
        &self.0[index + 1..][..self.0[index].saturating_sub(LEAF)]
    }
}

/// Compares a tree with a signature, and with the keys and static fields of a structure.
///
/// A match is conclusive. On a mismatch, do the full comparison, because one `StructDef` may live at two addresses:
/// a layout that was deserialized has its own.
pub(crate) struct Reader<'l> {
    arena: &'l Arena,
    /// The numbers that have not been compared yet.
    remaining: &'l [usize],
    /// The next dict key and static field of `arena`; nodes and leaves are not counted.
    at: Position,
    matches: bool,
}

impl<'l> Reader<'l> {
    #[inline]
    pub(crate) fn new(signature: &'l Signature, treedef: &'l TreeDef) -> Self {
        let arena = treedef.root().arena;
        Reader { arena, remaining: &signature.0, at: Position::default(), matches: true }
    }

    /// Not inlined, to keep the code of `key` small in the walk of a struct.
    #[inline(never)]
    fn dict_key(&mut self, key: KeyRef<'_>) {
        self.matches &= self.arena.key(self.at) == Some(key);
        self.at.key += 1;
    }

    /// Whether the tree that was walked matches.
    #[inline]
    pub(crate) fn matches(&self) -> bool {
        self.matches && self.remaining.is_empty()
    }
}

impl<'a, E: 'a> Visitor<'a, E> for Reader<'_> {
    #[inline]
    fn node(&mut self, node: Node) {
        match self.remaining.split_first_chunk() {
            Some((expected, remaining)) if *expected == numbers(node) => {
                self.remaining = remaining;
            }
            _ => self.matches = false,
        }
    }

    #[inline]
    fn key(&mut self, key: KeyRef<'_>) {
        // Fields and positions follow from their nodes. For a struct the compiler knows the variant of `key`, and
        // removes the call.
        match key {
            KeyRef::GetAttr(_) | KeyRef::Sequence(_) => {}
            KeyRef::Dict(_) | KeyRef::Int(_) => self.dict_key(key),
        }
    }

    #[inline]
    fn static_field<S: Static>(&mut self, value: &S) {
        let expected = self.arena.static_value(self.at.statics);
        self.matches &= expected.is_some_and(|expected| expected.equals(value));
        self.at.statics += 1;
    }

    #[inline]
    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) {
        let shape = leaf.shape();
        match self.remaining.split_at_checked(1 + shape.len()) {
            Some(([kind, expected @ ..], remaining))
                if *kind == LEAF + shape.len() && expected == shape =>
            {
                self.remaining = remaining;
            }
            _ => self.matches = false,
        }
    }
}
