//! Many trees of one layout as a matrix with a row for each tree.

use ndarray::{Array2, ArrayView1, ArrayView2, ArrayViewD, ArrayViewMut2};

use crate::build::from_leaves::FromLeaves;
use crate::error::error::{Error, ErrorKind};
use crate::error::print::rows_and_columns;
use crate::layout::layout::Layout;
use crate::layout::ravel::{Append, gather, scatter};
use crate::path::key::Key;
use crate::walk::pytree::{PyTree, PyTreeMut};

impl Layout {
    /// Ravels B trees to the rows of a new matrix of shape `(B, self.len())`, for ensembles and batches.
    ///
    /// # Errors
    /// If a tree has another layout: every path at which it differs, prefixed by the index of the tree.
    ///
    /// ```
    /// use ndarray::array;
    /// let trees = [(1.0, [2.0, 3.0]), (4.0, [5.0, 6.0])];
    /// let layout = pytree::Layout::of(&trees[0]);
    /// let matrix = layout.ravel_batch(&trees)?;
    /// assert_eq!(matrix, array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// let back: Vec<(f64, [f64; 2])> = layout.unravel_batch(&matrix)?;
    /// assert_eq!(back, trees);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[doc(alias = "stack")]
    #[doc(alias = "vmap")]
    pub fn ravel_batch<P: PyTree<Elem: Clone>>(
        &self,
        trees: &[P],
    ) -> Result<Array2<P::Elem>, Error> {
        self.check_batch(trees)?;
        let mut append = Append(Vec::with_capacity(trees.len() * self.len()));
        trees.iter().for_each(|tree| tree.walk(&mut append));
        let found = append.0.len();
        Array2::from_shape_vec((trees.len(), self.len()), append.0).map_err(|_| {
            // Only types that visit other leaves each time get here.
            let expected = trees.len() * self.len();
            let text = format!("expected length {expected}, found {found}");
            Error::whole(ErrorKind::Length, NO_MATCH, text)
        })
    }

    /// Ravels B trees to the rows of `matrix`, which has the shape `(B, self.len())`. Does not allocate, as
    /// [`ravel_into`](Self::ravel_into).
    ///
    /// # Errors
    /// As [`ravel_batch`](Self::ravel_batch), and if `matrix` has another shape. `matrix` is then unchanged.
    ///
    /// ```
    /// use ndarray::{Array2, array};
    /// let trees = [[1.0, 2.0], [3.0, 4.0]];
    /// let mut matrix = Array2::zeros((2, 2));
    /// pytree::Layout::of(&trees[0]).ravel_batch_into(&trees, &mut matrix)?;
    /// assert_eq!(matrix, array![[1.0, 2.0], [3.0, 4.0]]);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn ravel_batch_into<'m, P: PyTree<Elem: Clone>>(
        &self,
        trees: &[P],
        matrix: impl Into<ArrayViewMut2<'m, P::Elem>>,
    ) -> Result<(), Error> {
        let mut matrix = matrix.into();
        self.check_matrix(trees.len(), matrix.dim())?;
        self.check_batch(trees)?;
        trees.iter().zip(matrix.rows_mut()).for_each(|(tree, row)| gather(tree, row));
        Ok(())
    }

    /// Builds a tree from each row of `matrix`, which has the shape `(B, self.len())`.
    ///
    /// # Errors
    /// If `matrix` has another number of columns, if `R` does not have this layout, or if `matrix` has no columns
    /// and more than 1,048,576 rows.
    ///
    /// ```
    /// let layout = pytree::Layout::of(&[0.0, 0.0]);
    /// let trees: Vec<[f64; 2]> = layout.unravel_batch(&ndarray::array![[1.0, 2.0], [3.0, 4.0]])?;
    /// assert_eq!(trees, [[1.0, 2.0], [3.0, 4.0]]);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[doc(alias = "unstack")]
    pub fn unravel_batch<'m, E: Clone + 'm, R>(
        &self,
        matrix: impl Into<ArrayView2<'m, E>>,
    ) -> Result<Vec<R>, Error>
    where
        R: for<'a> FromLeaves<ArrayViewD<'a, E>>,
    {
        let matrix = matrix.into();
        self.check_matrix(matrix.nrows(), matrix.dim())?;
        matrix.outer_iter().map(|row: ArrayView1<'_, E>| self.unravel(row)).collect()
    }

    /// Writes row `i` of `matrix`, which has the shape `(B, self.len())`, to tree `i`. Does not allocate, as
    /// [`unravel_into`](Self::unravel_into).
    ///
    /// # Errors
    /// If `matrix` has another shape, or if a tree has another layout: every path at which it differs, prefixed
    /// by the index of the tree. All trees are then unchanged.
    ///
    /// ```
    /// let mut trees = [[0.0, 0.0], [0.0, 0.0]];
    /// let layout = pytree::Layout::of(&trees[0]);
    /// layout.unravel_batch_into(&ndarray::array![[1.0, 2.0], [3.0, 4.0]], &mut trees)?;
    /// assert_eq!(trees, [[1.0, 2.0], [3.0, 4.0]]);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn unravel_batch_into<'m, P: PyTreeMut<Elem: Clone>>(
        &self,
        matrix: impl Into<ArrayView2<'m, P::Elem>>,
        trees: &mut [P],
    ) -> Result<(), Error> {
        let matrix = matrix.into();
        self.check_matrix(trees.len(), matrix.dim())?;
        self.check_batch(trees)?;
        trees.iter_mut().zip(matrix.rows()).for_each(|(tree, row)| scatter(&row, tree));
        Ok(())
    }

    /// Returns an error unless the matrix has one row for each tree and `self.len()` columns.
    fn check_matrix(&self, trees: usize, (rows, columns): (usize, usize)) -> Result<(), Error> {
        let (expected, found) = ([trees, self.len()], [rows, columns]);
        if expected == found {
            return self.check_count(trees);
        }
        let [expected, found] = [expected, found].map(rows_and_columns);
        let text = format!("expected {expected}, found {found}");
        Err(Error::whole(ErrorKind::Length, NO_MATCH, text))
    }

    fn check_count(&self, trees: usize) -> Result<(), Error> {
        if self.is_empty() { check_empty(trees, NO_MATCH) } else { Ok(()) }
    }

    /// Returns an error unless all trees have this layout.
    fn check_batch<P: PyTree>(&self, trees: &[P]) -> Result<(), Error> {
        self.check_count(trees.len())?;
        let checks = trees.iter().enumerate().map(|(row, tree)| (row, self.check(tree)));
        let errors =
            checks.filter_map(|(row, check)| Some(check.err()?.under(&[Key::Sequence(row)])));
        Error::together(NO_MATCH, errors.collect()).map_or(Ok(()), Err)
    }
}

/// The largest number of trees without elements in a batch.
const MAX_EMPTY: usize = 1 << 20;

const NO_MATCH: &str = "the batch does not match the layout";

/// Limits the number of trees without elements. A matrix without columns takes no memory, so it may have
/// `isize::MAX` rows, and a loop over them would not end.
pub(crate) fn check_empty(trees: usize, subject: &'static str) -> Result<(), Error> {
    if trees <= MAX_EMPTY {
        return Ok(());
    }
    let text = format!("expected at most {MAX_EMPTY} trees without elements, found {trees}");
    Err(Error::whole(ErrorKind::Length, subject, text))
}
