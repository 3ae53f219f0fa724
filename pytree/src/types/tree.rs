use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::mem::discriminant;

use ndarray::{Array, ArrayView, Dimension};

use crate::build::from_leaves::FromLeaves;
use crate::build::leaf_source::{LeafSource, Reported};
use crate::build::mapped::Mapped;
use crate::error::mismatch::MismatchKind;
use crate::path::key::KeyRef;
use crate::structure::treedef::positional_key;
use crate::types::list::all_children;
use crate::walk::deep::deep;
use crate::walk::lockstep::{Lockstep, LockstepMut, all};
use crate::walk::node::{Fields, Node, StructDef};
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::{Visitor, VisitorMut};

/// A tree whose shape is known only at run time, with leaves of any type.
///
/// Any tree can be mapped to a `Tree`. A struct becomes a dict of its fields, sorted by name; a tuple struct
/// becomes a tuple. All dicts have string keys and are sorted: an integer key becomes its decimal text, and
/// the map fails if the dict has that text as a key too. A `Tree<P>` is a [`PyTree`] if `P` is.
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
///
/// Each number of a `Tree<f64>` is a leaf, as in JAX, also in a list. A `Vec<f64>`, in contrast, is one leaf.
///
/// The depth is limited only by memory. For this, `Tree` implements `Drop`, so a pattern cannot move a child
/// out; take the child from a mutable reference:
///
/// ```
/// use pytree::Tree;
/// let mut pair = Tree::Tuple(vec![Tree::Leaf(1.0), Tree::None]);
/// let Tree::Tuple(children) = &mut pair else { unreachable!() };
/// let first = std::mem::take(&mut children[0]);
/// assert_eq!((first, pair), (Tree::Leaf(1.0), Tree::Tuple(vec![Tree::None, Tree::None])));
/// ```
#[derive(Default)]
pub enum Tree<L> {
    /// A leaf.
    Leaf(L),
    /// Structure without leaves.
    #[default]
    None,
    /// A list: `[0]`.
    List(Vec<Tree<L>>),
    /// A tuple: `[0]`.
    Tuple(Vec<Tree<L>>),
    /// A dict, by sorted key: `['v']`.
    Dict(BTreeMap<String, Tree<L>>),
}

impl<L> Drop for Tree<L> {
    fn drop(&mut self) {
        match self {
            Tree::Leaf(_) | Tree::None => {}
            Tree::List(children) | Tree::Tuple(children) => deep(|| children.clear()),
            Tree::Dict(children) => deep(|| children.clear()),
        }
    }
}

impl<L: Clone> Clone for Tree<L> {
    fn clone(&self) -> Self {
        match self {
            Tree::Leaf(leaf) => Tree::Leaf(leaf.clone()),
            Tree::None => Tree::None,
            Tree::List(children) => Tree::List(deep(|| children.clone())),
            Tree::Tuple(children) => Tree::Tuple(deep(|| children.clone())),
            Tree::Dict(children) => Tree::Dict(deep(|| children.clone())),
        }
    }
}

impl<L: PartialEq> PartialEq for Tree<L> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Tree::Leaf(a), Tree::Leaf(b)) => a == b,
            (Tree::List(a), Tree::List(b)) | (Tree::Tuple(a), Tree::Tuple(b)) => deep(|| a == b),
            (Tree::Dict(a), Tree::Dict(b)) => deep(|| a == b),
            (a, b) => discriminant(a) == discriminant(b),
        }
    }
}

impl<L: Eq> Eq for Tree<L> {}

impl<L: Debug> Debug for Tree<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tree::Leaf(leaf) => f.debug_tuple("Leaf").field(leaf).finish(),
            Tree::None => f.write_str("None"),
            // In one line even for `{:#?}`, since each level of indentation would nest another writer.
            Tree::List(children) => write!(f, "List({:?})", Row(children)),
            Tree::Tuple(children) => write!(f, "Tuple({:?})", Row(children)),
            Tree::Dict(children) => {
                f.write_str("Dict({")?;
                for (i, (key, child)) in children.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { ", " })?;
                    deep(|| write!(f, "{key:?}: {child:?}"))?;
                }
                f.write_str("})")
            }
        }
    }
}

/// Prints children in one line.
struct Row<'c, L>(&'c [Tree<L>]);

impl<L: Debug> Debug for Row<'_, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (i, child) in self.0.iter().enumerate() {
            f.write_str(if i == 0 { "" } else { ", " })?;
            deep(|| write!(f, "{child:?}"))?;
        }
        f.write_str("]")
    }
}

#[diagnostic::do_not_recommend]
impl<P: PyTree> PyTree for Tree<P> {
    type Elem = P::Elem;

    fn walk<'a, V: Visitor<'a, P::Elem>>(&'a self, visitor: &mut V) {
        match self {
            Tree::Leaf(leaf) => leaf.walk(visitor),
            Tree::None => visitor.node(Node::None),
            Tree::List(children) => children.walk(visitor),
            Tree::Tuple(children) => {
                visitor.node(Node::Tuple(children.len()));
                deep(|| {
                    for (index, child) in children.iter().enumerate() {
                        visitor.key(KeyRef::Sequence(index));
                        child.walk(visitor);
                    }
                });
            }
            Tree::Dict(children) => children.walk(visitor),
        }
    }

