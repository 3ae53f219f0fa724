use ndarray::{Array, Array1, Array2, ArrayView, ArrayView1, ArrayViewMut2, Dimension};

use crate::differentiable::Differentiable;
use crate::error::{Error, ProblemKind};
use crate::linear_operator::{LinearOperator, one_by_one};
use crate::names::Names;

/// The derivative of a step at a state: a [`LinearOperator`] with the names of its rows, the states
/// after the step, and of its columns, the states before it.
///
/// ```
/// use dynamics::{Linearization, build_dynamic_state_utils, example::Cell};
/// use ndarray::array;
///
/// let utils = build_dynamic_state_utils(&Cell)?; // the vector is [m[0], v[0], v[2]]
/// let matrix = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]];
/// let linear = Linearization::new(matrix, &utils)?;
/// assert_eq!(linear.jvp(&array![1.0, 0.0, -1.0])?, array![-2.0, -2.0, -2.0]);
/// assert_eq!(linear.vjp(&array![1.0, 0.0, -1.0])?, array![-6.0, -6.0, -6.0]);
/// # Ok::<(), dynamics::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Linearization<L> {
    operator: L,
    names: Names,
}

impl<L: LinearOperator> Linearization<L> {
    /// Names the rows and columns of `operator`: most often as
    /// [`DynamicStateUtils`](crate::DynamicStateUtils) do, or as the [`Layout`](pytree::Layout) of a tree does.
    ///
    /// # Errors
    /// Unless the operator has a state for each name.
    ///
    /// ```
    /// use dynamics::{Linearization, build_dynamic_state_utils, example::Cell};
    /// use ndarray::Array2;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let error = Linearization::new(Array2::eye(2), &utils).unwrap_err();
    /// assert_eq!(error.to_string(), "operator: expected 3 states, as there are names, found 2");
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn new(operator: L, names: impl Into<Names>) -> Result<Self, Error> {
        let names = names.into();
        let (expected, found) = (names.len(), operator.num_states());
        if expected != found {
            let text = format!("expected {expected} states, as there are names, found {found}");
            return Err(Error::about("operator", ProblemKind::Mismatch, text));
        }
        Ok(Linearization { operator, names })
    }

