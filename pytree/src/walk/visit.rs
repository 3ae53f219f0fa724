use std::any::Any;
use std::fmt::Debug;

use ndarray::{ArrayView, ArrayViewMut, Dimension};

use crate::path::key::KeyRef;
use crate::walk::node::Node;

/// Receives the nodes of a tree from [`PyTree::walk`](crate::PyTree::walk), depth first from the root.
///
/// For an inner node, a walk calls [`node`](Self::node), then [`static_field`](Self::static_field) for each
/// static field, then [`skipped_field`](Self::skipped_field) for each skipped field, then for each child
/// [`key`](Self::key) followed by the calls of the child itself. For a leaf it calls [`leaf`](Self::leaf).
/// Each walk is compiled for its visitor, so a method that does nothing costs nothing.
///
/// ```
/// use ndarray::{array, ArrayView, Dimension};
/// use pytree::walk::Visitor;
/// use pytree::PyTree;
///
/// /// The largest number of axes of any leaf.
/// struct MaxRank(usize);
/// impl<'a, E: 'a> Visitor<'a, E> for MaxRank {
///     fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) {
///         self.0 = self.0.max(leaf.ndim());
///     }
/// }
///
/// let mut rank = MaxRank(0);
/// (array![1.0, 2.0], array![[3.0]]).walk(&mut rank);
/// assert_eq!(rank.0, 2);
/// ```
pub trait Visitor<'a, E: 'a> {
    /// An inner node begins. `node` is never [`Node::Leaf`]; its [`arity`](Node::arity) children follow.
    ///
    /// ```
    /// use ndarray::{ArrayView, Dimension};
    /// use pytree::walk::{Node, Visitor};
    /// use pytree::PyTree;
    ///
    /// /// Counts the inner nodes.
    /// struct Inner(usize);
    /// impl<'a, E: 'a> Visitor<'a, E> for Inner {
    ///     fn node(&mut self, _: Node) {
    ///         self.0 += 1;
    ///     }
    ///     fn leaf<D: Dimension>(&mut self, _: ArrayView<'a, E, D>) {}
    /// }
    ///
    /// let mut inner = Inner(0);
    /// (1.0, (2.0, 3.0), None::<f64>).walk(&mut inner);
    /// assert_eq!(inner.0, 3);
    /// ```
    fn node(&mut self, node: Node) {
        let _ = node;
    }

    /// The next child is under this key of its parent.
    ///
    /// ```
    /// use ndarray::{ArrayView, Dimension};
    /// use pytree::walk::{KeyRef, Visitor};
    /// use pytree::PyTree;
    ///
    /// /// Collects the keys of dicts.
    /// struct Names(Vec<String>);
    /// impl<'a, E: 'a> Visitor<'a, E> for Names {
    ///     fn key(&mut self, key: KeyRef<'_>) {
    ///         if let KeyRef::Dict(name) = key {
    ///             self.0.push(name.to_string());
    ///         }
    ///     }
    ///     fn leaf<D: Dimension>(&mut self, _: ArrayView<'a, E, D>) {}
    /// }
    ///
    /// let mut names = Names(vec![]);
    /// std::collections::BTreeMap::from([("v", 1.0), ("m", 2.0)]).walk(&mut names);
    /// assert_eq!(names.0, ["m", "v"]);
    /// ```
    fn key(&mut self, key: KeyRef<'_>) {
        let _ = key;
    }

    /// The next static field of the last struct that was passed to [`node`](Self::node).
    ///
    /// ```
    /// use ndarray::{ArrayView, Dimension};
    /// use pytree::walk::{Static, Visitor};
    /// use pytree::PyTree;
    ///
    /// /// Prints the static fields.
    /// struct Fields(Vec<String>);
    /// impl<'a, E: 'a> Visitor<'a, E> for Fields {
    ///     fn static_field<S: Static>(&mut self, value: &S) {
    ///         self.0.push(format!("{value:?}"));
    ///     }
    ///     fn leaf<D: Dimension>(&mut self, _: ArrayView<'a, E, D>) {}
    /// }
    ///
    /// #[derive(PyTree)]
    /// struct State { v: f64, #[pytree(static)] order: u8 }
    /// let mut fields = Fields(vec![]);
    /// State { v: 0.0, order: 2 }.walk(&mut fields);
    /// assert_eq!(fields.0, ["2"]);
    /// ```
    fn static_field<S: Static>(&mut self, value: &S) {
        let _ = value;
    }

