use crate::linear_operator::LinearOperator;

/// A simulator whose steps, from vector to vector, have a derivative. This is what reverse mode over a
/// run needs. The simulator has the parameters and the inputs in itself.
///
/// # Laws
/// A step depends on its arguments alone, so it can be repeated. `linearize` writes to `after` what
/// `apply` writes.
///
/// ```
/// use std::convert::Infallible;
///
/// use dynamics::Differentiable;
/// use ndarray::{Array2, array};
///
/// /// One state that decays by a factor, which is a parameter.
/// struct Decay { factor: f64 }
///
/// impl Differentiable for Decay {
///     type Linear = Array2<f64>;
///     type Error = Infallible;
///
///     fn num_states(&self) -> usize {
///         1
///     }
///     fn num_params(&self) -> usize {
///         1
///     }
///     fn apply(&self, _: usize, before: &[f64], after: &mut [f64]) -> Result<(), Infallible> {
///         after[0] = self.factor * before[0];
///         Ok(())
///     }
///     fn linearize(
///         &self,
///         step: usize,
///         before: &[f64],
///         after: &mut [f64],
///         linear: &mut Array2<f64>,
///     ) -> Result<(), Infallible> {
///         *linear = array![[self.factor, before[0]]];
///         self.apply(step, before, after)
///     }
/// }
///
/// let (mut after, mut linear) = ([0.0], Array2::default((0, 0)));
/// Decay { factor: 0.5 }.linearize(0, &[3.0], &mut after, &mut linear)?;
/// assert_eq!((after, linear), ([1.5], array![[0.5, 3.0]]));
/// # Ok::<(), Infallible>(())
/// ```
pub trait Differentiable {
    /// The derivative of a step. A buffer of this type is reused from step to step.
    type Linear: LinearOperator + Default;

    /// The error of a step.
    type Error: Into<Box<dyn std::error::Error + Send + Sync>>;

    /// The number of states, n.
    fn num_states(&self) -> usize;

    /// The number of parameters that a step is differentiated with respect to; none unless overridden.
    fn num_params(&self) -> usize {
        0
    }

    /// The name of an element of the vector, for errors.
    fn label(&self, state: usize) -> String {
        format!("[{state}]")
    }

    /// What to do about NaN after the step with number `step` from the states `before`, for errors.
    fn advice_on_nan(&self, step: usize, before: &[f64]) -> String {
        let _ = (step, before);
        "a smaller time step may help".to_owned()
    }

    /// The states `after` the step with number `step`, counted from 0, from those `before` it. Both
    /// have length n.
    ///
    /// # Errors
    /// If the step fails.
    fn apply(&self, step: usize, before: &[f64], after: &mut [f64]) -> Result<(), Self::Error>;

    /// [`apply`](Self::apply), and the derivative of the step at `before`. What `linear` holds before
    /// is that of another step, or the default.
    ///
    /// # Errors
    /// If the step fails.
    fn linearize(
        &self,
        step: usize,
        before: &[f64],
        after: &mut [f64],
        linear: &mut Self::Linear,
    ) -> Result<(), Self::Error>;
}
