use ndarray::{ArrayView, Dimension};

use crate::path::key::KeyRef;
use crate::structure::treedef::{Arena, Position, TreeDef};
use crate::walk::node::Node;
use crate::walk::visit::{Static, Visitor};

/// The nodes of a tree and the shapes of its leaves as one run of numbers, which a tree can be
/// compared with in one pass at the cost of a few comparisons a leaf.
///
/// A leaf is its number of axes, counted from [`LEAF`], and its shape. An inner node is its kind and its
/// length, or the address of the [`StructDef`](crate::walk::StructDef) that the derive wrote.
#[derive(Clone, Default)]
pub(crate) struct Signature(Vec<usize>);

const NONE: usize = 0;
const LIST: usize = 1;
const TUPLE: usize = 2;
const DICT: usize = 3;
const STRUCT: usize = 4;
const LEAF: usize = 5;

/// The numbers of an inner node.
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

    /// Appends a leaf; returns where [`shape`](Self::shape) finds it.
    pub(crate) fn push_leaf(&mut self, shape: &[usize]) -> usize {
        let place = self.0.len();
        self.0.push(LEAF + shape.len());
        self.0.extend_from_slice(shape);
        place
    }

    /// The shape of the leaf at `place`.
    pub(crate) fn shape(&self, place: usize) -> &[usize] {
        &self.0[place + 1..][..self.0[place].saturating_sub(LEAF)]
    }
}

/// Compares a tree with a signature, and with the keys and static fields of a structure.
///
/// A tree that is found to match does so. One that is not may still do if one of its structs is
/// written down at two addresses.
pub(crate) struct Reader<'l> {
    arena: &'l Arena,
    /// What of the signature is still to come.
    rest: &'l [usize],
    /// How far keys and static fields have been read.
    at: Position,
    matches: bool,
}

impl<'l> Reader<'l> {
    #[inline]
    pub(crate) fn new(signature: &'l Signature, treedef: &'l TreeDef) -> Self {
        let arena = treedef.root().arena;
        Reader { arena, rest: &signature.0, at: Position::default(), matches: true }
    }

    #[inline(never)]
    fn dict_key(&mut self, key: KeyRef<'_>) {
        self.matches &= self.arena.key(self.at) == Some(key);
        self.at.key += 1;
    }

    /// Whether the tree that was walked matches.
    #[inline]
    pub(crate) fn matches(&self) -> bool {
        self.matches && self.rest.is_empty()
    }
}

impl<'a, E: 'a> Visitor<'a, E> for Reader<'_> {
    #[inline]
    fn node(&mut self, node: Node) {
        match self.rest.split_first_chunk() {
            Some((expected, rest)) if *expected == numbers(node) => {
                self.rest = rest;
            }
            _ => self.matches = false,
        }
    }

    #[inline]
    fn key(&mut self, key: KeyRef<'_>) {
        // Apart, so that what tells fields and positions, which follow from the nodes, is left out.
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
        match self.rest.split_at_checked(1 + shape.len()) {
            Some(([rank, expected @ ..], rest))
                if *rank == LEAF + shape.len() && expected == shape =>
            {
                self.rest = rest;
            }
            _ => self.matches = false,
        }
    }
}
