use ndarray::{Array, ArrayD, ArrayViewD, ArrayViewMut, ArrayViewMutD, Dimension};

use num_traits::Zero;

use crate::build::from_leaves::{FromLeaves, build};
use crate::build::mapped::Mapped;
use crate::error::error::Error;
use crate::map::elementwise::Elementwise;
use crate::map::flatten::{Calling, keep, tree_flatten};
use crate::map::select::Select;
use crate::path::key::KeyPath;
use crate::structure::spare::SpareTreeDef;
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::VisitorMut;

/// Applies `f` to each leaf, in order, and builds a tree of the return type, as `collect()` builds a collection.
///
/// # Errors
/// If `R` does not have the structure of `tree`, or cannot have the shape of a leaf that `f` returns: every path
/// at which it does not. If `R` is the type of `tree`, only shapes can fail.
///
/// ```
/// use ndarray::{Array1, array};
/// use pytree::{Tree, tree_map};
/// let tree = vec![array![1.0, 2.0], array![3.0]];
/// let half: Vec<Array1<f64>> = tree_map(|leaf| &leaf * 0.5, &tree)?;
/// assert_eq!(half, [array![0.5, 1.0], array![1.5]]);
/// let shapes: Tree<Vec<usize>> = tree_map(|leaf| leaf.shape().to_vec(), &tree)?;
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "map")]
#[doc(alias = "tree_multimap")]
pub fn tree_map<'a, P, L, R>(
    f: impl FnMut(ArrayViewD<'a, P::Elem>) -> L,
    tree: &'a P,
) -> Result<R, Error>
where
    P: PyTree,
    R: FromLeaves<L>,
{
    let mut leaves = Vec::new();
    let treedef = SpareTreeDef::new(|arena| leaves = keep(Calling(f), tree, arena));
    build(&treedef, &mut leaves.into_iter())
}

/// Applies `f` to each element, in order, and builds a tree of the return type: to scale, to cast, to lift to dual
/// numbers.
///
/// Named after ndarray's `mapv`. `tree_mapv(|x| x as f32, &tree)?` casts a tree, as `astype` does. Does not allocate an
/// intermediate array for each leaf.
///
/// # Errors
/// If `R` does not have the structure of `tree`, or cannot have the shape of a leaf: every path at which it does
/// not.
///
/// ```
/// use pytree::tree_mapv;
/// let tree = (1.0, vec![2.0, 3.0]);
/// let half: (f64, Vec<f64>) = tree_mapv(|x| x * 0.5, &tree)?;
/// assert_eq!(half, (0.5, vec![1.0, 1.5]));
/// let single: (f32, Vec<f32>) = tree_mapv(|x| x as f32, &tree)?;
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "astype")]
#[doc(alias = "tree_random_like")]
#[doc(alias = "cast")]
#[doc(alias = "tree_cast")]
#[doc(alias = "full_like")]
#[doc(alias = "ones_like")]
#[doc(alias = "random_like")]
pub fn tree_mapv<P, T, R>(f: impl FnMut(P::Elem) -> T, tree: &P) -> Result<R, Error>
where
    P: PyTree<Elem: Clone>,
    R: for<'s> FromLeaves<Mapped<'s, P::Elem, T>>,
{
    Elementwise::of(tree).build(f)
}

/// Applies `f` to the path and a view of each leaf, in order, and builds a tree of the return type.
///
/// # Errors
/// As [`tree_map`].
///
/// ```
/// use ndarray::{Array1, array};
/// use pytree::tree_map_with_path;
/// let tree = vec![array![1.0], array![2.0]];
/// let first: Vec<Array1<f64>> = tree_map_with_path(
///     |path, leaf| if path.to_string() == "[0]" { leaf.to_owned() } else { &leaf * 0.0 },
///     &tree,
/// )?;
/// assert_eq!(first, [array![1.0], array![0.0]]);
/// # Ok::<(), pytree::Error>(())
/// ```
pub fn tree_map_with_path<'a, P, L, R>(
    f: impl FnMut(&KeyPath, ArrayViewD<'a, P::Elem>) -> L,
    tree: &'a P,
) -> Result<R, Error>
where
    P: PyTree,
    R: FromLeaves<L>,
{
    tree_flatten(tree).map_with_path(f).unflatten()
}

