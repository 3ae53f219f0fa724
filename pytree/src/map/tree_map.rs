use std::cell::RefCell;

use ndarray::{ArrayD, ArrayView, ArrayViewD, ArrayViewMut, ArrayViewMutD, Dimension};

use crate::build::from_leaves::{FromLeaves, build};
use crate::build::mapped::{Elements, Mapped};
use crate::error::error::Error;
use crate::error::from_text::ToPattern;
use crate::error::mismatch::MismatchKind;
use crate::map::flat::Flat;
use crate::path::key::{KeyPath, KeyRef};
use crate::structure::diff::differences;
use crate::structure::spare::SpareTreeDef;
use crate::structure::treedef::{Arena, TreeDef};
use crate::walk::node::Node;
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::{Skipped, Static, Visitor, VisitorMut};

/// Takes a tree apart: its structure and a view of each leaf, in order.
///
/// ```
/// use pytree::tree_flatten;
/// let tree = (1.0, vec![2.0, 3.0]);
/// let flat = tree_flatten(&tree);
/// assert_eq!(flat.treedef().to_string(), "PyTreeDef((*, *))"); // a `Vec` of numbers is one leaf
/// assert_eq!(flat.leaves()[1][1], 3.0);
/// let back: (f64, Vec<f64>) = flat.unflatten()?;
/// assert_eq!(back, tree);
/// # Ok::<(), pytree::Error>(())
/// ```
pub fn tree_flatten<P: PyTree>(tree: &P) -> Flat<ArrayViewD<'_, P::Elem>> {
    let mut arena = Arena::default();
    let leaves = keep(Calling(|leaf| leaf), tree, &mut arena);
    Flat::from_parts(arena.into(), leaves)
}

/// Puts a tree together: the return type says what to build.
///
/// # Errors
/// If there are more or fewer leaves than the structure has, or the structure or the shape of a
/// leaf is not that of an `R`.
///
/// ```
/// use pytree::{tree_structure, tree_unflatten};
/// let treedef = tree_structure(&(0.0, (0.0, 0.0)));
/// let tree: (f64, (f64, f64)) = tree_unflatten(&treedef, vec![1.0, 2.0, 3.0])?;
/// assert_eq!(tree, (1.0, (2.0, 3.0)));
/// # Ok::<(), pytree::Error>(())
/// ```
pub fn tree_unflatten<L, R: FromLeaves<L>>(treedef: &TreeDef, leaves: Vec<L>) -> Result<R, Error> {
    Flat::new(treedef.clone(), leaves)?.unflatten()
}

/// The structure of a tree.
///
/// ```
/// use pytree::tree_structure;
/// assert_eq!(tree_structure(&(1.0, vec![2.0, 3.0])).to_string(), "PyTreeDef((*, *))");
/// ```
pub fn tree_structure<P: PyTree>(tree: &P) -> TreeDef {
    TreeDef::of(tree)
}

/// A view of each leaf, in order.
///
/// ```
/// let tree = (1.0, vec![2.0, 3.0]);
/// assert_eq!(pytree::tree_leaves(&tree)[1].shape(), [2]);
/// ```
pub fn tree_leaves<P: PyTree>(tree: &P) -> Vec<ArrayViewD<'_, P::Elem>> {
    tree_flatten(tree).into_leaves()
}

/// The path and a view of each leaf, in order.
///
/// ```
/// use pytree::tree_leaves_with_path;
/// for (path, leaf) in tree_leaves_with_path(&vec![ndarray::array![1.0, 2.0]]) {
///     assert_eq!(format!("{path}: {:?}", leaf.shape()), "[0]: [2]");
/// }
/// ```
pub fn tree_leaves_with_path<P: PyTree>(tree: &P) -> Vec<(KeyPath, ArrayViewD<'_, P::Elem>)> {
    tree_flatten(tree).map_with_path(|path, leaf| (path.clone(), leaf)).into_leaves()
}

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
/// If the pattern selects nothing, as [`Flat::map_where`], and as [`tree_map`].
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

/// The tree with `f` of the leaves of two trees of one structure and the same shapes.
///
/// Shapes are compared, since an operator on arrays would broadcast in silence where they differ. To pair
/// leaves of other shapes, use [`Flat::zip`], which compares the structure alone.
///
/// # Errors
/// If the structures or the shapes differ, every place where they do; and as [`tree_map`].
///
/// ```
/// use ndarray::{Array1, array};
/// use pytree::tree_map2;
/// let (params, grads) = ((1.0, array![2.0, 3.0]), (10.0, array![0.0, 10.0]));
/// let stepped: (f64, Array1<f64>) = tree_map2(|p, g| &p - &(&g * 0.1), &params, &grads)?;
/// assert_eq!(stepped, (0.0, array![2.0, 2.0]));
///
/// let short = (10.0, array![0.0]);
/// let error = tree_map2::<_, _, _, (f64, Array1<f64>)>(|p, g| &p - &g, &params, &short).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the second tree does not match the first: at [1]: expected shape [2], found [1]"
/// );
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "tree_multimap")]
pub fn tree_map2<'a, P, Q, L, R>(
    mut f: impl FnMut(ArrayViewD<'a, P::Elem>, ArrayViewD<'a, Q::Elem>) -> L,
    first: &'a P,
    second: &'a Q,
) -> Result<R, Error>
where
    P: PyTree,
    Q: PyTree,
    R: FromLeaves<L>,
{
    let (first, second) = (tree_flatten(first), tree_flatten(second));
    check_shapes(&first, &second, "the second tree does not match the first")?;
    first.zip(second)?.map(|(p, q)| f(p, q)).unflatten()
}

