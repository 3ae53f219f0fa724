//! Loops over the elements of one tree, or over the corresponding elements of several trees of one type.
//!
//! The loops allocate only where a lockstep is not possible: for a type whose `PyTree` is implemented by hand, for a
//! `HashMap` and for a `VecDeque`.

use ndarray::{ArrayView, ArrayViewD, ArrayViewMut, Dimension};
use num_traits::Zero;

use crate::error::error::Error;
use crate::map::flatten::tree_flatten;
use crate::map::pair::matching;
use crate::walk::lockstep::{Lockstep, LockstepMut, all, next};
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::{Visitor, VisitorMut};

const NO_MATCH: &str = "the other vector does not match this one";

/// Calls `f` with each element, in order.
#[inline]
pub(crate) fn each<P: PyTree>(tree: &P, f: impl FnMut(&P::Elem)) {
    tree.walk(&mut Each(f));
}

/// Calls `f` with each element, in order, to change it.
#[inline]
pub(crate) fn each_mut<P: PyTreeMut>(tree: &mut P, f: impl FnMut(&mut P::Elem)) {
    tree.walk_mut(&mut Each(f));
}

/// Calls `f` with each element of `tree`, and the corresponding elements of `others`.
///
/// # Errors
/// If the structures or the shapes differ: every path at which they do. `tree` is then unchanged.
#[inline]
pub(crate) fn update<P: PyTreeMut, const N: usize>(
    tree: &mut P,
    others: [&P; N],
    f: impl FnMut(&mut P::Elem, [&P::Elem; N]),
) -> Result<(), Error> {
    if others.iter().all(|other| P::lockstep([&*tree, other], &mut SameShapes)) {
        P::lockstep_mut(tree, others, &mut Each(f));
        return Ok(());
    }
    let others = leaves(&*tree, others)?;
    tree.walk_mut(&mut Beside(others, f));
    Ok(())
}

/// Calls `f` with each element of `first`, and the corresponding elements of the others, in order.
///
/// # Errors
/// As [`update`].
#[cfg(feature = "differential-equations")]
#[inline]
pub(crate) fn zip<P: PyTree, const N: usize>(
    trees: [&P; N],
    f: impl FnMut([&P::Elem; N]),
) -> Result<(), Error> {
    let mut each = Each(f);
    if P::lockstep(trees, &mut SameShapes) && P::lockstep(trees, &mut each) {
        return Ok(());
    }
    if let Some(first) = trees.first() {
        let mut leaves = leaves(*first, trees)?;
        while let Some(leaves) = next(&mut leaves) {
            each.leaves(leaves);
        }
    }
    Ok(())
}

/// The sum of `f` over the corresponding elements of the trees.
///
/// # Errors
/// As [`update`].
#[inline]
pub(crate) fn sum<P: PyTree, S: Clone + Zero, const N: usize>(
    trees: [&P; N],
    f: impl FnMut([&P::Elem; N]) -> S,
) -> Result<S, Error> {
    let mut sum = Sum(S::zero(), f);
    if P::lockstep(trees, &mut sum) {
        return Ok(sum.0);
    }
    sum.0 = S::zero();
    if let Some(first) = trees.first() {
        let mut leaves = leaves(*first, trees)?;
        while let Some(leaves) = next(&mut leaves) {
            sum.leaves(leaves);
        }
    }
    Ok(sum.0)
}

/// Returns an error unless the structures and the shapes of two trees are equal.
pub(crate) fn compare<P: PyTree>(first: &P, other: &P) -> Result<(), Error> {
    if P::lockstep([first, other], &mut SameShapes) {
        return Ok(());
    }
    leaves(first, [other]).map(drop)
}

type Leaves<'a, E> = std::vec::IntoIter<ArrayViewD<'a, E>>;

/// The leaves of each of `trees`, in the order of those of `first`: the full comparison.
#[cold]
fn leaves<'a, P: PyTree, const N: usize>(
    first: &P,
    trees: [&'a P; N],
) -> Result<[Leaves<'a, P::Elem>; N], Error> {
    let first = tree_flatten(first);
    let mut leaves = trees.map(|_| Vec::new().into_iter());
    for (leaves, tree) in leaves.iter_mut().zip(trees) {
        *leaves = matching(&first, tree_flatten(tree), NO_MATCH)?.into_leaves().into_iter();
    }
    Ok(leaves)
}

/// Whether corresponding leaves have equal shapes.
struct SameShapes;

impl<'a, E: 'a, const N: usize> Lockstep<'a, E, N> for SameShapes {
    #[inline]
    fn leaves<D: Dimension>(&mut self, leaves: [ArrayView<'a, E, D>; N]) -> bool {
        same_shapes(&leaves)
    }
}

#[inline]
fn same_shapes<E, D: Dimension>(leaves: &[ArrayView<'_, E, D>]) -> bool {
    leaves.windows(2).all(|pair| pair[0].shape() == pair[1].shape())
}

/// Calls a function with each element of each leaf.
struct Each<F>(F);

impl<'a, E: 'a, F: FnMut(&'a E)> Visitor<'a, E> for Each<F> {
    #[inline]
    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) {
        match leaf.to_slice() {
            Some(slice) => slice.iter().for_each(&mut self.0),
            None => leaf.into_iter().for_each(&mut self.0),
        }
    }
}

impl<'a, E: 'a, F: FnMut(&mut E)> VisitorMut<'a, E> for Each<F> {
    #[inline]
    fn leaf<D: Dimension>(&mut self, mut leaf: ArrayViewMut<'a, E, D>) {
        match leaf.as_slice_mut() {
            Some(slice) => slice.iter_mut().for_each(&mut self.0),
            None => leaf.into_iter().for_each(&mut self.0),
        }
    }
}