    fn lockstep<'a, const N: usize, V>(trees: [&'a Self; N], visitor: &mut V) -> bool
    where
        V: Lockstep<'a, P::Elem, N>,
    {
        let Some(first) = trees.first() else { return true };
        if trees.iter().any(|tree| discriminant(*tree) != discriminant(*first)) {
            return false;
        }
        if let Some(leaves) = all(trees, Tree::leaf) {
            P::lockstep(leaves, visitor)
        } else if let Some(lists) = all(trees, Tree::sequence) {
            <[_]>::lockstep(lists, visitor)
        } else if let Some(dicts) = all(trees, Tree::dict) {
            BTreeMap::lockstep(dicts, visitor)
        } else {
            true
        }
    }
}

#[diagnostic::do_not_recommend]
impl<P: PyTreeMut> PyTreeMut for Tree<P> {
    fn walk_mut<'a, V: VisitorMut<'a, P::Elem>>(&'a mut self, visitor: &mut V) {
        match self {
            Tree::Leaf(leaf) => leaf.walk_mut(visitor),
            Tree::None => {}
            Tree::List(children) | Tree::Tuple(children) => children.walk_mut(visitor),
            Tree::Dict(children) => children.walk_mut(visitor),
        }
    }

    fn lockstep_mut<'a, const N: usize, V>(
        tree: &'a mut Self,
        others: [&'a Self; N],
        visitor: &mut V,
    ) where
        V: LockstepMut<'a, P::Elem, N>,
    {
        match tree {
            Tree::Leaf(leaf) => {
                let Some(others) = all(others, Tree::leaf) else { return };
                P::lockstep_mut(leaf, others, visitor);
            }
            Tree::None => {}
            Tree::List(children) | Tree::Tuple(children) => {
                let Some(others) = all(others, Tree::sequence) else { return };
                <[_]>::lockstep_mut(children, others, visitor);
            }
            Tree::Dict(children) => {
                let Some(others) = all(others, Tree::dict) else { return };
                BTreeMap::lockstep_mut(children, others, visitor);
            }
        }
    }
}

impl<L> Tree<L> {
    /// The leaf, if this is one.
    fn leaf(&self) -> Option<&L> {
        if let Tree::Leaf(leaf) = self { Some(leaf) } else { None }
    }

    /// The children of a list or a tuple.
    fn sequence(&self) -> Option<&[Tree<L>]> {
        match self {
            Tree::List(children) | Tree::Tuple(children) => Some(children),
            _ => None,
        }
    }

    /// The children of a dict.
    fn dict(&self) -> Option<&BTreeMap<String, Tree<L>>> {
        if let Tree::Dict(children) = self { Some(children) } else { None }
    }
}

#[diagnostic::do_not_recommend]
impl<L> FromLeaves<L> for Tree<L> {
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
        build(source, take)
    }
}

/// Copies the views that [`Layout::unravel`](crate::Layout::unravel) passes on.
#[diagnostic::do_not_recommend]
impl<'a, A: Clone, D: Dimension, D2: Dimension> FromLeaves<ArrayView<'a, A, D2>>
    for Tree<Array<A, D>>
{
    fn from_leaves(source: &mut LeafSource<'_, ArrayView<'a, A, D2>>) -> Result<Self, Reported> {
        build(source, take_array)
    }
}

#[diagnostic::do_not_recommend]
impl<E, A, D: Dimension> FromLeaves<Mapped<'_, E, A>> for Tree<Array<A, D>> {
    fn from_leaves(source: &mut LeafSource<'_, Mapped<'_, E, A>>) -> Result<Self, Reported> {
        build(source, take_array)
    }
}

/// Builds the tree of the next node; `leaf` builds each leaf.
fn build<L, M>(
    source: &mut LeafSource<'_, L>,
    leaf: fn(&mut LeafSource<'_, L>) -> Result<M, Reported>,
) -> Result<Tree<M>, Reported> {
    let node = source.peek();
    if node == Node::Leaf {
        return leaf(source).map(Tree::Leaf);
    }
    let parent = source.next_node();
    source.expect(node)?;
    let len = node.arity();
    match node {
        Node::None | Node::Leaf => Ok(Tree::None),
        Node::List(_) => deep(|| all_children(len, || build(source, leaf))).map(Tree::List),
        Node::Tuple(_) | Node::Struct(StructDef { fields: Fields::Unnamed(_), .. }) => {
            deep(|| all_children(len, || build(source, leaf))).map(Tree::Tuple)
        }
        Node::Dict(_) | Node::Struct(StructDef { fields: Fields::Named(_), .. }) => {
            let mut index = 0;
            let entries = deep(|| {
                all_children(len, || {
                    let key = match node {
                        Node::Dict(_) => source.any_dict_key().into(),
                        node => positional_key(node, index),
                    };
                    index += 1;
                    build(source, leaf).map(|child| (key.name().into_owned(), child))
                })
            });
            dict(entries?, parent, source).map(Tree::Dict)
        }
    }
}

/// Collects the children of the node with index `parent` into a dict. Reports an error at that node if an
/// integer key and a string key have the same text.
fn dict<L, M>(
    mut entries: Vec<(String, Tree<M>)>,
    parent: usize,
    source: &mut LeafSource<'_, L>,
) -> Result<BTreeMap<String, Tree<M>>, Reported> {
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut reported = None;
    for pair in entries.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
        let name = &pair[0].0;
        let kind = MismatchKind::other(format!(
            "the integer key {name} and the string key '{name}' are the same key in a `Tree`; \
             rename one of them"
        ));
        reported = Some(source.report_at(parent, kind));
    }
    // Collecting sorted entries builds the map from the bottom up, without a search for each key.
    reported.map_or_else(|| Ok(entries.into_iter().collect()), Err)
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
