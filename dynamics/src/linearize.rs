use ndarray::{Array1, Array2, ArrayView1};
use pytree::grad::Duals;

use crate::dynamic_state_utils::DynamicStateUtils;
use crate::error::Error;
use crate::linearization::Linearization;
use crate::module::Module;

impl<M: Module> DynamicStateUtils<'_, M> {
    /// The value of a function that takes and returns the vector of dynamic states, and its derivative,
    /// as `jax.linearize`. Most often the function is a [`Step`](crate::Step).
    ///
    /// The derivative is a dense matrix by dual numbers, which takes one call of `f` for every eight
    /// states. A simulator that knows more about its step is [`Differentiable`](crate::Differentiable).
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
    /// let (after, linear) = utils.linearize(f, &array![0.2, -60.0, -55.0])?;
    /// assert_eq!(after, array![0.2, -62.5, -58.75]);
    /// assert_eq!(linear.jvp(&array![1.0, 1.0, 0.0])?, array![1.0, 0.75, 0.0]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn linearize<'v, E: From<Error>>(
        &self,
        mut f: impl FnMut(&Array1<Duals>) -> Result<Array1<Duals>, E>,
        vector: impl Into<ArrayView1<'v, f64>>,
    ) -> Result<(Array1<f64>, Linearization<Array2<f64>>), E> {
        let mut value = None;
        let jacobian = self.jacobian(
            |x| {
                let after = f(x)?;
                value.get_or_insert_with(|| after.mapv(|x| x.re));
                Ok::<_, E>(after)
            },
            vector,
        )?;
        let linear = Linearization::new(jacobian.into_matrix(), self)?;
        Ok((value.unwrap_or_default(), linear))
    }
}
