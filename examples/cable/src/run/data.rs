use crate::description::setting::{ParamState, Setting};
use crate::states::States;

/// What a run is given beside the trainable parameters: the keyword arguments of Jaxley's
/// `integrate`. All of it may be of dual numbers, and a run is differentiated with respect to all of
/// it in reverse; see [`InitAndStep::value_and_grad_of`](crate::InitAndStep::value_and_grad_of).
///
/// A list that [`data_set`](crate::View::data_set) has made, and the empty `&vec![]`, can be given
/// in its place:
///
/// ```
/// use cable::channels::Leak;
/// use cable::{Build, Cell, RunData, Solver, build_init_and_step_fn};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let mut cell = Cell::default();
/// cell.insert(Leak)?.record("v")?;
/// let cable = cell.build_for(0.025, 1.0)?; // ms
/// let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
///
/// let (mut param_state, mut data_stimuli) = (vec![], vec![]);
/// cell.data_set("Leak_gLeak", 2e-4, &mut param_state)?; // S/cm^2
/// cell.data_stimulate(vec![0.01; 40], &mut data_stimuli)?; // nA
/// let rest = run.integrate(&vec![], &param_state)?;
/// let data = RunData { param_state: &param_state, data_stimuli: &data_stimuli, ..RunData::default() };
/// let driven = run.integrate(&vec![], data)?;
/// assert!(rest[[0, 40]] == -70.0 && driven[[0, 40]] > -70.0); // mV
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RunData<'d, T> {
    /// Values of parameters and initial states; see [`View::data_set`](crate::View::data_set).
    pub param_state: &'d [Setting<T>],
    /// Stimuli; see [`View::data_stimulate`](crate::View::data_stimulate).
    pub data_stimuli: &'d [DataExternal<T>],
    /// Clamps; see [`View::data_clamp`](crate::View::data_clamp).
    pub data_clamps: &'d [DataExternal<T>],
    /// States to start from, such as those in which another run has ended; see
    /// [`InitAndStep::init`](crate::InitAndStep::init).
    pub all_states: Option<&'d States<T>>,
}

/// The stimuli or the clamps of one call of [`View::data_stimulate`](crate::View::data_stimulate) or
/// [`View::data_clamp`](crate::View::data_clamp), with series of any type of number.
///
/// ```
/// use cable::{Branch, Build, Compartment, DataExternal};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let branch = Branch::new(&Compartment::new(), 3)?;
/// let mut data_stimuli: Vec<DataExternal<f64>> = vec![];
/// branch.view().comp([0, 2])?.data_stimulate(vec![0.1, 0.2], &mut data_stimuli)?; // nA
/// assert_eq!((&*data_stimuli[0].state, &*data_stimuli[0].indices), ("i", &[0, 2][..]));
/// assert_eq!(data_stimuli[0].values, [[0.1, 0.2], [0.1, 0.2]]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DataExternal<T> {
    /// The state that is clamped, or `"i"` for stimuli.
    pub state: String,
    /// The nodes that they act on; for a state of synapses, their indices within the type.
    pub indices: Vec<usize>,
    /// For each of `indices` a series with one value a step: nA for a stimulus, the
    /// [units](crate#keys-and-units) of the state for a clamp.
    pub values: Vec<Vec<T>>,
}

// Not derived, because numbers need no default.
impl<T> Default for RunData<'_, T> {
    fn default() -> Self {
        Self { param_state: &[], data_stimuli: &[], data_clamps: &[], all_states: None }
    }
}

impl<'d, T> From<&'d ParamState<T>> for RunData<'d, T> {
    fn from(param_state: &'d ParamState<T>) -> Self {
        Self { param_state, ..Self::default() }
    }
}

impl<'d, T> RunData<'d, T> {
    /// The stimuli and clamps, and what errors call them.
    pub(crate) fn externals(&self) -> impl Iterator<Item = (String, &'d DataExternal<T>)> {
        let named = |name| move |(index, external)| (format!("{name}[{index}]"), external);
        let stimuli = self.data_stimuli.iter().enumerate().map(named("data_stimuli"));
        stimuli.chain(self.data_clamps.iter().enumerate().map(named("data_clamps")))
    }
}
