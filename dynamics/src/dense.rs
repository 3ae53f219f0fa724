//! A matrix as a [`LinearOperator`].

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
        aview_mut1(out).assign(&of_states.dot(&aview1(tangent)));
        if !params.is_empty() {
            aview_mut1(out).scaled_add(1.0, &of_params.dot(&aview1(params)));
        }
    }

    fn vjp_into(&self, cotangent: &[f64], out: &mut [f64], params: &mut [f64]) {
        let (of_states, of_params) = parts(self);
        out.fill(0.0);
        for (row, &weight) in of_states.rows().into_iter().zip(cotangent) {
            aview_mut1(out).scaled_add(weight, &row);
        }
        if !params.is_empty() {
            for (row, &weight) in of_params.rows().into_iter().zip(cotangent) {
                aview_mut1(params).scaled_add(weight, &row);
            }
        }
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
