//! The numbers that a module may have, and how many things.

use crate::description::geometry::{Cylinder, is_geometry};
use crate::error::{CableError, ErrorKind, Number};
use crate::states::Scalar;
use std::fmt::Display;
use std::ops::RangeInclusive;

/// How many steps a module may take, and a stimulus have values for.
pub(crate) const MAX_STEPS: usize = 10_000_000;

/// How many numbers stimuli and recordings may have: 8 bytes each are 0.8 GB.
const MAX_NUMBERS: usize = 100_000_000;

/// How many synapses a network may have: about 1 GB.
pub(crate) const MAX_SYNAPSES: usize = 10_000_000;

/// How many compartments a module may have: about 1 GB.
pub(crate) const MAX_COMPARTMENTS: usize = 10_000_000;

/// The sizes of numbers that leave room for a step: it multiplies up to six of them, as in
/// gK n⁴ (v - eK), and the largest product is still finite.
const SIZES: RangeInclusive<f64> = 1e-50..=1e50;

/// What is allowed for the parameter or the state `key` instead of `value`; `None` if `value` is.
pub(crate) fn allowed_instead(key: &str, value: f64) -> Option<&'static str> {
    if key.starts_with("resistive_load_") && value == f64::INFINITY {
        return None; // the tip of a branch may be pointed; elsewhere a conductance is then 0
    }
    let positive = is_geometry(key) || Cylinder::<f64>::KEYS.contains(&key);
    if positive { positive_instead(value) } else { finite_instead(value) }
}

fn positive_instead(value: f64) -> Option<&'static str> {
    if SIZES.contains(&value) {
        None
    } else if value > 0.0 && value.is_finite() {
        Some("a number from 1e-50 to 1e50")
    } else {
        Some("a positive, finite number")
    }
}

fn finite_instead(value: f64) -> Option<&'static str> {
    if value.abs() <= *SIZES.end() {
        None
    } else if value.is_finite() {
        Some("a number from -1e50 to 1e50")
    } else {
        Some("a finite number")
    }
}

/// Checks a value of the parameter or the state `key`, which errors call `name` of `place`.
pub(crate) fn check_value<N: Display>(
    key: &str,
    name: impl FnOnce() -> N,
    place: impl Display,
    value: f64,
) -> Result<(), CableError> {
    match allowed_instead(key, value) {
        None => Ok(()),
        Some(allowed) => Err(CableError::value(name(), place, Number(value), allowed)),
    }
}

/// Checks all values of a stimulus or a clamp, which errors call `key` of `place`.
pub(crate) fn check_series<T: Scalar>(
    place: impl Display,
    key: &str,
    rows: &[Vec<T>],
) -> Result<(), CableError> {
    for (row, values) in rows.iter().enumerate() {
        for (step, value) in values.iter().map(T::re).enumerate() {
            if let Some(allowed) = finite_instead(value) {
                let name = format!("'{key}' in row {row} at step {step}");
                return Err(CableError::value(name, place, Number(value), allowed));
            }
        }
    }
    Ok(())
}

/// The error of a series that ends before the run does.
pub(crate) fn ends_early(
    place: impl Display,
    row: usize,
    values: usize,
    steps: usize,
) -> CableError {
    let text = format!(
        "{place} has {values} values in row {row}, but there are {steps} steps: give one for each \
         step, and at least one"
    );
    CableError::new(ErrorKind::Length, text)
}

/// Checks a value of an external at one step.
pub(crate) fn check_external(
    place: impl Display,
    index: usize,
    value: f64,
) -> Result<(), CableError> {
    match finite_instead(value) {
        None => Ok(()),
        Some(allowed) => {
            Err(CableError::value(format_args!("value {index}"), place, Number(value), allowed))
        }
    }
}

/// Checks a number that follows from others: it is called `name` and follows from `from`.
pub(crate) fn check_derived<N: Display>(
    name: impl FnOnce() -> N,
    from: &str,
    value: f64,
) -> Result<(), CableError> {
    if positive_instead(value).is_none() {
        return Ok(());
    }
    let value = Number(value);
    let text = format!("{}, which follows from {from}, is {value}: change them", name());
    Err(CableError::new(ErrorKind::Value, text))
}

/// Checks a time step (ms).
pub(crate) fn check_time_step(delta_t: f64) -> Result<(), CableError> {
    if delta_t > 0.0 && delta_t <= *SIZES.end() {
        return Ok(());
    }
    let allowed = if delta_t > 0.0 && delta_t.is_finite() {
        "a time step of at most 1e50 ms"
    } else {
        "a positive, finite time step"
    };
    let text = format!("delta_t is {} ms: give {allowed}", Number(delta_t));
    Err(CableError::new(ErrorKind::Value, text))
}

/// Checks that memory can hold what `steps` steps take.
pub(crate) fn check_steps(place: impl Display, steps: usize) -> Result<(), CableError> {
    if steps <= MAX_STEPS {
        return Ok(());
    }
    Err(CableError::value("steps", place, steps, "at most 10000000"))
}

/// Checks that memory can hold one value a step for each of `rows` recordings or stimuli, as `what`
/// says.
pub(crate) fn check_rows(what: &str, rows: usize, steps: usize) -> Result<(), CableError> {
    if steps.saturating_mul(rows) <= MAX_NUMBERS {
        return Ok(());
    }
    let text = format!(
        "{rows} {what} of {steps} steps are more than {MAX_NUMBERS} numbers: give fewer of them, or \
         fewer steps"
    );
    Err(CableError::new(ErrorKind::Value, text))
}
