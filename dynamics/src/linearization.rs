use std::sync::Arc;

use ndarray::{Array, Array2, ArrayView, Dimension};

use crate::dynamic_state_utils::DynamicStateUtils;
use crate::error::{Error, ProblemKind};
use crate::linear_operator::LinearOperator;
use crate::module::Module;
use crate::plan::Plan;

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
    plan: Arc<Plan>,
}

impl<L: LinearOperator> Linearization<L> {
    /// Names the rows and columns of `operator` as `utils` names the elements of the vector.
    ///
    /// # Errors
    /// Unless the operator has [`num_states`](DynamicStateUtils::num_states) states.
    ///
    /// ```
    /// use dynamics::{Linearization, build_dynamic_state_utils, example::Cell};
    /// use ndarray::Array2;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let error = Linearization::new(Array2::eye(2), &utils).unwrap_err();
    /// assert_eq!(error.to_string(), "operator: expected 3 states, found 2");
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn new<M: Module>(operator: L, utils: &DynamicStateUtils<'_, M>) -> Result<Self, Error> {
        let (expected, found) = (utils.num_states(), operator.num_states());
        if expected != found {
            let text = format!("expected {expected} states, found {found}");
            return Err(Error::about("operator", ProblemKind::Mismatch, text));
        }
        Ok(Linearization { operator, plan: Arc::clone(&utils.plan) })
    }

    /// How the states after the step change with those before it: the product of the Jacobian and
    /// `tangent`, `[n]` for one direction and `[n, K]` for K at once.
    ///
    /// # Errors
    /// If the first axis of `tangent` has another length than n.
    ///
    /// ```
    /// use dynamics::{Linearization, build_dynamic_state_utils, example::Cell};
    /// use ndarray::{Array2, array};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let linear = Linearization::new(Array2::eye(3) * 2.0, &utils)?;
    /// assert_eq!(linear.jvp(&array![1.0, 2.0, 3.0])?, array![2.0, 4.0, 6.0]);
    /// assert_eq!(linear.jvp(&Array2::eye(3))?, Array2::eye(3) * 2.0);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn jvp<'v, D: Dimension>(
        &self,
        tangent: impl Into<ArrayView<'v, f64, D>>,
    ) -> Result<Array<f64, D>, Error> {
        let products: Products<'_> =
            (&|x, out| self.operator.jvp_into(x, &[], out), &|k, x, out| {
                self.operator.jvp_many_into(k, x, out);
            });
        self.product("tangent", &tangent.into(), products)
    }

    /// The transpose of [`jvp`](Self::jvp): how a function of the states after the step, whose gradient
    /// is `cotangent`, changes with the states before it. `[n]` for one function and `[n, K]` for K at once.
    ///
    /// # Errors
    /// If the first axis of `cotangent` has another length than n.
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
        let products: Products<'_> =
            (&|y, out| self.operator.vjp_into(y, out, &mut []), &|k, y, out| {
                self.operator.vjp_many_into(k, y, out);
            });
        self.product("cotangent", &cotangent.into(), products)
    }

    fn product<D: Dimension>(
        &self,
        argument: &'static str,
        input: &ArrayView<'_, f64, D>,
        (one, many): Products<'_>,
    ) -> Result<Array<f64, D>, Error> {
        let n = self.plan.num_states();
        if input.shape().first() != Some(&n) {
            let found = input.shape();
            let text = format!("expected shape [{n}] or [{n}, K], found {found:?}");
            return Err(Error::about(argument, ProblemKind::Mismatch, text));
        }
        let mut out = Array::zeros(input.raw_dim());
        let input = input.as_standard_layout();
        // Both are in row-major order.
        if let (Some(input), Some(out)) = (input.as_slice(), out.as_slice_mut()) {
            match input.len() / n.max(1) {
                1 => one(input, out),
                directions => many(directions, input, out),
            }
        }
        Ok(out)
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
        let n = self.plan.num_states();
        let mut matrix = Array2::zeros((n, n));
        self.operator.to_dense_into(&mut matrix.view_mut());
        matrix
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

/// The products with one direction and with several.
type Products<'f> = (&'f dyn Fn(&[f64], &mut [f64]), &'f dyn Fn(usize, &[f64], &mut [f64]));
