use std::fmt::{self, Debug};

use ndarray::ArrayView1;

use crate::checkpoints::{Checkpoints, Spacing, advance, not_nan};
use crate::differentiable::Differentiable;
use crate::error::{Error, ProblemKind};
use crate::reverse::{Forward, Gradient};

/// A run of a simulator over a number of steps, to be differentiated in reverse mode: the gradient of a
/// loss with respect to the initial state and all parameters, in time that does not depend on how many
/// parameters there are.
///
/// A loss depends on the states before, between and after the steps, which have the numbers `0` to
/// `steps`. If it is a sum of a function of each of them, [`value_and_grad`](Self::value_and_grad) serves. For
/// any other loss, [`forward`](Self::forward) visits the states, and
/// [`Forward::backward`] asks for the derivatives of the loss with respect to each.
///
/// # Memory
/// The forward pass keeps a state every ceil(sqrt(steps)) steps, and the backward pass repeats the steps
/// between two of these, so both hold about 2 sqrt(steps) states and run the simulator twice.
/// [`with_checkpoint_every`](Self::with_checkpoint_every) chooses another distance, and
/// [`with_checkpoint_lengths`](Self::with_checkpoint_lengths) several levels of distances.
///
/// ```
/// use dynamics::{Run, example::Decay};
/// use ndarray::array;
///
/// // Three steps, each of which multiplies the state x by a factor; and the square of the last state.
/// let simulator = Decay(0.5);
/// let (loss, gradient) = Run::new(&simulator, 3).value_and_grad(&[8.0], |step, state, cotangent| {
///     if step < 3 {
///         return 0.0;
///     }
///     cotangent[0] += 2.0 * state[0];
///     state[0].powi(2)
/// })?;
/// assert_eq!(loss, 1.0);
/// assert_eq!(gradient.initial, array![0.25]); // 2 x factor^6
/// assert_eq!(gradient.params, array![12.0]); // 6 x^2 factor^5
/// # Ok::<(), dynamics::Error>(())
/// ```
#[doc(alias = "scan")]
pub struct Run<'s, S> {
    simulator: &'s S,
    steps: usize,
    spacing: Spacing<'s>,
}

// Not derived, because the simulator needs none of these traits.
impl<S> Clone for Run<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Run<'_, S> {}

impl<S> Debug for Run<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let run = &mut f.debug_struct("Run");
        run.field("steps", &self.steps).field("spacing", &self.spacing).finish_non_exhaustive()
    }
}

impl<'s, S: Differentiable> Run<'s, S> {
    /// A run of `steps` steps.
    ///
    /// ```
    /// use dynamics::{Run, example::Decay};
    ///
    /// let run = Run::new(&Decay(0.5), 100);
    /// assert_eq!(format!("{run:?}"), "Run { steps: 100, spacing: Every(10), .. }");
    /// ```
    pub fn new(simulator: &'s S, steps: usize) -> Self {
        let root = steps.isqrt();
        let every = if root * root < steps { root + 1 } else { root };
        Run { simulator, steps, spacing: Spacing::Every(every.max(1)) }
    }

    /// The same run, with a state kept every so many steps. 0 counts as 1.
    ///
    /// In total, steps / every + every states are kept, so the default keeps the fewest. A distance of 1, or
    /// of all `steps`, keeps all states and saves the second run of the simulator.
    ///
    /// ```
    /// use dynamics::{Run, example::Decay};
    ///
    /// let (simulator, loss) = (Decay(0.5), |_: usize, _: &[f64], cotangent: &mut [f64]| {
    ///     cotangent[0] += 1.0;
    ///     0.0
    /// });
    /// let run = Run::new(&simulator, 100);
    /// let (_, gradient) = run.with_checkpoint_every(1).value_and_grad(&[1.0], loss)?;
    /// assert_eq!(gradient, run.value_and_grad(&[1.0], loss)?.1);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    #[must_use]
    pub fn with_checkpoint_every(self, every: usize) -> Self {
        Run { spacing: Spacing::Every(every.max(1)), ..self }
    }

