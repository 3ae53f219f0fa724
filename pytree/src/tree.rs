use std::collections::BTreeMap;

use crate::from_leaves::{FromLeaves, LeafSource, Reported};
use crate::key::KeyRef;
use crate::node::{Fields, Node};
use crate::pytree::PyTree;
use crate::treedef::positional_key;
use crate::visit::{Visitor, VisitorMut};

/// A tree whose shape is known only when the program runs, with leaves of any type.
///
/// Any tree can be mapped to one: a struct becomes a dict of its fields by name, a tuple struct a
/// tuple. It is a [`PyTree`] again if its leaves are.
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
        let node = source.peek();
        Ok(match node {
            Node::Leaf => Tree::Leaf(source.leaf()?),
            Node::None => source.expect(node).map(|()| Tree::None)?,
            Node::List(_) => Tree::List(Vec::from_leaves(source)?),
            Node::Dict(_) => Tree::Dict(BTreeMap::from_leaves(source)?),
            Node::Tuple(_) => Tree::Tuple(children(source, node, |_, child| child)?),
            Node::Struct(def) => match def.fields {
                Fields::Unnamed(_) => Tree::Tuple(children(source, node, |_, child| child)?),
                Fields::Named(_) => Tree::Dict(children(source, node, |index, child| {
                    (positional_key(node, index).name().into_owned(), child)
                })?),
            },
        })
    }
}

/// Takes `node` with its children, each made an entry of the collection.
fn children<L, C, T: FromIterator<C>>(
    source: &mut LeafSource<'_, L>,
    node: Node,
    entry: impl Fn(usize, Tree<L>) -> C,
) -> Result<T, Reported> {
    source.expect(node)?;
    (0..node.arity()).map(|index| Ok(entry(index, Tree::from_leaves(source)?))).collect()
}
