use crate::build::leaf_source::{LeafSource, Reported};
use crate::build::list_builder::ListBuilder;
use crate::error::error::Error;
use crate::structure::treedef::TreeDef;
use crate::walk::deep::deep_with;
use crate::walk::node::Node;

/// A tree that can be built from a structure and leaves of type `L`.
///
/// `L` is a parameter of the trait, so one struct `State<A>` can be built from owned arrays, from arrays of
/// another element type, and from views without a copy:
///
/// | leaves of type | build |
/// |---|---|
/// | `Array<T, _>` | an `Array<T, D>` with the same number of axes or a `Vec<T>` (moved, not copied); a number, `[T; N]`, `[[T; M]; N]`, `Vec<[T; M]>`, [`Leaf<T>`](crate::Leaf) |
/// | `ArrayView<'a, T, _>` | `ArrayView<'a, T, D>` or `&'a [T]` (not copied); `Array<T, D>` and all others of the first row (copied) |
/// | `ArrayViewMut<'a, T, _>` | `ArrayViewMut<'a, T, D>` or `&'a mut [T]` (not copied) |
/// | `T` | the number `T`, `Leaf<T>` |
/// | `Array<T, _>`, `ArrayView<'a, T, _>` | a vector or matrix of `nalgebra` (feature `nalgebra`; copied column by column) |
/// | any type `L` | [`Tree<L>`](crate::Tree) |
///
/// Lists, tuples, maps (with a [`FromKey`](crate::walk::FromKey) key), `Option`, `Box`, `Rc`, `Arc` and
/// derived types can be built from `L` if their children can.
///
/// # What the derive writes
/// Static and skipped fields are taken first, in the order of [`PyTree::walk`](crate::PyTree::walk). All fields
/// are built before the first error is returned, because each field may report errors of its own.
///
/// ```
/// use ndarray::{Array1, array};
/// use pytree::walk::{Fields, KeyRef, LeafSource, Node, Reported, StructDef, Visitor};
/// use pytree::{FromLeaves, PyTree, tree_map};
///
/// struct Gates { v: Array1<f64>, m: Array1<f64>, name: String }   // `name` is static
/// static GATES: StructDef =
///     StructDef::new("Gates", Fields::Named(&["v", "m"])).with_statics(&["name"]);
///
/// impl<L> FromLeaves<L> for Gates
/// where
///     Array1<f64>: FromLeaves<L>,
/// {
///     fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
///         source.expect(Node::Struct(&GATES))?;
///         let name = source.static_field("name");
///         let v = FromLeaves::from_leaves(source);
///         let m = FromLeaves::from_leaves(source);
///         Ok(Gates { v: v?, m: m?, name: name? })
///     }
/// }
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
/// let gates = Gates { v: array![-70.0], m: array![0.1, 0.2], name: "HH".into() };
/// let doubled: Gates = tree_map(|leaf| &leaf * 2.0, &gates)?;
/// assert_eq!((doubled.v, doubled.m), (array![-140.0], array![0.2, 0.4]));
/// assert_eq!(doubled.name, "HH");
/// # Ok::<(), pytree::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be built from leaves of type `{L}`",
    label = "cannot be built from these leaves",
    note = "an array can be built from arrays and views with its own element type, a `Tree<L>` from \
            leaves of any type `L`, and a type with `#[derive(pytree::PyTree)]` from the leaves that \
            its fields can be built from",
    note = "the return type decides what is built: annotate it, as in `let built: Params = tree_map(..)?`"
)]
pub trait FromLeaves<L>: Sized {
    /// Takes exactly the nodes and leaves of this tree from `source`.
    ///
    /// # Errors
    /// If the next nodes are not those of this type. `source` has then recorded the error and skipped the
    /// node at which it occurred.
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported>;

    /// Takes a list of trees of this type from `source`, and passes the trees to `builder`.
    ///
    /// `shape` has one length for each level of the list, the outermost first; a list of any length has
    /// `None`. By default each level is a list node. Number types override the method to take the whole list
    /// as one leaf of that shape.
    ///
    /// # Errors
    /// As [`from_leaves`](Self::from_leaves).
    #[inline]
    fn list_from_leaves<B: ListBuilder<Self>>(
        source: &mut LeafSource<'_, L>,
        shape: &[Option<usize>],
        builder: B,
    ) -> Result<B::List, Reported> {
        let mut children = Vec::new();
        let len = deep_with::<Self, _>(|| nested(source, shape, &mut children))?;
        let found: Vec<_> = shape.iter().map(|fixed| fixed.unwrap_or(len)).collect();
        Ok(builder.build(&found, children.into_iter()))
    }
}

/// Takes one list node for each length of `shape`, appends the elements of the innermost lists to `children`,
/// and returns the length of the outermost list.
fn nested<L, R: FromLeaves<L>>(
    source: &mut LeafSource<'_, L>,
    shape: &[Option<usize>],
    children: &mut Vec<R>,
) -> Result<usize, Reported> {
    let (outer, inner) = shape.split_first().map_or((None, shape), |(len, inner)| (*len, inner));
    let len = match outer {
        Some(len) => source.expect(Node::List(len)).map(|()| len)?,
        None => source.list()?,
    };
    if inner.is_empty() {
        children.reserve_exact(len);
    }
    // All children are built even if one fails, because each may report errors of its own.
    let mut outcome = Ok(len);
    for _ in 0..len {
        let child = if inner.is_empty() {
            R::from_leaves(source).map(|child| children.push(child))
        } else {
            nested(source, inner, children).map(drop)
        };
        if let Err(reported) = child {
            outcome = Err(reported);
        }
    }
    outcome
}

/// Builds a tree from a structure and its leaves; `leaves` has as many as `treedef`.
pub(crate) fn build<L, R: FromLeaves<L>>(
    treedef: &TreeDef,
    leaves: &mut dyn Iterator<Item = L>,
) -> Result<R, Error> {
    let mut source = LeafSource::new(treedef, leaves);
    let built = R::from_leaves(&mut source);
    source.finish(built)
}
