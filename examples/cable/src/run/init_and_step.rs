use crate::description::limits::check_rows;
use crate::description::setting::Parameters;
use crate::error::{CableError, ErrorKind};
use crate::run::cable::Cable;
use crate::run::data::RunData;
use crate::run::drive::Drive;
use crate::states::{Externals, Params, Scalar, States};
use crate::step::inputs::Inputs;
use crate::step::solver::Solver;
use dynamics::{Differentiable, Run};
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
    /// Which states a gradient keeps.
    checkpoints: Checkpoints<'c>,
}

#[derive(Clone, Copy, Debug)]
enum Checkpoints<'c> {
    Root,
    Every(usize),
    Lengths(&'c [usize]),
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
    pub fn with_checkpoint_every(self, every: usize) -> Self {
        Self { checkpoints: Checkpoints::Every(every), ..self }
    }

    /// The same with gradients that keep states on as many levels as there are lengths: Jaxley's
    /// `checkpoint_lengths`. With `[a, b, c]` they keep a state every `b * c` steps of the run, every
    /// `c` steps of one of these segments, and every step of one of those. So they keep at most as many
    /// states as the lengths add up to, and repeat the steps at most once for each length but the first.
    ///
    /// If the product of the lengths is less than the number of steps, the gradient is an error. If it
    /// is more, the run is not longer, unlike in Jaxley.
    ///
    /// No number depends on what is kept, and [`integrate`](Self::integrate) keeps no states anyway.
    ///
    /// ```
    /// use cable::{Build, Cell, Solver, build_init_and_step_fn};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::default();
    /// cell.record("v")?.stimulate(vec![0.1; 30])?.make_trainable("capacitance")?;
    /// let (cable, params) = (cell.build(0.025)?, cell.get_parameters());
    /// let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
    /// let gradient = run.value_and_grad(&params, |_, v| v[0])?;
    /// let run = run.with_checkpoint_lengths(&[4, 3, 3]);
    /// assert_eq!(run.value_and_grad(&params, |_, v| v[0])?, gradient);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    #[doc(alias = "checkpoint_lengths")]
    pub fn with_checkpoint_lengths(self, lengths: &'c [usize]) -> Self {
        Self { checkpoints: Checkpoints::Lengths(lengths), ..self }
    }

    /// `run` with the checkpoints that the user has chosen.
    pub(crate) fn checkpointed<'r, S: Differentiable>(&self, run: Run<'r, S>) -> Run<'r, S>
    where
        'c: 'r,
    {
        match self.checkpoints {
            Checkpoints::Root => run,
            Checkpoints::Every(every) => run.with_checkpoint_every(every),
            Checkpoints::Lengths(lengths) => run.with_checkpoint_lengths(lengths),
        }
    }

    /// What acts at each step of a run that has a step and in which something is recorded.
    pub(crate) fn drive<'d, T: Scalar>(
        &self,
        data: &RunData<'d, T>,
    ) -> Result<Drive<'d, T>, CableError>
    where
        'c: 'd,
    {
        let recordings = self.cable.recordings().len();
        if recordings == 0 {
            return Err(CableError::empty("simulation", "recording"));
        }
        let drive = Drive::new(self.cable, data)?;
        if drive.steps == 0 {
            let text = "the simulation has no step: stimulate or clamp something, or say how long it \
                        takes with build_for";
            return Err(CableError::new(ErrorKind::Empty, text));
        }
        check_rows("recordings", recordings, drive.steps)?;
        Ok(drive)
    }

    /// All initial states, currents included, and all parameters: those of the module, but for
    /// those that the trainable `parameters`, and the `param_state` and the `all_states` of `data`
    /// replace, in this order.
    ///
    /// Of `all_states`, which may be all or some, what is given is taken as it is, the currents
    /// too, and currents that are not given follow from the states. So a run continues just where
    /// another one ended: see [`integrate_with_states`](Self::integrate_with_states).
    ///
    /// # Errors
    /// Those of [`Cable::params_to_pstate`], [`Cable::get_all_parameters`],
    /// [`Cable::get_all_states`] and [`step`](Self::step); also, with all places, if `all_states`
    /// have keys that the module lacks ([`Unknown`](crate::ErrorKind::Unknown)), arrays of other
    /// lengths ([`Length`](crate::ErrorKind::Length)), or a number where the module has none or none
    /// where it has one ([`Value`](crate::ErrorKind::Value)).
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
    pub fn init<'d, T: Scalar>(
        &self,
        parameters: &Parameters<T>,
        data: impl Into<RunData<'d, T>>,
    ) -> Result<(States<T>, Params<T>), CableError> {
        let RunData { param_state, all_states, .. } = data.into();
        let mut pstate = self.cable.params_to_pstate(parameters)?;
        pstate.extend(param_state.iter().cloned());
        let params = self.cable.get_all_parameters(&pstate)?;
        let states = self.cable.get_all_states(&pstate)?;
        let states = self.cable.start_from(states, &params, all_states)?;
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

    /// What is recorded, one row a recording: initially, and after each step, in the
    /// [units](crate#keys-and-units) of its state. Jaxley's `integrate`, with its arguments in
    /// [`RunData`].
    ///
    /// After [`build_for`](crate::Build::build_for) the run takes the steps that were asked for, and
    /// after [`build`](crate::Build::build) as many as the longest series has values, those of the
    /// data included. Series that are longer are cut, and stimuli that are shorter are 0 after
    /// their end.
    ///
    /// # Errors
    /// [`Empty`](crate::ErrorKind::Empty) if nothing is recorded or the run takes no steps. Also
    /// those of [`init`](Self::init) and [`step`](Self::step), and, for stimuli and clamps of the
    /// data, those of [`Cable::new`]: such as that a clamp ends early or that a state is clamped
    /// twice, also by the data and by the module.
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
    pub fn integrate<'d, T: Scalar>(
        &self,
        parameters: &Parameters<T>,
        data: impl Into<RunData<'d, T>>,
    ) -> Result<Array2<T>, CableError> {
        Ok(self.integrate_with_states(parameters, data)?.0)
    }

    /// As [`integrate`](Self::integrate), and all states and currents after the last step: Jaxley's
    /// `integrate(.., return_states=True)`. A run that starts from these is a continuation, equal
    /// to a single run to the last bit.
    ///
    /// # Errors
    /// Those of [`integrate`](Self::integrate).
    ///
    /// ```
    /// use cable::channels::HH;
    /// use cable::{Build, Cell, RunData, Solver, build_init_and_step_fn};
    /// use ndarray::s;
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::default();
    /// cell.insert(HH)?.set("v", -65.0)?.record("v")?; // mV
    /// let current = |steps: usize| -> Result<_, cable::CableError> {
    ///     let mut data_stimuli = vec![];
    ///     cell.data_stimulate(vec![0.02; steps], &mut data_stimuli)?; // nA
    ///     Ok(data_stimuli)
    /// };
    /// let cable = cell.build(0.025)?; // ms
    /// let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
    ///
    /// let [all, half] = [current(200)?, current(100)?];
    /// let data = RunData { data_stimuli: &half, ..RunData::default() };
    /// let (first, states) = run.integrate_with_states::<f64>(&vec![], data)?;
    /// let second = run.integrate(&vec![], RunData { all_states: Some(&states), ..data })?;
    ///
    /// let whole = run.integrate(&vec![], RunData { data_stimuli: &all, ..RunData::default() })?;
    /// assert_eq!(first, whole.slice(s![.., ..=100]));
    /// assert_eq!(second, whole.slice(s![.., 100..]));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "return_states")]
    pub fn integrate_with_states<'d, T: Scalar>(
        &self,
        parameters: &Parameters<T>,
        data: impl Into<RunData<'d, T>>,
    ) -> Result<(Array2<T>, States<T>), CableError> {
        let data = data.into();
        let drive = self.drive(&data)?;
        let (mut states, params) = self.init(parameters, data)?;
        let (order, recorded_at) = (&self.cable.order, self.cable.recorded());
        let model = self.cable.model(&params, self.solver, self.cable.delta_t())?;
        let mut values = self.cable.read_states(&states, &[])?;
        let (mut inputs, mut scratch) = (Inputs::default(), [vec![], vec![]]);
        let mut recorded = Array2::zeros((recorded_at.len(), drive.steps + 1));
        for step in 0..=drive.steps {
            let column = recorded.column_mut(step).into_iter();
            column.zip(&recorded_at).for_each(|(to, &at)| *to = values[at]);
            if step < drive.steps {
                drive.at(step, &mut inputs);
                model.step(order, &mut values, &inputs, &mut scratch);
            }
        }
        self.cable.states.write(&values[..order.states], &mut states);
        Ok((recorded, states))
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
    InitAndStep { cable, solver, checkpoints: Checkpoints::Root }
}
