use std::fmt::{self, Debug};

use ndarray::{Array1, ArrayView1};

use crate::dynamic_state_utils::DynamicStateUtils;
use crate::error::{Error, ProblemKind};
use crate::in_place::InPlace;
use crate::module::{ChannelCurrents, Module, Scalar};

/// The vector of the dynamic states after a step of a simulator, from that before it. For more than
/// one step, [`Step`] makes less work of it.
///
/// # Errors
/// As [`Step::apply`].
///
/// ```
/// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
/// # use cell::*;
/// let utils = build_dynamic_state_utils(&Cell)?;
/// let next = dynamics::step(&utils, &array![0.2, -60.0, -55.0], &(), 0.5, |states, ()| {
///     let change = &states["i_leak"] * 0.5;
///     states.entry("v".into()).and_modify(|v| *v -= &change);
///     Ok::<_, dynamics::Error>(())
/// })?;
/// assert_eq!(next, array![0.2, -30.0, -27.5]);
/// # Ok::<(), dynamics::Error>(())
/// ```
pub fn step<'v, T, M, E>(
    utils: &DynamicStateUtils<'_, M>,
    vector: impl Into<ArrayView1<'v, T>>,
    params: &<M as ChannelCurrents<T>>::Params,
    delta_t: f64,
    advance: impl FnOnce(&mut M::States<T>, &<M as ChannelCurrents<T>>::Params) -> Result<(), E>,
) -> Result<Array1<T>, Error>
where
    T: Scalar,
    M: ChannelCurrents<T>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    Step::new(utils).apply(vector, params, delta_t, advance)
}

/// The step of a simulator as a function from vector to vector: Jaxley's `step_dynamics`.
///
/// The simulator moves all states; this is what stands around it:
/// [`unflatten`](DynamicStateUtils::unflatten) and
/// [`add_observables`](DynamicStateUtils::add_observables) before,
/// [`remove_observables`](DynamicStateUtils::remove_observables) and
/// [`flatten`](DynamicStateUtils::flatten) after. All states are kept from one step to the next:
/// [`apply_into`](Self::apply_into) allocates them at the first step, and after one that failed, and
/// [`apply`](Self::apply) the vector it gives. What a step gives depends on its arguments alone.
///
/// ```
/// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
/// # use cell::*;
/// use dynamics::Step;
///
/// let utils = build_dynamic_state_utils(&Cell)?;
/// let mut step = Step::new(&utils);
/// let (mut before, mut after) = ([0.2, -60.0, -55.0], [0.0; 3]);
/// for _ in 0..2 {
///     step.apply_into(&before, &mut after, &(), 0.025, |states, ()| {
///         states.entry("v".into()).and_modify(|v| *v *= 0.5);
///         Ok::<_, dynamics::Error>(())
///     })?;
///     before = after;
/// }
/// assert_eq!(after, [0.2, -15.0, -13.75]);
/// assert_eq!(step.all_states().unwrap()["v"], array![-15.0, -0.5, -13.75]);
/// # Ok::<(), dynamics::Error>(())
/// ```
pub struct Step<'u, 'm, M: Module, T: Scalar> {
    utils: &'u DynamicStateUtils<'m, M>,
    /// `None` before the first step, and after one that failed, which may leave any states behind.
    last: Option<Last<'u, M::States<T>>>,
}

/// All states after a step, and the way to them.
struct Last<'u, S> {
    states: S,
    in_place: InPlace<'u>,
}

impl<'u, 'm, M: Module, T: Scalar> Step<'u, 'm, M, T> {
    /// Steps for the states of `utils`.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let step = dynamics::Step::<_, f64>::new(&utils);
    /// assert!(step.all_states().is_none());
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn new(utils: &'u DynamicStateUtils<'m, M>) -> Self {
        Step { utils, last: None }
    }

    /// The vector after the step that `advance` makes of all states, currents included; `delta_t` is
    /// in the unit of the module. `advance` is passed `params`.
    ///
    /// # Errors
    /// If the vector has another length or is NaN somewhere, before the step or after it; whatever
    /// the module says of its currents (argument `currents`), and `advance` of its step (argument
    /// `step`).
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let mut step = dynamics::Step::new(&utils);
    /// let after = step.apply(&[0.2, -60.0, -55.0], &(), 0.025, |states, ()| {
    ///     states.entry("v".into()).and_modify(|v| *v *= 0.5);
    ///     Ok::<_, dynamics::Error>(())
    /// })?;
    /// assert_eq!(after, array![0.2, -30.0, -27.5]);
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
        let mut vector = vector.into().to_vec();
        let last = self.advance(&vector, params, delta_t, advance)?;
        last.in_place.gather_into(&last.states, &mut vector)?;
        self.last = Some(last);
        Ok(vector.into())
    }

    /// As [`apply`](Self::apply), and writes the vector after the step to `after`. From the second step
    /// on, nothing is allocated but by the module.
    ///
    /// # Errors
    /// As [`apply`](Self::apply); also if `after` has another length. Nothing has then been written.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let mut step = dynamics::Step::new(&utils);
    /// let mut after = [0.0; 3];
    /// step.apply_into(&[0.2, -60.0, -55.0], &mut after, &(), 0.025, |states, ()| {
    ///     states.entry("v".into()).and_modify(|v| *v *= 0.5);
    ///     Ok::<_, dynamics::Error>(())
    /// })?;
    /// assert_eq!(after, [0.2, -30.0, -27.5]);
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
        let last = self.advance(before, params, delta_t, advance)?;
        last.in_place.gather_into(&last.states, after)?;
        self.last = Some(last);
        Ok(())
    }

    /// All states after the last step, currents included, to record from; `None` before the first
    /// one, and after one that failed.
    ///
    /// ```
    /// # mod cell { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/cell.rs")); }
    /// # use cell::*;
    /// let utils = build_dynamic_state_utils(&Cell)?;
    /// let mut step = dynamics::Step::new(&utils);
    /// step.apply(&[0.2, -60.0, -55.0], &(), 0.025, |states, ()| {
    ///     states.entry("v".into()).and_modify(|v| *v *= 0.5);
    ///     Ok::<_, dynamics::Error>(())
    /// })?;
    /// assert_eq!(step.all_states().unwrap()["i_leak"], array![-60.0, -1.0, -55.0]); // before the step
    /// # Ok::<(), dynamics::Error>(())
    /// ```
    pub fn all_states(&self) -> Option<&M::States<T>> {
        self.last.as_ref().map(|last| &last.states)
    }

    fn advance<E>(
        &mut self,
        vector: &[T],
        params: &<M as ChannelCurrents<T>>::Params,
        delta_t: f64,
        advance: impl FnOnce(&mut M::States<T>, &<M as ChannelCurrents<T>>::Params) -> Result<(), E>,
    ) -> Result<Last<'u, M::States<T>>, Error>
    where
        M: ChannelCurrents<T>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let utils = self.utils;
        let mut last = if let Some(mut last) = self.last.take() {
            last.in_place.restore_into(vector, &mut last.states)?;
            utils.append_currents(&mut last.states, params, delta_t)?;
            last
        } else {
            let states = utils.unflatten(vector)?;
            let states = utils.add_observables(&states, params, delta_t)?;
            Last { in_place: utils.in_place(&states)?, states }
        };
        advance(&mut last.states, params)
            .map_err(|error| Error::about("step", ProblemKind::Module(error.into())))?;
        Ok(last)
    }
}

impl<M: Module, T: Scalar> Debug for Step<'_, '_, M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let num_states = self.utils.num_states();
        f.debug_struct("Step").field("num_states", &num_states).finish_non_exhaustive()
    }
}