/// The tree with `f` of the leaves of three trees of one structure and the same shapes, as [`tree_map2`].
///
/// # Errors
/// As [`tree_map2`].
///
/// ```
/// use pytree::tree_map3;
/// let (params, mean, square) = ((1.0, vec![2.0]), (0.1, vec![0.2]), (0.01, vec![0.04]));
/// let stepped: (f64, Vec<f64>) =
///     tree_map3(|p, m, v| &p - &(&m / &v.mapv(f64::sqrt)), &params, &mean, &square)?;
/// assert_eq!(stepped, (0.0, vec![1.0]));
/// # Ok::<(), pytree::Error>(())
/// ```
pub fn tree_map3<'a, P, Q, S, L, R>(
    mut f: impl FnMut(ArrayViewD<'a, P::Elem>, ArrayViewD<'a, Q::Elem>, ArrayViewD<'a, S::Elem>) -> L,
    first: &'a P,
    second: &'a Q,
    third: &'a S,
) -> Result<R, Error>
where
    P: PyTree,
    Q: PyTree,
    S: PyTree,
    R: FromLeaves<L>,
{
    let (first, second, third) = (tree_flatten(first), tree_flatten(second), tree_flatten(third));
    check_shapes(&first, &second, "the second tree does not match the first")?;
    check_shapes(&first, &third, "the third tree does not match the first")?;
    first.zip(second)?.zip(third)?.map(|((p, q), s)| f(p, q, s)).unflatten()
}

/// Returns an error unless both trees have one structure and the same shapes.
fn check_shapes<E, F>(
    first: &Flat<ArrayViewD<'_, E>>,
    second: &Flat<ArrayViewD<'_, F>>,
    subject: &'static str,
) -> Result<(), Error> {
    let mut pairs = first.leaves().iter().zip(second.leaves());
    if first.treedef() == second.treedef() && pairs.all(|(p, q)| p.shape() == q.shape()) {
        return Ok(());
    }
    let mismatches = differences(first.treedef(), second.treedef(), &|p, q| {
        let [expected, found] = [first.leaves()[p].shape(), second.leaves()[q].shape()];
        let (expected, found) = (expected.to_vec(), found.to_vec());
        (expected != found).then_some(MismatchKind::Shape { expected, found })
    });
    Err(Error::mismatch(subject, mismatches))
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

/// Folds the leaves in order: `f(.. f(f(init, leaf), leaf) .., leaf)`.
///
/// ```
/// let sum = pytree::tree_reduce(|sum, leaf| sum + leaf.sum(), 0.0, &vec![1.0, 2.0]);
/// assert_eq!(sum, 3.0);
/// ```
pub fn tree_reduce<'a, P: PyTree, A>(
    f: impl FnMut(A, ArrayViewD<'a, P::Elem>) -> A,
    init: A,
    tree: &'a P,
) -> A {
    tree_leaves(tree).into_iter().fold(init, f)
}

/// What `f` keeps of each leaf; the structure goes to `arena`.
fn keep<'a, P: PyTree, F: KeepLeaf<'a, P::Elem>>(
    f: F,
    tree: &'a P,
    arena: &mut Arena,
) -> Vec<F::Kept> {
    let mut flatten = Flatten { arena, leaves: Vec::new(), f };
    tree.walk(&mut flatten);
    flatten.leaves
}

/// A function of a leaf of any number of axes.
trait KeepLeaf<'a, E> {
    type Kept;

    fn keep<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) -> Self::Kept;
}

/// Calls a function with the view.
struct Calling<F>(F);

impl<'a, E: 'a, L, F: FnMut(ArrayViewD<'a, E>) -> L> KeepLeaf<'a, E> for Calling<F> {
    type Kept = L;

    #[inline]
    fn keep<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) -> L {
        (self.0)(leaf.into_dyn())
    }
}

struct AsElements;

impl<'a, E: 'a> KeepLeaf<'a, E> for AsElements {
    type Kept = Elements<'a, E>;

    #[inline]
    fn keep<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) -> Elements<'a, E> {
        Elements::new(leaf)
    }
}

/// Writes down the structure, and what is kept of each leaf.
struct Flatten<'s, L, F> {
    arena: &'s mut Arena,
    leaves: Vec<L>,
    f: F,
}

impl<'a, E: 'a, F: KeepLeaf<'a, E>> Visitor<'a, E> for Flatten<'_, F::Kept, F> {
    #[inline]
    fn node(&mut self, node: Node) {
        Visitor::<E>::node(self.arena, node);
    }

    #[inline]
    fn key(&mut self, key: KeyRef<'_>) {
        Visitor::<E>::key(self.arena, key);
    }

    fn static_field<S: Static>(&mut self, value: &S) {
        Visitor::<E>::static_field(self.arena, value);
    }

    fn skipped_field<S: Skipped>(&mut self, value: &S) {
        Visitor::<E>::skipped_field(self.arena, value);
    }

    #[inline]
    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) {
        self.arena.push_leaf();
        if self.leaves.len() == self.leaves.capacity() {
            // A leaf is up to some hundred bytes: to move them costs more than room that is not touched.
            self.leaves.reserve(3 * self.leaves.len() + 8);
        }
        self.leaves.push(self.f.keep(leaf));
    }
}

/// Calls a function with a view of each leaf.
struct EachMut<F>(F);

impl<'a, E: 'a, F: FnMut(ArrayViewMutD<'a, E>)> VisitorMut<'a, E> for EachMut<F> {
    fn leaf<D: Dimension>(&mut self, leaf: ArrayViewMut<'a, E, D>) {
        (self.0)(leaf.into_dyn());
    }
}
