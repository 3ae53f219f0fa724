#[cfg(feature = "num-dual")]
use pytree::grad::{DIRECTIONS, Duals};

use crate::error::{Error, ProblemKind};
use crate::linear_operator::LinearOperator;

/// A [`LinearOperator`] as a list of the entries that may differ from 0. For a simulator that knows
/// them: both products take time linear in their number.
///
/// ```
/// use dynamics::{LinearOperator, SparseOperator};
///
/// let mut operator = SparseOperator::new(2, 1);
/// operator.add(0, 1, 3.0)?; // of state 0 after the step with respect to state 1 before it
/// operator.add(1, 2, 4.0)?; // of state 1 with respect to the parameter, whose column is after the states
/// let mut out = [0.0; 2];
/// operator.jvp_into(&[5.0, 6.0], &[7.0], &mut out);
/// assert_eq!(out, [18.0, 28.0]);
/// # Ok::<(), dynamics::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SparseOperator {
    num_states: usize,
    num_params: usize,
    entries: Vec<(usize, usize, f64)>,
}

impl SparseOperator {
    /// An operator without entries.
    ///
    /// ```
    /// use dynamics::{LinearOperator, SparseOperator};
    ///
    /// let operator = SparseOperator::new(2, 1);
    /// assert_eq!((operator.num_states(), operator.num_params()), (2, 1));
    /// ```
    pub fn new(num_states: usize, num_params: usize) -> Self {
        SparseOperator { num_states, num_params, entries: Vec::new() }
    }

    /// Removes all entries, and keeps their memory for those of the next step.
    ///
    /// ```
    /// use dynamics::{LinearOperator, SparseOperator};
    ///
    /// let mut operator = SparseOperator::new(2, 1);
    /// operator.add(1, 1, 3.0)?;
    /// operator.reset(2, 0);
    /// assert_eq!(operator, SparseOperator::new(2, 0));
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn reset(&mut self, num_states: usize, num_params: usize) {
        (self.num_states, self.num_params) = (num_states, num_params);
        self.entries.clear();
    }

    /// Adds `value` to the entry in `row` and `column`: the derivative of a state after the step with
    /// respect to a state before it, or to a parameter, whose columns are after those of the states.
    ///
    /// # Errors
    /// If there is no such row or column.
    ///
    /// ```
    /// use dynamics::SparseOperator;
    ///
    /// let error = SparseOperator::new(2, 1).add(2, 3, 1.0).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "entry: expected a row below 2 (states) and a column below 3 (states and parameters), \
    ///      found row 2 and column 3",
    /// );
    /// ```
    pub fn add(&mut self, row: usize, column: usize, value: f64) -> Result<(), Error> {
        self.check(row, &[column])?;
        self.entries.push((row, column, value));
        Ok(())
    }

    /// Adds the derivatives of `after`, the state `row` after the step, with respect to the states and
    /// parameters in `columns`: those in the directions 0, 1, and so on.
    ///
    /// # Errors
    /// As [`add`](Self::add), and if there are more columns than the eight directions. A state that depends on
    /// more is computed several times, each with the directions of other columns, and its row is added in
    /// parts.
    ///
    /// ```
    /// use dynamics::SparseOperator;
    /// use pytree::grad::Duals;
    ///
    /// let [x, y] = [(3.0, 0), (4.0, 1)].map(|(x, direction)| Duals::from_re(x).derivative(direction));
    /// let (mut by_duals, mut by_hand) = (SparseOperator::new(2, 0), SparseOperator::new(2, 0));
    /// by_duals.add_row(0, &[0, 1], &(x * y))?;
    /// by_hand.add(0, 0, 4.0)?;
    /// by_hand.add(0, 1, 3.0)?;
    /// assert_eq!(by_duals, by_hand);
    ///
    /// let error = by_duals.add_row(0, &[0; 9], &x).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "columns: expected up to 8, one for each direction, found 9; compute the state once more for the \
    ///      others, and add these by another add_row",
    /// );
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    #[cfg(feature = "num-dual")]
    pub fn add_row(&mut self, row: usize, columns: &[usize], after: &Duals) -> Result<(), Error> {
        self.check(row, columns)?;
        if columns.len() > DIRECTIONS {
            let text = format!(
                "expected up to {DIRECTIONS}, one for each direction, found {}; compute the state once more \
                 for the others, and add these by another add_row",
                columns.len()
            );
            return Err(Error::about("columns", ProblemKind::Mismatch, text));
        }
        // Without derivatives, all are 0.
        if let Some(derivatives) = &after.eps.0 {
            let entries = columns.iter().zip(derivatives.as_slice());
            self.entries.extend(entries.map(|(&column, &value)| (row, column, value)));
        }
        Ok(())
    }

    /// Returns an error unless there are such a row and such columns.
    fn check(&self, row: usize, columns: &[usize]) -> Result<(), Error> {
        let (states, width) = (self.num_states, self.num_states + self.num_params);
        let last = columns.iter().fold(0, |last, &column| last.max(column));
        if row < states && last < width {
            return Ok(());
        }
        let text = format!(
            "expected a row below {states} (states) and a column below {width} (states and parameters), \
             found row {row} and column {last}",
        );
        Err(Error::about("entry", ProblemKind::Mismatch, text))
    }
}

impl LinearOperator for SparseOperator {
    fn num_states(&self) -> usize {
        self.num_states
    }

    fn num_params(&self) -> usize {
        self.num_params
    }

    fn jvp_into(&self, tangent: &[f64], params: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for &(row, column, value) in &self.entries {
            let x = tangent.get(column).or_else(|| params.get(column - self.num_states));
            out[row] += value * x.unwrap_or(&0.0);
        }
    }

    fn vjp_into(&self, cotangent: &[f64], out: &mut [f64], params: &mut [f64]) {
        out.fill(0.0);
        for &(row, column, value) in &self.entries {
            let x = value * cotangent[row];
            match out.get_mut(column) {
                Some(out) => *out += x,
                None if params.is_empty() => (),
                None => params[column - self.num_states] += x,
            }
        }
    }

    fn jvp_many_into(&self, directions: usize, tangents: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for (row, column, value) in self.of_states() {
            add_scaled(
                value,
                &tangents[column * directions..][..directions],
                &mut out[row * directions..],
            );
        }
    }

    fn vjp_many_into(&self, directions: usize, cotangents: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for (row, column, value) in self.of_states() {
            add_scaled(
                value,
                &cotangents[row * directions..][..directions],
                &mut out[column * directions..],
            );
        }
    }

    fn entries(&self, entry: &mut dyn FnMut(usize, usize, f64)) {
        self.of_states().for_each(|(row, column, value)| entry(row, column, value));
    }
}

impl SparseOperator {
    /// The entries in the columns of states.
    fn of_states(&self) -> impl Iterator<Item = (usize, usize, f64)> {
        self.entries.iter().copied().filter(|&(_, column, _)| column < self.num_states)
    }
}

fn add_scaled(value: f64, x: &[f64], out: &mut [f64]) {
    out.iter_mut().zip(x).for_each(|(out, x)| *out += value * x);
}
