use crate::path::key::KeyRef;
use crate::walk::deep::deep;
use crate::walk::lockstep::{Lockstep, LockstepMut};
use crate::walk::node::Node;
use crate::walk::visit::{Visitor, VisitorMut};

/// A nest of structs, lists and maps with arrays at the bottom, which can be read leaf by leaf.
///
/// A leaf is an n-dimensional array of numbers, however it is stored; a single number is a 0-dimensional
/// array. All leaves of a tree share one element type, [`Elem`](Self::Elem). Their numbers of axes may differ.
///
/// # Implementations
/// | type | node | children, in order |
/// |---|---|---|
/// | numbers, `bool`, [`Leaf<X>`](crate::Leaf) | leaf of shape `[]` | |
/// | `Vec<f64>`, `Box<[f64]>`, `[f64]`, and the other numbers | leaf of shape `[n]` | |
/// | `[f64; N]`, `[[f64; M]; N]`, `Vec<[f64; M]>` | leaf of shape `[N]`, `[N, M]`, `[n, M]` | |
/// | `ArrayBase<S, D>`: `Array`, `ArcArray`, `CowArray`, `ArrayView`, `ArrayViewMut` | leaf | |
/// | vectors and matrices of `nalgebra` and `faer` (features) | leaf | |
/// | `Vec<P>`, `[P]`, `[P; N]` of anything but numbers, `VecDeque<P>` | list | by index: `[0]` |
/// | `(P, Q, ...)` to twelve | tuple | by index: `[0]` |
/// | `BTreeMap<K, P>`, `HashMap<K, P>` with a [`MapKey`](crate::walk::MapKey): strings, `char`, integers | dict | by sorted key: `['v']`, `[-2]` |
/// | `IndexMap<K, P>` (feature `indexmap`) | dict | by insertion |
/// | `Option<P>` | `None`, or what `P` is | |
/// | `&P`, `&mut P`, `Box<P>`, `Rc<P>`, `Arc<P>` | what `P` is | |
/// | [`Tree<P>`](crate::Tree) | known only when the program runs | |
/// | structs and enums with `#[derive(PyTree)]` | struct | fields as declared: `.w`, or `[0]` in a tuple struct |
///
/// In generic code a `Vec<T>` is a leaf if `T` is a number, and a list otherwise. A `Vec` of a struct
/// that wraps a number, such as `Vec<Volts>`, is a list. For one leaf, put a `Vec<f64>` into the struct.
///
/// # Laws
/// - [`walk`](Self::walk) visits exactly the static fields, skipped fields and children that the node
///   announces, and the key of each child before the child.
/// - [`PyTreeMut::walk_mut`] visits the same leaves in the same order.
/// - A tree that is built from its own structure and leaves ([`FromLeaves`](crate::FromLeaves)) equals
///   the original, except that `Some(None)` becomes `None`.
///
/// If a type breaks a law, values end up in the wrong leaves; nothing panics.
///
/// # What the derive writes
/// ```
/// use ndarray::Array1;
/// use pytree::walk::{Fields, KeyRef, Node, StructDef, Visitor, VisitorMut};
/// use pytree::{PyTree, PyTreeMut, tree_leaves_with_path};
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
/// }
///
/// impl PyTreeMut for Gates {
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
    note = "a list, a tuple, a map, an `Option` or a `Box` is a pytree if everything in it is one, and all numbers in it \
            have one type",
    note = "complex numbers are leaves with the feature `num-complex` of pytree, dual numbers with `num-dual`, `f16` and \
            `bf16` with `half`"
)]
#[doc(alias = "register_pytree_node")]
#[doc(alias = "register_dataclass")]
pub trait PyTree {
    /// The type of the elements of all leaves.
    type Elem: 'static;

    /// Visits every node, depth first, and passes a view of every leaf to `visitor`.
    fn walk<'a, V: Visitor<'a, Self::Elem>>(&'a self, visitor: &mut V);

    /// Visits a list of trees of this type. The list has the shape `shape`, in row-major order.
    ///
    /// `Vec<P>` and `[P; N]` call this method with `[len]`. Arrays of arrays pass one length for each level,
    /// the outermost first. The product of `shape` is the length of `list`. By default each level is a
    /// list node. Number types override the method to visit the whole list as one leaf of that shape.
    #[inline]
    fn walk_list<'a, V>(list: &'a [Self], shape: &[usize], visitor: &mut V)
    where
        Self: Sized,
        V: Visitor<'a, Self::Elem>,
    {
        let Some((&len, inner)) = shape.split_first() else { return };
        visitor.node(Node::List(len));
        deep(|| {
            if inner.is_empty() {
                for (index, child) in list.iter().enumerate() {
                    visitor.key(KeyRef::Sequence(index));
                    child.walk(visitor);
                }
            } else {
                let step = inner.iter().product::<usize>();
                for index in 0..len {
                    visitor.key(KeyRef::Sequence(index));
                    Self::walk_list(&list[index * step..][..step], inner, visitor);
                }
            }
        });
    }

