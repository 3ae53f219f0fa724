use std::fmt::Display;
use std::ops::Range;

use ndarray::{Array2, ArrayD, ArrayView2, Axis, Slice};

use crate::error::error::{Error, ErrorKind};
use crate::error::from_text::ToPath;
use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::error::print::rows_and_columns;
use crate::layout::layout::Layout;
use crate::path::key::KeyPath;

/// The Jacobian of a function from tree to tree: a matrix whose rows and columns are named by two layouts.
///
/// Entry `[i, j]` is the derivative of element `i` of the result with respect to element `j` of the argument.
/// [`jacobian`](crate::jacobian()) computes a `Jacobian`. [`new`](Self::new) names the rows and columns of a matrix
/// from elsewhere.
///
/// ```
/// use ndarray::{Array1, Array2, array};
/// use pytree::Layout;
/// use pytree::grad::Jacobian;
///
/// // The derivatives of a pair of a number and an array with respect to an array.
/// let (rows, columns) = (Layout::of(&(1.0, array![2.0, 3.0])), Layout::of(&[4.0, 5.0]));
/// let matrix = array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
/// let jacobian = Jacobian::new(matrix, rows, columns)?;
/// assert_eq!(jacobian.block("[0]", "")?, array![[1.0, 2.0]]);
/// assert_eq!(jacobian.block("[1]", "[1]")?, array![[4.0], [6.0]]);
/// # Ok::<(), pytree::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Jacobian {
    matrix: Array2<f64>,
    rows: Layout,
    columns: Layout,
}

impl Jacobian {
    /// Names the rows of `matrix` by the layout of the result, and its columns by the layout of the argument.
    ///
    /// # Errors
    /// If the matrix does not have `rows.len()` rows and `columns.len()` columns.
    ///
    /// ```
    /// use ndarray::Array2;
    /// use pytree::{Layout, grad::Jacobian};
    /// let layout = Layout::of(&(1.0, 2.0));
    /// let error = Jacobian::new(Array2::eye(3), layout.clone(), layout).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the matrix does not match the layouts: \
    ///      expected 2 rows and 2 columns, found 3 rows and 3 columns",
    /// );
    /// ```
    pub fn new(matrix: Array2<f64>, rows: Layout, columns: Layout) -> Result<Self, Error> {
        let (expected, found) = ([rows.len(), columns.len()], [matrix.nrows(), matrix.ncols()]);
        if found != expected {
            let [expected, found] = [expected, found].map(rows_and_columns);
            let text = format!("expected {expected}, found {found}");
            let subject = "the matrix does not match the layouts";
            return Err(Error::whole(ErrorKind::Length, subject, text));
        }
        Ok(Jacobian { matrix, rows, columns })
    }

