use nalgebra::allocator::Allocator;
use nalgebra::{
    DefaultAllocator, Dim, IsContiguous, Matrix, OMatrix, RawStorage, RawStorageMut, Scalar,
};
use ndarray::{
    Array, ArrayBase, ArrayD, ArrayView, ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2,
    Axis, Data, Dimension, Ix2, ShapeBuilder,
};

use crate::build::from_leaves::FromLeaves;
use crate::build::leaf_source::{LeafSource, Reported};
use crate::build::mapped::Mapped;
use crate::error::mismatch::MismatchKind;
use crate::walk::lockstep::{Lockstep, LockstepMut};
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::{Visitor, VisitorMut};

/// Whether the type is a column vector, which is a leaf with one axis: its number of columns is 1 statically.
/// All other matrices have two axes, also a `DMatrix` that happens to have one column.
fn is_vector<C: Dim>() -> bool {
    C::try_to_usize() == Some(1)
}

/// A vector of `nalgebra` is a leaf of shape `[rows]`, a matrix a leaf of shape `[rows, columns]`. A row vector
/// is a matrix with one row.
///
/// `nalgebra` stores matrices column by column. In the vector the elements are in row-major order, as for all
/// leaves. Contiguous views are leaves too.
///
/// ```
/// use nalgebra::{DMatrix, Vector2};
/// use pytree::{PyTree, ravel_pytree};
///
/// #[derive(PyTree, Debug, PartialEq)]
/// struct Kalman<T: nalgebra::Scalar> { mean: Vector2<T>, covariance: DMatrix<T> }
///
/// let covariance = DMatrix::from_row_slice(2, 2, &[1.0, 2.0, 3.0, 4.0]);
/// let kalman = Kalman { mean: Vector2::new(5.0, 6.0), covariance };
/// let (flat, unravel) = ravel_pytree(&kalman);
/// assert_eq!(flat.to_vec(), [5.0, 6.0, 1.0, 2.0, 3.0, 4.0]);
/// assert_eq!((unravel.label(1)?, unravel.label(3)?), (".mean[1]".into(), ".covariance[0,1]".into()));
/// assert_eq!(unravel.unravel::<_, Kalman<f64>>(&flat)?, kalman);
/// # Ok::<(), pytree::Error>(())
/// ```
#[diagnostic::do_not_recommend]
impl<T, R, C, S> PyTree for Matrix<T, R, C, S>
where
    T: 'static,
    R: Dim,
    C: Dim,
    S: RawStorage<T, R, C> + IsContiguous,
{
    type Elem = T;

    #[inline]
    fn walk<'a, V: Visitor<'a, T>>(&'a self, visitor: &mut V) {
        if is_vector::<C>() {
            visitor.leaf(ArrayView1::from(self.as_slice()));
        } else {
            visitor.leaf(matrix_view(self));
        }
    }

    #[inline]
    fn lockstep<'a, const N: usize, V>(trees: [&'a Self; N], visitor: &mut V) -> bool
    where
        V: Lockstep<'a, T, N>,
    {
        if is_vector::<C>() {
            visitor.leaves(trees.map(|tree| ArrayView1::from(tree.as_slice())))
        } else {
            visitor.leaves(trees.map(matrix_view))
        }
    }
}

/// A view of a matrix, whose columns are contiguous.
#[inline]
fn matrix_view<T, R, C, S>(matrix: &Matrix<T, R, C, S>) -> ArrayView2<'_, T>
where
    R: Dim,
    C: Dim,
    S: RawStorage<T, R, C> + IsContiguous,
{
    ArrayView2::from_shape(matrix.shape().f(), matrix.as_slice()).expect(FULL)
}

/// A mutable view of a matrix, whose columns are contiguous.
#[inline]
fn matrix_view_mut<T, R, C, S>(matrix: &mut Matrix<T, R, C, S>) -> ArrayViewMut2<'_, T>
where
    R: Dim,
    C: Dim,
    S: RawStorageMut<T, R, C> + IsContiguous,
{
    ArrayViewMut2::from_shape(matrix.shape().f(), matrix.as_mut_slice()).expect(FULL)
}

const FULL: &str = "the shape counts the elements of the matrix";

