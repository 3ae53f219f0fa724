use std::fmt::{self, Debug};
use std::mem::swap;

use ndarray::Array1;

use crate::checkpoints::{Checkpoints, at, not_nan};
use crate::differentiable::Differentiable;
use crate::error::{Error, Problem, ProblemKind};
use crate::linear_operator::LinearOperator;

/// The gradient of a loss over a run.
///
/// ```
/// let gradient = dynamics::Gradient { initial: vec![1.0, 2.0].into(), params: vec![3.0].into() };
/// assert_eq!(gradient.params[0], 3.0);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Gradient {
    /// With respect to the initial state.
    pub initial: Array1<f64>,
    /// With respect to the parameters of the simulator.
    pub params: Array1<f64>,
}

/// The forward pass of a [`Run`](crate::Run), from which [`backward`](Self::backward) leads back.
///
/// ```
/// use dynamics::{Run, example::Decay};
/// use ndarray::array;
///
/// // A single state, which each step halves.
/// let simulator = Decay(0.5);
/// let mut recording = vec![];
/// let mut forward = Run::new(&simulator, 2).forward(&[4.0], |_, state| recording.push(state[0]))?;
/// assert_eq!(recording, [4.0, 2.0, 1.0]);
///
/// // The derivatives of the product of all three are known only now.
/// let product: f64 = recording.iter().product();
/// let gradient = forward.backward(|step, _, cotangent| cotangent[0] += product / recording[step])?;
/// assert_eq!(gradient.initial, array![6.0]); // of x^3 / 8
/// # Ok::<(), dynamics::Error>(())
/// ```
pub struct Forward<'s, S> {
    simulator: &'s S,
    steps: usize,
    states: Checkpoints,
    /// The state after the last step.
    last: Vec<f64>,
}

impl<'s, S: Differentiable> Forward<'s, S> {
    pub(crate) fn new(simulator: &'s S, steps: usize, states: Checkpoints, last: Vec<f64>) -> Self {
        Forward { simulator, steps, states, last }
    }

    /// The gradient of a loss whose derivatives with respect to each state `cotangents` knows: it is called with
    /// the number and the values of each state, from the last to the first, and with a slice to which
    /// it adds the derivatives.
    ///
    /// May be called several times, for several losses.
    ///
    /// # Errors
    /// If a step fails, or a derivative is NaN. The error names the step, unless a derivative with respect to a
    /// parameter is NaN.
    ///
    /// ```
    /// use dynamics::{Run, example::Decay};
    /// use ndarray::array;
    ///
    /// // A single state, which each step halves.
    /// let simulator = Decay(0.5);
    /// let mut forward = Run::new(&simulator, 2).forward(&[4.0], |_, _| ())?;
    /// let of_last = forward.backward(|step, _, cotangent| cotangent[0] += f64::from(u8::from(step == 2)))?;
    /// let of_sum = forward.backward(|_, _, cotangent| cotangent[0] += 1.0)?;
    /// assert_eq!((of_last.initial, of_sum.initial), (array![0.25], array![1.75]));
    ///
    /// let error = forward.backward(|step, _, cotangent| cotangent[0] = f64::NAN).unwrap_err();
    /// assert_eq!(error.to_string(), "state 2: the loss has the derivative NaN with respect to [0]");
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    #[doc(alias = "vjp")]
    pub fn backward(
        &mut self,
        mut cotangents: impl FnMut(usize, &[f64], &mut [f64]),
    ) -> Result<Gradient, Error> {
        let (simulator, n) = (self.simulator, self.simulator.num_states());
        let label = |index| simulator.label(index);
        let mut of_loss = |state: usize, values: &[f64], cotangent: &mut [f64]| {
            cotangents(state, values, cotangent);
            not_nan(cotangent, label, |names| {
                let text = format!("the loss has the derivative NaN with respect to {names}");
                (format!("state {state}").into(), text)
            })
        };
        let (mut linear, mut after) = (S::Linear::default(), vec![0.0; n]);
        let (mut cotangent, mut earlier) = (vec![0.0; n], vec![0.0; n]);
        let mut params = vec![0.0; simulator.num_params()];
        let mut expected = self.last.clone();
        of_loss(self.steps, &self.last, &mut cotangent)?;
        for step in (0..self.steps).rev() {
            let before = self.states.restore(simulator, step)?;
            let outcome = simulator.linearize(step, before, &mut after, &mut linear);
            outcome.map_err(|error| Error::failed(at(step), error.into()))?;
            if let Some(text) = contradiction(simulator, &linear, &after, &expected) {
                return Err(Error::new(
                    at(step),
                    vec![Problem::about_all(ProblemKind::Mismatch, text)],
                ));
            }
            expected.copy_from_slice(before);
            linear.vjp_into(&cotangent, &mut earlier, &mut params);
            not_nan(&earlier, label, |names| {
                let text = format!("NaN in the derivative with respect to {names} before the step");
                (at(step), text)
            })?;
            swap(&mut cotangent, &mut earlier);
            of_loss(step, before, &mut cotangent)?;
        }
        // Only now, because there may be as many parameters as steps, or more.
        not_nan(
            &params,
            |index| index.to_string(),
            |names| ("gradient".into(), format!("NaN with respect to the parameters {names}")),
        )?;
        Ok(Gradient { initial: cotangent.into(), params: params.into() })
    }
}

impl<S> Debug for Forward<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forward").field("steps", &self.steps).finish_non_exhaustive()
    }
}

/// How the derivative of a step contradicts the simulator, whose step has led to `expected`.
fn contradiction<S: Differentiable>(
    simulator: &S,
    linear: &S::Linear,
    after: &[f64],
    expected: &[f64],
) -> Option<String> {
    let found = [linear.num_states(), linear.num_params()];
    let wanted = [simulator.num_states(), simulator.num_params()];
    if found != wanted {
        let [states, params] = found;
        return Some(format!(
            "linearize has set a derivative of {states} states and {params} parameters, the simulator has {} and {}",
            wanted[0], wanted[1]
        ));
    }
    // Two ways to compute a step may differ by rounding, which a chaotic system does not forgive.
    let apart = |(a, b): (&f64, &f64)| (a - b).abs() > 1e-6 * (1.0 + b.abs());
    let index = after.iter().zip(expected).position(apart)?;
    Some(format!(
        "{} is {} after linearize and {} after apply; both take the same step",
        simulator.label(index),
        after[index],
        expected[index]
    ))
}
