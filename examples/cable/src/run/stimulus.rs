use crate::description::limits::{MAX_STEPS, check_time_step};
use crate::error::{CableError, Number};

/// A current (nA) that is `i_amp` from `i_delay` to `i_delay + i_dur` (ms) and 0 otherwise.
/// Jaxley's `step_current`, without its offset.
///
/// Times are cut to whole steps of `delta_t` (ms). There are two values more than whole steps in
/// `t_max` (ms): 6 for the 4 steps of 0.5 ms in 2 ms, and 201 for 5 ms in steps of 0.025 ms, of
/// which 199 are whole, because the number that represents 0.025 is slightly larger.
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
pub fn step_current(
    i_delay: f64,
    i_dur: f64,
    i_amp: f64,
    delta_t: f64,
    t_max: f64,
) -> Result<Vec<f64>, CableError> {
    let steps = whole_steps("step_current", t_max, delta_t)?;
    let times = [("i_delay", i_delay), ("i_dur", i_dur)];
    times.into_iter().try_for_each(|(key, time)| check_time("step_current", key, time))?;
    if !i_amp.is_finite() {
        return Err(CableError::value("i_amp", "step_current", Number(i_amp), "a finite current"));
    }
    let window = whole(i_delay / delta_t)..whole((i_delay + i_dur) / delta_t);
    Ok((0..steps + 2).map(|step| if window.contains(&step) { i_amp } else { 0.0 }).collect())
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