    /// A step of a simulator, and its derivative: the states after the step with the number `step`, from those
    /// in `vector`, and the linear map from changes of `vector` to changes of these. As `jax.linearize`.
    ///
    /// # Errors
    /// If the lengths of the vector and of `names` are not the number of states, or the step fails.
    ///
    /// ```
    /// use dynamics::{Linearization, example::Decay};
    /// use ndarray::array;
    /// use pytree::Layout;
    ///
    /// // A single state, which each step halves.
    /// let (after, linear) = Linearization::at(&Decay(0.5), 0, &[4.0], &Layout::of(&[0.0]))?;
    /// assert_eq!(after, array![2.0]);
    /// assert_eq!(linear.jvp(&[1.0])?, array![0.5]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    #[doc(alias = "linearize")]
    pub fn at<'v, S: Differentiable<Linear = L>>(
        simulator: &S,
        step: usize,
        vector: impl Into<ArrayView1<'v, f64>>,
        names: impl Into<Names>,
    ) -> Result<(Array1<f64>, Self), Error>
    where
        L: Default,
    {
        let (n, before) = (simulator.num_states(), vector.into().to_vec());
        if before.len() != n {
            let text = format!("expected length {n}, found {}", before.len());
            return Err(Error::about("vector", ProblemKind::Mismatch, text));
        }
        let (mut after, mut operator) = (vec![0.0; n], L::default());
        let outcome = simulator.linearize(step, &before, &mut after, &mut operator);
        outcome.map_err(|error| Error::failed(format!("step {step}"), error.into()))?;
        Ok((after.into(), Linearization::new(operator, names)?))
    }

    /// How the states after the step change if those before it change by `tangent`: the product of the
    /// Jacobian and `tangent`, which is `[n]` for one direction and `[n, K]` for K at once.
    ///
    /// # Errors
    /// If the first axis of `tangent` does not have length n.
    ///
    /// ```
    /// use dynamics::{Linearization, build_dynamic_state_utils, example::Cell};
    /// use ndarray::{Array2, array};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let linear = Linearization::new(Array2::eye(3) * 2.0, &utils)?;
    /// assert_eq!(linear.jvp(&array![1.0, 2.0, 3.0])?, array![2.0, 4.0, 6.0]);
    /// assert_eq!(linear.jvp(&Array2::eye(3))?, Array2::<f64>::eye(3) * 2.0);
    ///
    /// let error = linear.jvp(&array![1.0, 2.0]).unwrap_err();
    /// assert_eq!(error.to_string(), "tangent: expected shape [3] or [3, K], found [2]");
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn jvp<'v, D: Dimension>(
        &self,
        tangent: impl Into<ArrayView<'v, f64, D>>,
    ) -> Result<Array<f64, D>, Error> {
        let n = self.names.len();
        product("tangent", [n, n], &tangent.into(), |directions, x, out| match directions {
            1 => self.operator.jvp_into(x, &[], out),
            _ => self.operator.jvp_many_into(directions, x, out),
        })
    }

    /// The transpose of [`jvp`](Self::jvp): the gradient with respect to the states before the step of a
    /// function of those after it whose gradient is `cotangent`. `[n]` for one function, and `[n, K]` for K at
    /// once.
    ///
    /// # Errors
    /// If the first axis of `cotangent` does not have length n.
    ///
    /// ```
    /// use dynamics::{Linearization, build_dynamic_state_utils, example::Cell};
    /// use ndarray::array;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let matrix = array![[1.0, 2.0, 3.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]];
    /// let linear = Linearization::new(matrix, &utils)?;
    /// assert_eq!(linear.vjp(&array![1.0, 0.0, 0.0])?, array![1.0, 2.0, 3.0]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn vjp<'v, D: Dimension>(
        &self,
        cotangent: impl Into<ArrayView<'v, f64, D>>,
    ) -> Result<Array<f64, D>, Error> {
        let n = self.names.len();
        product("cotangent", [n, n], &cotangent.into(), |directions, y, out| match directions {
            1 => self.operator.vjp_into(y, out, &mut []),
            _ => self.operator.vjp_many_into(directions, y, out),
        })
    }

    /// [`jvp`](Self::jvp) with respect to the p parameters: how the states after the step change if the
    /// parameters change by `tangent`, which is `[p]` or `[p, K]`.
    ///
    /// # Errors
    /// If the first axis of `tangent` does not have length p.
    ///
    /// ```
    /// use dynamics::Linearization;
    /// use ndarray::array;
    /// use pytree::Layout;
    ///
    /// // Two states, and a parameter in the last column.
    /// let matrix = array![[1.0, 0.0, 3.0], [0.0, 1.0, 4.0]];
    /// let linear = Linearization::new(matrix, &Layout::of(&[0.0, 0.0]))?;
    /// assert_eq!(linear.jvp_params(&[2.0])?, array![6.0, 8.0]);
    /// assert_eq!(linear.jvp_params(&array![[1.0, 2.0]])?, array![[3.0, 6.0], [4.0, 8.0]]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn jvp_params<'v, D: Dimension>(
        &self,
        tangent: impl Into<ArrayView<'v, f64, D>>,
    ) -> Result<Array<f64, D>, Error> {
        let (n, p) = (self.names.len(), self.operator.num_params());
        let tangent = tangent.into();
        if p == 0 && !tangent.is_empty() {
            let text = "the derivative is with respect to no parameters; name them before the step is \
                        linearized, as with by_params of cable's StepDynamics";
            return Err(Error::about("tangent", ProblemKind::Mismatch, text.to_owned()));
        }
        let unchanged = vec![0.0; n];
        product("tangent", [p, n], &tangent, |directions, x, out| {
            one_by_one(directions, [p, n], x, out, |x, out| {
                self.operator.jvp_into(&unchanged, x, out);
            });
        })
    }

    /// [`vjp`](Self::vjp) with respect to the p parameters: `[p]` for a `cotangent` of shape `[n]`, and `[p, K]` for
    /// `[n, K]`.
    ///
    /// # Errors
    /// If the first axis of `cotangent` does not have length n.
    ///
    /// ```
    /// use dynamics::Linearization;
    /// use ndarray::array;
    /// use pytree::Layout;
    ///
    /// // Two states, and a parameter in the last column.
    /// let matrix = array![[1.0, 0.0, 3.0], [0.0, 1.0, 4.0]];
    /// let linear = Linearization::new(matrix, &Layout::of(&[0.0, 0.0]))?;
    /// assert_eq!(linear.vjp_params(&[1.0, 2.0])?, array![11.0]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn vjp_params<'v, D: Dimension>(
        &self,
        cotangent: impl Into<ArrayView<'v, f64, D>>,
    ) -> Result<Array<f64, D>, Error> {
        let (n, p) = (self.names.len(), self.operator.num_params());
        let mut of_states = vec![0.0; n];
        product("cotangent", [n, p], &cotangent.into(), |directions, y, out| {
            one_by_one(directions, [n, p], y, out, |y, out| {
                // The operator adds to `out`, and takes an empty slice for no wish.
                out.fill(0.0);
                self.operator.vjp_into(y, &mut of_states, out);
            });
        })
    }

    /// The Jacobian as a matrix, `[n, n]`.
    ///
    /// ```
    /// use dynamics::{Linearization, build_dynamic_state_utils, example::Cell};
    /// use ndarray::Array2;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let linear = Linearization::new(Array2::eye(3), &utils)?;
    /// assert_eq!(linear.to_dense(), Array2::<f64>::eye(3));
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn to_dense(&self) -> Array2<f64> {
        let n = self.names.len();
        let mut matrix = Array2::zeros((n, n));
        self.operator.to_dense_into(&mut matrix.view_mut());
        matrix
    }

    /// [`to_dense`](Self::to_dense) into a matrix that exists, all of which is overwritten.
    ///
    /// # Errors
    /// If `matrix` does not have n rows and n columns. Nothing is written then.
    ///
    /// ```
    /// use dynamics::{Linearization, build_dynamic_state_utils, example::Cell};
    /// use ndarray::Array2;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let linear = Linearization::new(Array2::eye(3), &utils)?;
    /// let mut matrix = Array2::from_elem((3, 3), 7.0);
    /// linear.to_dense_into(&mut matrix)?;
    /// assert_eq!(matrix, Array2::<f64>::eye(3));
    ///
    /// let error = linear.to_dense_into(&mut Array2::zeros((3, 2))).unwrap_err();
    /// assert_eq!(error.to_string(), "matrix: expected 3 rows and 3 columns, found 3 rows and 2 columns");
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn to_dense_into<'m>(
        &self,
        matrix: impl Into<ArrayViewMut2<'m, f64>>,
    ) -> Result<(), Error> {
        let (n, mut matrix) = (self.names.len(), matrix.into());
        if matrix.dim() != (n, n) {
            let (rows, columns) = matrix.dim();
            let text = format!(
                "expected {n} rows and {n} columns, found {rows} rows and {columns} columns"
            );
            return Err(Error::about("matrix", ProblemKind::Mismatch, text));
        }
        self.operator.to_dense_into(&mut matrix);
        Ok(())
    }

    /// The derivatives of the state `rows` after the step with respect to the state `columns` before it,
    /// as a matrix. Each is a name, a path or a label, as in
    /// [`DynamicStateUtils::range`](crate::DynamicStateUtils::range): `HH_m`, `['HH_m']` or `HH_m[3]`.
    ///
    /// # Errors
    /// As [`DynamicStateUtils::range`](crate::DynamicStateUtils::range) for either.
    ///
    /// ```
    /// use dynamics::{Linearization, build_dynamic_state_utils, example::Cell};
    /// use ndarray::array;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?; // the vector is [m[0], v[0], v[2]]
    /// let matrix = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]];
    /// let linear = Linearization::new(matrix, &utils)?;
    /// assert_eq!(linear.block("v", "m")?, array![[4.0], [7.0]]);
    /// assert_eq!(
    ///     linear.block("v", "n").unwrap_err().to_string(),
    ///     r#"block: columns: no state is called "n"; the states are "m", "v""#,
    /// );
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn block(&self, rows: &str, columns: &str) -> Result<Array2<f64>, Error> {
        let (rows, columns) = self.names.block(rows, columns)?;
        let mut block = Array2::zeros((rows.len(), columns.len()));
        self.operator.entries(&mut |row, column, value| {
            if rows.contains(&row) && columns.contains(&column) {
                block[[row - rows.start, column - columns.start]] += value;
            }
        });
        Ok(block)
    }

    /// The derivatives of one state after the step, given by its label, with respect to all states before
    /// it: a row of the Jacobian, by one product with its transpose.
    ///
    /// # Errors
    /// As [`DynamicStateUtils::range`](crate::DynamicStateUtils::range), and if there are several states of
    /// that name.
    ///
    /// ```
    /// use dynamics::{Linearization, build_dynamic_state_utils, example::Cell};
    /// use ndarray::array;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?; // the vector is [m[0], v[0], v[2]]
    /// let matrix = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]];
    /// let linear = Linearization::new(matrix, &utils)?;
    /// assert_eq!(linear.row("v[2]")?, array![7.0, 8.0, 9.0]);
    /// assert_eq!(
    ///     linear.row("v").unwrap_err().to_string(),
    ///     r#"row: "v" is 2 rows; name one of them, as in "v[0]", or ask for a block"#,
    /// );
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn row(&self, label: &str) -> Result<Array1<f64>, Error> {
        let row = self.names.row(label)?;
        let mut cotangent = Array1::zeros(self.names.len());
        cotangent[row] = 1.0;
        self.vjp(&cotangent)
    }

    /// The names of the rows, the states after the step, and of the columns, those before it.
    ///
    /// ```
    /// use dynamics::{Linearization, build_dynamic_state_utils, example::Cell};
    /// use ndarray::Array2;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let linear = Linearization::new(Array2::eye(3), &utils)?;
    /// assert_eq!(linear.names().labels(), ["m[0]", "v[0]", "v[2]"]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The operator, without names.
    ///
    /// ```
    /// use dynamics::{LinearOperator, Linearization, build_dynamic_state_utils, example::Cell};
    /// use ndarray::Array2;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let linear = Linearization::new(Array2::eye(3), &utils)?;
    /// assert_eq!(linear.operator().num_params(), 0);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn operator(&self) -> &L {
        &self.operator
    }
}

/// Applies `product` to `input`, `[from]` or `[from, K]`, and to a slice of as many columns of length `to`, after K.
fn product<D: Dimension>(
    argument: &'static str,
    [from, to]: [usize; 2],
    input: &ArrayView<'_, f64, D>,
    product: impl FnOnce(usize, &[f64], &mut [f64]),
) -> Result<Array<f64, D>, Error> {
    if input.shape().first() != Some(&from) {
        let found = input.shape();
        let text = format!("expected shape [{from}] or [{from}, K], found {found:?}");
        return Err(Error::about(argument, ProblemKind::Mismatch, text));
    }
    let mut dim = input.raw_dim();
    dim[0] = to;
    let mut out = Array::zeros(dim);
    let input = input.as_standard_layout();
    // Both are in row-major order.
    let directions = input.shape()[1..].iter().product();
    if let (Some(input), Some(out)) = (input.as_slice(), out.as_slice_mut())
        && directions > 0
    {
        product(directions, input, out);
    }
    Ok(out)
}