    /// The block of two nodes: the rows of the node at the path `rows` of the result, and the columns of the
    /// node at the path `columns` of the argument. The empty path is the whole tree.
    ///
    /// # Errors
    /// As [`Layout::range`] for either path, or for both.
    ///
    /// ```
    /// use ndarray::{Array2, array};
    /// use pytree::{Layout, grad::Jacobian};
    /// let layout = Layout::of(&(1.0, array![2.0, 3.0]));
    /// let jacobian = Jacobian::new(Array2::eye(3), layout.clone(), layout)?;
    /// assert_eq!(jacobian.block("[1]", "")?, array![[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
    ///
    /// let error = jacobian.block("[2]", "w").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "no such block in 2 places:\n  \
    ///      rows: at the root: there is no [2]; the keys are [0], [1]\n  \
    ///      columns: at the root: there is no .w; the keys are [0], [1]",
    /// );
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn block(
        &self,
        rows: impl ToPath,
        columns: impl ToPath,
    ) -> Result<ArrayView2<'_, f64>, Error> {
        let (rows, columns) = both(self.rows.range(rows), self.columns.range(columns))?;
        Ok(self.sliced(rows, columns))
    }

    /// The block of two leaves as an array with the axes of the leaf at `rows`, followed by those of the leaf at
    /// `columns`, as in JAX's `jacfwd`. Copies the block. Indices after the path of a leaf select a row or an
    /// element of it.
    ///
    /// # Errors
    /// As [`block`](Self::block); also if a path does not lead to a leaf.
    ///
    /// ```
    /// use ndarray::{Array2, array};
    /// use pytree::{Layout, grad::Jacobian};
    /// // The derivatives of two numbers with respect to a matrix.
    /// let (rows, columns) = (Layout::of(&[1.0, 2.0]), Layout::of(&(0.0, array![[1.0, 2.0, 3.0]])));
    /// let matrix = Array2::from_shape_fn((2, 4), |(i, j)| (4 * i + j) as f64);
    /// let jacobian = Jacobian::new(matrix, rows, columns)?;
    /// let block = jacobian.block_shaped("", "[1]")?;
    /// assert_eq!(block, array![[[1.0, 2.0, 3.0]], [[5.0, 6.0, 7.0]]].into_dyn());
    /// assert_eq!(jacobian.block_shaped("[1]", "[0]")?, ndarray::arr0(4.0).into_dyn());
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn block_shaped(
        &self,
        rows: impl ToPath,
        columns: impl ToPath,
    ) -> Result<ArrayD<f64>, Error> {
        let leaves = both(self.rows.leaf_range(rows), self.columns.leaf_range(columns))?;
        let ((rows, row_axes), (columns, column_axes)) = leaves;
        let block = self.sliced(rows, columns);
        let mut shaped = ArrayD::zeros([row_axes, column_axes].concat());
        shaped.iter_mut().zip(block).for_each(|(out, x)| *out = *x);
        Ok(shaped)
    }

    fn sliced(&self, rows: Range<usize>, columns: Range<usize>) -> ArrayView2<'_, f64> {
        let mut block = self.matrix.view();
        block.slice_axis_inplace(Axis(0), Slice::from(rows));
        block.slice_axis_inplace(Axis(1), Slice::from(columns));
        block
    }

    /// The whole matrix.
    ///
    /// ```
    /// use ndarray::Array2;
    /// use pytree::{Layout, grad::Jacobian};
    /// let layout = Layout::of(&(1.0, 2.0));
    /// let jacobian = Jacobian::new(Array2::eye(2), layout.clone(), layout)?;
    /// assert_eq!(jacobian.matrix()[[1, 1]], 1.0);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn matrix(&self) -> &Array2<f64> {
        &self.matrix
    }

    /// The whole matrix, by value.
    ///
    /// ```
    /// use ndarray::Array2;
    /// use pytree::{Layout, grad::Jacobian};
    /// let layout = Layout::of(&(1.0, 2.0));
    /// let jacobian = Jacobian::new(Array2::eye(2), layout.clone(), layout)?;
    /// assert_eq!(jacobian.into_matrix(), Array2::<f64>::eye(2));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn into_matrix(self) -> Array2<f64> {
        self.matrix
    }

    /// The layout of the rows: that of the result of the function.
    ///
    /// ```
    /// use ndarray::Array2;
    /// use pytree::{Layout, grad::Jacobian};
    /// let (rows, columns) = (Layout::of(&(1.0, 2.0)), Layout::of(&[1.0, 2.0, 3.0]));
    /// let jacobian = Jacobian::new(Array2::zeros((2, 3)), rows.clone(), columns.clone())?;
    /// assert_eq!((jacobian.rows(), jacobian.columns()), (&rows, &columns));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn rows(&self) -> &Layout {
        &self.rows
    }

    /// The layout of the columns: that of the argument of the function.
    ///
    /// ```
    /// use ndarray::Array2;
    /// use pytree::{Layout, grad::Jacobian};
    /// let (rows, columns) = (Layout::of(&(1.0, 2.0)), Layout::of(&[1.0, 2.0, 3.0]));
    /// let jacobian = Jacobian::new(Array2::zeros((2, 3)), rows, columns)?;
    /// assert_eq!(jacobian.columns().label(1)?, "[1]");
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn columns(&self) -> &Layout {
        &self.columns
    }
}

/// Both results, or the errors of both.
fn both<A>(rows: Result<A, Error>, columns: Result<A, Error>) -> Result<(A, A), Error> {
    match (rows, columns) {
        (Ok(rows), Ok(columns)) => Ok((rows, columns)),
        (rows, columns) => {
            let named = [("rows", rows.err()), ("columns", columns.err())];
            let errors = named.into_iter().filter_map(|(side, error)| Some((side, error?)));
            let mismatches = errors.flat_map(|(side, error)| {
                let mismatch = |path: &KeyPath, text: &dyn Display| {
                    let kind = MismatchKind::Whole(format!("{side}: {text}").into());
                    Mismatch { path: path.clone(), kind }
                };
                match error.mismatches() {
                    [] => vec![mismatch(&KeyPath::root(), &error)],
                    all => all.iter().map(|each| mismatch(&each.path, each)).collect(),
                }
            });
            Err(Error::not_found("no such block", mismatches.collect()))
        }
    }
}
