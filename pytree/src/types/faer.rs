use faer::{Col, Mat, Row};
use faer_ext::IntoNdarray;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2, Axis};

use crate::build::from_leaves::FromLeaves;
use crate::build::leaf_source::{LeafSource, Reported};
use crate::walk::lockstep::{Lockstep, LockstepMut};
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::{Visitor, VisitorMut};

/// Makes a type a leaf. Takes the functions that view a value, and the function that builds a value from an array.
macro_rules! leaf {
    ($(#[$doc:meta])* $Type:ident, $Array:ident, $view:ident, $view_mut:ident, $build:expr) => {
        $(#[$doc])*
        #[diagnostic::do_not_recommend]
        impl<T: 'static> PyTree for $Type<T> {
            type Elem = T;

            #[inline]
            fn walk<'a, V: Visitor<'a, T>>(&'a self, visitor: &mut V) {
                visitor.leaf($view(self));
            }

            #[inline]
            fn lockstep<'a, const N: usize, V>(trees: [&'a Self; N], visitor: &mut V) -> bool
            where
                V: Lockstep<'a, T, N>,
            {
                visitor.leaves(trees.map($view))
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: 'static> PyTreeMut for $Type<T> {
            #[inline]
            fn walk_mut<'a, V: VisitorMut<'a, T>>(&'a mut self, visitor: &mut V) {
                visitor.leaf($view_mut(self));
            }

            #[inline]
            fn lockstep_mut<'a, const N: usize, V>(
                tree: &'a mut Self,
                others: [&'a Self; N],
                visitor: &mut V,
            ) where
                V: LockstepMut<'a, T, N>,
            {
                visitor.leaves($view_mut(tree), others.map($view));
            }
        }

        /// Built from any leaf that an array of the same number of axes can be built from.
        #[diagnostic::do_not_recommend]
        impl<L, T: Clone> FromLeaves<L> for $Type<T>
        where
            $Array<T>: FromLeaves<L>,
        {
            fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
                $Array::from_leaves(source).map($build)
            }
        }
    };
}

leaf!(
    /// A matrix of `faer` is a leaf of shape `[rows, columns]`.
    ///
    /// `faer` stores matrices column by column. In the vector the elements are in row-major order, as for all
    /// leaves.
    ///
    /// ```
    /// use faer::{Col, Mat, mat};
    /// use pytree::{PyTree, ravel_pytree};
    ///
    /// #[derive(PyTree, Debug, PartialEq)]
    /// struct Kalman<T: Clone> { mean: Col<T>, covariance: Mat<T> }
    ///
    /// let covariance = mat![[1.0, 2.0], [3.0, 4.0]];
    /// let kalman = Kalman { mean: Col::from_fn(2, |i| 5.0 + i as f64), covariance };
    /// let (flat, unravel) = ravel_pytree(&kalman);
    /// assert_eq!(flat.to_vec(), [5.0, 6.0, 1.0, 2.0, 3.0, 4.0]);
    /// assert_eq!((unravel.label(1)?, unravel.label(3)?), (".mean[1]".into(), ".covariance[0,1]".into()));
    /// assert_eq!(unravel.unravel::<_, Kalman<f64>>(&flat)?, kalman);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    Mat, Array2, matrix, matrix_mut,
    |leaf: Array2<T>| Mat::from_fn(leaf.nrows(), leaf.ncols(), |i, j| leaf[[i, j]].clone())
);

leaf!(
    /// A column of `faer` is a leaf of shape `[rows]`.
    Col, Array1, column, column_mut,
    |leaf: Array1<T>| Col::from_fn(leaf.len(), |i| leaf[i].clone())
);

leaf!(
    /// A row of `faer` is a leaf of shape `[columns]`.
    Row, Array1, row, row_mut,
    |leaf: Array1<T>| Row::from_fn(leaf.len(), |i| leaf[i].clone())
);

fn matrix<T>(matrix: &Mat<T>) -> ArrayView2<'_, T> {
    matrix.as_ref().into_ndarray()
}

fn matrix_mut<T>(matrix: &mut Mat<T>) -> ArrayViewMut2<'_, T> {
    matrix.as_mut().into_ndarray()
}

fn column<T>(column: &Col<T>) -> ArrayView1<'_, T> {
    column.as_mat().into_ndarray().index_axis_move(Axis(1), 0)
}

fn column_mut<T>(column: &mut Col<T>) -> ArrayViewMut1<'_, T> {
    column.as_mat_mut().into_ndarray().index_axis_move(Axis(1), 0)
}

fn row<T>(row: &Row<T>) -> ArrayView1<'_, T> {
    row.as_mat().into_ndarray().index_axis_move(Axis(0), 0)
}

fn row_mut<T>(row: &mut Row<T>) -> ArrayViewMut1<'_, T> {
    row.as_mat_mut().into_ndarray().index_axis_move(Axis(0), 0)
}
