//! Gradients over a run, in reverse: equal to those by dual numbers, whatever states are kept, in the memory
//! that is promised, and errors name the step.

use std::cell::Cell;
use std::convert::Infallible;

use allocation_counter::measure;
use dynamics::{Differentiable, Error, Gradient, ProblemKind, Run};
use ndarray::{Array1, Array2, array};
use pytree::grad::{Duals, value_and_grad};
use tests::{Broken, Waves, message};

type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// The part of the loss at a step: states at different times have different weights.
fn part<T: num_dual::DualNum<Primitive = f64> + Copy>(step: usize, first: T, last: T) -> T {
    (first * first + last) * (1.0 + step as f64)
}

fn loss(step: usize, state: &[f64], cotangent: &mut [f64]) -> f64 {
    let last = state.len() - 1;
    cotangent[0] += 2.0 * state[0] * (1.0 + step as f64);
    cotangent[last] += 1.0 + step as f64;
    part(step, state[0], state[last])
}

fn close(a: &Array1<f64>, b: &Array1<f64>) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-12 * b.abs().max(1.0))
}

#[test]
fn the_gradient_is_that_by_dual_numbers_and_by_central_differences() -> Outcome {
    for (states, params, steps) in [(1, 1, 5), (3, 2, 0), (3, 2, 1), (7, 5, 30), (20, 11, 50)] {
        let waves = Waves::new(states, params);
        let initial = waves.initial();
        let (value, gradient) = Run::new(&waves, steps).value_and_grad(&initial, loss)?;

        let by_duals = |(initial, params): &(Vec<Duals>, Vec<Duals>)| -> Duals {
            let mut state = initial.clone();
            let mut sum = part(0, state[0], state[states - 1]);
            for step in 0..steps {
                state = waves.step(step, &state, params);
                sum += part(step + 1, state[0], state[states - 1]);
            }
            sum
        };
        let at = (initial.to_vec(), waves.params.clone());
        let (expected, (of_initial, of_params)) = value_and_grad(by_duals, &at)?;
        let what = format!("{states} states, {params} parameters, {steps} steps");
        assert!((value - expected).abs() <= 1e-12 * expected.abs(), "{what}");
        assert!(close(&gradient.initial, &of_initial.into()), "{what}");
        assert!(close(&gradient.params, &of_params.into()), "{what}");

        let moved = |param: usize, by: f64| -> Result<f64, Error> {
            let mut params = waves.params.clone();
            params[param] += by;
            let mut value = 0.0;
            let waves = Waves { states, params };
            Run::new(&waves, steps).forward(&initial, |step, state| {
                value += part(step, state[0], state[states - 1]);
            })?;
            Ok(value)
        };
        for param in 0..params {
            let difference = (moved(param, 1e-6)? - moved(param, -1e-6)?) / 2e-6;
            assert!((difference - gradient.params[param]).abs() <= 1e-6 * value.abs(), "{what}");
        }
    }
    Ok(())
}

/// For 11 steps and less.
const LENGTHS: [&[usize]; 9] = [
    &[11],
    &[3, 4],
    &[4, 3],
    &[3, 2, 2],
    &[2, 2, 3],
    &[1, 11, 1],
    &[2, 2, 2, 2],
    &[100, 1, 5],
    &[1, usize::MAX, usize::MAX],
];

#[test]
fn whatever_states_are_kept_the_gradient_is_the_same_to_the_bit() -> Outcome {
    let waves = Waves::new(6, 4);
    let initial = waves.initial();
    for steps in [0, 1, 2, 9, 10, 11] {
        let (value, expected) = Run::new(&waves, steps).value_and_grad(&initial, loss)?;
        let run = Run::new(&waves, steps);
        let every = (0..=steps + 2).map(|every| run.with_checkpoint_every(every));
        for run in every.chain(LENGTHS.iter().map(|lengths| run.with_checkpoint_lengths(lengths))) {
            assert_eq!(run.value_and_grad(&initial, loss)?, (value, expected.clone()), "{run:?}");

            // The states that `backward` shows are those that `forward` has shown.
            let mut seen = vec![];
            let mut forward =
                run.forward(&initial, |step, state| seen.push((step, state.to_vec())))?;
            assert!(seen.iter().map(|(step, _)| *step).eq(0..=steps));
            for _ in 0..2 {
                let mut again = seen.clone();
                let gradient = forward.backward(|step, state, cotangent| {
                    assert_eq!(again.pop(), Some((step, state.to_vec())));
                    assert!(step == steps || cotangent.iter().any(|x| *x != 0.0));
                    loss(step, state, cotangent);
                })?;
                assert!(again.is_empty());
                assert_eq!(gradient, expected, "{run:?}");
            }
        }
    }
    Ok(())
}

