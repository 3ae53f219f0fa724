//! The states of a run, of which a few are kept and the others are computed anew.

use std::borrow::Cow;

use pytree::error::list;

use crate::differentiable::Differentiable;
use crate::error::{Error, ProblemKind};
use crate::scalar::{any_nan, is_nan};

/// How far the states that are kept are apart.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Spacing<'l> {
    /// So many steps, and one step in one of the segments between.
    Every(usize),
    /// For `[a, b, c]`, `b * c` steps, `c` steps in one of these segments, and one step in one of those.
    Lengths(&'l [usize]),
}

impl Spacing<'_> {
    /// The distances in a run of so many steps, from the largest to 1.
    ///
    /// # Errors
    /// If a length is 0, or the product of the lengths is less than the number of steps.
    fn strides(self, steps: usize) -> Result<Vec<usize>, Error> {
        let lengths = match self {
            Self::Every(every) => return Ok(vec![every, 1]),
            Self::Lengths(lengths) => lengths,
        };
        let (mut strides, mut covered) = (Vec::new(), 1_usize);
        for &length in lengths.iter().rev() {
            strides.push(covered);
            covered = covered.saturating_mul(length);
        }
        if strides.is_empty() || covered < steps.max(1) {
            let text = format!(
                "the product of {lengths:?} is less than the {steps} steps of the run; give lengths whose product \
                 is at least that, and at least 1"
            );
            return Err(Error::about("checkpoint_lengths", ProblemKind::Mismatch, text));
        }
        strides.reverse();
        Ok(strides)
    }
}

/// The states before each step, on levels of segments. The first level has a state every so many steps of
/// the whole run; the second, of one of the segments between two of these, a state every so many steps; and
/// so on, to all states of a segment.
///
/// ```text
/// step            0  1  2  3  4  5  6  7      steps = 8, strides = 3 and 1
/// first           x
/// level 0                  x        x
/// level 1                              x      the last segment is held after the forward pass
/// ```
pub(crate) struct Checkpoints {
    first: Vec<f64>,
    levels: Vec<Level>,
    /// The states before and after a step that is repeated.
    work: [Vec<f64>; 2],
}

/// The states of a single segment at a distance of `stride` steps, one after the other, without the first
/// state of the segment, which is on another level.
struct Level {
    stride: usize,
    /// How many steps a segment has.
    segment: usize,
    /// The number of the segment.
    held: usize,
    states: Vec<f64>,
}

impl Checkpoints {
    /// Memory for the states of so many steps.
    ///
    /// # Errors
    /// If the lengths do not fit the number of steps.
    pub fn new(num_states: usize, steps: usize, spacing: Spacing<'_>) -> Result<Self, Error> {
        let mut segment = steps.max(1);
        let level = |stride: usize| {
            let states = vec![0.0; (segment.div_ceil(stride) - 1) * num_states];
            let level = Level { stride, segment, held: 0, states };
            segment = segment.min(stride);
            level
        };
        let levels = spacing.strides(steps)?.into_iter().map(level).collect();
        let [first, before, after] = [(); 3].map(|()| vec![0.0; num_states]);
        Ok(Checkpoints { first, levels, work: [before, after] })
    }

    /// Stores the state before `step`. The steps come in order, from 0.
    pub fn keep(&mut self, step: usize, state: &[f64]) {
        if let Some(level) = self.level(step) {
            self.levels[level].held = step / self.levels[level].segment;
        }
        self.at_mut(step).copy_from_slice(state);
    }

    /// The state before `step`, which was kept. Repeats the steps of its segments unless these are held.
    pub fn restore<S: Differentiable>(
        &mut self,
        simulator: &S,
        step: usize,
    ) -> Result<&[f64], Error> {
        for level in 0..self.level(step).map_or(0, |level| level + 1) {
            let Level { stride, segment, held, .. } = self.levels[level];
            let number = step / segment;
            if held == number {
                continue;
            }
            // If a step fails, no segment is whole.
            self.levels[level].held = usize::MAX;
            let [mut before, mut after] = std::mem::take(&mut self.work);
            before.copy_from_slice(self.at(number * segment));
            // The steps come in reverse order, so `step` is the last of its segment.
            let outcome = (number * segment..step - step % stride).try_for_each(|step| {
                advance(simulator, step, &before, &mut after)?;
                std::mem::swap(&mut before, &mut after);
                if (step + 1).is_multiple_of(stride) {
                    self.at_mut(step + 1).copy_from_slice(&before);
                }
                Ok(())
            });
            self.work = [before, after];
            outcome?;
            self.levels[level].held = number;
        }
        Ok(self.at(step))
    }

    /// The level that the state before `step` is on, unless it is the first state.
    fn level(&self, step: usize) -> Option<usize> {
        let on = |level: &Level| step.is_multiple_of(level.stride);
        self.levels.iter().position(on).filter(|_| step > 0)
    }

    fn at(&self, step: usize) -> &[f64] {
        let n = self.first.len();
        self.level(step).map_or(&self.first, |level| {
            let Level { stride, segment, states, .. } = &self.levels[level];
            &states[(step % segment / stride - 1) * n..][..n]
        })
    }

    fn at_mut(&mut self, step: usize) -> &mut [f64] {
        let n = self.first.len();
        let Some(level) = self.level(step) else { return &mut self.first };
        let Level { stride, segment, states, .. } = &mut self.levels[level];
        &mut states[(step % *segment / *stride - 1) * n..][..n]
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
        |names| {
            let advice = simulator.advice_on_nan(step, before);
            (at(step), format!("NaN in {names} after the step; {advice}"))
        },
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