#[diagnostic::do_not_recommend]
impl<T, R, C, S> PyTreeMut for Matrix<T, R, C, S>
where
    T: 'static,
    R: Dim,
    C: Dim,
    S: RawStorageMut<T, R, C> + IsContiguous,
{
    #[inline]
    fn walk_mut<'a, V: VisitorMut<'a, T>>(&'a mut self, visitor: &mut V) {
        if is_vector::<C>() {
            visitor.leaf(ArrayViewMut1::from(self.as_mut_slice()));
        } else {
            visitor.leaf(matrix_view_mut(self));
        }
    }

    #[inline]
    fn lockstep_mut<'a, const N: usize, V>(
        tree: &'a mut Self,
        others: [&'a Self; N],
        visitor: &mut V,
    ) where
        V: LockstepMut<'a, T, N>,
    {
        if is_vector::<C>() {
            let others = others.map(|other| ArrayView1::from(other.as_slice()));
            visitor.leaves(ArrayViewMut1::from(tree.as_mut_slice()), others);
        } else {
            visitor.leaves(matrix_view_mut(tree), others.map(matrix_view));
        }
    }
}

/// A `DVector` or `DMatrix` is built from a leaf of any size, other types from a leaf of their static size.
#[diagnostic::do_not_recommend]
impl<T, R, C, D> FromLeaves<Array<T, D>> for OMatrix<T, R, C>
where
    T: Scalar,
    R: Dim,
    C: Dim,
    D: Dimension,
    DefaultAllocator: Allocator<R, C>,
{
    fn from_leaves(source: &mut LeafSource<'_, Array<T, D>>) -> Result<Self, Reported> {
        let leaf = source.leaf()?;
        let (leaf, rows, columns) = columns_first(leaf, source)?;
        Ok(OMatrix::from_iterator_generic(rows, columns, leaf))
    }
}

/// As from an owned array; the elements are cloned.
#[diagnostic::do_not_recommend]
impl<'a, T, R, C, D> FromLeaves<ArrayView<'a, T, D>> for OMatrix<T, R, C>
where
    T: Scalar,
    R: Dim,
    C: Dim,
    D: Dimension,
    DefaultAllocator: Allocator<R, C>,
{
    fn from_leaves(source: &mut LeafSource<'_, ArrayView<'a, T, D>>) -> Result<Self, Reported> {
        let leaf = source.leaf()?;
        let (leaf, rows, columns) = columns_first(leaf, source)?;
        Ok(OMatrix::from_iterator_generic(rows, columns, leaf.iter().cloned()))
    }
}

/// As from an owned array of the mapped elements.
#[diagnostic::do_not_recommend]
impl<E, T, R, C> FromLeaves<Mapped<'_, E, T>> for OMatrix<T, R, C>
where
    T: Scalar,
    R: Dim,
    C: Dim,
    DefaultAllocator: Allocator<R, C>,
{
    fn from_leaves(source: &mut LeafSource<'_, Mapped<'_, E, T>>) -> Result<Self, Reported> {
        let leaf = ArrayD::from_leaves(source)?;
        let (leaf, rows, columns) = columns_first(leaf, source)?;
        Ok(OMatrix::from_iterator_generic(rows, columns, leaf))
    }
}

/// Transposes `leaf`, which was taken last, so that iteration gives its elements column by column, as
/// `nalgebra` stores them. Also returns the numbers of rows and columns.
fn columns_first<S: Data, D: Dimension, R: Dim, C: Dim, L>(
    leaf: ArrayBase<S, D>,
    source: &mut LeafSource<'_, L>,
) -> Result<(ArrayBase<S, Ix2>, R, C), Reported> {
    let found = leaf.shape().to_vec();
    let axes = if is_vector::<C>() { 1 } else { 2 };
    if found.len() != axes {
        return Err(source.report(MismatchKind::Rank { expected: axes, found }));
    }
    let leaf = leaf.into_dyn();
    let leaf = if axes == 1 { leaf.insert_axis(Axis(1)) } else { leaf };
    let leaf: ArrayBase<S, Ix2> = leaf
        .into_dimensionality()
        .expect("a vector has one axis and the inserted one, a matrix two");
    let (rows, columns) = leaf.dim();
    let expected = [R::try_to_usize().unwrap_or(rows), C::try_to_usize().unwrap_or(columns)];
    if expected != [rows, columns] {
        let expected = expected[..axes].to_vec();
        return Err(source.report(MismatchKind::Shape { expected, found }));
    }
    Ok((leaf.reversed_axes(), R::from_usize(rows), C::from_usize(columns)))
}