    /// Passes the corresponding leaves of `N` trees to `visitor`, while their structures are equal, and returns
    /// whether all were passed.
    ///
    /// `true` is conclusive: the structures are equal, static fields included. On `false`, do the full comparison. The
    /// method is for speed alone, so a type that is implemented by hand can leave it out.
    #[doc(hidden)]
    #[inline]
    fn lockstep<'a, const N: usize, V>(trees: [&'a Self; N], visitor: &mut V) -> bool
    where
        V: Lockstep<'a, Self::Elem, N>,
    {
        let _ = (trees, visitor);
        false
    }

    /// [`lockstep`](Self::lockstep) of lists of the shape `shape`, as in [`walk_list`](Self::walk_list). The lists have
    /// equal lengths.
    #[doc(hidden)]
    #[inline]
    fn lockstep_list<'a, const N: usize, V>(
        lists: [&'a [Self]; N],
        shape: &[usize],
        visitor: &mut V,
    ) -> bool
    where
        Self: Sized,
        V: Lockstep<'a, Self::Elem, N>,
    {
        let len = shape.iter().product();
        deep(|| (0..len).all(|index| Self::lockstep(lists.map(|list| &list[index]), visitor)))
    }
}

/// A [`PyTree`](trait@PyTree) whose leaves can be written to in place.
///
/// `#[derive(PyTree)]` implements this trait for a type if every field implements it. The following can only
/// be read: `ArrayView`, `CowArray`, `&P`, an `Rc<P>` or `Arc<P>` whose `P` is not `Clone`, and a struct with
/// such a field. An `Rc<P>` or `Arc<P>` that is shared is cloned before its leaves are written to.
///
/// ```
/// use pytree::tree_map_mut;
/// let mut tree = (1.0, vec![2.0, 3.0]);
/// tree_map_mut(|mut leaf| leaf *= 0.5, &mut tree);
/// assert_eq!(tree, (0.5, vec![1.0, 1.5]));
/// ```
#[diagnostic::on_unimplemented(
    message = "the leaves of `{Self}` cannot be written to",
    label = "not a `PyTreeMut`",
    note = "`ArrayView`, `&P`, and an `Rc<P>` or `Arc<P>` whose `P` is not `Clone` can only be read; \
            a struct can be written to if all of its fields can"
)]
pub trait PyTreeMut: PyTree {
    /// Passes a mutable view of every leaf to `visitor`, in the order of [`walk`](PyTree::walk).
    fn walk_mut<'a, V: VisitorMut<'a, Self::Elem>>(&'a mut self, visitor: &mut V);

    /// Visits the leaves of a list of trees of this type. `shape` is that of [`walk_list`](PyTree::walk_list).
    #[inline]
    fn walk_list_mut<'a, V>(list: &'a mut [Self], shape: &[usize], visitor: &mut V)
    where
        Self: Sized,
        V: VisitorMut<'a, Self::Elem>,
    {
        let _ = shape;
        deep(|| list.iter_mut().for_each(|child| child.walk_mut(visitor)));
    }

    /// Passes the leaves of `tree`, and with each the corresponding leaves of `others`, to `visitor`.
    ///
    /// May be called only after [`PyTree::lockstep`] of `tree` and each of `others` has returned `true`.
    #[doc(hidden)]
    #[inline]
    fn lockstep_mut<'a, const N: usize, V>(
        tree: &'a mut Self,
        others: [&'a Self; N],
        visitor: &mut V,
    ) where
        V: LockstepMut<'a, Self::Elem, N>,
    {
        let _ = (tree, others, visitor);
    }

    /// [`lockstep_mut`](Self::lockstep_mut) of lists of the shape `shape`.
    #[doc(hidden)]
    #[inline]
    fn lockstep_list_mut<'a, const N: usize, V>(
        list: &'a mut [Self],
        others: [&'a [Self]; N],
        shape: &[usize],
        visitor: &mut V,
    ) where
        Self: Sized,
        V: LockstepMut<'a, Self::Elem, N>,
    {
        let _ = shape;
        deep(|| {
            for (index, child) in list.iter_mut().enumerate() {
                Self::lockstep_mut(child, others.map(|other| &other[index]), visitor);
            }
        });
    }
}

/// Calls `f` with `shape` followed by `len`.
#[inline]
pub(crate) fn with_axis<L: Copy, R>(shape: &[L], len: L, f: impl FnOnce(&[L]) -> R) -> R {
    match *shape {
        [] => f(&[len]),
        [a] => f(&[a, len]),
        [a, b] => f(&[a, b, len]),
        _ => f(&[shape, &[len]].concat()),
    }
}
