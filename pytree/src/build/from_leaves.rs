use crate::build::leaf_source::{LeafSource, Reported};
use crate::build::list_builder::ListBuilder;
use crate::error::error::Error;
use crate::structure::treedef::TreeDef;
use crate::walk::deep::deep_with;
use crate::walk::node::Node;

/// A tree that can be put together from a structure and leaves of type `L`.
///
/// Because `L` is a parameter, one struct `State<A>` can be built from owned arrays, from arrays of
/// another element type, and from views, without a copy:
///
/// | from leaves of type | is built |
/// |---|---|
/// | `Array<T, _>` | `Array<T, D>` of the same number of axes, `Vec<T>` (moved, not copied); a number, `[T; N]`, `[[T; M]; N]`, `Vec<[T; M]>`, [`Leaf<T>`](crate::Leaf) |
/// | `ArrayView<'a, T, _>` | `ArrayView<'a, T, D>`, `&'a [T]` (not copied); `Array<T, D>` and all others of the first line (copied) |
/// | `ArrayViewMut<'a, T, _>` | `ArrayViewMut<'a, T, D>`, `&'a mut [T]` (not copied) |
/// | `T` | the number `T`, `Leaf<T>` |
/// | `Array<T, _>`, `ArrayView<'a, T, _>` | vectors and matrices of `nalgebra` (feature `nalgebra`; moved or copied in the order of columns) |
/// | anything | [`Tree`](crate::Tree) of it |
///
/// Lists, tuples, maps (of a [`FromKey`](crate::walk::FromKey)), `Option`, `Box`, `Rc`, `Arc` and derived types are built
/// from whatever their parts are built from.
///
/// # What the derive writes
/// The fields that are not trees come first, in the order of [`PyTree::walk`](crate::PyTree::walk). Then
/// every field is built before the first error is returned, and each can report its own.
/// ```
/// use ndarray::{Array1, array};
/// # use pytree::walk::{KeyRef, Visitor};
/// use pytree::walk::{Fields, LeafSource, Node, Reported, StructDef};
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
/// # impl PyTree for Gates {
/// #     type Elem = f64;
/// #     fn walk<'a, V: Visitor<'a, f64>>(&'a self, visitor: &mut V) {
/// #         visitor.node(Node::Struct(&GATES));
/// #         visitor.static_field(&self.name);
/// #         visitor.key(KeyRef::GetAttr("v"));
/// #         self.v.walk(visitor);
/// #         visitor.key(KeyRef::GetAttr("m"));
/// #         self.m.walk(visitor);
/// #     }
/// # }
///
/// let gates = Gates { v: array![-70.0], m: array![0.1, 0.2], name: "HH".into() };
/// let doubled: Gates = tree_map(|leaf| &leaf * 2.0, &gates)?;
/// assert_eq!((doubled.v, doubled.m), (array![-140.0], array![0.2, 0.4]));
/// assert_eq!(doubled.name, "HH");
/// # Ok::<(), pytree::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be built from leaves of type `{L}`",
    label = "not built from such leaves",
    note = "an array is built from arrays and views of its own element type, a `Tree<L>` from any \
            leaf type; `#[derive(pytree::PyTree)]` makes a type buildable from whatever its fields \
            are built from",
    note = "the return type says what to build: write it down, as in `let built: Params = tree_map(..)?`"
)]
pub trait FromLeaves<L>: Sized {
    /// Takes the nodes and leaves that this tree consists of from `source`, no fewer and no more.
    ///
    /// # Errors
    /// If the next nodes are not those of such a tree. The mismatch has then been reported to
    /// `source`, which has passed over the node in question.
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported>;

    /// Takes a list of such trees, in the way of [`from_leaves`](Self::from_leaves), and hands them to
    /// `builder`.
    ///
    /// `shape` has a length for each level of the list, outermost first; the first is `None` for a list
    /// of any length. The default takes a list node for each level. Numbers override it: the whole list
    /// is one leaf of that shape.
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

/// Takes a list node for each length of `shape`, appends what is in the innermost ones to `children`,
/// and returns the length of the outermost.
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
    // Every child is asked for even where one fails, so that each can report.
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

/// Builds a tree from a structure and as many leaves as it has.
pub(crate) fn build<L, R: FromLeaves<L>>(
    treedef: &TreeDef,
    leaves: &mut dyn Iterator<Item = L>,
) -> Result<R, Error> {
    let mut source = LeafSource::new(treedef, leaves);
    let built = R::from_leaves(&mut source);
    source.finish(built)
}
