//! Turns a list of trees into one tree whose leaves have one more axis, and back.

use std::cell::OnceCell;

use ndarray::{ArrayD, ArrayView, ArrayViewD, Axis, Dimension};

use crate::build::from_leaves::{FromLeaves, build};
use crate::error::error::{Error, ErrorKind};
use crate::error::mismatch::{MismatchKind, Mismatches};
use crate::error::print;
use crate::layout::batch::check_empty;
use crate::layout::layout::Layout;
use crate::map::flat::Flat;
use crate::map::flatten::tree_flatten;
use crate::map::pair::matching;
use crate::path::key::Key;
use crate::structure::paths::Paths;
use crate::walk::pytree::PyTree;
use crate::walk::visit::Visitor;

const NO_STACK: &str = "the trees cannot be stacked";
const NO_UNSTACK: &str = "the tree cannot be unstacked";

/// Stacks n trees: builds a tree of the return type, each leaf of which has a new first axis of length n. A list of
/// states becomes a trajectory.
///
/// All trees must have the structure and the shapes of the first. The return type has one axis more in each leaf, so a
/// struct is generic in its fields, such as `Web<A>` below. A struct whose fields are of type `f64` cannot hold its own
/// trajectory: build a `Tree<ArrayD<f64>>` instead, or use [`Layout::ravel_batch`]. For one matrix with a row for each tree, use
/// [`Layout::ravel_batch`].
///
/// # Errors
/// If `trees` is empty, if a tree has another structure or other shapes than the first (every path at which it does,
/// after the index of the tree), or if `R` does not have the structure or cannot have the shapes.
///
/// ```
/// use ndarray::{Array1, Array2, array};
/// use pytree::{PyTree, tree_stack};
///
/// #[derive(PyTree, Clone, Debug, PartialEq)]
/// struct Web<A> { prey: A, predator: A }
///
/// let state = |x| Web { prey: array![x, 2.0 * x], predator: array![10.0 * x] };
/// let states: Vec<Web<Array1<f64>>> = vec![state(1.0), state(2.0), state(3.0)];
/// let time: Web<Array2<f64>> = tree_stack(&states)?;
/// assert_eq!(time.prey, array![[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]);
/// assert_eq!(time.predator, array![[10.0], [20.0], [30.0]]);
///
/// let short = Web { prey: array![1.0], predator: array![10.0] };
/// let error = tree_stack::<_, Web<Array2<f64>>>(&[state(1.0), short]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the trees cannot be stacked: at [1].prey: expected shape [2], found [1]",
/// );
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "stack")]
#[doc(alias = "vmap")]
#[doc(alias = "scan")]
pub fn tree_stack<P, R>(trees: &[P]) -> Result<R, Error>
where
    P: PyTree<Elem: Clone>,
    R: FromLeaves<ArrayD<P::Elem>>,
{
    let Some(tree) = trees.first() else {
        return Err(Error::whole(
            ErrorKind::Length,
            NO_STACK,
            "the list is empty, so the structure is unknown",
        ));
    };
    let layout = Layout::of(tree);
    let columns = layout.shapes().map(|shape| {
        Vec::with_capacity(trees.len().saturating_mul(shape.iter().product::<usize>()))
    });
    let mut columns = Columns { columns: columns.collect(), leaf: 0 };
    let (first, mut errors) = (OnceCell::new(), Vec::new());
    for (index, tree) in trees.iter().enumerate() {
        if layout.matches(tree) {
            columns.leaf = 0;
            tree.walk(&mut columns);
            continue;
        }
        // The keys of the dicts may be in another order. If not, `matching` lists the differences.
        let first = first.get_or_init(|| tree_flatten(&trees[0]));
        match matching(first, tree_flatten(tree), NO_STACK) {
            Ok(flat) => {
                columns.leaf = 0;
                flat.into_leaves().into_iter().for_each(|leaf| columns.leaf(leaf));
            }
            Err(error) => errors.push(error.under(&[Key::Sequence(index)])),
        }
    }
    if let Some(error) = Error::together(NO_STACK, errors) {
        return Err(error);
    }
    let leaves = layout.shapes().zip(columns.columns).map(|(shape, column)| {
        let shape: Vec<usize> = [&[trees.len()], shape].concat();
        ArrayD::from_shape_vec(shape, column).map_err(|error| {
            // Only types that visit other leaves each time get here.
            Error::whole(ErrorKind::Length, NO_STACK, error.to_string())
        })
    });
    let leaves = leaves.collect::<Result<Vec<_>, _>>()?;
    Flat::new(layout.treedef().clone(), leaves)?.unflatten()
}

