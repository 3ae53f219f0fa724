use ndarray::{Array1, Array2, ArrayView1, Axis, Slice};
use num_dual::DualSVec64;

use crate::dynamic_state_utils::DynamicStateUtils;
use crate::error::{Error, ProblemKind};
use crate::jacobian::Jacobian;
use crate::module::Module;

/// The number of directions of [`Duals`].
pub const DIRECTIONS: usize = 8;

/// A dual number with eight directions: a value, and its derivative in each direction.
///
/// One call of a function with such numbers gives eight columns of its Jacobian. The value is computed
/// once for all eight, which saves most of the time where the function has exponentials. More than
/// eight directions gain little and make all states larger.
pub type Duals = DualSVec64<DIRECTIONS>;

/// The Jacobian of `f` at `vector`, by forward mode with [`Duals`]: entry `[i, j]` is the derivative of
/// `f(vector)[i]` with respect to `vector[j]`.
///
/// Calls `f` once for every eight columns, and at least once.
///
/// # Errors
/// The errors of `f`; also if `f` returns vectors of different lengths.
///
/// ```
/// use dynamics::{Duals, Error, jacobian};
/// use ndarray::{Array1, array};
/// use num_dual::DualNum;
///
/// /// The polar coordinates of a point.
/// fn polar<T: DualNum + Copy>(x: &Array1<T>) -> Array1<T> {
///     array![(x[0] * x[0] + x[1] * x[1]).sqrt(), x[1].atan2(x[0])]
/// }
///
/// let matrix = jacobian(|x: &Array1<Duals>| Ok::<_, Error>(polar(x)), &array![3.0, 4.0])?;
/// assert!((matrix - array![[0.6, 0.8], [-0.16, 0.12]]).iter().all(|x| x.abs() < 1e-15));
/// # Ok::<(), Error>(())
/// ```
#[doc(alias = "jacfwd")]
pub fn jacobian<'v, E: From<Error>>(
    mut f: impl FnMut(&Array1<Duals>) -> Result<Array1<Duals>, E>,
    vector: impl Into<ArrayView1<'v, f64>>,
) -> Result<Array2<f64>, E> {
    let vector = vector.into();
    let mut x = vector.mapv(Duals::from_re);
    // The first call gives the number of rows, also where there are no columns.
    let mut y = seeded(&mut f, &mut x, 0)?;
    let mut matrix = Array2::zeros((y.len(), x.len()));
    for start in (0..x.len()).step_by(DIRECTIONS) {
        let end = (start + DIRECTIONS).min(x.len());
        if start > 0 {
            y = seeded(&mut f, &mut x, start)?;
        }
        if y.len() != matrix.nrows() {
            let (expected, found, last) = (matrix.nrows(), y.len(), end - 1);
            let text = format!(
                "expected {expected} values, as in the first call, found {found} in the call for \
                 columns {start} to {last}"
            );
            return Err(Error::about("f", ProblemKind::Mismatch, text).into());
        }
        let mut columns = matrix.slice_axis_mut(Axis(1), Slice::from(start..end));
        for (mut row, y) in columns.rows_mut().into_iter().zip(&y) {
            // `None` means that all derivatives are zero.
            let Some(derivatives) = &y.eps.0 else { continue };
            row.iter_mut().zip(derivatives).for_each(|(out, derivative)| *out = *derivative);
        }
    }
    Ok(matrix)
}

/// `f(x)` with direction `d` along element `start + d` of `x`. Afterwards `x` has no derivatives again.
fn seeded<E>(
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
    /// The errors of `f`; also if `f` returns a vector of another length.
    ///
    /// ```
    /// use dynamics::{Step, build_dynamic_state_utils, example::Cell};
    /// use ndarray::{Array1, array};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let mut step = Step::new(&utils);
    /// let f = |x: &Array1<_>| step.apply(x, &(), 0.25, |states, ()| Cell.step(states, 0.25));
    /// let jacobian = utils.jacobian(f, &array![0.2, -60.0, -55.0])?;
    /// assert_eq!(jacobian.block("v", "v")?, array![[0.75, 0.0], [0.0, 0.75]]);
    /// assert_eq!(jacobian.block("m", "m")?, array![[1.0]]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn jacobian<'v, E: From<Error>>(
        &self,
        f: impl FnMut(&Array1<Duals>) -> Result<Array1<Duals>, E>,
        vector: impl Into<ArrayView1<'v, f64>>,
    ) -> Result<Jacobian, E> {
        Ok(Jacobian::new(jacobian(f, vector)?, self.layout())?)
    }
}

#[cfg(test)]
mod tests {
    use super::{DIRECTIONS, Duals, seeded};
    use crate::error::Error;
    use ndarray::Array1;

    #[test]
    fn each_direction_belongs_to_one_element_of_the_call() {
        let mut x: Array1<Duals> = (0..11).map(|x| Duals::from_re(f64::from(x))).collect();
        let before = x.clone();
        let mut identity = |x: &Array1<Duals>| Ok::<_, Error>(x.clone());
        let y = seeded(&mut identity, &mut x, DIRECTIONS).unwrap();
        for (index, y) in y.iter().enumerate() {
            let derivatives: Vec<_> = y.eps.0.iter().flatten().copied().collect();
            let mut expected = vec![0.0; if index < DIRECTIONS { 0 } else { DIRECTIONS }];
            if let Some(direction) = index.checked_sub(DIRECTIONS) {
                expected[direction] = 1.0;
            }
            assert_eq!((y.re, derivatives), (before[index].re, expected));
        }
        assert!(x.iter().all(|x| x.eps.0.is_none()));
    }
}
