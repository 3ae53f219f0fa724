use dynamics::{Differentiable, SparseOperator};
use ndarray::Array1;
use num_dual::DualNum;
use pytree::grad::Duals;

/// States on a ring, each of which depends on itself, two others, a parameter and the number of the step.
pub struct Waves {
    /// How many states there are.
    pub states: usize,
    /// State i depends on the parameter i modulo their number.
    pub params: Vec<f64>,
}

/// A wave that has broken at this step.
#[derive(Debug)]
pub struct Broken(pub usize);

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the wave broke at {}", self.0)
    }
}

impl std::error::Error for Broken {}

impl Waves {
    /// With parameters of some size.
    pub fn new(states: usize, params: usize) -> Self {
        let params = (0..params).map(|k| 0.8 + 0.3 * (k as f64).sin()).collect();
        Waves { states, params }
    }

    /// A state of some size at each index.
    pub fn initial(&self) -> Array1<f64> {
        (0..self.states).map(|i| (i as f64 * 0.7).cos()).collect()
    }

    fn columns(&self, i: usize) -> [usize; 4] {
        let n = self.states;
        [i, (i + 1) % n, (i * i + 3) % n, n + i % self.params.len()]
    }

    /// The step of all states, for any numbers.
    pub fn step<T: DualNum<Primitive = f64> + Copy>(
        &self,
        step: usize,
        before: &[T],
        params: &[T],
    ) -> Vec<T> {
        let numbers = [before, params].concat();
        (0..self.states)
            .map(|i| state(step, self.columns(i).map(|column| numbers[column])))
            .collect()
    }
}

fn state<T: DualNum<Primitive = f64> + Copy>(step: usize, [x, next, other, param]: [T; 4]) -> T {
    (param * x).sin() * 0.9 + next * other * 0.1 + param * param * (step as f64 * 0.3).cos() * 0.2
}

impl Differentiable for Waves {
    type Linear = SparseOperator;
    type Error = Broken;

    fn num_states(&self) -> usize {
        self.states
    }

    fn num_params(&self) -> usize {
        self.params.len()
    }

    fn label(&self, state: usize) -> String {
        format!("wave[{state}]")
    }

    fn apply(&self, step: usize, before: &[f64], after: &mut [f64]) -> Result<(), Broken> {
        let number = |column: usize| {
            *before.get(column).unwrap_or_else(|| &self.params[column - before.len()])
        };
        for (i, after) in after.iter_mut().enumerate() {
            *after = state(step, self.columns(i).map(number));
        }
        unbroken(step, after)
    }

    fn linearize(
        &self,
        step: usize,
        before: &[f64],
        after: &mut [f64],
        linear: &mut SparseOperator,
    ) -> Result<(), Broken> {
        let number = |column: usize| {
            *before.get(column).unwrap_or_else(|| &self.params[column - before.len()])
        };
        linear.reset(self.states, self.params.len());
        for (i, after) in after.iter_mut().enumerate() {
            let columns = self.columns(i);
            let inputs = std::array::from_fn(|k| Duals::from_re(number(columns[k])).derivative(k));
            let dual = state(step, inputs);
            *after = dual.re;
            linear
                .add_row(i, &columns, &dual)
                .expect("the columns are those of states and parameters");
        }
        unbroken(step, after)
    }
}

/// A wave of some height breaks.
fn unbroken(step: usize, after: &[f64]) -> Result<(), Broken> {
    if after.iter().any(|x| *x > 1e3) { Err(Broken(step)) } else { Ok(()) }
}
