use crate::path::key::KeyRef;
use crate::walk::visit::{Visitor, VisitorMut};

/// A nest of structs, lists and maps with arrays at the bottom, which can be taken apart.
///
/// A leaf is an n-dimensional array; a number is a 0-dimensional one. All leaves of a tree share
/// one element type, [`Elem`](Self::Elem), and their ranks mix freely.
///
/// # Implementations
/// | type | node | children, in order |
/// |---|---|---|
/// | `ArrayBase<S, D>` that can be written to (`Array`, `ArcArray`, `ArrayViewMut`, but not `ArrayView`), numbers, `bool`, [`Leaf<X>`](crate::Leaf) | leaf | |
/// | vectors and matrices of `nalgebra` (feature `nalgebra`) | leaf | |
/// | `Vec<P>`, `VecDeque<P>`, `[P; N]` | list | by index: `[0]` |
/// | `(P, Q, ...)` to twelve | tuple | by index: `[0]` |
/// | `BTreeMap<K, P>`, `HashMap<K, P>` with a [`MapKey`](crate::MapKey): strings, `char`, integers | dict | by sorted key: `['v']`, `[-2]` |
/// | `IndexMap<K, P>` (feature `indexmap`) | dict | by insertion |
/// | `Option<P>` | `None`, or what `P` is | |
/// | `Box<P>`; `Rc<P>`, `Arc<P>` if `P: Clone` | what `P` is | |
/// | [`Tree<P>`](crate::Tree) | known only when the program runs | |
/// | structs and enums with `#[derive(PyTree)]` | struct | fields as declared: `.w`, or `[0]` in a tuple struct |
///
/// # Laws
/// - [`walk`](Self::walk) tells of a node as many static fields, skipped fields and children as the
///   node says, each child behind its key.
/// - [`walk_mut`](Self::walk_mut) tells the same leaves in the same order.
/// - A tree that is built from its own structure and leaves
///   ([`FromLeaves`](crate::FromLeaves)) equals the tree; but for `Some(None)`, which is `None`.
///
/// A type that breaks them gets values in the wrong place, and no panic.
///
/// # What the derive writes
/// ```
/// use ndarray::Array1;
/// use pytree::{Fields, KeyRef, Node, PyTree, StructDef, Visitor, VisitorMut, tree_leaves_with_path};
///
/// struct Gates { v: Array1<f64>, m: Array1<f64>, name: String }   // `name` is static
///
/// static GATES: StructDef =
///     StructDef::new("Gates", Fields::Named(&["v", "m"])).with_statics(&["name"]);
///
/// impl PyTree for Gates {
///     type Elem = f64;
///     fn walk<'a, V: Visitor<'a, f64>>(&'a self, visitor: &mut V) {
///         visitor.node(Node::Struct(&GATES));
///         visitor.static_field(&self.name);
///         visitor.key(KeyRef::GetAttr("v"));
///         self.v.walk(visitor);
///         visitor.key(KeyRef::GetAttr("m"));
///         self.m.walk(visitor);
///     }
///     fn walk_mut<'a, V: VisitorMut<'a, f64>>(&'a mut self, visitor: &mut V) {
///         self.v.walk_mut(visitor);
///         self.m.walk_mut(visitor);
///     }
/// }
///
/// let gates = Gates { v: Array1::zeros(2), m: Array1::zeros(3), name: "HH".into() };
/// let leaves = tree_leaves_with_path(&gates);
/// assert_eq!(leaves[1].0.to_string(), ".m");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a pytree",
    label = "not a pytree",
    note = "add `#[derive(pytree::PyTree)]` to a struct or enum of your own",
    note = "a field that is no array can be `#[pytree(static)]` (part of the structure), \
            `#[pytree(skip)]` (carried along) or `#[pytree(leaf)]` (one leaf)",
    note = "dual numbers are leaves with the feature `num-dual` of pytree"
)]
pub trait PyTree {
    /// The type of the elements of all leaves.
    type Elem: 'static;

    /// Tells `visitor` every node, depth first, with a view of every leaf.
    fn walk<'a, V: Visitor<'a, Self::Elem>>(&'a self, visitor: &mut V);

    /// Tells `visitor` every leaf, in the same order, with a view that can be written to.
    fn walk_mut<'a, V: VisitorMut<'a, Self::Elem>>(&'a mut self, visitor: &mut V);

    /// Tells `visitor` the children of a list of such trees, each behind its position. Numbers are
    /// told all at once.
    #[inline]
    fn walk_list<'a, V: Visitor<'a, Self::Elem>>(list: &'a [Self], visitor: &mut V)
    where
        Self: Sized,
    {
        for (index, child) in list.iter().enumerate() {
            visitor.key(KeyRef::Sequence(index));
            child.walk(visitor);
        }
    }

    /// Tells `visitor` the leaves of a list of such trees, in the same order.
    #[inline]
    fn walk_list_mut<'a, V: VisitorMut<'a, Self::Elem>>(list: &'a mut [Self], visitor: &mut V)
    where
        Self: Sized,
    {
        for child in list {
            child.walk_mut(visitor);
        }
    }
}
