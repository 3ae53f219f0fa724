use crate::derivative::gradient::RunGradient;
use crate::derivative::simulator::Simulator;
use crate::description::setting::{ParamState, Parameters};
use crate::error::{CableError, ErrorKind};
use crate::run::data::RunData;
use crate::run::drive::Drive;
use crate::run::init_and_step::InitAndStep;
use crate::states::{Params, States};
use dynamics::Run;
use ndarray::Array2;
use pytree::grad::{DIRECTIONS, Duals};

impl InitAndStep<'_> {
    /// A loss over what is recorded, and its gradient by the trainable parameters, in reverse: as
    /// `jax.value_and_grad`.
    ///
    /// `loss` is called with each step, from 0 (the initial states) to the number of steps, and with
    /// what is recorded then, in the order of [`Cable::recordings`](crate::Cable::recordings). The
    /// loss is the sum of what it returns. Its derivative by what is recorded comes from dual
    /// numbers in eight directions: for each step it is called once for every eight recordings, and
    /// its value counts once.
    ///
    /// One backward pass serves any number of parameters. The states of about 2 sqrt(steps) steps
    /// are kept; see [`with_checkpoint_every`](Self::with_checkpoint_every) and
    /// [`with_checkpoint_lengths`](Self::with_checkpoint_lengths).
    ///
    /// # Errors
    /// Those of [`integrate`](Self::integrate); also if a state, the loss or a derivative becomes
    /// NaN.
    ///
    /// ```
    /// use cable::channels::HH;
    /// use cable::{Build, CableError, Cell, Solver, build_init_and_step_fn};
    /// use pytree::grad::Duals;
    ///
    /// # fn main() -> Result<(), CableError> {
    /// let mut cell = Cell::default();
    /// cell.insert(HH)?.set("v", -65.0)?.stimulate(vec![0.02; 80])?.record("v")?; // mV, nA
    /// cell.make_trainable("HH_gNa")?.make_trainable("radius")?;
    /// let cable = cell.build(0.025)?;
    /// let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
    /// let params = cell.get_parameters();
    /// let square = |_: usize, v: &[Duals]| (v[0] + 60.0) * (v[0] + 60.0) / 81.0; // mV^2
    /// let (loss, gradient) = run.value_and_grad(&params, square)?;
    ///
    /// let at = |radius: f64| -> Result<f64, CableError> {
    ///     let mut params = params.clone();
    ///     params[1].insert("radius".into(), ndarray::array![radius]); // um
    ///     let v = run.integrate(&params, &vec![])?;
    ///     Ok(v.iter().map(|v: &f64| (v + 60.0) * (v + 60.0) / 81.0).sum())
    /// };
    /// let slope = (at(1.0001)? - at(0.9999)?) / 0.0002;
    /// assert!((loss - at(1.0)?).abs() < 1e-12 * loss);
    /// assert!((gradient[1]["radius"][0] - slope).abs() < 1e-5 * slope.abs());
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "grad")]
    pub fn value_and_grad(
        &self,
        parameters: &Parameters<f64>,
        loss: impl FnMut(usize, &[Duals]) -> Duals,
    ) -> Result<(f64, Parameters<f64>), CableError> {
        let (value, gradient) = self.value_and_grad_with(parameters, RunData::default(), loss)?;
        Ok((value, gradient.parameters))
    }

    /// As [`value_and_grad`](Self::value_and_grad), for a run with data, and with the derivatives by
    /// everything that the run starts from: also stimuli, clamps, settings and states.
    ///
    /// # Errors
    /// Those of [`value_and_grad`](Self::value_and_grad).
    ///
    /// ```
    /// use cable::channels::Leak;
    /// use cable::{Build, Cell, RunData, Solver, build_init_and_step_fn};
    /// use pytree::grad::Duals;
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::default();
    /// cell.insert(Leak)?.record("v")?;
    /// let cable = cell.build_for(0.025, 1.0)?; // ms
    /// let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
    ///
    /// let mut data_stimuli = vec![];
    /// cell.data_stimulate(vec![0.01; 40], &mut data_stimuli)?; // nA
    /// let data = RunData { data_stimuli: &data_stimuli, ..RunData::default() };
    /// let last = |step: usize, v: &[Duals]| if step == 40 { v[0] } else { Duals::from(0.0) }; // mV
    /// let (v, gradient) = run.value_and_grad_with(&vec![], data, last)?;
    /// let by_current = &gradient.data_stimuli[0].values[0]; // mV/nA, one for each step
    /// assert!(v > -70.0 && by_current[38] < by_current[39]); // an earlier current has leaked away
    /// # Ok(())
    /// # }
    /// ```
    pub fn value_and_grad_with<'d>(
        &self,
        parameters: &Parameters<f64>,
        data: impl Into<RunData<'d, f64>>,
        mut loss: impl FnMut(usize, &[Duals]) -> Duals,
    ) -> Result<(f64, RunGradient), CableError> {
        let of_recording = |recorded: &Array2<f64>| {
            let (mut value, mut cotangents) = (0.0, Array2::zeros(recorded.dim()));
            let rows = recorded.nrows();
            for (step, column) in recorded.columns().into_iter().enumerate() {
                for first in (0..rows).step_by(DIRECTIONS) {
                    let own = first..rows.min(first + DIRECTIONS);
                    let dual = |(row, &x): (usize, &f64)| {
                        let dual = Duals::from_re(x);
                        if own.contains(&row) { dual.derivative(row - first) } else { dual }
                    };
                    let duals: Vec<_> = column.iter().enumerate().map(dual).collect();
                    let part = loss(step, &duals);
                    if first == 0 {
                        value += part.re;
                    }
                    for (row, slope) in own.zip(part.eps.0.iter().flatten()) {
                        cotangents[[row, step]] = *slope;
                    }
                }
            }
            (value, cotangents)
        };
        self.value_and_grad_of(parameters, data, of_recording)
    }

    /// Any function of the whole recording, and its derivatives by everything that the run starts
    /// from.
    ///
    /// `loss` takes what [`integrate`](Self::integrate) returns, with a row for each recording and a
    /// column for each step, and returns its value and its derivatives, of the same shape.
    ///
    /// # Errors
    /// Those of [`value_and_grad`](Self::value_and_grad), and [`Length`](crate::ErrorKind::Length)
    /// if the derivatives have another shape.
    ///
    /// ```
    /// use cable::channels::Leak;
    /// use cable::{Build, Cell, Solver, build_init_and_step_fn};
    /// use ndarray::Array2;
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::default();
    /// cell.insert(Leak)?.set("v", -60.0)?.record("v")?; // mV
    /// let cable = cell.build_for(0.025, 1.0)?; // ms
    /// let mut param_state = vec![];
    /// cell.data_set("Leak_eLeak", -70.0, &mut param_state)?; // mV
    /// let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
    /// let mean = |v: &Array2<f64>| {
    ///     let share = 1.0 / v.len() as f64;
    ///     (v.sum() * share, v.mapv(|_| share))
    /// };
    /// let (_, gradient) = run.value_and_grad_of(&vec![], &param_state, mean)?;
    /// let by_reversal = gradient.param_state[0].values[0];
    /// assert!((by_reversal + gradient.states["v"][0] - 1.0).abs() < 1e-9); // a weighted mean
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "vjp")]
    pub fn value_and_grad_of<'d>(
        &self,
        parameters: &Parameters<f64>,
        data: impl Into<RunData<'d, f64>>,
        loss: impl FnOnce(&Array2<f64>) -> (f64, Array2<f64>),
    ) -> Result<(f64, RunGradient), CableError> {
        let (cable, data) = (self.cable(), data.into());
        let drive = self.drive(&data)?;
        let start = Start::new(self, parameters, data, drive)?;
        // Where a recorded state is absent, NaN is recorded, as `integrate` does.
        let present = |value: usize| Some(value).filter(|&value| start.present[value]);
        let elements: Vec<_> = cable.recorded().into_iter().map(present).collect();
        let mut recorded = Array2::zeros((elements.len(), start.steps + 1));
        let mut forward = start.run().forward(&start.initial, |step, state| {
            let column = recorded.column_mut(step).into_iter();
            let value = |element: Option<usize>| element.map_or(f64::NAN, |at| state[at]);
            column.zip(&elements).for_each(|(to, &element)| *to = value(element));
        })?;
        let (value, cotangents) = loss(&recorded);
        if cotangents.dim() != recorded.dim() {
            let [found, expected] = [cotangents.dim(), recorded.dim()];
            let text = format!(
                "the derivatives of the loss have shape {found:?}, what is recorded has \
                 {expected:?}: give one for each value"
            );
            return Err(CableError::new(ErrorKind::Length, text));
        }
        let gradient = forward.backward(|step, _, cotangent| {
            let column = cotangents.column(step);
            for (x, element) in column.iter().zip(&elements) {
                element.iter().for_each(|&element| cotangent[element] += x);
            }
        })?;
        Ok((not_nan(value)?, start.gradient(&gradient)?))
    }

    /// A loss over all states and currents, and its derivatives by everything that the run starts
    /// from.
    ///
    /// `loss` is called with each step, from the last to 0, with all states and currents then, and
    /// with zeros of the same keys and lengths, to which it adds its derivatives. The loss is the sum
    /// of what it returns. Where a state is absent it is NaN, and derivatives there do not count.
    ///
    /// # Errors
    /// Those of [`value_and_grad`](Self::value_and_grad), but that nothing need be recorded.
    ///
    /// ```
    /// use cable::channels::HH;
    /// use cable::{Build, Cell, Solver, build_init_and_step_fn};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let mut cell = Cell::default();
    /// cell.insert(HH)?.set("v", -65.0)?; // mV
    /// let cable = cell.build_for(0.025, 1.0)?; // ms
    /// let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
    /// let last = cable.steps();
    /// let (m, gradient) = run.value_and_grad_of_states(&vec![], &vec![], |step, states, slopes| {
    ///     if step < last {
    ///         return 0.0;
    ///     }
    ///     slopes.entry("HH_m".into()).and_modify(|slope| slope[0] += 1.0);
    ///     states["HH_m"][0]
    /// })?;
    /// assert!(0.0 < m && m < 0.2);
    /// assert!(gradient.states["v"][0] > 0.0); // the gate opens with the voltage
    /// # Ok(())
    /// # }
    /// ```
    pub fn value_and_grad_of_states<'d>(
        &self,
        parameters: &Parameters<f64>,
        data: impl Into<RunData<'d, f64>>,
        mut loss: impl FnMut(usize, &States<f64>, &mut States<f64>) -> f64,
    ) -> Result<(f64, RunGradient), CableError> {
        let (table, data) = (&self.cable().states, data.into());
        let start = Start::new(self, parameters, data, Drive::new(self.cable(), &data)?)?;
        let (mut states, mut slopes) = (States::new(), States::new());
        let (mut numbers, zeros) = (Vec::new(), vec![0.0; start.initial.len()]);
        let mut wrong = None;
        let outcome = start.run().value_and_grad(&start.initial, |step, state, cotangent| {
            if wrong.is_some() {
                return 0.0;
            }
            numbers.clear();
            let shown = state.iter().zip(&start.present);
            numbers.extend(shown.map(|(&x, &present)| if present { x } else { f64::NAN }));
            table.write(&numbers, &mut states);
            table.write(&zeros, &mut slopes);
            let value = loss(step, &states, &mut slopes);
            if let Some(key) = slopes.keys().find(|key| table.find(key).is_none()) {
                wrong =
                    Some(CableError::unknown("the dictionary of derivatives", key, table.keys()));
                slopes.clear();
            } else if let Err(error) = table.check_all(&slopes, &[]) {
                wrong = Some(error);
            }
            for (slot, key) in table.keys().enumerate() {
                let range = table.range(slot);
                let own = slopes.get(key).into_iter().flatten();
                for (at, slope) in range.zip(own).filter(|(at, _)| start.present[*at]) {
                    cotangent[at] += slope;
                }
            }
            value
        });
        // What is wrong may also be why the run fails.
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
        let (value, gradient) = outcome?;
        Ok((not_nan(value)?, start.gradient(&gradient)?))
    }
}