#[test]
fn a_loss_may_depend_on_the_whole_run() -> Outcome {
    let (waves, steps) = (Waves::new(5, 3), 12);
    // The variance over time of the first state; its derivatives need the mean.
    let mut first = vec![];
    let mut forward =
        Run::new(&waves, steps).forward(&waves.initial(), |_, state| first.push(state[0]))?;
    let mean = first.iter().sum::<f64>() / first.len() as f64;
    let gradient =
        forward.backward(|_, state, cotangent| cotangent[0] += 2.0 * (state[0] - mean))?;

    let by_duals = |(initial, params): &(Vec<Duals>, Vec<Duals>)| -> Duals {
        let mut states = vec![initial.clone()];
        for step in 0..steps {
            states.push(waves.step(step, &states[step], params));
        }
        let mean = states.iter().map(|state| state[0]).sum::<Duals>() / states.len() as f64;
        states.iter().map(|state| (state[0] - mean) * (state[0] - mean)).sum()
    };
    let (_, (of_initial, of_params)) =
        value_and_grad(by_duals, &(waves.initial().to_vec(), waves.params.clone()))?;
    assert!(close(&gradient.initial, &of_initial.into()));
    assert!(close(&gradient.params, &of_params.into()));
    Ok(())
}

#[test]
fn memory_is_two_square_roots_of_steps_and_nothing_is_allocated_for_a_step() {
    let (states, params) = (200, 10);
    let waves = Waves::new(states, params);
    let initial = waves.initial();
    let bytes = |states_kept: usize| (states_kept * states * size_of::<f64>()) as u64;
    let run = |steps: usize, every: Option<usize>| {
        let run = Run::new(&waves, steps);
        let run = every.map_or(run, |every| run.with_checkpoint_every(every));
        measure(|| {
            run.value_and_grad(&initial, loss).unwrap();
        })
    };
    // Beside the states: 4 entries of 24 bytes for each state, in a vector that grows by doubling. Then a
    // state for the last and up to seven at work, and the parameters.
    let operator = bytes(2 * 4 * 3) * 3 / 2;
    for (steps, lengths, kept, runs) in [
        (125, &[5, 5, 5][..], 4 + 4 + 4, 3),
        (125, &[125], 124, 1),
        (125, &[10, 13], 9 + 12, 2),
        (125, &[4, 4, 4, 4], 1 + 3 + 3 + 3, 4),
    ] {
        let simulator = Counted { waves: Waves::new(states, 3), steps: Cell::new(0) };
        let run = Run::new(&simulator, steps).with_checkpoint_lengths(lengths);
        let peak = measure(|| {
            run.value_and_grad(&initial, loss).unwrap();
        });
        let peak = peak.bytes_max;
        assert!(peak <= bytes(kept + 8) + operator, "{steps}, {lengths:?}: {peak}");
        assert!(peak >= bytes(kept), "{steps}, {lengths:?}: {peak}");
        let taken = simulator.steps.get();
        assert!(taken <= runs * steps && taken > runs * steps / 2, "{lengths:?}: {taken}");
    }
    for (steps, every, kept) in [
        (400, None, 20 + 19),
        (100, None, 10 + 9),
        (100, Some(1), 100),
        (100, Some(100), 100),
        (101, None, 10 + 10),
    ] {
        let peak = run(steps, every).bytes_max;
        assert!(peak <= bytes(kept + 8) + operator, "{steps}, {every:?}: {peak}");
        assert!(peak >= bytes(kept), "{steps}, {every:?}: {peak}");
    }
    // The vectors are as many for 400 steps as for 16.
    assert_eq!(run(16, None).count_total, run(400, None).count_total);
}

/// Waves that count their steps, without those of `linearize`.
struct Counted {
    waves: Waves,
    steps: Cell<usize>,
}

impl Differentiable for Counted {
    type Linear = <Waves as Differentiable>::Linear;
    type Error = Broken;

    fn num_states(&self) -> usize {
        self.waves.num_states()
    }

    fn num_params(&self) -> usize {
        self.waves.num_params()
    }

    fn apply(&self, step: usize, before: &[f64], after: &mut [f64]) -> Result<(), Broken> {
        self.steps.set(self.steps.get() + 1);
        self.waves.apply(step, before, after)
    }

    fn linearize(
        &self,
        step: usize,
        before: &[f64],
        after: &mut [f64],
        linear: &mut Self::Linear,
    ) -> Result<(), Broken> {
        self.waves.linearize(step, before, after, linear)
    }
}

#[test]
fn lengths_are_at_least_the_steps() {
    let waves = Waves::new(3, 2);
    for (lengths, shown) in
        [(&[2, 4][..], "[2, 4]"), (&[], "[]"), (&[3, 0, 9], "[3, 0, 9]"), (&[8], "[8]")]
    {
        let run = Run::new(&waves, 9).with_checkpoint_lengths(lengths);
        let expected = format!(
            "checkpoint_lengths: the product of {shown} is less than the 9 steps of the run; give lengths \
             whose product is at least that, and at least 1"
        );
        assert_eq!(message(run.forward(&waves.initial(), |_, _| ())), expected);
    }
}

