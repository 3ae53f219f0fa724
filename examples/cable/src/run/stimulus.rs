use crate::description::limits::{MAX_STEPS, check_rows, check_time_step};
use crate::error::{CableError, Number};
use crate::states::Scalar;
use std::ops::Range;

/// A current (nA) that is `i_amp` from `i_delay` to `i_delay + i_dur` (ms) and 0 otherwise.
/// Jaxley's `step_current`; [`step_current_with_offset`] has its offset.
///
/// Times are cut to whole steps of `delta_t` (ms). There are two values more than whole steps in
/// `t_max` (ms): 6 for the 4 steps of 0.5 ms in 2 ms, and 201 for 5 ms in steps of 0.025 ms, of
/// which 199 are whole, because the number that represents 0.025 is slightly larger.
///
/// With a dual number as `i_amp`, the series is differentiated with respect to it; see
/// [`View::data_stimulate`](crate::View::data_stimulate).
///
/// # Errors
/// [`Value`](crate::ErrorKind::Value) if `delta_t` is not positive and finite, and
/// [`Value`](crate::ErrorKind::Value) if a time is negative or not finite, the current is not
/// finite, or `t_max` has more than 10,000,000 steps.
///
/// ```
/// # fn main() -> Result<(), cable::CableError> {
/// let current = cable::step_current(0.5, 1.0, 0.2, 0.5, 2.0)?;
/// assert_eq!(current, [0.0, 0.2, 0.2, 0.0, 0.0, 0.0]);
/// # Ok(())
/// # }
/// ```
pub fn step_current<T: Scalar>(
    i_delay: f64,
    i_dur: f64,
    i_amp: T,
    delta_t: f64,
    t_max: f64,
) -> Result<Vec<T>, CableError> {
    step_current_with_offset(i_delay, i_dur, i_amp, delta_t, t_max, T::zero())
}

/// As [`step_current`], but `i_offset` (nA) outside the step, not 0. During the step the current is
/// `i_amp`, without the offset.
///
/// # Errors
/// Those of [`step_current`], for either current.
///
/// ```
/// # fn main() -> Result<(), cable::CableError> {
/// let current = cable::step_current_with_offset(0.5, 1.0, 0.2, 0.5, 2.0, 0.05)?;
/// assert_eq!(current, [0.05, 0.2, 0.2, 0.05, 0.05, 0.05]);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "i_offset")]
pub fn step_current_with_offset<T: Scalar>(
    i_delay: f64,
    i_dur: f64,
    i_amp: T,
    delta_t: f64,
    t_max: f64,
    i_offset: T,
) -> Result<Vec<T>, CableError> {
    let caller = "step_current";
    let step = Step::new(caller, [i_delay, i_dur], delta_t, t_max)?;
    check_current(caller, "i_amp", i_amp)?;
    check_current(caller, "i_offset", i_offset)?;
    Ok(step.series(i_amp, i_offset))
}

/// For each of the amplitudes `i_amp` (nA) a series as [`step_current_with_offset`] makes it: the
/// stimuli of several compartments, or of several runs.
///
/// # Errors
/// Those of [`step_current`], for each of the currents, which the text names; and
/// [`Value`](crate::ErrorKind::Value) if there are more than 100,000,000 numbers in all.
///
/// ```
/// use cable::{Build, Cell, RunData, Solver, build_init_and_step_fn, datapoint_to_step_currents};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let mut cell = Cell::default();
/// cell.record("v")?;
/// let cable = cell.build_for(0.5, 1.0)?; // ms
/// let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
/// for current in datapoint_to_step_currents(0.0, 0.5, &[0.1, 0.2], 0.5, 1.0, 0.0)? {
///     let mut data_stimuli = vec![];
///     cell.data_stimulate(&current, &mut data_stimuli)?;
///     let v = run.integrate(&vec![], RunData { data_stimuli: &data_stimuli, ..RunData::default() })?;
///     assert!(v[[0, 1]] > -70.0 && v[[0, 2]] == v[[0, 1]]); // nothing leaks
/// }
/// # Ok(())
/// # }
/// ```
pub fn datapoint_to_step_currents<T: Scalar>(
    i_delay: f64,
    i_dur: f64,
    i_amp: &[T],
    delta_t: f64,
    t_max: f64,
    i_offset: T,
) -> Result<Vec<Vec<T>>, CableError> {
    let caller = "datapoint_to_step_currents";
    let step = Step::new(caller, [i_delay, i_dur], delta_t, t_max)?;
    check_rows("currents", i_amp.len(), step.length)?;
    check_current(caller, "i_offset", i_offset)?;
    let series = |(index, &amp): (usize, &T)| {
        check_current(caller, &format!("i_amp[{index}]"), amp)?;
        Ok(step.series(amp, i_offset))
    };
    i_amp.iter().enumerate().map(series).collect()
}

/// When a step current is on, in steps of time.
struct Step {
    length: usize,
    on: Range<usize>,
}

impl Step {
    fn new(caller: &str, times: [f64; 2], delta_t: f64, t_max: f64) -> Result<Self, CableError> {
        let length = whole_steps(caller, t_max, delta_t)? + 2;
        let [delay, duration] = times;
        check_time(caller, "i_delay", delay)?;
        check_time(caller, "i_dur", duration)?;
        Ok(Self { length, on: whole(delay / delta_t)..whole((delay + duration) / delta_t) })
    }

    fn series<T: Copy>(&self, on: T, off: T) -> Vec<T> {
        (0..self.length).map(|step| if self.on.contains(&step) { on } else { off }).collect()
    }
}

fn check_current<T: Scalar>(caller: &str, key: &str, current: T) -> Result<(), CableError> {
    let current = current.re();
    if current.is_finite() {
        return Ok(());
    }
    Err(CableError::value(key, caller, Number(current), "a finite current"))
}

/// The number of whole steps of `delta_t` (ms) in `t_max` (ms), for the function called `caller`.
///
/// # Errors
/// Those of [`step_current`].
pub(crate) fn whole_steps(caller: &str, t_max: f64, delta_t: f64) -> Result<usize, CableError> {
    check_time_step(delta_t)?;
    check_time(caller, "t_max", t_max)?;
    // As Python's `//`, which rounds the exact quotient down: 0.3 / 0.1 is 3, 0.3 // 0.1 is 2.
    let steps = whole(((t_max - t_max % delta_t) / delta_t).round());
    if steps < MAX_STEPS {
        return Ok(steps);
    }
    Err(CableError::value("t_max", caller, Number(t_max), "a time of less than 10000000 steps"))
}

fn check_time(caller: &str, key: &str, value: f64) -> Result<(), CableError> {
    if value.is_finite() && value >= 0.0 {
        return Ok(());
    }
    Err(CableError::value(key, caller, Number(value), "a finite time from 0 on"))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time from 0 on is cut to whole steps, and to what there can be"
)]
fn whole(steps: f64) -> usize {
    steps as usize
}