/// Returns the value of a loss, or an error if it is NaN.
fn not_nan(value: f64) -> Result<f64, CableError> {
    if value.is_nan() {
        let text = "the loss is NaN: leave out what is recorded where a state is absent";
        return Err(CableError::new(ErrorKind::Value, text));
    }
    Ok(value)
}

/// What a run starts from.
struct Start<'r, 'c, 'd> {
    run: &'r InitAndStep<'c>,
    data: RunData<'d, f64>,
    steps: usize,
    settings: ParamState<f64>,
    states: States<f64>,
    params: Params<f64>,
    simulator: Simulator<'c, 'd>,
    /// All states and currents, with 0 where a state is absent.
    initial: Vec<f64>,
    /// Where states are present.
    present: Vec<bool>,
}

impl<'r, 'c, 'd> Start<'r, 'c, 'd> {
    fn new(
        run: &'r InitAndStep<'c>,
        parameters: &Parameters<f64>,
        data: RunData<'d, f64>,
        drive: Drive<'d, f64>,
    ) -> Result<Self, CableError> {
        let (cable, steps) = (run.cable(), drive.steps);
        let mut settings = cable.params_to_pstate(parameters)?;
        settings.extend(data.param_state.iter().cloned());
        let (states, params) = run.init(parameters, data)?;
        let simulator = Simulator::new(run, drive, &settings, &params)?;
        let mut initial = cable.read_states(&states, &[])?;
        initial.truncate(cable.order.states);
        let present: Vec<_> = initial.iter().map(|x| !x.is_nan()).collect();
        let padding = initial.iter_mut().zip(&present).filter(|(_, present)| !**present);
        padding.for_each(|(x, _)| *x = 0.0);
        Ok(Self { run, data, steps, settings, states, params, simulator, initial, present })
    }

    fn run(&self) -> Run<'_, Simulator<'c, 'd>> {
        self.run.checkpointed(Run::new(&self.simulator, self.steps))
    }

    fn gradient(&self, gradient: &dynamics::Gradient) -> Result<RunGradient, CableError> {
        // A current among the initial states has another value before currents are appended.
        let mut states = self.states.clone();
        states.extend(self.run.cable().get_all_states(&self.settings)?);
        states.extend(self.data.all_states.cloned().unwrap_or_default());
        let Self { run, data, settings, params, .. } = self;
        self.simulator.gradient(run, data, settings, &states, params, gradient)
    }
}