#[cfg(feature = "differential-equations")]
impl<'a, E: 'a, F: FnMut([&E; N]), const N: usize> Lockstep<'a, E, N> for Each<F> {
    #[inline]
    fn leaves<D: Dimension>(&mut self, leaves: [ArrayView<'a, E, D>; N]) -> bool {
        let len = leaves.first().map_or(0, ArrayView::len);
        if let Some(slices) = all(leaves.each_ref(), ArrayView::to_slice) {
            let slices = slices.map(|slice| &slice[..len]);
            (0..len).for_each(|i| (self.0)(slices.map(|slice| &slice[i])));
        } else {
            let mut elements = leaves.map(IntoIterator::into_iter);
            while let Some(elements) = next(&mut elements) {
                (self.0)(elements);
            }
        }
        true
    }
}

impl<'a, E: 'a, F: FnMut(&mut E, [&E; N]), const N: usize> LockstepMut<'a, E, N> for Each<F> {
    #[inline]
    fn leaves<D: Dimension>(
        &mut self,
        leaf: ArrayViewMut<'a, E, D>,
        others: [ArrayView<'a, E, D>; N],
    ) {
        pairs(leaf, others, &mut self.0);
    }
}

/// Calls `f` with each element of `leaf`, and the corresponding elements of `others`, which have the same shape.
#[inline]
fn pairs<E, D: Dimension, D2: Dimension, const N: usize>(
    mut leaf: ArrayViewMut<'_, E, D>,
    others: [ArrayView<'_, E, D2>; N],
    f: &mut impl FnMut(&mut E, [&E; N]),
) {
    let slices = all(others.each_ref(), ArrayView::to_slice);
    if let (Some(slice), Some(slices)) = (leaf.as_slice_mut(), slices) {
        let slices = slices.map(|other| &other[..slice.len()]);
        for (i, element) in slice.iter_mut().enumerate() {
            f(element, slices.map(|other| &other[i]));
        }
        return;
    }
    // Contiguous in column-major order, as the matrices of nalgebra and faer are.
    let same_order = others.iter().all(|other| other.strides() == leaf.strides());
    let slices = all(others.each_ref(), ArrayView::to_slice_memory_order);
    if let (true, Some(slice), Some(slices)) =
        (same_order, leaf.as_slice_memory_order_mut(), slices)
    {
        let slices = slices.map(|other| &other[..slice.len()]);
        for (i, element) in slice.iter_mut().enumerate() {
            f(element, slices.map(|other| &other[i]));
        }
        return;
    }
    let mut others = others.map(IntoIterator::into_iter);
    for element in leaf {
        if let Some(others) = next(&mut others) {
            f(element, others);
        }
    }
}

/// Walks a tree, and takes the corresponding leaves of others from iterators.
struct Beside<I, F, const N: usize>([I; N], F);

impl<'a, 'b, E: 'a + 'b, I, F, const N: usize> VisitorMut<'a, E> for Beside<I, F, N>
where
    I: Iterator<Item = ArrayViewD<'b, E>>,
    F: FnMut(&mut E, [&E; N]),
{
    fn leaf<D: Dimension>(&mut self, leaf: ArrayViewMut<'a, E, D>) {
        if let Some(others) = next(&mut self.0) {
            pairs(leaf, others, &mut self.1);
        }
    }
}

/// The sum of a function of the elements.
struct Sum<S, F>(S, F);

/// The number of partial sums. The compiler may not reorder floating-point additions, so in a single sum each addition
/// waits for the one before.
const LANES: usize = 8;

impl<'a, E: 'a, S, F, const N: usize> Lockstep<'a, E, N> for Sum<S, F>
where
    S: Clone + Zero,
    F: FnMut([&E; N]) -> S,
{
    #[inline]
    fn leaves<D: Dimension>(&mut self, leaves: [ArrayView<'a, E, D>; N]) -> bool {
        if !same_shapes(&leaves) {
            return false;
        }
        let len = leaves.first().map_or(0, ArrayView::len);
        let mut sum = self.0.clone();
        let Some(slices) = all(leaves.each_ref(), ArrayView::to_slice) else {
            let mut elements = leaves.map(IntoIterator::into_iter);
            while let Some(elements) = next(&mut elements) {
                sum = sum + (self.1)(elements);
            }
            self.0 = sum;
            return true;
        };
        let slices = slices.map(|slice| &slice[..len]);
        let whole = len - len % LANES;
        if whole > 0 {
            let mut lanes: [S; LANES] = std::array::from_fn(|_| S::zero());
            for start in (0..whole).step_by(LANES) {
                let chunks = slices.map(|slice| &slice[start..start + LANES]);
                for (lane, sum) in lanes.iter_mut().enumerate() {
                    *sum = sum.clone() + (self.1)(chunks.map(|chunk| &chunk[lane]));
                }
            }
            sum = lanes.into_iter().fold(sum, |sum, lane| sum + lane);
        }
        for i in whole..len {
            sum = sum + (self.1)(slices.map(|slice| &slice[i]));
        }
        self.0 = sum;
        true
    }
}

impl<'a, E: 'a, S, F> Visitor<'a, E> for Sum<S, F>
where
    S: Clone + Zero,
    F: FnMut([&E; 1]) -> S,
{
    #[inline]
    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) {
        self.leaves([leaf]);
    }
}

/// The sum of `f` over the elements.
#[inline]
pub(crate) fn sum_of<P: PyTree, S: Clone + Zero>(tree: &P, mut f: impl FnMut(&P::Elem) -> S) -> S {
    let mut sum = Sum(S::zero(), |[x]: [&P::Elem; 1]| f(x));
    tree.walk(&mut sum);
    sum.0
}
