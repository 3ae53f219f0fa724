use crate::description::setting::{ParamState, Parameters};
use crate::error::{CableError, ErrorKind};
use crate::run::cable::Cable;
use crate::states::{Externals, Params, Scalar, States};
use crate::step::solver::Solver;
use ndarray::Array2;

/// The initial states and the steps of a module with one solver. [`build_init_and_step_fn`] makes
/// it; the two functions that Jaxley's returns are the methods [`init`](Self::init) and
/// [`step`](Self::step).
///
/// Both are generic in the number. With dual numbers, a loss over what is recorded is
/// differentiated with respect to parameters:
///
/// ```
/// use cable::channels::Leak;
/// use cable::{Build, CableError, Cell, InitAndStep, Parameters, Scalar, Solver, build_init_and_step_fn};
/// use num_dual::{Dual64, DualNum};
///
/// /// The voltage (mV) after four steps.
/// fn voltage<T: Scalar>(cell: &InitAndStep, parameters: &Parameters<T>) -> Result<T, CableError> {
///     let (mut states, params) = cell.init(parameters, &vec![])?;
///     for step in 0..4 {
///         cell.step(&mut states, &params, &cell.cable().externals_at(step)?, 0.025)?;
///     }
///     Ok(states["v"][0])
/// }
///
/// # fn main() -> Result<(), CableError> {
/// let mut cell = Cell::default();
/// cell.insert(Leak)?.stimulate(vec![0.1; 4])?.make_trainable("radius")?;
/// let cable = cell.build(0.025)?;
/// let cell = build_init_and_step_fn(&cable, Solver::CrankNicolson);
///
/// let mut radius = cable.get_parameters();
/// let at = |r: f64| voltage(&cell, &vec![[("radius".into(), ndarray::array![r])].into()]);
/// let difference = (at(1.001)? - at(0.999)?) / 0.002;
/// let dual = radius.remove(0).into_iter().map(|(key, r)| (key, r.mapv(|r| Dual64::new(r, 1.0))));
/// let slope = voltage(&cell, &vec![dual.collect()])?.eps;
/// assert!((slope - difference).abs() < 1e-5 * slope.abs());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct InitAndStep<'c> {
    cable: &'c Cable,
    solver: Solver,
    /// How many steps lie between states that a gradient keeps, if the user has chosen it.
    pub(crate) every: Option<usize>,
}

