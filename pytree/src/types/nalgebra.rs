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
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::{Visitor, VisitorMut};

/// Whether a type is that of column vectors, which are leaves of one axis: it says itself that there
/// is one column. All other matrices have two, also those that happen to have one column.
fn is_vector<C: Dim>() -> bool {
    C::try_to_usize() == Some(1)
}

/// A vector of `nalgebra` is a leaf of one axis, a matrix one of two, rows first: a row vector is a
/// matrix of one row.
///
/// `nalgebra` keeps columns side by side; the leaf is of the shape that the matrix has, and ravels
/// row by row, as all leaves do. Views of contiguous parts that can be written to are leaves too.
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
            let columns_first = self.shape().f();
            let view = ArrayView2::from_shape(columns_first, self.as_slice());
            visitor.leaf(view.expect("a matrix has as many elements as its shape says"));
        }
    }
}

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
            let columns_first = self.shape().f();
            let view = ArrayViewMut2::from_shape(columns_first, self.as_mut_slice());
            visitor.leaf(view.expect("a matrix has as many elements as its shape says"));
        }
    }
}

/// Of any size where the type leaves it open (`DVector`, `DMatrix`), otherwise of its own.
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

/// Of any size where the type leaves it open (`DVector`, `DMatrix`), otherwise of its own.
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

/// As from an array of the mapped elements.
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

/// `leaf`, the one taken last, with its elements in the order of a matrix of type `R` by `C`, and
/// the numbers of rows and columns.
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
    let leaf: ArrayBase<S, Ix2> =
        leaf.into_dimensionality().expect("one axis and one more, or two");
    let (rows, columns) = leaf.dim();
    let expected = [R::try_to_usize().unwrap_or(rows), C::try_to_usize().unwrap_or(columns)];
    if expected != [rows, columns] {
        let expected = expected[..axes].to_vec();
        return Err(source.report(MismatchKind::Shape { expected, found }));
    }
    Ok((leaf.reversed_axes(), R::from_usize(rows), C::from_usize(columns)))
}
