use std::ops::Range;

use ndarray::{Array2, ArrayView2, Axis, Slice};
use pytree::{KeyPath, Layout};

use crate::error::{Error, Problem, ProblemKind};

/// The Jacobian of a function from the vector of dynamic states to such a vector, with its blocks by
/// name: entry `[i, j]` is the derivative of state `i` after with respect to state `j` before.
///
/// ```
/// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
/// # use cell::*;
/// use dynamics::Jacobian;
///
/// let utils = build_dynamic_state_utils(&Cell)?;
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
    /// Labels a matrix over the vector of `layout`.
    ///
    /// # Errors
    /// If it has not as many rows and columns as the vector has elements.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// assert!(dynamics::Jacobian::new(ndarray::Array2::eye(3), utils.layout()).is_ok());
    /// let error = dynamics::Jacobian::new(ndarray::Array2::eye(2), utils.layout()).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "matrix: expected 3 rows and 3 columns, found 2 rows and 2 columns",
    /// );
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn new(matrix: Array2<f64>, layout: &Layout) -> Result<Self, Error> {
        let (expected, found) = ([layout.len(); 2], [matrix.nrows(), matrix.ncols()]);
        if found != expected {
            return Err(Error::about("matrix", ProblemKind::Matrix { expected, found }));
        }
        Ok(Jacobian { matrix, layout: layout.clone() })
    }

    /// The derivatives of the state `rows` with respect to the state `columns`. A state is given by
    /// its name, the last key of its path, or by the path: `HH_m` or `['HH_m']`. A path may also lead
    /// to an inner node, and then means all states under it.
    ///
    /// # Errors
    /// If there is no such state, or several have that name.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let jacobian = dynamics::Jacobian::new(ndarray::Array2::eye(3), utils.layout())?;
    /// assert_eq!(
    ///     jacobian.block("v", "n").unwrap_err().to_string(),
    ///     "block: there is no state n; the states are m, v",
    /// );
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn block(&self, rows: &str, columns: &str) -> Result<ArrayView2<'_, f64>, Error> {
        match (self.range(rows), self.range(columns)) {
            (Ok(rows), Ok(columns)) => {
                let mut block = self.matrix.view();
                block.slice_axis_inplace(Axis(0), Slice::from(rows));
                block.slice_axis_inplace(Axis(1), Slice::from(columns));
                Ok(block)
            }
            (rows, columns) => {
                let problems = [rows, columns].into_iter().filter_map(Result::err).flatten();
                Err(Error::new("block", problems.collect()))
            }
        }
    }

    /// The whole matrix.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let jacobian = dynamics::Jacobian::new(ndarray::Array2::eye(3), utils.layout())?;
    /// assert_eq!(jacobian.matrix()[[2, 2]], 1.0);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn matrix(&self) -> &Array2<f64> {
        &self.matrix
    }

    /// The whole matrix, without the labels.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let jacobian = dynamics::Jacobian::new(ndarray::Array2::eye(3), utils.layout())?;
    /// assert_eq!(jacobian.into_matrix(), ndarray::Array2::<f64>::eye(3));
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn into_matrix(self) -> Array2<f64> {
        self.matrix
    }

    /// The layout of the vector.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let jacobian = dynamics::Jacobian::new(ndarray::Array2::eye(3), utils.layout())?;
    /// assert_eq!(jacobian.layout().len(), 3);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The part of the vector that belongs to a state.
    fn range(&self, state: &str) -> Result<Range<usize>, Vec<Problem>> {
        let leaves: Vec<_> = self.layout.leaves().collect();
        let named = leaves.iter().filter(|(path, ..)| path.last_name().as_deref() == Some(state));
        let named: Vec<_> = named.collect();
        let kind = match &named[..] {
            [(.., range)] => return Ok(range.clone()),
            [] if state.starts_with(['.', '[']) => {
                let range = self.layout.range(state);
                return range.map_err(|error| Problem::from_pytree(&error));
            }
            [] => {
                let states = leaves.iter().filter_map(|(path, ..)| path.last_name());
                let states = states.map(std::borrow::Cow::into_owned).collect();
                ProblemKind::NoSuchState { names: vec![state.to_string()], states }
            }
            _ => {
                let paths = named.iter().map(|(path, ..)| path.clone()).collect();
                ProblemKind::Ambiguous { name: state.to_string(), paths }
            }
        };
        Err(vec![Problem { path: KeyPath::root(), kind }])
    }
}