    /// The same run, with states kept on a level for each of these lengths, as Jaxley's
    /// `checkpoint_lengths`: of `[a, b, c]` one every `b * c` steps of the run, one every `c` steps of one of
    /// these segments, and all of one of those.
    ///
    /// In total, at most as many states are kept as the lengths add up to, and the steps are repeated at most
    /// once for each length but the first: `[10, 10, 10]` keeps 30 of 1,000 states, and runs the simulator
    /// three times. The results are the same to the last bit. The forward pass fails if the product of the
    /// lengths is less than the number of steps.
    ///
    /// ```
    /// use dynamics::{Run, example::Decay};
    ///
    /// let (simulator, loss) = (Decay(0.5), |_: usize, _: &[f64], cotangent: &mut [f64]| {
    ///     cotangent[0] += 1.0;
    ///     0.0
    /// });
    /// let run = Run::new(&simulator, 100);
    /// let (_, gradient) = run.with_checkpoint_lengths(&[5, 5, 4]).value_and_grad(&[1.0], loss)?;
    /// assert_eq!(gradient, run.value_and_grad(&[1.0], loss)?.1);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    #[must_use]
    pub fn with_checkpoint_lengths(self, lengths: &'s [usize]) -> Self {
        Run { spacing: Spacing::Lengths(lengths), ..self }
    }

    /// Runs the simulator, and calls `visit` with the number and the values of each state: `0`, which
    /// is `initial`, to `steps`.
    ///
    /// # Errors
    /// If `initial` does not have the length of the number of states, a step fails, or a state is NaN.
    /// The error of a step names the step.
    ///
    /// ```
    /// use dynamics::{Run, example::Decay};
    ///
    /// let mut recording = vec![];
    /// Run::new(&Decay(2.0), 3).forward(&[1.0], |_, state| recording.push(state[0]))?;
    /// assert_eq!(recording, [1.0, 2.0, 4.0, 8.0]);
    ///
    /// let error = Run::new(&Decay(f64::NAN), 3).forward(&[1.0], |_, _| ()).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "step 0: NaN in [0] after the step; a smaller time step may help",
    /// );
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    #[doc(alias = "vjp")]
    pub fn forward<'v>(
        &self,
        initial: impl Into<ArrayView1<'v, f64>>,
        mut visit: impl FnMut(usize, &[f64]),
    ) -> Result<Forward<'s, S>, Error> {
        let (simulator, n) = (self.simulator, self.simulator.num_states());
        let mut state = initial.into().to_vec();
        if state.len() != n {
            let text = format!("expected length {n}, found {}", state.len());
            return Err(Error::about("initial", ProblemKind::Mismatch, text));
        }
        not_nan(
            &state,
            |index| simulator.label(index),
            |names| ("initial".into(), format!("NaN in {names}")),
        )?;
        let mut after = vec![0.0; n];
        let mut states = Checkpoints::new(n, self.steps, self.spacing)?;
        visit(0, &state);
        for step in 0..self.steps {
            states.keep(step, &state);
            advance(simulator, step, &state, &mut after)?;
            (state, after) = (after, state);
            visit(step + 1, &state);
        }
        Ok(Forward::new(simulator, self.steps, states, state))
    }

    /// The loss, and its gradient. `loss` is called with the number and the values of each state, and
    /// with a slice of as many zeros. It returns the part of the loss that is due to this state, and adds
    /// the derivatives of that part with respect to the state to the slice.
    ///
    /// The states come in reverse, from `steps` to `0`, in the backward pass. That of `0` is `initial`.
    ///
    /// # Errors
    /// As [`forward`](Self::forward) and [`Forward::backward`].
    ///
    /// ```
    /// use dynamics::{Run, example::Decay};
    /// use ndarray::array;
    ///
    /// // The mean square of all four states.
    /// let simulator = Decay(0.5);
    /// let (loss, gradient) = Run::new(&simulator, 3).value_and_grad(&[8.0], |_, state, cotangent| {
    ///     cotangent[0] += 2.0 * state[0] / 4.0;
    ///     state[0].powi(2) / 4.0
    /// })?;
    /// assert_eq!(loss, 21.25); // of 8, 4, 2 and 1
    /// assert_eq!(gradient.initial, array![5.3125]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    #[doc(alias = "grad")]
    pub fn value_and_grad<'v>(
        &self,
        initial: impl Into<ArrayView1<'v, f64>>,
        mut loss: impl FnMut(usize, &[f64], &mut [f64]) -> f64,
    ) -> Result<(f64, Gradient), Error> {
        let mut value = 0.0;
        let mut forward = self.forward(initial, |_, _| ())?;
        let gradient = forward.backward(|step, state, cotangent| {
            value += loss(step, state, cotangent);
        })?;
        Ok((value, gradient))
    }
}
