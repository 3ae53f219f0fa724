//! The states of a run, of which a few are kept and the others are computed anew.

use std::borrow::Cow;

use pytree::error::list;

use crate::differentiable::Differentiable;
use crate::error::{Error, ProblemKind};
use crate::scalar::{any_nan, is_nan};

/// The states before each step, which are in segments of `every` steps. The first state of each segment is
/// kept, and all states of one segment.
///
/// ```text
/// step     0  1  2  3  4  5  6  7      steps = 8, every = 3
/// starts   x        x        x
/// segment                       x      the last segment is held after the forward pass
/// ```
pub(crate) struct Checkpoints {
    num_states: usize,
    every: usize,
    /// The first states of the segments, one after the other.
    starts: Vec<f64>,
    /// The other states of the segment with the number `held`.
    segment: Vec<f64>,
    held: usize,
}

impl Checkpoints {
    /// Memory for the states of so many steps.
    pub fn new(num_states: usize, steps: usize, every: usize) -> Self {
        let starts = Vec::with_capacity(steps.div_ceil(every) * num_states);
        let segment = vec![0.0; (every.min(steps).max(1) - 1) * num_states];
        Checkpoints { num_states, every, starts, segment, held: 0 }
    }

    /// Stores the state before `step`. The steps come in order, from 0.
    pub fn keep(&mut self, step: usize, state: &[f64]) {
        self.held = step / self.every;
        match self.within(step) {
            0 => self.starts.extend_from_slice(state),
            place => self.segment[(place - 1) * self.num_states..][..self.num_states]
                .copy_from_slice(state),
        }
    }

    /// The state before `step`, which was kept. Repeats the steps of its segment unless that is held.
    pub fn restore<S: Differentiable>(
        &mut self,
        simulator: &S,
        step: usize,
    ) -> Result<&[f64], Error> {
        let (n, segment) = (self.num_states, step / self.every);
        let place = self.within(step);
        let start = &self.starts[segment * n..][..n];
        if place == 0 {
            return Ok(start);
        }
        if self.held != segment {
            // If a step fails, no segment is whole.
            self.held = usize::MAX;
            // The steps come in reverse order, so `step` is the last of its segment.
            for place in 0..place {
                let (before, after) = self.segment.split_at_mut(place * n);
                let before = if place == 0 { start } else { &before[(place - 1) * n..] };
                advance(simulator, segment * self.every + place, before, &mut after[..n])?;
            }
            self.held = segment;
        }
        Ok(&self.segment[(place - 1) * n..][..n])
    }

    /// The index of a step within its segment.
    fn within(&self, step: usize) -> usize {
        step % self.every
    }
}

/// A step of the simulator, whose errors name the step.
///
/// # Errors
/// That of the simulator; also if a state is NaN after the step.
pub(crate) fn advance<S: Differentiable>(
    simulator: &S,
    step: usize,
    before: &[f64],
    after: &mut [f64],
) -> Result<(), Error> {
    simulator.apply(step, before, after).map_err(|error| Error::failed(at(step), error.into()))?;
    not_nan(
        after,
        |index| simulator.label(index),
        |names| (at(step), format!("NaN in {names} after the step; a smaller time step may help")),
    )
}

/// The argument of an error in a step.
pub(crate) fn at(step: usize) -> Cow<'static, str> {
    format!("step {step}").into()
}

/// Unless no value is NaN, an error with the argument and the text that `error` makes of the names of these values.
pub(crate) fn not_nan(
    values: &[f64],
    name: impl Fn(usize) -> String,
    error: impl FnOnce(String) -> (Cow<'static, str>, String),
) -> Result<(), Error> {
    if !any_nan(values) {
        return Ok(());
    }
    let nans = || values.iter().enumerate().filter(|(_, x)| is_nan(*x)).map(|(index, _)| index);
    let (argument, text) = error(list(nans().map(name), nans().count(), ", "));
    Err(Error::about(argument, ProblemKind::Nan { index: nans().next().unwrap_or(0) }, text))
}
