use ndarray::ArrayViewMut2;

/// The derivative of a step at a state, as a linear map: its rows are the states after the step, its
/// columns the states before it, and after those the parameters, if there are any.
///
/// An implementation has the two products, and the number of states. Everything else follows from
/// them, in time proportional to the square of the number of states where it is a matrix; an operator that knows its
/// structure does better, and overrides it.
///
/// The slices have the lengths that are stated; [`Linearization`](crate::Linearization) checks those of
/// its caller. Everything in `out` is overwritten.
///
/// # Laws
/// `vjp` is the transpose of `jvp`: `<vjp(y), x> = <y, jvp(x)>`. The matrix of
/// [`entries`](Self::entries), that of [`to_dense_into`](Self::to_dense_into), and the product of
/// [`factors`](Self::factors) are that of `jvp`.
///
/// ```
/// use dynamics::LinearOperator;
///
/// /// Every state decays by the same factor, which is a parameter.
/// struct Decay { factor: f64, states: Vec<f64> }
///
/// impl LinearOperator for Decay {
///     fn num_states(&self) -> usize {
///         self.states.len()
///     }
///     fn num_params(&self) -> usize {
///         1
///     }
///     fn jvp_into(&self, tangent: &[f64], params: &[f64], out: &mut [f64]) {
///         for ((out, dx), x) in out.iter_mut().zip(tangent).zip(&self.states) {
///             *out = self.factor * dx + params.first().map_or(0.0, |factor| factor * x);
///         }
///     }
///     fn vjp_into(&self, cotangent: &[f64], out: &mut [f64], params: &mut [f64]) {
///         for ((out, dy), x) in out.iter_mut().zip(cotangent).zip(&self.states) {
///             *out = self.factor * dy;
///             params.iter_mut().for_each(|factor| *factor += dy * x);
///         }
///     }
/// }
///
/// let decay = Decay { factor: 0.5, states: vec![3.0, 4.0] };
/// let mut matrix = ndarray::Array2::zeros((2, 2));
/// decay.to_dense_into(&mut matrix.view_mut());
/// assert_eq!(matrix, ndarray::array![[0.5, 0.0], [0.0, 0.5]]);
/// ```
pub trait LinearOperator {
    /// The number of states, n.
    fn num_states(&self) -> usize;

    /// The number of parameters that the step is differentiated with respect to; none unless overridden.
    fn num_params(&self) -> usize {
        0
    }

    /// Writes the product of the matrix and `tangent` to `out`, both of length n; and adds the product
    /// with `params`, the tangent of the parameters, unless that is empty.
    fn jvp_into(&self, tangent: &[f64], params: &[f64], out: &mut [f64]);

    /// Writes the product of the transposed matrix and `cotangent` to `out`, both of length n; and
    /// **adds** to `params` the cotangent of the parameters, unless that is empty.
    fn vjp_into(&self, cotangent: &[f64], out: &mut [f64], params: &mut [f64]);

    /// [`jvp_into`](Self::jvp_into) of K `directions` at once, without parameters. K is at least 1. Both
    /// slices are `[n, K]` in row-major order: element i of direction k is at `i * K + k`.
    fn jvp_many_into(&self, directions: usize, tangents: &[f64], out: &mut [f64]) {
        let n = self.num_states();
        one_by_one(directions, [n, n], tangents, out, |tangent, out| {
            self.jvp_into(tangent, &[], out);
        });
    }

    /// [`vjp_into`](Self::vjp_into) of K `directions` at once, as
    /// [`jvp_many_into`](Self::jvp_many_into).
    fn vjp_many_into(&self, directions: usize, cotangents: &[f64], out: &mut [f64]) {
        let n = self.num_states();
        one_by_one(directions, [n, n], cotangents, out, |cotangent, out| {
            self.vjp_into(cotangent, out, &mut []);
        });
    }

    /// Calls `entry` with the row, the column and the value of each entry among the states that may
    /// differ from 0. Calls for the same entry add up.
    fn entries(&self, entry: &mut dyn FnMut(usize, usize, f64)) {
        let n = self.num_states();
        let (mut tangents, mut out) = (vec![0.0; n * TOGETHER], vec![0.0; n * TOGETHER]);
        for start in (0..n).step_by(TOGETHER) {
            let columns = TOGETHER.min(n - start);
            let (tangents, out) = (&mut tangents[..n * columns], &mut out[..n * columns]);
            tangents.fill(0.0);
            (0..columns).for_each(|k| tangents[(start + k) * columns + k] = 1.0);
            self.jvp_many_into(columns, tangents, out);
            for (row, values) in out.chunks_exact(columns).enumerate() {
                for (k, &value) in values.iter().enumerate().filter(|(_, value)| **value != 0.0) {
                    entry(row, start + k, value);
                }
            }
        }
    }

    /// The matrix as the product of the inverse of a sparse matrix and a sparse matrix: calls `left`
    /// for the entries of the former, before it is inverted, and `right` for those of the latter, as
    /// [`entries`](Self::entries). Unless overridden, the former is the identity.
    fn factors(
        &self,
        left: &mut dyn FnMut(usize, usize, f64),
        right: &mut dyn FnMut(usize, usize, f64),
    ) {
        (0..self.num_states()).for_each(|i| left(i, i, 1.0));
        self.entries(right);
    }

    /// Writes the matrix of the states, `[n, n]`, to `matrix`, and overwrites everything in it.
    fn to_dense_into(&self, matrix: &mut ArrayViewMut2<'_, f64>) {
        matrix.fill(0.0);
        self.entries(&mut |row, column, value| matrix[[row, column]] += value);
    }
}

/// The number of columns that [`LinearOperator::entries`] computes at once.
const TOGETHER: usize = 8;

/// Applies `product` to each column of `[from, directions]`, for one of `[to, directions]`.
pub(crate) fn one_by_one(
    directions: usize,
    [from, to]: [usize; 2],
    input: &[f64],
    out: &mut [f64],
    mut product: impl FnMut(&[f64], &mut [f64]),
) {
    if directions == 1 {
        return product(input, out);
    }
    let (mut column, mut result) = (vec![0.0; from], vec![0.0; to]);
    for k in 0..directions {
        for (to, from) in column.iter_mut().zip(input.iter().skip(k).step_by(directions)) {
            *to = *from;
        }
        product(&column, &mut result);
        for (to, from) in out.iter_mut().skip(k).step_by(directions).zip(&result) {
            *to = *from;
        }
    }
}
