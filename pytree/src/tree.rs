use std::collections::BTreeMap;

use ndarray::{Array, ArrayView, Dimension};

use crate::from_leaves::{FromLeaves, LeafSource, Reported};
use crate::key::KeyRef;
use crate::node::{Fields, Node, StructDef};
use crate::pytree::PyTree;
use crate::treedef::positional_key;
use crate::visit::{Visitor, VisitorMut};

/// A tree whose shape is known only when the program runs, with leaves of any type.
///
/// Any tree can be mapped to one: a struct becomes a dict of its fields by name, which comes in the
/// order of the names and not as declared; a tuple struct becomes a tuple. The keys of a dict are
/// strings: an integer becomes its decimal text, and a dict of another order is sorted. It is a [`PyTree`] again
/// if its leaves are.
///
/// ```
/// use ndarray::{Array1, array};
/// use pytree::{Tree, tree_map};
///
/// let tree = (array![1.0, 2.0, 3.0], None::<Array1<f64>>);
/// let lengths: Tree<usize> = tree_map(|leaf| leaf.len(), &tree)?;
/// assert_eq!(lengths, Tree::Tuple(vec![Tree::Leaf(3), Tree::None]));
/// # Ok::<(), pytree::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree<L> {
    /// A leaf.
    Leaf(L),
    /// Structure without leaves.
    None,
    /// A list: `[0]`.
    List(Vec<Tree<L>>),
    /// A tuple: `[0]`.
    Tuple(Vec<Tree<L>>),
    /// A dict, by sorted key: `['v']`.
    Dict(BTreeMap<String, Tree<L>>),
}

impl<P: PyTree> PyTree for Tree<P> {
    type Elem = P::Elem;

    fn walk<'a, V: Visitor<'a, P::Elem>>(&'a self, visitor: &mut V) {
        match self {
            Tree::Leaf(leaf) => leaf.walk(visitor),
            Tree::None => visitor.node(Node::None),
            Tree::List(children) => children.walk(visitor),
            Tree::Tuple(children) => {
                visitor.node(Node::Tuple(children.len()));
                for (index, child) in children.iter().enumerate() {
                    visitor.key(KeyRef::Sequence(index));
                    child.walk(visitor);
                }
            }
            Tree::Dict(children) => children.walk(visitor),
        }
    }

    fn walk_mut<'a, V: VisitorMut<'a, P::Elem>>(&'a mut self, visitor: &mut V) {
        match self {
            Tree::Leaf(leaf) => leaf.walk_mut(visitor),
            Tree::None => {}
            Tree::List(children) | Tree::Tuple(children) => children.walk_mut(visitor),
            Tree::Dict(children) => children.walk_mut(visitor),
        }
    }
}

impl<L> FromLeaves<L> for Tree<L> {
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
        build(source, take)
    }
}

/// Copies views, as [`Layout::unravel`](crate::Layout::unravel) hands them out.
impl<'a, A: Clone, D: Dimension, D2: Dimension> FromLeaves<ArrayView<'a, A, D2>>
    for Tree<Array<A, D>>
{
    fn from_leaves(source: &mut LeafSource<'_, ArrayView<'a, A, D2>>) -> Result<Self, Reported> {
        build(source, take_array)
    }
}

/// The tree of the next node, with leaves taken by `leaf`.
fn build<L, M>(
    source: &mut LeafSource<'_, L>,
    leaf: fn(&mut LeafSource<'_, L>) -> Result<M, Reported>,
) -> Result<Tree<M>, Reported> {
    let node = source.peek();
    if node == Node::Leaf {
        return leaf(source).map(Tree::Leaf);
    }
    source.expect(node)?;
    // Every child is asked for even where one fails, so that each can report.
    let mut children = Vec::with_capacity(node.arity());
    for index in 0..node.arity() {
        let key = match node {
            Node::Dict(_) => source.any_dict_key().into(),
            node => positional_key(node, index),
        };
        let key = key.name().into_owned();
        children.push(build(source, leaf).map(|child| (key, child)));
    }
    let entries = children.into_iter();
    match node {
        Node::None | Node::Leaf => Ok(Tree::None),
        Node::List(_) => {
            entries.map(|entry| Ok(entry?.1)).collect::<Result<_, _>>().map(Tree::List)
        }
        Node::Dict(_) | Node::Struct(StructDef { fields: Fields::Named(_), .. }) => {
            entries.collect::<Result<_, _>>().map(Tree::Dict)
        }
        Node::Tuple(_) | Node::Struct(StructDef { fields: Fields::Unnamed(_), .. }) => {
            entries.map(|entry| Ok(entry?.1)).collect::<Result<_, _>>().map(Tree::Tuple)
        }
    }
}

fn take<L>(source: &mut LeafSource<'_, L>) -> Result<L, Reported> {
    source.leaf()
}

fn take_array<L, A, D>(source: &mut LeafSource<'_, L>) -> Result<Array<A, D>, Reported>
where
    Array<A, D>: FromLeaves<L>,
{
    Array::from_leaves(source)
}