#[test]
fn errors_name_the_step() -> Outcome {
    let waves = Waves::new(3, 2);
    let run = Run::new(&waves, 10);
    let initial = waves.initial();
    assert_eq!(message(run.forward(&[1.0, 2.0], |_, _| ())), "initial: expected length 3, found 2");
    assert_eq!(
        message(run.forward(&[1.0, f64::NAN, f64::NAN], |_, _| ())),
        "initial: NaN in wave[1], wave[2]"
    );

    // The error of the simulator, with that as its source.
    let error = run.forward(&[1e3, 1e4, 1e3], |_, _| ()).unwrap_err();
    assert_eq!(error.to_string(), "step 0: the wave broke at 0");
    let source =
        std::error::Error::source(&error).and_then(|source| source.downcast_ref::<Broken>());
    assert!(matches!(source, Some(Broken(0))));

    // A blow-up: the sine of infinity.
    let error = run.forward(&[f64::NEG_INFINITY, 0.0, 0.0], |_, _| ()).unwrap_err();
    let nan = "step 0: NaN in wave[0], wave[2] after the step; a smaller time step may help";
    assert_eq!(
        (error.to_string().as_str(), error.problems()[0].kind()),
        (nan, ProblemKind::Nan { index: 0 })
    );

    // The loss, at any state, and the derivative of a step.
    let mut forward = run.forward(&initial, |_, _| ())?;
    let expected = forward.backward(|step, state, cotangent| {
        loss(step, state, cotangent);
    })?;
    for nan in [10, 4, 0] {
        let error = forward.backward(|state, _, cotangent| {
            if state == nan {
                cotangent[2] = f64::NAN;
            }
        });
        let text = format!("state {nan}: the loss has the derivative NaN with respect to wave[2]");
        assert_eq!(message(error), text);
    }
    let error = forward.backward(|step, _, cotangent| {
        if step == 4 {
            cotangent[0] = f64::INFINITY;
            cotangent[1] = f64::NEG_INFINITY;
        }
    });
    assert_eq!(
        message(error),
        "step 3: NaN in the derivative with respect to wave[1] before the step"
    );

    // An error does not change what comes next.
    let again: Gradient = forward.backward(|step, state, cotangent| {
        loss(step, state, cotangent);
    })?;
    assert_eq!(again, expected);
    Ok(())
}

/// A state that never changes, and a derivative with respect to its parameter that is not finite.
struct Stuck;

impl Differentiable for Stuck {
    type Linear = Array2<f64>;
    type Error = Infallible;

    fn num_states(&self) -> usize {
        1
    }

    fn num_params(&self) -> usize {
        2
    }

    fn apply(&self, _: usize, before: &[f64], after: &mut [f64]) -> Result<(), Infallible> {
        after.copy_from_slice(before);
        Ok(())
    }

    fn linearize(
        &self,
        step: usize,
        before: &[f64],
        after: &mut [f64],
        linear: &mut Array2<f64>,
    ) -> Result<(), Infallible> {
        *linear = array![[1.0, 1.0, f64::NAN]];
        self.apply(step, before, after)
    }
}

#[test]
fn a_gradient_is_never_nan() {
    let gradient = Run::new(&Stuck, 2).value_and_grad(&[1.0], loss);
    assert_eq!(message(gradient), "gradient: NaN with respect to the parameters 1");
}

/// Halves a state, or says so in `linearize` wrongly.
#[derive(Clone, Copy)]
struct Halves {
    columns: usize,
    writes: bool,
}

impl Differentiable for Halves {
    type Linear = Array2<f64>;
    type Error = std::convert::Infallible;

    fn num_states(&self) -> usize {
        1
    }

    fn apply(&self, _: usize, before: &[f64], after: &mut [f64]) -> Result<(), Self::Error> {
        after[0] = 0.5 * before[0];
        Ok(())
    }

    fn linearize(
        &self,
        step: usize,
        before: &[f64],
        after: &mut [f64],
        linear: &mut Array2<f64>,
    ) -> Result<(), Self::Error> {
        *linear = Array2::from_elem((1, self.columns), 0.5);
        if self.writes { self.apply(step, before, after) } else { Ok(()) }
    }
}

#[test]
fn a_derivative_that_contradicts_the_simulator_is_refused() -> Outcome {
    let gradient = |columns, writes| {
        let halves = Halves { columns, writes };
        Run::new(&halves, 2).value_and_grad(&[4.0], |_, _, cotangent| {
            cotangent[0] = 1.0;
            0.0
        })
    };
    assert_eq!(gradient(1, true)?.1.initial.len(), 1);
    assert_eq!(
        message(gradient(2, true)),
        "step 1: linearize has set a derivative of 1 states and 1 parameters, the simulator has 1 and 0",
    );
    assert_eq!(
        message(gradient(1, false)),
        "step 1: [0] is 0 after linearize and 1 after apply; both take the same step",
    );
    Ok(())
}
