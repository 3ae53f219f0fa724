use std::borrow::Cow;
use std::ops::Deref;

use ndarray::{Array2, ArrayView2};
use pytree::error::{list, quote};
use pytree::grad;
use pytree::path::ToPath;
use pytree::{KeyPath, Layout};

#[cfg(feature = "num-dual")]
use crate::dynamic_state_utils::DynamicStateUtils;
use crate::error::{Error, Problem, ProblemKind};
#[cfg(feature = "num-dual")]
use crate::module::Module;
use crate::plan::no_such_state;

/// The Jacobian of a function that takes and returns the vector of dynamic states. Dereferences to a
/// [`pytree::grad::Jacobian`], and adds blocks by the name of a state.
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
/// let jacobian = Jacobian::new(matrix, utils.layout())?;
/// assert_eq!(jacobian.block("v", "m")?, array![[4.0], [7.0]]);
/// assert_eq!(jacobian.block("['m']", "v")?, array![[2.0, 3.0]]);
/// assert_eq!(jacobian.matrix()[[2, 2]], 9.0);
/// # Ok::<(), dynamics::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Jacobian(grad::Jacobian);

impl Jacobian {
    /// Names the rows and columns of `matrix` by `layout`, which is most often
    /// [`DynamicStateUtils::layout`](crate::DynamicStateUtils::layout).
    ///
    /// # Errors
    /// Unless the matrix has `layout.len()` rows and as many columns.
    ///
    /// ```
    /// use dynamics::{Jacobian, build_dynamic_state_utils, example::Cell};
    /// use ndarray::Array2;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// assert!(Jacobian::new(Array2::eye(3), utils.layout()).is_ok());
    /// let error = Jacobian::new(Array2::eye(2), utils.layout()).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "matrix: expected 3 rows and 3 columns, found 2 rows and 2 columns",
    /// );
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn new(matrix: Array2<f64>, layout: &Layout) -> Result<Self, Error> {
        let jacobian = grad::Jacobian::new(matrix, layout.clone(), layout.clone());
        jacobian.map(Jacobian).map_err(|error| Error::from_pytree("matrix", &error))
    }

    /// The derivatives of the state `rows` with respect to the state `columns`. A state is given by
    /// its name, which is the last key of its path, or by its path: `HH_m` or `['HH_m']`. The path of
    /// an inner node selects all states under it.
    ///
    /// # Errors
    /// If there is no such state, or several have the name.
    ///
    /// ```
    /// use dynamics::{Jacobian, build_dynamic_state_utils, example::Cell};
    /// use ndarray::{Array2, array};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let jacobian = Jacobian::new(Array2::eye(3), utils.layout())?;
    /// assert_eq!(jacobian.block("v", "v")?, array![[1.0, 0.0], [0.0, 1.0]]);
    /// assert_eq!(
    ///     jacobian.block("v", "n").unwrap_err().to_string(),
    ///     r#"block: no state is called "n"; the states are "m", "v""#,
    /// );
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn block(&self, rows: &str, columns: &str) -> Result<ArrayView2<'_, f64>, Error> {
        let (rows, columns) = paths(self.rows(), self.columns(), rows, columns)?;
        self.0.block(rows, columns).map_err(|error| Error::from_pytree("block", &error))
    }

    /// The whole matrix, by value.
    ///
    /// ```
    /// use dynamics::{Jacobian, build_dynamic_state_utils, example::Cell};
    /// use ndarray::Array2;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let jacobian = Jacobian::new(Array2::eye(3), utils.layout())?;
    /// assert_eq!(jacobian.into_matrix(), Array2::<f64>::eye(3));
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn into_matrix(self) -> Array2<f64> {
        self.0.into_matrix()
    }
}

impl Deref for Jacobian {
    type Target = grad::Jacobian;

    fn deref(&self) -> &grad::Jacobian {
        &self.0
    }
}

/// The paths of the two states of a block, each of which is given by its name or by its path.
pub(crate) fn paths(
    row_layout: &Layout,
    column_layout: &Layout,
    rows: &str,
    columns: &str,
) -> Result<(KeyPath, KeyPath), Error> {
    match (path(row_layout, rows), path(column_layout, columns)) {
        (Ok(rows), Ok(columns)) => Ok((rows, columns)),
        (rows, columns) => {
            let problems = [rows, columns].into_iter().filter_map(Result::err).flatten();
            Err(Error::new("block", problems.collect()))
        }
    }
}

/// The path of `state`, which is a name or a path. Names are tried first, because the key of a dict
/// may look like a path.
fn path(layout: &Layout, state: &str) -> Result<KeyPath, Vec<Problem>> {
    let named = layout.leaves().map(|(path, ..)| path);
    let mut named: Vec<_> =
        named.filter(|path| path.last_name().as_deref() == Some(state)).collect();
    let text = match named.len() {
        1 => return Ok(named.remove(0)),
        0 if state.starts_with(['.', '[']) => {
            let found = layout.range(state).and_then(|_| Ok(state.to_path()?.into_owned()));
            return found.map_err(|error| Problem::from_pytree(ProblemKind::Name, &error));
        }
        0 => {
            let paths = layout.leaves();
            let names = paths.filter_map(|(path, ..)| path.last_name().map(Cow::into_owned));
            no_such_state(state, &names.collect())
        }
        several => {
            let (name, paths) = (quote(state), list(named, several, ", "));
            format!("several states are called {name}; give the path of one: {paths}")
        }
    };
    Err(vec![Problem::about_all(ProblemKind::Name, text)])
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
            Ok(jacobian) => Ok(Jacobian::new(jacobian.into_matrix(), self.layout())?),
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
