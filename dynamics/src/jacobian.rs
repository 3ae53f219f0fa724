use ndarray::{Array2, ArrayView2, Axis};
#[cfg(feature = "num-dual")]
use pytree::grad;

#[cfg(feature = "num-dual")]
use crate::dynamic_state_utils::DynamicStateUtils;
use crate::error::{Error, ProblemKind};
#[cfg(feature = "num-dual")]
use crate::module::Module;
use crate::names::Names;

/// The Jacobian of a function that takes and returns the vector of dynamic states, with blocks by the
/// name of a state.
///
/// Entry `[i, j]` is the derivative of element `i` of the result with respect to element `j` of the
/// argument: for a step, of state `i` after it with respect to state `j` before it.
///
/// ```
/// use dynamics::{Jacobian, build_dynamic_state_utils, example::Cell};
/// use ndarray::array;
///
/// let utils = build_dynamic_state_utils(&Cell)?; // the vector is [m[0], v[0], v[2]]
/// let matrix = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]];
/// let jacobian = Jacobian::new(matrix, &utils)?;
/// assert_eq!(jacobian.block("v", "m")?, array![[4.0], [7.0]]);
/// assert_eq!(jacobian.block("['m']", "v")?, array![[2.0, 3.0]]);
/// assert_eq!(jacobian.matrix()[[2, 2]], 9.0);
/// # Ok::<(), dynamics::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Jacobian {
    matrix: Array2<f64>,
    names: Names,
}

impl Jacobian {
    /// Names the rows and columns of `matrix`: most often as
    /// [`DynamicStateUtils`](crate::DynamicStateUtils) do, or as the
    /// [`Layout`](pytree::Layout) of a tree does.
    ///
    /// # Errors
    /// Unless the matrix has a row and a column for each name.
    ///
    /// ```
    /// use dynamics::{Jacobian, build_dynamic_state_utils, example::Cell};
    /// use ndarray::Array2;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// assert!(Jacobian::new(Array2::eye(3), &utils).is_ok());
    /// let error = Jacobian::new(Array2::eye(2), &utils).unwrap_err();
    /// assert_eq!(error.to_string(), "matrix: expected shape [3, 3], found [2, 2]");
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn new(matrix: Array2<f64>, names: impl Into<Names>) -> Result<Self, Error> {
        let names = names.into();
        let expected = [names.len(); 2];
        if matrix.shape() != expected {
            let text = format!("expected shape {expected:?}, found {:?}", matrix.shape());
            return Err(Error::about("matrix", ProblemKind::Mismatch, text));
        }
        Ok(Jacobian { matrix, names })
    }

    /// The derivatives of the state `rows` with respect to the state `columns`. Each is a name, a path
    /// or a label, as in [`range`](crate::DynamicStateUtils::range): `HH_m`, `['HH_m']` or `HH_m[3]`.
    ///
    /// # Errors
    /// As [`range`](crate::DynamicStateUtils::range) for either.
    ///
    /// ```
    /// use dynamics::{Jacobian, build_dynamic_state_utils, example::Cell};
    /// use ndarray::{Array2, array};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let jacobian = Jacobian::new(Array2::eye(3), &utils)?;
    /// assert_eq!(jacobian.block("v", "v")?, array![[1.0, 0.0], [0.0, 1.0]]);
    /// assert_eq!(jacobian.block("v[2]", "v")?, array![[0.0, 1.0]]);
    /// assert_eq!(
    ///     jacobian.block("v", "n").unwrap_err().to_string(),
    ///     r#"block: columns: no state is called "n"; the states are "m", "v""#,
    /// );
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn block(&self, rows: &str, columns: &str) -> Result<ArrayView2<'_, f64>, Error> {
        let ranges = self.names.block(rows, columns)?;
        let mut block = self.matrix.view();
        block.slice_axis_inplace(Axis(0), ranges.0.into());
        block.slice_axis_inplace(Axis(1), ranges.1.into());
        Ok(block)
    }

    /// The whole matrix.
    ///
    /// ```
    /// use dynamics::{Jacobian, build_dynamic_state_utils, example::Cell};
    /// use ndarray::Array2;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let jacobian = Jacobian::new(Array2::eye(3), &utils)?;
    /// assert_eq!(jacobian.matrix()[[1, 1]], 1.0);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn matrix(&self) -> &Array2<f64> {
        &self.matrix
    }

    /// The whole matrix, by value.
    ///
    /// ```
    /// use dynamics::{Jacobian, build_dynamic_state_utils, example::Cell};
    /// use ndarray::Array2;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let jacobian = Jacobian::new(Array2::eye(3), &utils)?;
    /// assert_eq!(jacobian.into_matrix(), Array2::<f64>::eye(3));
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn into_matrix(self) -> Array2<f64> {
        self.matrix
    }
}

#[cfg(feature = "num-dual")]
impl<M: Module> DynamicStateUtils<'_, M> {
    /// The [`pytree::jacobian()`] of a function that takes and returns the vector of dynamic states,
    /// with blocks by the names of the states. Most often the function is a [`Step`](crate::Step).
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
        mut f: impl FnMut(&ndarray::Array1<grad::Duals>) -> Result<ndarray::Array1<grad::Duals>, E>,
        vector: impl Into<ndarray::ArrayView1<'v, f64>>,
    ) -> Result<Jacobian, E> {
        let jacobian = grad::try_jacobian(|x| f(x).map_err(Failed::Function), &vector.into());
        match jacobian {
            Ok(jacobian) => Ok(Jacobian::new(jacobian.into_matrix(), self)?),
            Err(Failed::Function(error)) => Err(error),
            Err(Failed::Tree(error)) => {
                Err(Error::about("f", ProblemKind::Mismatch, error.to_string()).into())
            }
        }
    }
}

/// The error of the function that is differentiated, or the error of `try_jacobian`.
#[cfg(feature = "num-dual")]
enum Failed<E> {
    Function(E),
    Tree(pytree::Error),
}

#[cfg(feature = "num-dual")]
impl<E> From<pytree::Error> for Failed<E> {
    fn from(error: pytree::Error) -> Self {
        Failed::Tree(error)
    }
}
