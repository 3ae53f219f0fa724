use std::fmt::{self, Debug};

use ndarray::{Array1, ArrayView1};
use pytree::tree_flatten;

use crate::dynamic_state_utils::DynamicStateUtils;
use crate::error::Error;
use crate::in_place::InPlace;
use crate::module::{ChannelCurrents, Module};
use crate::scalar::Scalar;

/// The step of a simulator as a function from vector to vector: Jaxley's `step_dynamics`.
///
/// The simulator advances all states. `Step` does the rest:
/// [`unflatten`](DynamicStateUtils::unflatten) and
/// [`add_observables`](DynamicStateUtils::add_observables) before the step,
/// [`remove_observables`](DynamicStateUtils::remove_observables) and
/// [`flatten`](DynamicStateUtils::flatten) after it. It keeps the memory of all states from one step
/// to the next, but no values: the result depends on the arguments alone.
///
/// ```
/// use dynamics::{Step, build_dynamic_state_utils, example::Cell};
///
/// let utils = build_dynamic_state_utils(&Cell)?;
/// let mut step = Step::new(&utils);
/// let (mut before, mut after) = ([0.2, -60.0, -55.0], [0.0; 3]);
/// for _ in 0..2 {
///     step.apply_into(&before, &mut after, &(), 0.5, |states, ()| Cell.step(states, 0.5))?;
///     before = after;
/// }
/// assert_eq!(after, [0.2, -67.5, -66.25]);
/// assert_eq!(step.all_states().unwrap()["v"][0], -67.5);
/// # Ok::<(), dynamics::Error>(())
/// ```
#[doc(alias = "step_dynamics")]
pub struct Step<'u, 'm, M: Module, T: Scalar> {
    utils: &'u DynamicStateUtils<'m, M>,
    /// `None` before the first step, and after a step that failed, because the simulator may then have
    /// left states of any structure.
    last: Option<Last<'u, M::States<T>>>,
}

/// All states after a step, and the way between them and the vector.
struct Last<'u, S> {
    states: S,
    in_place: InPlace<'u>,
}

impl<'u, 'm, M: Module, T: Scalar> Step<'u, 'm, M, T> {
    /// Steps of the states of `utils`.
    ///
    /// ```
    /// use dynamics::{Step, build_dynamic_state_utils, example::Cell};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let step = Step::<_, f64>::new(&utils);
    /// assert!(step.all_states().is_none());
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn new(utils: &'u DynamicStateUtils<'m, M>) -> Self {
        Step { utils, last: None }
    }

    /// The vector after the step. `advance` is the simulator: it gets all states, currents included,
    /// and `params`, and changes the states to those after the step. `delta_t` is in the module's unit
    /// of time.
    ///
    /// # Errors
    /// - If the vector has another length or is NaN somewhere (argument `vector`).
    /// - The error of the module in computing its currents; also if it did not compute a current that it
    ///   names, or computed one with another number of entries than it has nodes, or than in the last step
    ///   (argument `currents`).
    /// - The error of `advance` (argument `step`).
    /// - If a state is NaN after the step, is gone or has another shape (argument `all_states after the
    ///   step`).
    ///
    /// ```
    /// use dynamics::{Step, build_dynamic_state_utils, example::Cell};
    /// use ndarray::array;
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let mut step = Step::new(&utils);
    /// let before = array![0.2, -60.0, -55.0];
    /// let after = step.apply(&before, &(), 0.5, |states, ()| Cell.step(states, 0.5))?;
    /// assert_eq!(after, array![0.2, -65.0, -62.5]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn apply<'v, E>(
        &mut self,
        vector: impl Into<ArrayView1<'v, T>>,
        params: &<M as ChannelCurrents<T>>::Params,
        delta_t: f64,
        advance: impl FnOnce(&mut M::States<T>, &<M as ChannelCurrents<T>>::Params) -> Result<(), E>,
    ) -> Result<Array1<T>, Error>
    where
        M: ChannelCurrents<T>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let before = vector.into().to_vec();
        let mut after = before.clone();
        self.apply_into(&before, &mut after, params, delta_t, advance)?;
        Ok(after.into())
    }

    /// [`apply`](Self::apply), with the vector after the step written to `after`. From the second step
    /// on, and unless a step fails, only the module and `advance` allocate.
    ///
    /// # Errors
    /// As [`apply`](Self::apply), and if `after` has another length. Nothing is written then.
    ///
    /// ```
    /// use dynamics::{Step, build_dynamic_state_utils, example::Cell};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let mut step = Step::new(&utils);
    /// let (before, mut after) = ([0.2, -60.0, -55.0], [0.0; 3]);
    /// step.apply_into(&before, &mut after, &(), 0.5, |states, ()| Cell.step(states, 0.5))?;
    /// assert_eq!(after, [0.2, -65.0, -62.5]);
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn apply_into<E>(
        &mut self,
        before: &[T],
        after: &mut [T],
        params: &<M as ChannelCurrents<T>>::Params,
        delta_t: f64,
        advance: impl FnOnce(&mut M::States<T>, &<M as ChannelCurrents<T>>::Params) -> Result<(), E>,
    ) -> Result<(), Error>
    where
        M: ChannelCurrents<T>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        // Put back only at the end: states that a failed step has left are dropped.
        let mut last = if let Some(mut last) = self.last.take() {
            last.in_place.restore_into(before, &mut last.states)?;
            self.utils.append_currents(&mut last.states, params, delta_t)?;
            // The full check took place in the first step.
            if let Err(error) = last.in_place.check(&last.states, "currents") {
                self.utils.plan.check_currents(tree_flatten(&last.states))?;
                return Err(error);
            }
            last
        } else {
            let states = self.utils.unflatten(before)?;
            let states = self.utils.add_observables(&states, params, delta_t)?;
            Last { in_place: self.utils.in_place(&states)?, states }
        };
        advance(&mut last.states, params).map_err(|error| Error::failed("step", error.into()))?;
        last.in_place.gather_after_step(&last.states, after)?;
        self.last = Some(last);
        Ok(())
    }

    /// All states after the last step, to record from. The currents are those from before the step,
    /// unless `advance` computes them anew. `None` before the first step, and after a step that failed.
    ///
    /// ```
    /// use dynamics::{Step, build_dynamic_state_utils, example::Cell};
    ///
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let mut step = Step::new(&utils);
    /// step.apply(&[0.2, -60.0, -55.0], &(), 0.5, |states, ()| Cell.step(states, 0.5))?;
    /// let states = step.all_states().unwrap();
    /// assert_eq!(states["v"][0], -65.0);
    /// assert_eq!(states["i_leak"][0], 10.0); // at -60 mV, before the step
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn all_states(&self) -> Option<&M::States<T>> {
        self.last.as_ref().map(|last| &last.states)
    }
}

impl<M: Module, T: Scalar> Debug for Step<'_, '_, M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let num_states = self.utils.num_states();
        f.debug_struct("Step").field("num_states", &num_states).finish_non_exhaustive()
    }
}
