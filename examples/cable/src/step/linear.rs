use crate::mechanism::kernel::density;
use crate::mechanism::pattern::{CURRENT_DIRECTIONS, Pattern, UPDATE_DIRECTIONS};
use crate::mechanism::sites::{Column, Space};
use crate::step::block::Block;
use crate::step::inputs::Inputs;
use crate::step::order::{Ion, Op, Order, Placed};
use crate::step::values::Model;
use crate::step::voltages_linear::{Solved, VoltagesLinear, Wanted};

/// A sequence of parts of a step that can be differentiated, by the values and by some of the
/// parameters.
#[derive(Clone, Debug)]
pub(crate) struct Linearizer<'c> {
    pub order: &'c Order,
    pub ops: Vec<Op>,
    patterns: Vec<Derivatives>,
    pub model: Model<f64>,
    pub wanted: Wanted,
    wants_area: bool,
    /// How many numbers the parameters have, and what comes after them: the entries of the
    /// exponentials and the externals.
    pub num_params: usize,
    /// The number of the parameters from which on there are externals, and how many numbers each
    /// has, if derivatives by them are wanted.
    externals: Option<(usize, usize)>,
}

/// What is computed of a part of a step.
#[derive(Clone, Debug)]
enum Derivatives {
    None,
    Update(Pattern<UPDATE_DIRECTIONS>),
    Currents(Pattern<CURRENT_DIRECTIONS>),
}

/// Which parameters derivatives are wanted by.
pub(crate) struct ByParams<'a> {
    /// Whether those of the array that starts at a number are wanted.
    pub arrays: &'a dyn Fn(usize) -> bool,
    /// Where the externals are; see [`Linearizer`].
    pub externals: Option<(usize, usize)>,
    /// Where the entries of the exponentials are.
    pub transitions: usize,
    /// Where all that comes after the parameters ends.
    pub end: usize,
}

/// The derivative of a [`Linearizer`]'s ops at some values. The memory is used again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Linear {
    /// For each op of a mechanism or an ion, its derivatives.
    blocks: Vec<Vec<f64>>,
    pub voltages: VoltagesLinear,
    /// The externals of the step, and its number.
    pub inputs: Inputs,
    step: usize,
    scratch: [Vec<f64>; 2],
}

impl<'c> Linearizer<'c> {
    pub fn new(order: &'c Order, ops: Vec<Op>, model: Model<f64>, by: &ByParams<'_>) -> Self {
        let voltages = &order.voltages;
        let wants = |inputs: &[Column<'_>]| -> Vec<bool> {
            let wants =
                |column: &Column<'_>| column.space == Space::Values || (by.arrays)(column.start);
            inputs.iter().map(wants).collect()
        };
        let derivatives = |op: &Op| match *op {
            Op::Update(at) => {
                let Placed { code, sites, .. } = &order.mechanisms[at];
                let wanted = wants(&sites.update_inputs());
                Derivatives::Update(Pattern::new(&(code.update_depends)(), &wanted))
            }
            Op::Currents(at) => {
                let placed = &order.mechanisms[at];
                let depends = (placed.code.current_depends)();
                Derivatives::Currents(Pattern::new(&depends, &wants(&placed.current_inputs())))
            }
            _ => Derivatives::None,
        };
        let patterns = ops.iter().map(derivatives).collect();
        let wanted = Wanted {
            capacitance: (by.arrays)(voltages.capacitance),
            rates: (by.arrays)(voltages.rates),
            transitions: by.transitions,
        };
        let (wants_area, externals) = ((by.arrays)(order.area), by.externals);
        let num_params = by.end.max(model.params.len());
        Self { order, ops, patterns, model, wanted, wants_area, num_params, externals }
    }

