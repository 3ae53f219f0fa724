use crate::description::setting::{ParamState, Parameters};
use crate::run::data::DataExternal;
use crate::states::States;
use ndarray::Array2;
use std::collections::BTreeMap;

/// The derivatives of a loss over a run, by everything that the run starts from; see
/// [`InitAndStep::value_and_grad_of`](crate::InitAndStep::value_and_grad_of).
///
/// ```
/// use cable::{Build, Cell, Solver, build_init_and_step_fn};
/// use ndarray::Array2;
///
/// # fn main() -> Result<(), cable::CableError> {
/// let mut cell = Cell::default();
/// cell.record("v")?.stimulate(vec![0.1; 3])?; // nA
/// let cable = cell.build(0.025)?;
/// let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
/// // The voltage at the end, of four that are recorded.
/// let last = |recorded: &Array2<f64>| {
///     let mut cotangent = Array2::zeros(recorded.dim());
///     cotangent[[0, 3]] = 1.0;
///     (recorded[[0, 3]], cotangent)
/// };
/// let (_, gradient) = run.value_and_grad_of(&vec![], &vec![], last)?;
/// assert_eq!(gradient.states["v"][0], 1.0); // nothing leaks
/// let by_current = &gradient.externals["i"]; // mV per nA, for each step
/// assert!(by_current[[0, 0]] > 0.0);
/// assert!((by_current[[0, 0]] - by_current[[0, 2]]).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RunGradient {
    /// By the trainable parameters.
    pub parameters: Parameters<f64>,
    /// By the values of the parameter state.
    pub param_state: ParamState<f64>,
    /// By all initial states, those of `all_states` included. By currents only if they were given.
    pub states: States<f64>,
    /// By the externals of the module, of each of which there is a row, with a column for each step.
    pub externals: BTreeMap<String, Array2<f64>>,
    /// By the values of `data_stimuli`.
    pub data_stimuli: Vec<DataExternal<f64>>,
    /// By the values of `data_clamps`.
    pub data_clamps: Vec<DataExternal<f64>>,
}
