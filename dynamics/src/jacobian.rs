use std::borrow::Cow;
use std::ops::Range;

use ndarray::{Array2, ArrayView2, Axis, Slice};
use pytree::Layout;
use pytree::error::{list, quote};

use crate::error::{Error, Problem, ProblemKind};
use crate::plan::no_such_state;

/// The Jacobian of a function from the vector of dynamic states to such a vector, with its blocks by
/// name.
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
/// # Ok::<(), dynamics::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Jacobian {
    matrix: Array2<f64>,
    layout: Layout,
}

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
    /// assert_eq!(error.to_string(), "matrix: expected shape [3, 3], found [2, 2]");
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn new(matrix: Array2<f64>, layout: &Layout) -> Result<Self, Error> {
        let (expected, found) = ([layout.len(); 2], matrix.shape());
        if found != expected {
            let text = format!("expected shape {expected:?}, found {found:?}");
            return Err(Error::about("matrix", ProblemKind::Mismatch, text));
        }
        Ok(Jacobian { matrix, layout: layout.clone() })
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
        let (rows, columns) = match (self.range(rows), self.range(columns)) {
            (Ok(rows), Ok(columns)) => (rows, columns),
            (rows, columns) => {
                let problems = [rows, columns].into_iter().filter_map(Result::err).flatten();
                return Err(Error::new("block", problems.collect()));
            }
        };
        let mut block = self.matrix.view();
        block.slice_axis_inplace(Axis(0), Slice::from(rows));
        block.slice_axis_inplace(Axis(1), Slice::from(columns));
        Ok(block)
    }

    /// The whole matrix.
    ///
    /// ```
    /// use dynamics::{Jacobian, build_dynamic_state_utils, example::Cell};
    /// use ndarray::Array2;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let jacobian = Jacobian::new(Array2::eye(3), utils.layout())?;
    /// assert_eq!(jacobian.matrix()[[2, 2]], 1.0);
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
    /// let jacobian = Jacobian::new(Array2::eye(3), utils.layout())?;
    /// assert_eq!(jacobian.into_matrix(), Array2::<f64>::eye(3));
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn into_matrix(self) -> Array2<f64> {
        self.matrix
    }

    /// The layout of the rows and of the columns.
    ///
    /// ```
    /// use dynamics::{Jacobian, build_dynamic_state_utils, example::Cell};
    /// use ndarray::Array2;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let jacobian = Jacobian::new(Array2::eye(3), utils.layout())?;
    /// assert_eq!(jacobian.layout(), utils.layout());
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The part of the vector that belongs to `state`, a name or a path. A name comes first, because
    /// the key of a dict may look like a path.
    fn range(&self, state: &str) -> Result<Range<usize>, Vec<Problem>> {
        let leaves: Vec<_> = self.layout.leaves().collect();
        let named = leaves.iter().filter(|(path, ..)| path.last_name().as_deref() == Some(state));
        let named: Vec<_> = named.collect();
        let text = match &named[..] {
            [(.., range)] => return Ok(range.clone()),
            [] if state.starts_with(['.', '[']) => {
                let range = self.layout.range(state);
                return range.map_err(|error| Problem::from_pytree(ProblemKind::Name, &error));
            }
            [] => {
                let names = leaves.iter().filter_map(|(path, ..)| path.last_name());
                no_such_state(state, &names.map(Cow::into_owned).collect())
            }
            _ => {
                let (name, paths) = (quote(state), named.iter().map(|(path, ..)| path));
                let paths = list(paths, named.len(), ", ");
                format!("several states are called {name}; give the path of one: {paths}")
            }
        };
        Err(vec![Problem::about_all(ProblemKind::Name, text)])
    }
}
