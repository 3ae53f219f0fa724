//! A matrix as a [`LinearOperator`].

use ndarray::linalg::{general_mat_mul, general_mat_vec_mul};
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, aview_mut1, aview1};

use crate::linear_operator::LinearOperator;

/// A dense matrix: `[n, n]`, or `[n, n + p]` with the derivatives with respect to p parameters after
/// those with respect to the n states. A matrix with fewer columns than rows counts as one of no states.
impl LinearOperator for Array2<f64> {
    fn num_states(&self) -> usize {
        if self.ncols() < self.nrows() { 0 } else { self.nrows() }
    }

    fn num_params(&self) -> usize {
        self.ncols() - self.num_states()
    }

    fn jvp_into(&self, tangent: &[f64], params: &[f64], out: &mut [f64]) {
        let (of_states, of_params) = parts(self);
        let mut out = aview_mut1(out);
        general_mat_vec_mul(1.0, &of_states, &aview1(tangent), 0.0, &mut out);
        if !params.is_empty() {
            general_mat_vec_mul(1.0, &of_params, &aview1(params), 1.0, &mut out);
        }
    }

    fn vjp_into(&self, cotangent: &[f64], out: &mut [f64], params: &mut [f64]) {
        let (of_states, of_params) = parts(self);
        out.fill(0.0);
        add_rows(&of_states, cotangent, out);
        if !params.is_empty() {
            add_rows(&of_params, cotangent, params);
        }
    }

    fn jvp_many_into(&self, directions: usize, tangents: &[f64], out: &mut [f64]) {
        multiply(&parts(self).0, directions, tangents, out);
    }

    fn vjp_many_into(&self, directions: usize, cotangents: &[f64], out: &mut [f64]) {
        multiply(&parts(self).0.t(), directions, cotangents, out);
    }

    fn entries(&self, entry: &mut dyn FnMut(usize, usize, f64)) {
        let entries = parts(self).0;
        let entries = entries.indexed_iter().filter(|(_, value)| **value != 0.0);
        entries.for_each(|((row, column), &value)| entry(row, column, value));
    }

    fn to_dense_into(&self, matrix: &mut ArrayViewMut2<'_, f64>) {
        matrix.assign(&parts(self).0);
    }
}

/// The columns of the states, and those of the parameters.
fn parts(matrix: &Array2<f64>) -> (ArrayView2<'_, f64>, ArrayView2<'_, f64>) {
    let n = matrix.num_states();
    let (rows, _) = matrix.view().split_at(Axis(0), n);
    rows.split_at(Axis(1), n)
}

/// Writes the product of a square matrix and `[n, directions]` to `out`.
fn multiply(matrix: &ArrayView2<'_, f64>, directions: usize, input: &[f64], out: &mut [f64]) {
    let shape = (matrix.nrows(), directions);
    // Both shapes are those of the slices.
    if let (Ok(input), Ok(mut out)) =
        (ArrayView2::from_shape(shape, input), ArrayViewMut2::from_shape(shape, out))
    {
        general_mat_mul(1.0, matrix, &input, 0.0, &mut out);
    }
}

/// Adds each row to `out`, as often as its weight says. The rows are contiguous; columns are not.
fn add_rows(rows: &ArrayView2<'_, f64>, weights: &[f64], out: &mut [f64]) {
    for (row, &weight) in rows.rows().into_iter().zip(weights) {
        aview_mut1(out).scaled_add(weight, &row);
    }
}
