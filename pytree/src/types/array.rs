use ndarray::{ArcArray, Array, ArrayBase, ArrayView, ArrayViewMut, Data, DataMut, Dimension};

use crate::build::from_leaves::FromLeaves;
use crate::build::leaf_source::{LeafSource, Reported};
use crate::build::mapped::Mapped;
use crate::error::mismatch::MismatchKind;
use crate::walk::lockstep::{Lockstep, LockstepMut};
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::{Visitor, VisitorMut};

#[diagnostic::do_not_recommend]
impl<S, D> PyTree for ArrayBase<S, D>
where
    S: Data<Elem: 'static>,
    D: Dimension,
{
    type Elem = S::Elem;

    #[inline]
    fn walk<'a, V: Visitor<'a, S::Elem>>(&'a self, visitor: &mut V) {
        visitor.leaf(self.view());
    }

    #[inline]
    fn lockstep<'a, const N: usize, V>(trees: [&'a Self; N], visitor: &mut V) -> bool
    where
        V: Lockstep<'a, S::Elem, N>,
    {
        visitor.leaves(trees.map(|tree| tree.view()))
    }
}

// For a read-only view, rustc then reports that the view is not a `PyTreeMut`, and not that `S: DataMut` fails.
#[diagnostic::do_not_recommend]
impl<S, D> PyTreeMut for ArrayBase<S, D>
where
    S: DataMut<Elem: 'static>,
    D: Dimension,
{
    #[inline]
    fn walk_mut<'a, V: VisitorMut<'a, S::Elem>>(&'a mut self, visitor: &mut V) {
        visitor.leaf(self.view_mut());
    }

    #[inline]
    fn lockstep_mut<'a, const N: usize, V>(
        tree: &'a mut Self,
        others: [&'a Self; N],
        visitor: &mut V,
    ) where
        V: LockstepMut<'a, S::Elem, N>,
    {
        visitor.leaves(tree.view_mut(), others.map(|other| other.view()));
    }
}

#[diagnostic::do_not_recommend]
impl<A, D: Dimension, D2: Dimension> FromLeaves<Array<A, D2>> for Array<A, D> {
    fn from_leaves(source: &mut LeafSource<'_, Array<A, D2>>) -> Result<Self, Reported> {
        let leaf = source.leaf()?;
        with_axes(leaf, source)
    }
}

#[diagnostic::do_not_recommend]
impl<L, A, D> FromLeaves<L> for ArcArray<A, D>
where
    D: Dimension,
    Array<A, D>: FromLeaves<L>,
{
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
        Array::from_leaves(source).map(ArcArray::from)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, A: Clone, D: Dimension, D2: Dimension> FromLeaves<ArrayView<'a, A, D2>> for Array<A, D> {
    fn from_leaves(source: &mut LeafSource<'_, ArrayView<'a, A, D2>>) -> Result<Self, Reported> {
        let leaf = source.leaf()?;
        with_axes(leaf, source).map(|view: ArrayView<'a, A, D>| view.to_owned())
    }
}

#[diagnostic::do_not_recommend]
impl<E, A, D: Dimension> FromLeaves<Mapped<'_, E, A>> for Array<A, D> {
    fn from_leaves(source: &mut LeafSource<'_, Mapped<'_, E, A>>) -> Result<Self, Reported> {
        let leaf = source.leaf()?;
        // The static dimension at once: an `ArrayD` in between took most of the time for small arrays.
        let axes = leaf.elements.with_shape(|shape| {
            let mut axes = D::zeros(D::NDIM.unwrap_or(shape.len()));
            if axes.ndim() != shape.len() {
                return Err(MismatchKind::Rank { expected: axes.ndim(), found: shape.to_vec() });
            }
            axes.slice_mut().copy_from_slice(shape);
            Ok(axes)
        });
        let axes = axes.map_err(|kind| source.report(kind))?;
        let array = Array::from_shape_vec(axes, leaf.all());
        Ok(array.expect("the shape counts the elements of the leaf"))
    }
}

#[diagnostic::do_not_recommend]
impl<'a, A, D: Dimension, D2: Dimension> FromLeaves<ArrayView<'a, A, D2>> for ArrayView<'a, A, D> {
    fn from_leaves(source: &mut LeafSource<'_, ArrayView<'a, A, D2>>) -> Result<Self, Reported> {
        let leaf = source.leaf()?;
        with_axes(leaf, source)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, A, D: Dimension, D2: Dimension> FromLeaves<ArrayViewMut<'a, A, D2>>
    for ArrayViewMut<'a, A, D>
{
    fn from_leaves(source: &mut LeafSource<'_, ArrayViewMut<'a, A, D2>>) -> Result<Self, Reported> {
        let leaf = source.leaf()?;
        with_axes(leaf, source)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, A, D: Dimension> FromLeaves<ArrayView<'a, A, D>> for &'a [A] {
    fn from_leaves(source: &mut LeafSource<'_, ArrayView<'a, A, D>>) -> Result<Self, Reported> {
        let leaf = source.leaf()?;
        let line: ArrayView<'a, A, ndarray::Ix1> = with_axes(leaf, source)?;
        line.to_slice().ok_or_else(|| source.report(MismatchKind::other(NOT_CONTIGUOUS)))
    }
}

#[diagnostic::do_not_recommend]
impl<'a, A, D: Dimension> FromLeaves<ArrayViewMut<'a, A, D>> for &'a mut [A] {
    fn from_leaves(source: &mut LeafSource<'_, ArrayViewMut<'a, A, D>>) -> Result<Self, Reported> {
        let leaf = source.leaf()?;
        let line: ArrayViewMut<'a, A, ndarray::Ix1> = with_axes(leaf, source)?;
        line.into_slice().ok_or_else(|| source.report(MismatchKind::other(NOT_CONTIGUOUS)))
    }
}

const NOT_CONTIGUOUS: &str = "a slice needs elements that are contiguous in memory; \
                              copy the array first with `.to_owned()`";

/// Converts `leaf`, which was taken last, to the static dimension `D`.
#[inline]
fn with_axes<S: Data, D: Dimension, D2: Dimension, L>(
    leaf: ArrayBase<S, D2>,
    source: &mut LeafSource<'_, L>,
) -> Result<ArrayBase<S, D>, Reported> {
    // The shape of a leaf is copied only for an error.
    if let Some(expected) = D::NDIM.filter(|axes| *axes != leaf.ndim()) {
        let found = leaf.shape().to_vec();
        return Err(source.report(MismatchKind::Rank { expected, found }));
    }
    Ok(leaf.into_dimensionality().expect("the number of axes has been compared"))
}