impl<'c> InitAndStep<'c> {
    /// The module.
    ///
    /// ```
    /// use cable::{Build, Cell, Solver, build_init_and_step_fn};
    /// let cable = Cell::default().build(0.025)?;
    /// assert_eq!(build_init_and_step_fn(&cable, Solver::BwdEuler).cable().delta_t(), 0.025); // ms
    /// # Ok::<(), cable::CableError>(())
    /// ```
    pub fn cable(&self) -> &'c Cable {
        self.cable
    }

    pub(crate) fn solver(&self) -> Solver {
        self.solver
    }

    /// The same with gradients that keep a state every `every` steps of the run, and repeat the
    /// steps between. By default it is the root of the number of steps: then the memory is about
    /// that of 2 sqrt(steps) states. With 1 all states are kept, and no step is repeated.
    ///
    /// ```
    /// use cable::{Build, Cell, Solver, build_init_and_step_fn};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::default();
    /// cell.record("v")?.stimulate(vec![0.1; 9])?.make_trainable("capacitance")?;
    /// let (cable, params) = (cell.build(0.025)?, cell.get_parameters());
    /// let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
    /// let gradient = |every| run.with_checkpoint_every(every).value_and_grad(&params, |_, v| v[0]);
    /// assert_eq!(gradient(1)?, gradient(4)?);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    #[doc(alias = "checkpoint_lengths")]
    pub fn with_checkpoint_every(self, every: usize) -> Self {
        Self { every: Some(every), ..self }
    }

    /// How much is recorded in how many steps.
    pub(crate) fn check_run(&self) -> Result<(usize, usize), CableError> {
        let (recordings, steps) = (self.cable.recordings().len(), self.cable.steps());
        if recordings == 0 {
            return Err(CableError::empty("simulation", "recording"));
        }
        if steps == 0 {
            let text = "the simulation has no step: stimulate or clamp something, or say how long it \
                        takes with build_for";
            return Err(CableError::new(ErrorKind::Empty, text));
        }
        Ok((recordings, steps))
    }

    /// All initial states, currents included, and all parameters: those of the module, but for
    /// those that the trainable `parameters` and `param_state` replace, in this order.
    ///
    /// # Errors
    /// Those of [`Cable::params_to_pstate`], [`Cable::get_all_parameters`],
    /// [`Cable::get_all_states`] and [`step`](Self::step).
    ///
    /// ```
    /// use cable::channels::Leak;
    /// use cable::{Build, Cell, Solver, build_init_and_step_fn};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::default();
    /// cell.insert(Leak)?.make_trainable("Leak_gLeak")?;
    /// let cable = cell.build(0.025)?;
    /// let mut param_state = vec![];
    /// cell.data_set("v", -60.0, &mut param_state)?; // mV
    /// let module = build_init_and_step_fn(&cable, Solver::BwdEuler);
    /// let (states, params) = module.init(&cell.get_parameters(), &param_state)?;
    /// assert_eq!((states["v"][0], params["Leak_gLeak"][0]), (-60.0, 1e-4)); // mV, S/cm^2
    /// assert!((states["i_Leak"][0] - 1e-3).abs() < 1e-15); // mA/cm^2: 10 mV times 1e-4 S/cm^2
    /// # Ok(())
    /// # }
    /// ```
    pub fn init<T: Scalar>(
        &self,
        parameters: &Parameters<T>,
        param_state: &ParamState<T>,
    ) -> Result<(States<T>, Params<T>), CableError> {
        let mut pstate = self.cable.params_to_pstate(parameters)?;
        pstate.extend(param_state.iter().cloned());
        let params = self.cable.get_all_parameters(&pstate)?;
        let mut states = self.cable.get_all_states(&pstate)?;
        self.cable.append_currents(&mut states, &params, self.cable.delta_t())?;
        Ok((states, params))
    }

    /// Moves `states`, which include the currents, by one step of `delta_t` (ms) under `externals`.
    ///
    /// 1. Channels and pumps move their states one after the other, each reading what those before
    ///    it have written, at the old voltage.
    /// 2. Membrane currents are linearised around the old voltage (or concentration) by a finite
    ///    difference, and stored.
    /// 3. Each concentration that a pump drives takes a step of implicit Euler, node by node.
    /// 4. Synapses move, and their currents are linearised and stored likewise. States other than
    ///    the voltage are clamped.
    /// 5. The voltages of all nodes take a step of the [`Solver`] together, and are clamped.
    ///
    /// A branchpoint has no capacitance: its voltage balances those of its neighbours. If `T` is a
    /// dual number, all of this is differentiated, including the finite difference.
    ///
    /// # Errors
    /// [`Missing`](crate::ErrorKind::Missing) or [`Length`](crate::ErrorKind::Length) if an array
    /// is missing or of another length, [`Unknown`](crate::ErrorKind::Unknown) if the module has no
    /// external of a name, and [`Value`](crate::ErrorKind::Value) if an external is not finite or
    /// `delta_t` is not positive and finite. The states are then as before.
    ///
    /// ```
    /// use cable::{Build, Cell, Solver, build_init_and_step_fn};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::default();
    /// cell.stimulate(vec![0.1])?; // nA
    /// let cable = cell.build(0.025)?;
    /// let module = build_init_and_step_fn(&cable, Solver::FwdEuler);
    /// let (mut states, params) = module.init::<f64>(&vec![], &vec![])?;
    /// module.step(&mut states, &params, &cable.externals_at(0)?, 0.025)?;
    /// // 0.1 nA through 20 pi um^2 of 1 uF/cm^2, for 0.025 ms.
    /// assert!((states["v"][0] + 70.0 - 12.5 / std::f64::consts::PI).abs() < 1e-12);
    /// # Ok(())
    /// # }
    /// ```
    pub fn step<T: Scalar>(
        &self,
        states: &mut States<T>,
        params: &Params<T>,
        externals: &Externals,
        delta_t: f64,
    ) -> Result<(), CableError> {
        self.cable.advance(self.solver, states, params, externals, delta_t)
    }

    /// What is recorded, one row a recording: initially, and after each step that the module has
    /// externals for, in the [units](crate#keys-and-units) of its state. Jaxley's `integrate`.
    ///
    /// # Errors
    /// [`Empty`](crate::ErrorKind::Empty) if nothing is recorded or the module takes no steps:
    /// without stimuli, [`build_for`](crate::Build::build_for) sets their number. Also those of
    /// [`init`](Self::init) and [`step`](Self::step).
    ///
    /// ```
    /// use cable::channels::Leak;
    /// use cable::{Build, Cell, Solver, build_init_and_step_fn};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::default();
    /// cell.insert(Leak)?.set("v", -60.0)?.record("v")?; // mV
    /// let cable = cell.build_for(0.025, 5.0)?; // ms
    /// let module = build_init_and_step_fn(&cable, Solver::CrankNicolson);
    /// let v = module.integrate::<f64>(&vec![], &vec![])?;
    /// assert_eq!(v.dim(), (1, cable.steps() + 1));
    /// // It decays to -70 mV within 10 ms.
    /// let time = 0.025 * cable.steps() as f64;
    /// assert!((v[[0, cable.steps()]] + 70.0 - 10.0 * (-time / 10.0).exp()).abs() < 1e-4);
    /// # Ok(())
    /// # }
    /// ```
    pub fn integrate<T: Scalar>(
        &self,
        parameters: &Parameters<T>,
        param_state: &ParamState<T>,
    ) -> Result<Array2<T>, CableError> {
        let (recordings, steps) = self.check_run()?;
        let (states, params) = self.init(parameters, param_state)?;
        let (order, recorded_at) = (&self.cable.order, self.cable.recorded());
        let model = self.cable.model(&params, self.solver, self.cable.delta_t())?;
        let mut values = self.cable.read_states(&states, &[])?;
        let mut scratch = [vec![], vec![]];
        let mut recorded = Array2::zeros((recordings, steps + 1));
        for step in 0..=steps {
            let column = recorded.column_mut(step).into_iter();
            column.zip(&recorded_at).for_each(|(to, &at)| *to = values[at]);
            if step < steps {
                let inputs = self.cable.inputs(&self.cable.externals_at(step)?)?;
                model.step(order, &mut values, &inputs, &mut scratch);
            }
        }
        Ok(recorded)
    }
}

/// The module `cable` with this solver for the voltage; see [`InitAndStep`].
///
/// ```
/// use cable::{Build, Cell, Solver, build_init_and_step_fn};
/// let cable = Cell::default().build(0.025)?;
/// let (states, _) = build_init_and_step_fn(&cable, Solver::BwdEuler).init::<f64>(&vec![], &vec![])?;
/// assert_eq!(states["v"][0], -70.0); // mV
/// # Ok::<(), cable::CableError>(())
/// ```
pub fn build_init_and_step_fn(cable: &Cable, solver: Solver) -> InitAndStep<'_> {
    InitAndStep { cable, solver, every: None }
}