    /// The next skipped field of the last struct that was passed to [`node`](Self::node).
    ///
    /// ```
    /// use ndarray::{ArrayView, Dimension};
    /// use pytree::walk::{Skipped, Visitor};
    /// use pytree::PyTree;
    ///
    /// /// Names the types of the skipped fields.
    /// struct Fields(Vec<String>);
    /// impl<'a, E: 'a> Visitor<'a, E> for Fields {
    ///     fn skipped_field<S: Skipped>(&mut self, value: &S) {
    ///         self.0.push(std::any::type_name_of_val(value).to_string());
    ///     }
    ///     fn leaf<D: Dimension>(&mut self, _: ArrayView<'a, E, D>) {}
    /// }
    ///
    /// #[derive(PyTree)]
    /// struct State { v: f64, #[pytree(skip)] order: u8 }
    /// let mut fields = Fields(vec![]);
    /// State { v: 0.0, order: 2 }.walk(&mut fields);
    /// assert_eq!(fields.0, ["u8"]);
    /// ```
    fn skipped_field<S: Skipped>(&mut self, value: &S) {
        let _ = value;
    }

    /// A leaf. Its memory order may be any.
    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>);
}

/// Receives mutable views of the leaves of a tree from [`PyTreeMut::walk_mut`](crate::PyTreeMut::walk_mut).
///
/// ```
/// use ndarray::{ArrayViewMut, Dimension};
/// use pytree::PyTreeMut;
/// use pytree::walk::VisitorMut;
///
/// /// Sets every element to 0; a leaf keeps its static number of axes, unlike in `tree_map_mut`.
/// struct Clear;
/// impl<'a> VisitorMut<'a, f64> for Clear {
///     fn leaf<D: Dimension>(&mut self, mut leaf: ArrayViewMut<'a, f64, D>) {
///         leaf.fill(0.0);
///     }
/// }
///
/// let mut tree = (1.0, [2.0]);
/// tree.walk_mut(&mut Clear);
/// assert_eq!(tree, (0.0, [0.0]));
/// ```
pub trait VisitorMut<'a, E: 'a> {
    /// A leaf. Its memory order may be any.
    fn leaf<D: Dimension>(&mut self, leaf: ArrayViewMut<'a, E, D>);
}

/// A value that can be a `#[pytree(static)]` field: part of the structure of a tree, and compared with it.
///
/// Two values match if `a == b`. A value that does not equal itself, because it is or contains a NaN,
/// matches another such value with the same `Debug` output: `[1.0, NaN]` matches `[1.0, NaN]`, but not
/// `[2.0, NaN]`.
///
/// ```
/// use pytree::{PyTree, tree_structure};
///
/// #[derive(Clone, Debug, PartialEq)]
/// enum Activation { Tanh, Relu }
///
/// #[derive(PyTree)]
/// struct Layer { w: f64, #[pytree(static)] activation: Activation }
///
/// let [a, b] = [Activation::Tanh, Activation::Relu].map(|activation| Layer { w: 1.0, activation });
/// assert_ne!(tree_structure(&a), tree_structure(&b));
/// ```
pub trait Static: Clone + PartialEq + Debug + Send + Sync + 'static {}

impl<S: Clone + PartialEq + Debug + Send + Sync + 'static> Static for S {}

/// A value that can be a `#[pytree(skip)]` field: copied from tree to tree, and never compared.
///
/// ```
/// use pytree::{PyTree, tree_structure};
///
/// #[derive(PyTree)]
/// struct State { v: f64, #[pytree(skip)] step: u64 }
///
/// let [a, b] = [1, 2].map(|step| State { v: 0.0, step });
/// assert_eq!(tree_structure(&a), tree_structure(&b));
/// ```
pub trait Skipped: Clone + Any + Send + Sync {}

impl<S: Clone + Any + Send + Sync> Skipped for S {}