/// Takes a tree apart along the first axis of its leaves: builds a tree of the type `R` for each index. The inverse of
/// [`tree_stack`].
///
/// The trees may be views (`Web<ArrayView1<f64>>`); nothing is copied then.
///
/// # Errors
/// If a leaf is a number, if the first axes differ in length (every path at which they do), if the tree has no leaves,
/// if `R` does not have the structure or cannot have the shapes, or if the leaves have no elements and their first axis
/// is longer than 1,048,576.
///
/// ```
/// use ndarray::{Array1, Array2, array};
/// use pytree::{PyTree, tree_unstack};
///
/// #[derive(PyTree, Clone, Debug, PartialEq)]
/// struct Web<A> { prey: A, predator: A }
///
/// let time = Web { prey: array![[1.0, 2.0], [2.0, 4.0]], predator: array![[10.0], [20.0]] };
/// let states: Vec<Web<Array1<f64>>> = tree_unstack(&time)?;
/// assert_eq!(states[1], Web { prey: array![2.0, 4.0], predator: array![20.0] });
///
/// let uneven = Web { prey: array![[1.0], [2.0]], predator: array![[10.0]] };
/// let error = tree_unstack::<_, Web<Array1<f64>>>(&uneven).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the tree cannot be unstacked: at .predator: expected a first axis of length 2, found shape [1, 1]",
/// );
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "unstack")]
pub fn tree_unstack<'a, P, R>(tree: &'a P) -> Result<Vec<R>, Error>
where
    P: PyTree,
    R: FromLeaves<ArrayViewD<'a, P::Elem>>,
{
    let flat = tree_flatten(tree);
    let Some(len) = flat.leaves().iter().find_map(|leaf| leaf.shape().first().copied()) else {
        return Err(without_axis(&flat));
    };
    if flat.leaves().iter().any(|leaf| leaf.shape().first() != Some(&len)) {
        return Err(mismatches(&flat, |leaf| {
            let found = match leaf.shape() {
                [first, ..] if *first == len => return None,
                [] => "a number".to_string(),
                shape => format!("shape {}", print::shape(shape)),
            };
            Some(format!("expected a first axis of length {len}, found {found}"))
        }));
    }
    if flat.leaves().iter().all(ArrayViewD::is_empty) {
        check_empty(len, NO_UNSTACK)?;
    }
    let tree_at = |index| {
        let row = |leaf: &ArrayViewD<'a, P::Elem>| leaf.clone().index_axis_move(Axis(0), index);
        build(flat.treedef(), &mut flat.leaves().iter().map(row))
    };
    (0..len).map(tree_at).collect()
}

/// The error for a tree whose leaves are all numbers, or that has no leaves.
fn without_axis<E>(flat: &Flat<ArrayViewD<'_, E>>) -> Error {
    if flat.leaves().is_empty() {
        let text = "it has no leaves, so the number of trees is unknown";
        return Error::whole(ErrorKind::Length, NO_UNSTACK, text);
    }
    mismatches(flat, |_| Some("expected an array with at least one axis, found a number".into()))
}

/// The error with the text of each leaf that has a text.
fn mismatches<L>(flat: &Flat<L>, text: impl Fn(&L) -> Option<String>) -> Error {
    let (mut paths, mut mismatches) = (Paths::new(flat.treedef()), Mismatches::default());
    for leaf in flat.leaves() {
        if let (Some(path), Some(text)) = (paths.next_leaf(), text(leaf)) {
            mismatches.push(path, MismatchKind::other(text));
        }
    }
    Error::mismatch(NO_UNSTACK, mismatches.into_vec())
}

/// Appends each leaf to a vector of its own.
struct Columns<E> {
    columns: Vec<Vec<E>>,
    /// The index of the next leaf.
    leaf: usize,
}

impl<'a, E: Clone + 'a> Visitor<'a, E> for Columns<E> {
    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) {
        // `None` only for a type that visits other leaves each time.
        let Some(column) = self.columns.get_mut(self.leaf) else { return };
        match leaf.to_slice() {
            Some(slice) => column.extend_from_slice(slice),
            None => column.extend(leaf.iter().cloned()),
        }
        self.leaf += 1;
    }
}