    pub fn solved(&self) -> Solved<'_> {
        Solved {
            voltages: &self.order.voltages,
            solver: self.model.solver,
            coupling: &self.model.coupling,
            delta_t: self.model.delta_t,
            params: &self.model.params,
            wanted: self.wanted,
        }
    }

    /// Runs the ops on `values`, with the externals of a step, and keeps their derivatives. The
    /// values are those of [`Model::step`], to the last bit.
    pub fn advance(&self, values: &mut [f64], inputs: &Inputs, step: usize, linear: &mut Linear) {
        let (order, params, delta_t) = (self.order, &self.model.params[..], self.model.delta_t);
        linear.blocks.resize(self.ops.len(), Vec::new());
        linear.inputs.clone_from(inputs);
        linear.step = step;
        for ((op, derivatives), block) in
            self.ops.iter().zip(&self.patterns).zip(&mut linear.blocks)
        {
            match (*op, derivatives) {
                (Op::Update(at), Derivatives::Update(pattern)) => {
                    let Placed { code, sites, .. } = &order.mechanisms[at];
                    block.resize(pattern.entries.len() * sites.own.len(), 0.0);
                    (code.linear_update)(sites, delta_t, values, params, pattern, block);
                }
                (Op::Currents(at), Derivatives::Currents(pattern)) => {
                    let Placed { code, sites, synapse } = &order.mechanisms[at];
                    if *synapse {
                        values[sites.current..][..sites.own.len()].fill(0.0);
                    }
                    block.resize(pattern.entries.len() * sites.own.len(), 0.0);
                    (code.linear_currents)(sites, values, params, pattern, block);
                }
                (Op::Relax(at), _) => {
                    let Ion { concentration, slope, constant } = order.ions[at];
                    block.clear();
                    for node in 0..order.voltages.nodes {
                        let divisor = values[slope + node] * delta_t + 1.0;
                        let moved = (values[concentration + node]
                            + values[constant + node] * delta_t)
                            / divisor;
                        values[concentration + node] = moved;
                        block.extend([1.0, delta_t, -moved * delta_t].map(|gain| gain / divisor));
                    }
                }
                (Op::Solve, _) => {
                    linear.voltages.advance(self.solved(), values, &mut linear.scratch);
                }
                _ => self.model.run(order, *op, values, inputs, &mut linear.scratch),
            }
        }
    }

    /// The block of an op of a mechanism.
    pub fn block<R>(
        &self,
        at: usize,
        linear: &Linear,
        of: impl FnOnce(Block<'_>) -> R,
    ) -> Option<R> {
        let (mechanism, replaces) = match self.ops[at] {
            Op::Update(mechanism) => (mechanism, true),
            Op::Currents(mechanism) => (mechanism, false),
            _ => return None,
        };
        let placed = &self.order.mechanisms[mechanism];
        let sites = &placed.sites;
        let (inputs, outputs) = if replaces {
            (sites.update_inputs(), sites.update_outputs())
        } else {
            (placed.current_inputs(), sites.current_outputs())
        };
        let entries = match &self.patterns[at] {
            Derivatives::Update(pattern) => &pattern.entries,
            Derivatives::Currents(pattern) => &pattern.entries,
            Derivatives::None => return None,
        };
        Some(of(Block {
            entries,
            derivatives: &linear.blocks[at],
            inputs: &inputs,
            outputs: &outputs,
            replaces,
            sites: sites.own.len(),
        }))
    }

    /// Moves `tangents` of the values, each with `columns` numbers, through the ops. `params` are
    /// those of the parameters, or nothing.
    pub fn jvp(&self, linear: &Linear, columns: usize, tangents: &mut [f64], params: &[f64]) {
        (0..self.ops.len()).for_each(|at| self.jvp_of(at, linear, columns, tangents, params));
    }

    /// Moves tangents through the op with number `at`.
    pub fn jvp_of(
        &self,
        at: usize,
        linear: &Linear,
        columns: usize,
        tangents: &mut [f64],
        params: &[f64],
    ) {
        let order = self.order;
        let voltages = &order.voltages;
        let row = |value: usize| value * columns..(value + 1) * columns;
        match self.ops[at] {
            Op::Update(_) => {
                self.block(at, linear, |block| block.jvp(columns, tangents, params));
            }
            Op::Currents(mechanism) => {
                self.current_of_synapse(mechanism, columns, tangents);
                self.block(at, linear, |block| block.jvp(columns, tangents, params));
            }
            Op::Keep => {
                if let Some(kept) = order.kept {
                    let v = voltages.v * columns..(voltages.v + voltages.nodes) * columns;
                    tangents.copy_within(v, kept * columns);
                }
            }
            Op::Clear => {
                let cleared = &order.cleared;
                tangents[cleared.start * columns..cleared.end * columns].fill(0.0);
            }
            Op::Store => {
                for (sum, current) in &order.sums {
                    let sum = sum.start * columns..sum.end * columns;
                    tangents.copy_within(sum, current * columns);
                }
            }
            Op::Relax(ion) => {
                let Ion { concentration, slope, constant } = order.ions[ion];
                for (node, gains) in linear.blocks[at].chunks_exact(3).enumerate() {
                    for column in 0..columns {
                        let [x, slope, constant] = [concentration, slope, constant]
                            .map(|start| tangents[(start + node) * columns + column]);
                        tangents[(concentration + node) * columns + column] =
                            gains[0] * x + gains[1] * constant + gains[2] * slope;
                    }
                }
            }
            Op::Stimulate => {
                if params.is_empty() {
                    return;
                }
                for stimulus in &linear.inputs.stimuli {
                    let area = order.area + stimulus.index;
                    let spread = density(1.0, self.model.params[area]);
                    let mut change =
                        -stimulus.value * spread / self.model.params[area] * params[area];
                    if let Some(number) = self.external(linear, stimulus.number) {
                        change += spread * params[number];
                    }
                    tangents[voltages.constant + stimulus.index] += change;
                }
            }
            Op::Clamp { voltage } => {
                for clamp in linear.inputs.clamps(order, voltage) {
                    tangents[row(clamp.index)].fill(0.0);
                    if let Some(number) = self.external(linear, clamp.number)
                        && !params.is_empty()
                    {
                        tangents[clamp.index] = params[number];
                    }
                }
            }
            Op::Solve => linear.voltages.jvp(self.solved(), columns, tangents, params),
        }
    }

    /// Moves `cotangents` of the values after the ops to those before, and adds to those of the
    /// parameters, or to nothing.
    pub fn vjp(&self, linear: &Linear, columns: usize, cotangents: &mut [f64], params: &mut [f64]) {
        let order = self.order;
        let voltages = &order.voltages;
        let row = |value: usize| value * columns..(value + 1) * columns;
        for at in (0..self.ops.len()).rev() {
            match self.ops[at] {
                Op::Update(_) => {
                    self.block(at, linear, |block| block.vjp(columns, cotangents, params));
                }
                Op::Currents(mechanism) => {
                    self.block(at, linear, |block| block.vjp(columns, cotangents, params));
                    self.current_of_synapse(mechanism, columns, cotangents);
                }
                Op::Keep => {
                    if let Some(kept) = order.kept {
                        for at in 0..voltages.nodes * columns {
                            let cotangent = std::mem::take(&mut cotangents[kept * columns + at]);
                            cotangents[voltages.v * columns + at] += cotangent;
                        }
                    }
                }
                Op::Clear => {
                    let cleared = &order.cleared;
                    cotangents[cleared.start * columns..cleared.end * columns].fill(0.0);
                }
                Op::Store => {
                    for (sum, current) in &order.sums {
                        for at in 0..sum.len() * columns {
                            let cotangent = std::mem::take(&mut cotangents[current * columns + at]);
                            cotangents[sum.start * columns + at] += cotangent;
                        }
                    }
                }
                Op::Relax(ion) => {
                    let Ion { concentration, slope, constant } = order.ions[ion];
                    for (node, gains) in linear.blocks[at].chunks_exact(3).enumerate() {
                        for column in 0..columns {
                            let [x, slope, constant] = [concentration, slope, constant]
                                .map(|start| (start + node) * columns + column);
                            let after = cotangents[x];
                            cotangents[x] = gains[0] * after;
                            cotangents[constant] += gains[1] * after;
                            cotangents[slope] += gains[2] * after;
                        }
                    }
                }
                Op::Stimulate => {
                    if params.is_empty() {
                        continue;
                    }
                    for stimulus in &linear.inputs.stimuli {
                        let area = order.area + stimulus.index;
                        let spread = density(1.0, self.model.params[area]);
                        let after = cotangents[voltages.constant + stimulus.index] * spread;
                        if self.wants_area {
                            params[area] -= after * stimulus.value / self.model.params[area];
                        }
                        if let Some(number) = self.external(linear, stimulus.number) {
                            params[number] += after;
                        }
                    }
                }
                Op::Clamp { voltage } => {
                    for clamp in linear.inputs.clamps(order, voltage) {
                        if let Some(number) = self.external(linear, clamp.number)
                            && !params.is_empty()
                        {
                            params[number] += cotangents[clamp.index];
                        }
                        cotangents[row(clamp.index)].fill(0.0);
                    }
                }
                Op::Solve => linear.voltages.vjp(self.solved(), columns, cotangents, params),
            }
        }
    }

    /// Nothing that a synapse's current was before a step counts.
    fn current_of_synapse(&self, mechanism: usize, columns: usize, values: &mut [f64]) {
        let Placed { sites, synapse, .. } = &self.order.mechanisms[mechanism];
        if *synapse {
            values[sites.current * columns..][..sites.own.len() * columns].fill(0.0);
        }
    }

    /// The number of an external of a step among the parameters.
    fn external(&self, linear: &Linear, number: usize) -> Option<usize> {
        self.externals.map(|(first, steps)| first + number * steps + linear.step)
    }
}