/// Applies `f` to each leaf that a pattern or a mask [selects](crate::path::Select), copies the other leaves, and
/// builds a tree of the return type.
///
/// To turn a gradient into an update of some parameters, use [`tree_map_or_zero`]. This function would copy the
/// gradients of the other parameters into the update, so parameters that should be frozen would move.
///
/// # Errors
/// As [`Flat::map_where`](crate::Flat::map_where) for the selection, and as [`tree_map`] for `R`.
///
/// ```
/// use ndarray::{Array1, array};
/// use pytree::{PyTree, tree_map_where};
///
/// #[derive(PyTree)]
/// struct Dense { w: Array1<f64>, b: Array1<f64> }
///
/// let layers = vec![Dense { w: array![1.0], b: array![2.0] }];
/// let decayed: Vec<Dense> = tree_map_where("!**.b", |leaf| &leaf * 0.5, &layers)?;
/// assert_eq!((&decayed[0].w, &decayed[0].b), (&array![0.5], &array![2.0]));
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "masked")]
#[doc(alias = "tree_at")]
pub fn tree_map_where<'a, P, R>(
    leaves: impl Select,
    f: impl FnMut(ArrayViewD<'a, P::Elem>) -> ArrayD<P::Elem>,
    tree: &'a P,
) -> Result<R, Error>
where
    P: PyTree<Elem: Clone>,
    R: FromLeaves<ArrayD<P::Elem>>,
{
    map_or(leaves, f, |leaf| leaf.to_owned(), tree)
}

/// Applies `f` to each leaf that a pattern or a mask [selects](crate::path::Select), and builds a tree of the return
/// type in which all other leaves are zeros of their shapes.
///
/// Turns gradients into updates that move only some parameters, as a mask of optax with `set_to_zero` does:
///
/// ```
/// use ndarray::{Array1, array};
/// use pytree::{PyTree, tree_map_or_zero, tree_map2};
///
/// #[derive(PyTree)]
/// struct Dense { w: Array1<f64>, b: Array1<f64> }
///
/// let params = Dense { w: array![1.0], b: array![2.0] };
/// let grads = Dense { w: array![10.0], b: array![f64::NAN] };
/// let updates: Dense = tree_map_or_zero("w", |g| &g * -0.1, &grads)?;
/// let params: Dense = tree_map2(|p, u| &p + &u, &params, &updates)?;
/// assert_eq!((params.w, params.b), (array![0.0], array![2.0]));
/// # Ok::<(), pytree::Error>(())
/// ```
///
/// # Errors
/// As [`tree_map_where`].
#[doc(alias = "masked")]
#[doc(alias = "set_to_zero")]
#[doc(alias = "freeze")]
pub fn tree_map_or_zero<'a, P, R>(
    leaves: impl Select,
    f: impl FnMut(ArrayViewD<'a, P::Elem>) -> ArrayD<P::Elem>,
    tree: &'a P,
) -> Result<R, Error>
where
    P: PyTree<Elem: Clone + Zero>,
    R: FromLeaves<ArrayD<P::Elem>>,
{
    map_or(leaves, f, |leaf| Array::zeros(leaf.raw_dim()), tree)
}

/// Applies `f` to the leaves that are selected, and `other` to the others.
fn map_or<'a, P, R>(
    leaves: impl Select,
    mut f: impl FnMut(ArrayViewD<'a, P::Elem>) -> ArrayD<P::Elem>,
    other: impl Fn(ArrayViewD<'a, P::Elem>) -> ArrayD<P::Elem>,
    tree: &'a P,
) -> Result<R, Error>
where
    P: PyTree,
    R: FromLeaves<ArrayD<P::Elem>>,
{
    let flat = tree_flatten(tree);
    let mut selected = leaves.mask(flat.treedef())?.into_iter();
    flat.map(|leaf| if selected.next() == Some(true) { f(leaf) } else { other(leaf) }).unflatten()
}

/// Calls `f` with a mutable view of each leaf, in order, to change the tree in place. Does not allocate.
///
/// ```
/// let mut tree = (1.0, vec![2.0]);
/// pytree::tree_map_mut(|mut leaf| leaf *= 0.5, &mut tree);
/// assert_eq!(tree, (0.5, vec![1.0]));
/// ```
#[doc(alias = "tree_map_")]
pub fn tree_map_mut<'a, P: PyTreeMut>(f: impl FnMut(ArrayViewMutD<'a, P::Elem>), tree: &'a mut P) {
    tree.walk_mut(&mut EachMut(f));
}

/// Calls a closure with a mutable view of each leaf.
struct EachMut<F>(F);

impl<'a, E: 'a, F: FnMut(ArrayViewMutD<'a, E>)> VisitorMut<'a, E> for EachMut<F> {
    fn leaf<D: Dimension>(&mut self, leaf: ArrayViewMut<'a, E, D>) {
        (self.0)(leaf.into_dyn());
    }
}
