use sprs::CsMat;

use crate::linear_operator::LinearOperator;
use crate::linearization::Linearization;

impl<L: LinearOperator> Linearization<L> {
    /// The Jacobian as a sparse matrix in rows, with an entry for each that may differ from 0 (feature
    /// `sprs`).
    ///
    /// The voltages of a neuron after an implicit step depend on those of all its compartments, so a large cell
    /// has many entries: see [`to_sparse_factors`](Self::to_sparse_factors).
    ///
    /// ```
    /// use dynamics::{Linearization, build_dynamic_state_utils, example::Cell};
    /// use ndarray::Array2;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let linear = Linearization::new(Array2::eye(3), &utils)?;
    /// assert_eq!(linear.to_sparse(), sprs::CsMat::eye(3));
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn to_sparse(&self) -> CsMat<f64> {
        let mut entries = Entries::default();
        self.operator().entries(&mut |row, column, value| entries.push(row, column, value));
        entries.into_matrix(self.names().len())
    }

    /// The Jacobian as the product of the inverse of a sparse matrix, which is the first, and of another, the
    /// second (feature `sprs`). For an implicit step, neither has more entries than a few for each state.
    ///
    /// ```
    /// use dynamics::{Linearization, build_dynamic_state_utils, example::Cell};
    /// use ndarray::Array2;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let linear = Linearization::new(Array2::eye(3), &utils)?;
    /// // An operator that says nothing else has the identity as the first.
    /// assert_eq!(linear.to_sparse_factors(), (sprs::CsMat::eye(3), linear.to_sparse()));
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn to_sparse_factors(&self) -> (CsMat<f64>, CsMat<f64>) {
        let (mut left, mut right) = (Entries::default(), Entries::default());
        self.operator().factors(
            &mut |row, column, value| left.push(row, column, value),
            &mut |row, column, value| right.push(row, column, value),
        );
        let n = self.names().len();
        (left.into_matrix(n), right.into_matrix(n))
    }
}

/// The entries of a matrix, in any order.
#[derive(Default)]
struct Entries {
    rows: Vec<usize>,
    entries: Vec<(usize, f64)>,
}

impl Entries {
    fn push(&mut self, row: usize, column: usize, value: f64) {
        self.rows.push(row);
        self.entries.push((column, value));
    }

    /// The matrix of `n` rows and columns, with entries of one position added up. `TriMat::to_csr` does
    /// the same, but searches each row for each of its entries.
    fn into_matrix(self, n: usize) -> CsMat<f64> {
        // Sorts by rows: counts the entries of each, and writes each entry to the next position in its row.
        let mut starts = vec![0; n + 1];
        self.rows.iter().for_each(|&row| starts[row + 1] += 1);
        (0..n).for_each(|row| starts[row + 1] += starts[row]);
        let (mut sorted, mut next) = (vec![(0, 0.0); self.rows.len()], starts.clone());
        for (row, entry) in self.rows.into_iter().zip(self.entries) {
            sorted[next[row]] = entry;
            next[row] += 1;
        }
        let mut begins = Vec::with_capacity(n + 1);
        let (mut columns, mut values) =
            (Vec::with_capacity(sorted.len()), Vec::with_capacity(sorted.len()));
        begins.push(0);
        for row in starts.windows(2) {
            let row = &mut sorted[row[0]..row[1]];
            row.sort_by_key(|&(column, _)| column);
            for same in row.chunk_by(|(one, _), (other, _)| one == other) {
                columns.push(same[0].0);
                values.push(same.iter().map(|(_, value)| value).sum());
            }
            begins.push(columns.len());
        }
        CsMat::new((n, n), begins, columns, values)
    }
}
