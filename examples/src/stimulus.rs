use crate::build_error::BuildError;
use crate::check::check_time_step;
use crate::error::CableError;
use crate::place::Place;

/// A current (nA) that is `i_amp` from `i_delay` to `i_delay + i_dur` (ms) and 0 otherwise: one
/// value for each step of `delta_t` (ms) up to `t_max` (ms), and one more. Jaxley's `step_current`,
/// without its offset.
///
/// Times are cut to whole steps.
///
/// # Errors
/// [`CableError::TimeStep`] if `delta_t` is not positive and finite, and [`BuildError::Value`] if a
/// time is negative or not finite.
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
    check_time_step(delta_t)?;
    for (key, value) in [("i_delay", i_delay), ("i_dur", i_dur), ("t_max", t_max)] {
        if !value.is_finite() || value < 0.0 {
            let (place, key) = (Place::Field("step_current"), key.to_owned());
            let allowed = "a finite time from 0 on";
            return Err(BuildError::Value { place, key, value, allowed }.into());
        }
    }
    let window = whole(i_delay / delta_t)..whole((i_delay + i_dur) / delta_t);
    // As Python's `//`, the largest multiple that is not above: 0.3 / 0.1 is 3, 0.3 // 0.1 is 2.
    let steps = whole(((t_max - t_max % delta_t) / delta_t).round());
    Ok((0..steps + 2).map(|step| if window.contains(&step) { i_amp } else { 0.0 }).collect())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time from 0 on is cut to whole steps"
)]
fn whole(steps: f64) -> u64 {
    steps as u64
}
