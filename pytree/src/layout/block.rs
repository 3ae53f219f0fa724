use std::ops::Range;

use ndarray::{ArrayBase, ArrayView2, ArrayViewMut2, Axis, Data, Ix2, Slice};

use crate::error::error::{Error, ErrorKind};
use crate::error::from_text::ToPath;
use crate::error::print::rows_and_columns;
use crate::layout::layout::Layout;

impl Layout {
    /// The block of a covariance or a Jacobian that belongs to two nodes: a view of the rows of the node at `rows`
    /// and the columns of the node at `columns`. `matrix` has the shape `(self.len(), self.len())`.
    ///
    /// A [`Jacobian`](crate::grad::Jacobian) has rows of one layout and columns of another.
    ///
    /// # Errors
    /// If `matrix` has another shape, or as [`range`](Self::range) for either path.
    ///
    /// ```
    /// use ndarray::{Array2, array};
    /// use pytree::Layout;
    /// let layout = Layout::of(&(1.0, array![2.0, 3.0]));
    /// let jacobian = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]];
    /// let block = layout.block(&jacobian, "[1]", "[0]")?;
    /// assert_eq!(block, array![[4.0], [7.0]]);
    ///
    /// let error = layout.block(&array![[1.0]], "[1]", "[0]").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the matrix does not match the layout: \
    ///      expected 3 rows and 3 columns, found 1 row and 1 column",
    /// );
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn block<'m, E: 'm>(
        &self,
        matrix: impl Into<ArrayView2<'m, E>>,
        rows: impl ToPath,
        columns: impl ToPath,
    ) -> Result<ArrayView2<'m, E>, Error> {
        self.sliced(matrix.into(), [self.range(rows)?, self.range(columns)?])
    }

    /// A mutable view of a [`block`](Self::block).
    ///
    /// # Errors
    /// As [`block`](Self::block).
    ///
    /// ```
    /// use ndarray::{Array2, array};
    /// use pytree::Layout;
    /// let layout = Layout::of(&(1.0, 2.0));
    /// let mut covariance = Array2::<f64>::eye(2);
    /// layout.block_mut(&mut covariance, "[0]", "[1]")?.fill(0.5);
    /// assert_eq!(covariance, array![[1.0, 0.5], [0.0, 1.0]]);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn block_mut<'m, E: 'm>(
        &self,
        matrix: impl Into<ArrayViewMut2<'m, E>>,
        rows: impl ToPath,
        columns: impl ToPath,
    ) -> Result<ArrayViewMut2<'m, E>, Error> {
        self.sliced(matrix.into(), [self.range(rows)?, self.range(columns)?])
    }

    /// Slices the rows and the columns of `matrix`.
    fn sliced<S: Data>(
        &self,
        mut matrix: ArrayBase<S, Ix2>,
        ranges: [Range<usize>; 2],
    ) -> Result<ArrayBase<S, Ix2>, Error> {
        let (expected, found) = ([self.len(); 2], [matrix.nrows(), matrix.ncols()]);
        if found != expected {
            let [expected, found] = [expected, found].map(rows_and_columns);
            let text = format!("expected {expected}, found {found}");
            return Err(Error::whole(
                ErrorKind::Length,
                "the matrix does not match the layout",
                text,
            ));
        }
        for (axis, range) in ranges.into_iter().enumerate() {
            matrix.slice_axis_inplace(Axis(axis), Slice::from(range));
        }
        Ok(matrix)
    }
}
