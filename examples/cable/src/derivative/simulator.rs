use crate::derivative::gradient::RunGradient;
use crate::derivative::operator::{Machine, StepLinear};
use crate::derivative::places::Places;
use crate::description::export::External;
use crate::description::setting::{ParamState, Setting};
use crate::error::CableError;
use crate::run::cable::Cable;
use crate::run::data::{DataExternal, RunData};
use crate::run::drive::Drive;
use crate::run::init_and_step::InitAndStep;
use crate::states::{Params, States};
use crate::step::inputs::Inputs;
use crate::step::linear::{ByParams, Linear, Linearizer};
use crate::step::matrix::Matrix;
use crate::step::solver::Solver;
use crate::step::voltages::Coupling;
use dynamics::Differentiable;
use ndarray::{Array1, Array2, ArrayView1};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A run of a module: all its states and currents as one vector.
pub(crate) struct Simulator<'c, 'd> {
    cable: &'c Cable,
    machine: Arc<Machine<'c>>,
    drive: Drive<'d, f64>,
    /// The number of the parameters from which on there are externals.
    externals: usize,
    /// The starts of the parameters that derivatives are wanted by.
    wanted: Vec<usize>,
    memory: RefCell<Memory>,
}

/// Memory that steps use again.
#[derive(Default)]
struct Memory {
    values: Vec<f64>,
    inputs: Inputs,
    scratch: [Vec<f64>; 2],
}

impl<'c, 'd> Simulator<'c, 'd> {
    pub fn new(
        run: &InitAndStep<'c>,
        drive: Drive<'d, f64>,
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
        // An empty array starts where the next one does.
        let wanted: Vec<usize> = cable
            .params
            .keys()
            .enumerate()
            .filter(|(_, key)| Cable::changes_with(settings, key))
            .map(|(array, _)| cable.params.range(array))
            .filter(|range| !range.is_empty())
            .map(|range| range.start)
            .collect();
        let end = externals + drive.len() * drive.steps;
        let by = ByParams {
            arrays: &|start| wanted.binary_search(&start).is_ok(),
            externals: Some((externals, drive.steps)),
            transitions,
            end,
        };
        let linearizer = Linearizer::new(&cable.order, cable.order.step.clone(), model, &by);
        let places = Places::of_run(cable);
        let whole = 0..end;
        let machine = Arc::new(Machine { linearizer, places, params: vec![whole] });
        Ok(Self { cable, machine, drive, externals, wanted, memory: RefCell::default() })
    }

    /// The derivatives by what the run starts from.
    pub fn gradient(
        &self,
        run: &InitAndStep<'_>,
        data: &RunData<'_, f64>,
        settings: &ParamState<f64>,
        states: &States<f64>,
        params: &Params<f64>,
        gradient: &dynamics::Gradient,
    ) -> Result<RunGradient, CableError> {
        let (cable, machine) = (self.cable, &self.machine);
        let order = &cable.order;
        let mut by_params = gradient.params.to_vec();
        let mut by_states = vec![0.0; order.len];
        let initial = gradient.initial.to_vec();
        machine.places.scatter(1, &initial, &mut by_states);
        // A current that is given does not follow from the states.
        let given = data.all_states.into_iter().flat_map(States::keys);
        let currents = given.clone().filter(|key| cable.is_current(key));
        let slots = currents.filter_map(|key| cable.states.find(key));
        let currents: Vec<_> = slots.flat_map(|slot| cable.states.range(slot)).collect();
        let take = |&current: &usize| std::mem::take(&mut by_states[current]);
        let by_currents: Vec<f64> = currents.iter().map(take).collect();
        self.append_vjp(states, &mut by_states, &mut by_params)?;
        currents.iter().zip(by_currents).for_each(|(&current, slope)| by_states[current] += slope);
        if run.solver() == Solver::ExpEuler {
            self.transitions_vjp(&mut by_params);
        }

        let mut arrays: Params<f64> =
            params.iter().map(|(key, array)| (key.clone(), Array1::zeros(array.len()))).collect();
        cable.params.write(&by_params[..cable.params.numbers()], &mut arrays);
        let mut initial = BTreeMap::new();
        cable.states.write(&by_states[..order.states], &mut initial);
        let kept = |key: &String| {
            cable.initial_states().contains_key(key)
                || data.all_states.is_some_and(|given| given.contains_key(key))
        };
        initial.retain(|key, _| kept(key));

        let steps = self.drive.steps;
        let mut rows = by_params[self.externals..].chunks(steps.max(1));
        let mut row = || rows.next().unwrap_or_default();
        let of_external = |(name, external): (&String, &External)| {
            let mut slopes = Array2::zeros((external.nodes.len(), steps));
            slopes.rows_mut().into_iter().for_each(|mut to| to.assign(&ArrayView1::from(row())));
            (name.clone(), slopes)
        };
        let externals = cable.externals().iter().map(of_external).collect();
        // Values after the end of the run do not count.
        let mut of_series = |series: &Vec<f64>| {
            let mut slopes = row().to_vec();
            slopes.resize(series.len(), 0.0);
            slopes
        };
        let mut of_data = |external: &DataExternal<f64>| DataExternal {
            values: external.values.iter().map(&mut of_series).collect(),
            ..external.clone()
        };
        let data_stimuli = data.data_stimuli.iter().map(&mut of_data).collect();
        let data_clamps = data.data_clamps.iter().map(of_data).collect();
        let trainables = cable.get_parameters().len();
        // What is given replaces what the settings say.
        let mut set = initial.clone();
        given.for_each(|key| drop(set.remove(key)));
        let mut by_settings = cable.settings_vjp(settings, params, arrays, set);
        let param_state = by_settings.split_off(trainables);
        let parameters = by_settings.iter().map(Setting::parameters);
        let parameters = parameters.collect();
        Ok(RunGradient {
            parameters,
            param_state,
            states: initial,
            externals,
            data_stimuli,
            data_clamps,
        })
    }

