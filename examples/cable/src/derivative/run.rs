use crate::derivative::operator::{Machine, StepLinear};
use crate::derivative::places::Places;
use crate::description::export::External;
use crate::description::setting::{ParamState, Parameters, Setting};
use crate::error::{CableError, ErrorKind};
use crate::run::cable::Cable;
use crate::run::init_and_step::InitAndStep;
use crate::states::{Params, States};
use crate::step::inputs::Inputs;
use crate::step::linear::{ByParams, Linear, Linearizer};
use crate::step::matrix::Matrix;
use crate::step::solver::Solver;
use crate::step::voltages::Coupling;
use dynamics::{Differentiable, Run};
use ndarray::{Array1, Array2};
use pytree::grad::{DIRECTIONS, Duals};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The derivatives of a loss over a run, by everything that the run starts from; see
/// [`InitAndStep::value_and_grad_of`].
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
    /// By all initial states, currents aside.
    pub states: States<f64>,
    /// By the externals, of each of which there is a row, with a column for each step.
    pub externals: BTreeMap<String, Array2<f64>>,
}

impl InitAndStep<'_> {
    /// A loss over what is recorded, and its gradient by the trainable parameters, in reverse: as
    /// `jax.value_and_grad`.
    ///
    /// `loss` is called with each step, from 0 (the initial states) to the number of steps, and with
    /// what is recorded then, in the order of [`Cable::recordings`]. The loss is the sum of what it
    /// returns. Its derivative by what is recorded comes from dual numbers.
    ///
    /// One backward pass serves any number of parameters. The states of about 2 sqrt(steps) steps
    /// are kept; see [`with_checkpoint_every`](Self::with_checkpoint_every).
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
        mut loss: impl FnMut(usize, &[Duals]) -> Duals,
    ) -> Result<(f64, Parameters<f64>), CableError> {
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
        let (value, gradient) = self.value_and_grad_of(parameters, &vec![], of_recording)?;
        Ok((value, gradient.parameters))
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
    pub fn value_and_grad_of(
        &self,
        parameters: &Parameters<f64>,
        param_state: &ParamState<f64>,
        loss: impl FnOnce(&Array2<f64>) -> (f64, Array2<f64>),
    ) -> Result<(f64, RunGradient), CableError> {
        let cable = self.cable();
        self.check_run()?;
        let start = Start::new(self, parameters, param_state)?;
        // Where a recorded state is absent, NaN is recorded, as `integrate` does.
        let present = |value: usize| Some(value).filter(|&value| start.present[value]);
        let elements: Vec<_> = cable.recorded().into_iter().map(present).collect();
        let mut recorded = Array2::zeros((elements.len(), cable.steps() + 1));
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
        Ok((value, start.gradient(&gradient)?))
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
    pub fn value_and_grad_of_states(
        &self,
        parameters: &Parameters<f64>,
        param_state: &ParamState<f64>,
        mut loss: impl FnMut(usize, &States<f64>, &mut States<f64>) -> f64,
    ) -> Result<(f64, RunGradient), CableError> {
        let table = &self.cable().states;
        let start = Start::new(self, parameters, param_state)?;
        let (mut states, mut slopes) = (States::new(), States::new());
        let (mut numbers, zeros) = (Vec::new(), vec![0.0; start.initial.len()]);
        let mut wrong = None;
        let (value, gradient) =
            start.run().value_and_grad(&start.initial, |step, state, cotangent| {
                numbers.clear();
                let shown = state.iter().zip(&start.present);
                numbers.extend(shown.map(|(&x, &present)| if present { x } else { f64::NAN }));
                table.write(&numbers, &mut states);
                table.write(&zeros, &mut slopes);
                let value = loss(step, &states, &mut slopes);
                if let Some(key) = slopes.keys().find(|key| table.find(key).is_none()) {
                    wrong = Some(CableError::unknown("the derivatives", key, table.keys()));
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
            })?;
        wrong.map_or_else(|| Ok((value, start.gradient(&gradient)?)), Err)
    }
}

/// What a run starts from.
struct Start<'r, 'c> {
    run: &'r InitAndStep<'c>,
    settings: ParamState<f64>,
    states: States<f64>,
    params: Params<f64>,
    simulator: Simulator<'c>,
    /// All states and currents, with 0 where a state is absent.
    initial: Vec<f64>,
    /// Where states are present.
    present: Vec<bool>,
}

impl<'r, 'c> Start<'r, 'c> {
    fn new(
        run: &'r InitAndStep<'c>,
        parameters: &Parameters<f64>,
        param_state: &ParamState<f64>,
    ) -> Result<Self, CableError> {
        let cable = run.cable();
        let mut settings = cable.params_to_pstate(parameters)?;
        settings.extend(param_state.iter().cloned());
        let (states, params) = run.init(parameters, param_state)?;
        let simulator = Simulator::new(run, &settings, &params)?;
        let mut initial = cable.read_states(&states, &[])?;
        initial.truncate(cable.order.states);
        let present: Vec<_> = initial.iter().map(|x| !x.is_nan()).collect();
        let padding = initial.iter_mut().zip(&present).filter(|(_, present)| !**present);
        padding.for_each(|(x, _)| *x = 0.0);
        Ok(Self { run, settings, states, params, simulator, initial, present })
    }

    fn run(&self) -> Run<'_, Simulator<'c>> {
        let run = Run::new(&self.simulator, self.run.cable().steps());
        self.run.every.map_or(run, |every| run.with_checkpoint_every(every))
    }

    fn gradient(&self, gradient: &dynamics::Gradient) -> Result<RunGradient, CableError> {
        // A current among the initial states has another value before currents are appended.
        let mut states = self.states.clone();
        states.extend(self.run.cable().get_all_states(&self.settings)?);
        Ok(self.simulator.gradient(self.run, &self.settings, &states, &self.params, gradient))
    }
}

/// A run of a module: all its states and currents as one vector.
struct Simulator<'c> {
    cable: &'c Cable,
    machine: Arc<Machine<'c>>,
    /// The externals of each step.
    inputs: Vec<Inputs>,
    /// The number of the parameters from which on there are externals.
    externals: usize,
    memory: RefCell<(Vec<f64>, [Vec<f64>; 2])>,
}

impl<'c> Simulator<'c> {
    fn new(
        run: &InitAndStep<'c>,
        settings: &ParamState<f64>,
        params: &Params<f64>,
    ) -> Result<Self, CableError> {
        let (cable, solver) = (run.cable(), run.solver());
        let model = cable.model(params, solver, cable.delta_t())?;
        let transitions = model.params.len();
        let matrices = match &model.coupling {
            Coupling::Exponential(each) => {
                each.iter().map(|(_, matrix)| matrix.entries.len()).sum()
            }
            _ => 0,
        };
        let externals = transitions + matrices;
        let rows: usize = cable.externals().values().map(|external| external.nodes.len()).sum();
        let wanted: Vec<usize> = cable
            .params
            .keys()
            .enumerate()
            .filter(|(_, key)| Cable::changes_with(settings, key))
            .map(|(array, _)| cable.params.start(array))
            .collect();
        let end = externals + rows * cable.steps();
        let by = ByParams {
            arrays: &|start| wanted.binary_search(&start).is_ok(),
            externals: Some((externals, cable.steps())),
            transitions,
            end,
        };
        let linearizer = Linearizer::new(&cable.order, cable.order.step.clone(), model, &by);
        let places = Places::of_run(cable);
        let inputs = (0..cable.steps()).map(|step| cable.inputs(&cable.externals_at(step)?));
        let inputs = inputs.collect::<Result<_, _>>()?;
        let whole = 0..end;
        let machine = Arc::new(Machine { linearizer, places, params: vec![whole] });
        Ok(Self { cable, machine, inputs, externals, memory: RefCell::default() })
    }

    /// The derivatives by what the run starts from.
    fn gradient(
        &self,
        run: &InitAndStep<'_>,
        settings: &ParamState<f64>,
        states: &States<f64>,
        params: &Params<f64>,
        gradient: &dynamics::Gradient,
    ) -> RunGradient {
        let (cable, machine) = (self.cable, &self.machine);
        let order = &cable.order;
        let mut by_params = gradient.params.to_vec();
        let mut by_states = vec![0.0; order.len];
        let initial = gradient.initial.to_vec();
        machine.places.scatter(1, &initial, &mut by_states);
        self.append_vjp(states, settings, &mut by_states, &mut by_params);
        if run.solver() == Solver::ExpEuler {
            self.transitions_vjp(&mut by_params);
        }

        let mut arrays: Params<f64> =
            params.iter().map(|(key, array)| (key.clone(), Array1::zeros(array.len()))).collect();
        cable.params.write(&by_params[..cable.params.numbers()], &mut arrays);
        let mut initial = BTreeMap::new();
        cable.states.write(&by_states[..order.states], &mut initial);
        initial.retain(|key, _| cable.initial_states().contains_key(key));

        let externals = &by_params[self.externals..];
        let mut first = 0;
        let of_external = |(name, external): (&String, &External)| {
            let len = external.nodes.len() * cable.steps();
            let rows = externals[first..first + len].to_vec();
            first += len;
            let rows = Array2::from_shape_vec((external.nodes.len(), cable.steps()), rows);
            (name.clone(), rows.unwrap_or_default())
        };
        let externals = cable.externals().iter().map(of_external).collect();
        let trainables = cable.get_parameters().len();
        let mut by_settings = cable.settings_vjp(settings, params, arrays, initial.clone());
        let param_state = by_settings.split_off(trainables);
        let parameters = by_settings.iter().map(Setting::parameters);
        RunGradient { parameters: parameters.collect(), param_state, states: initial, externals }
    }

    /// Leads back through the currents of the initial states.
    fn append_vjp(
        &self,
        states: &States<f64>,
        settings: &ParamState<f64>,
        by_states: &mut [f64],
        by_params: &mut [f64],
    ) {
        let (cable, order) = (self.cable, &self.cable.order);
        let keys: Vec<_> = cable.params.keys().collect();
        let wanted = |start: usize| {
            let array = (0..cable.params.len()).find(|&array| cable.params.start(array) == start);
            array.is_some_and(|array| Cable::changes_with(settings, keys[array]))
        };
        let end = by_params.len();
        let by = ByParams { arrays: &wanted, externals: None, transitions: 0, end };
        let model = self.machine.linearizer.model.clone();
        let linearizer = Linearizer::new(order, order.append.clone(), model, &by);
        let mut linear = Linear::default();
        let Ok(mut values) = cable.read_states(states, &[]) else { return };
        linearizer.advance(&mut values, &Inputs::default(), 0, &mut linear);
        linearizer.vjp(&linear, 1, by_states, by_params);
    }

    /// Leads from the exponentials of exponential Euler back to the rates.
    fn transitions_vjp(&self, by_params: &mut [f64]) {
        let model = &self.machine.linearizer.model;
        let voltages = &self.cable.order.voltages;
        let (params, behind) = by_params.split_at_mut(model.params.len());
        let rates = &model.params[voltages.rates..];
        let mut next = 0;
        let exchanges = voltages.exchanges(rates, model.delta_t).into_iter();
        let cotangents = exchanges.map(|(_, exchange)| {
            let len = exchange.entries.len();
            let entries = behind[next..next + len].to_vec();
            next += len;
            exchange.transposed().exp_derivative(&Matrix { len: exchange.len, entries })
        });
        let cotangents: Vec<_> = cotangents.collect();
        voltages.exchanges_vjp(rates, model.delta_t, &cotangents, &mut params[voltages.rates..]);
    }
}

impl<'c> Differentiable for Simulator<'c> {
    type Linear = StepLinear<'c>;
    type Error = CableError;

    fn num_states(&self) -> usize {
        self.machine.places.values.len()
    }

    fn num_params(&self) -> usize {
        self.machine.num_params()
    }

    fn label(&self, state: usize) -> String {
        let (key, index) = self.cable.states.locate(self.machine.places.values[state]);
        format!("{key}[{index}]")
    }

    fn apply(&self, step: usize, before: &[f64], after: &mut [f64]) -> Result<(), CableError> {
        let Machine { linearizer, places, .. } = &*self.machine;
        let (values, scratch) = &mut *self.memory.borrow_mut();
        values.clone_from(&places.template);
        places.scatter(1, before, values);
        linearizer.model.step(linearizer.order, values, &self.inputs[step], scratch);
        places.gather(1, values, after);
        Ok(())
    }

    fn linearize(
        &self,
        step: usize,
        before: &[f64],
        after: &mut [f64],
        linear: &mut StepLinear<'c>,
    ) -> Result<(), CableError> {
        let Machine { linearizer, places, .. } = &*self.machine;
        let (values, _) = &mut *self.memory.borrow_mut();
        values.clone_from(&places.template);
        places.scatter(1, before, values);
        linear.machine.get_or_insert_with(|| self.machine.clone());
        linearizer.advance(values, &self.inputs[step], step, &mut linear.linear);
        places.gather(1, values, after);
        Ok(())
    }
}
