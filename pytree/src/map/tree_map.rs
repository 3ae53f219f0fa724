use std::cell::RefCell;

use ndarray::{ArrayD, ArrayView, ArrayViewD, ArrayViewMut, ArrayViewMutD, Dimension};

use crate::build::from_leaves::{FromLeaves, build};
use crate::build::mapped::{Elements, Mapped};
use crate::error::error::Error;
use crate::error::from_text::ToPattern;
use crate::map::flatten::{Calling, KeepLeaf, keep, tree_flatten};
use crate::path::key::KeyPath;
use crate::structure::spare::SpareTreeDef;
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::VisitorMut;

/// The tree with `f` of each leaf: `collect()` for trees, the return type says what to build.
///
/// # Errors
/// If the structure of `tree`, or the shape of a leaf that `f` gives, is not that of an `R`: every
/// place where it is not. (`tree_map` to the type of `tree` itself fails only on shapes.)
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

/// The tree with `f` of each element: to scale, to cast, to lift to dual numbers. Named after ndarray's
/// `mapv`; no array is made for each leaf.
///
/// # Errors
/// If the structure of `tree`, or the number of axes of a leaf, is not that of an `R`.
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
#[doc(alias = "cast")]
pub fn tree_mapv<P, T, R>(f: impl FnMut(P::Elem) -> T, tree: &P) -> Result<R, Error>
where
    P: PyTree<Elem: Clone>,
    R: for<'s> FromLeaves<Mapped<'s, P::Elem, T>>,
{
    let f = RefCell::new(f);
    let mut leaves = Vec::new();
    let treedef = SpareTreeDef::new(|arena| leaves = keep(AsElements, tree, arena));
    build(&treedef, &mut leaves.into_iter().map(|elements| Mapped { elements, f: &f }))
}

/// The tree with `f` of the path and the value of each leaf.
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

/// The tree with `f` of each leaf that `pattern` selects; the others stay as they are.
///
/// # Errors
/// If the pattern selects nothing, as [`Flat::map_where`](crate::Flat::map_where), and as [`tree_map`].
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
pub fn tree_map_where<'a, P, R>(
    pattern: impl ToPattern,
    mut f: impl FnMut(ArrayViewD<'a, P::Elem>) -> ArrayD<P::Elem>,
    tree: &'a P,
) -> Result<R, Error>
where
    P: PyTree<Elem: Clone>,
    R: FromLeaves<ArrayD<P::Elem>>,
{
    let flat = tree_flatten(tree);
    let mut selected = pattern.to_pattern()?.select(flat.treedef())?.into_iter();
    let map = |leaf: ArrayViewD<'a, P::Elem>| {
        if selected.next() == Some(true) { f(leaf) } else { leaf.to_owned() }
    };
    flat.map(map).unflatten()
}

/// Changes each leaf in place.
///
/// ```
/// let mut tree = (1.0, vec![2.0]);
/// pytree::tree_map_mut(|mut leaf| leaf *= 0.5, &mut tree);
/// assert_eq!(tree, (0.5, vec![1.0]));
/// ```
pub fn tree_map_mut<'a, P: PyTreeMut>(f: impl FnMut(ArrayViewMutD<'a, P::Elem>), tree: &'a mut P) {
    tree.walk_mut(&mut EachMut(f));
}

struct AsElements;

impl<'a, E: 'a> KeepLeaf<'a, E> for AsElements {
    type Kept = Elements<'a, E>;

    #[inline]
    fn keep<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) -> Elements<'a, E> {
        Elements::new(leaf)
    }
}

/// Calls a function with a view of each leaf.
struct EachMut<F>(F);

impl<'a, E: 'a, F: FnMut(ArrayViewMutD<'a, E>)> VisitorMut<'a, E> for EachMut<F> {
    fn leaf<D: Dimension>(&mut self, leaf: ArrayViewMut<'a, E, D>) {
        (self.0)(leaf.into_dyn());
    }
}