    /// Leads back through the currents of the initial states.
    fn append_vjp(
        &self,
        states: &States<f64>,
        by_states: &mut [f64],
        by_params: &mut [f64],
    ) -> Result<(), CableError> {
        let order = &self.cable.order;
        let wanted = |start: usize| self.wanted.binary_search(&start).is_ok();
        let end = by_params.len();
        let by = ByParams { arrays: &wanted, externals: None, transitions: 0, end };
        let model = self.machine.linearizer.model.clone();
        let linearizer = Linearizer::new(order, order.append.clone(), model, &by);
        let mut linear = Linear::default();
        let mut values = self.cable.read_states(states, &[])?;
        linearizer.advance(&mut values, &Inputs::default(), 0, &mut linear);
        linearizer.vjp(&linear, 1, by_states, by_params);
        Ok(())
    }

    /// Leads from the exponentials of exponential Euler back to the rates.
    fn transitions_vjp(&self, by_params: &mut [f64]) {
        let model = &self.machine.linearizer.model;
        let voltages = &self.cable.order.voltages;
        let (params, after) = by_params.split_at_mut(model.params.len());
        let rates = &model.params[voltages.rates..];
        let mut next = 0;
        let exchanges = voltages.exchanges(rates, model.delta_t).into_iter();
        let cotangents = exchanges.map(|(_, exchange)| {
            let len = exchange.entries.len();
            let entries = after[next..next + len].to_vec();
            next += len;
            exchange.transposed().exp_derivative(&Matrix { len: exchange.len, entries })
        });
        let cotangents: Vec<_> = cotangents.collect();
        voltages.exchanges_vjp(rates, model.delta_t, &cotangents, &mut params[voltages.rates..]);
    }
}

impl<'c> Differentiable for Simulator<'c, '_> {
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

    fn advice_on_nan(&self, step: usize, before: &[f64]) -> String {
        let after = |before: &[f64]| {
            let mut after = vec![0.0; before.len()];
            self.apply(step, before, &mut after).ok().map(|()| after)
        };
        let advice = self.cable.zero_by_zero(before, after);
        advice.unwrap_or_else(|| "a smaller time step may help".to_owned())
    }

    fn apply(&self, step: usize, before: &[f64], after: &mut [f64]) -> Result<(), CableError> {
        let Machine { linearizer, places, .. } = &*self.machine;
        let Memory { values, inputs, scratch } = &mut *self.memory.borrow_mut();
        // What comes after the states is set by the step before it is read.
        values.resize(linearizer.order.len, 0.0);
        places.scatter(1, before, values);
        self.drive.at(step, inputs);
        linearizer.model.step(linearizer.order, values, inputs, scratch);
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
        let Memory { values, inputs, .. } = &mut *self.memory.borrow_mut();
        // What comes after the states is set by the step before it is read.
        values.resize(linearizer.order.len, 0.0);
        places.scatter(1, before, values);
        linear.machine.get_or_insert_with(|| self.machine.clone());
        self.drive.at(step, inputs);
        linearizer.advance(values, inputs, step, &mut linear.linear);
        places.gather(1, values, after);
        Ok(())
    }
}
