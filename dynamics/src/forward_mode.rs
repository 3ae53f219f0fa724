use ndarray::{Array1, Array2, ArrayView1, Axis, Slice};
use num_dual::DualSVec64;

use crate::dynamic_state_utils::DynamicStateUtils;
use crate::error::{Error, ProblemKind};
use crate::jacobian::Jacobian;
use crate::module::Module;

/// How many directions a [`Duals`] has.
pub const DIRECTIONS: usize = 8;

/// A dual number with eight directions: a value, and its derivatives in each of them.
///
/// One pass of such numbers through a function gives eight columns of its Jacobian. Values are
/// computed once for all eight, which is most of the work where there are exponentials in it; more
/// directions than eight gain little and make all states larger.
pub type Duals = DualSVec64<DIRECTIONS>;

/// The Jacobian of `f` at `vector`, by forward mode with [`Duals`]: `[i, j]` is the derivative of
/// what `f` gives at `i` with respect to element `j` of its argument. `f` is called once for every
/// eight columns, and at least once.
///
/// # Errors
/// Those of `f`; also if it gives vectors of different lengths.
///
/// ```
/// use dynamics::{Duals, Error, jacobian};
/// use ndarray::{Array1, array};
/// use num_dual::DualNum;
///
/// /// In polar coordinates.
/// fn polar<T: DualNum + Copy>(x: &Array1<T>) -> Array1<T> {
///     array![(x[0] * x[0] + x[1] * x[1]).sqrt(), x[1].atan2(x[0])]
/// }
///
/// let matrix = jacobian(|x: &Array1<Duals>| Ok::<_, Error>(polar(x)), &array![3.0, 4.0])?;
/// assert!((matrix - array![[0.6, 0.8], [-0.16, 0.12]]).iter().all(|x| x.abs() < 1e-15));
/// # Ok::<(), Error>(())
/// ```
pub fn jacobian<'v, E: From<Error>>(
    mut f: impl FnMut(&Array1<Duals>) -> Result<Array1<Duals>, E>,
    vector: impl Into<ArrayView1<'v, f64>>,
) -> Result<Array2<f64>, E> {
    let vector = vector.into();
    let mut x = vector.mapv(Duals::from_re);
    let mut y = columns(&mut f, &mut x, 0)?;
    let mut matrix = Array2::zeros((y.len(), x.len()));
    for start in (0..x.len()).step_by(DIRECTIONS) {
        let end = (start + DIRECTIONS).min(x.len());
        if start > 0 {
            y = columns(&mut f, &mut x, start)?;
        }
        if y.len() != matrix.nrows() {
            let (expected, found) = (matrix.nrows(), y.len());
            let kind = ProblemKind::OutputLength { expected, found, columns: [start, end - 1] };
            return Err(Error::about("f", kind).into());
        }
        let mut columns = matrix.slice_axis_mut(Axis(1), Slice::from(start..end));
        for (mut row, y) in columns.rows_mut().into_iter().zip(&y) {
            let Some(derivatives) = &y.eps.0 else { continue };
            row.iter_mut().zip(derivatives).for_each(|(out, derivative)| *out = *derivative);
        }
    }
    Ok(matrix)
}

/// What `f` gives with the directions along the elements of `x` from `start` on.
fn columns<E>(
    f: &mut impl FnMut(&Array1<Duals>) -> Result<Array1<Duals>, E>,
    x: &mut Array1<Duals>,
    start: usize,
) -> Result<Array1<Duals>, E> {
    for (direction, x) in x.iter_mut().skip(start).take(DIRECTIONS).enumerate() {
        *x = x.derivative(direction);
    }
    let y = f(x)?;
    x.iter_mut().skip(start).take(DIRECTIONS).for_each(|x| *x = Duals::from_re(x.re));
    Ok(y)
}

impl<M: Module> DynamicStateUtils<'_, M> {
    /// The [`jacobian`] of a function from the vector of dynamic states to such a vector, with its
    /// blocks by name. Most often the function is a [`Step`](crate::Step).
    ///
    /// # Errors
    /// Those of `f`; also if it gives a vector of another length.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// use dynamics::{Error, Step};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let mut step = Step::new(&utils);
    /// let f = |x: &Array1<_>| {
    ///     step.apply(x, &(), 0.025, |states, ()| {
    ///         states.entry("v".into()).and_modify(|v| v.mapv_inplace(|v| v * 0.5));
    ///         Ok::<_, Error>(())
    ///     })
    /// };
    /// let jacobian = utils.jacobian(f, &array![0.2, -60.0, -55.0])?;
    /// assert_eq!(jacobian.block("v", "v")?, array![[0.5, 0.0], [0.0, 0.5]]);
    /// assert_eq!(jacobian.block("m", "m")?, array![[1.0]]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn jacobian<'v, E: From<Error>>(
        &self,
        f: impl FnMut(&Array1<Duals>) -> Result<Array1<Duals>, E>,
        vector: impl Into<ArrayView1<'v, f64>>,
    ) -> Result<Jacobian, E> {
        Ok(Jacobian::new(jacobian(f, vector)?, self.layout())?)
    }
}
