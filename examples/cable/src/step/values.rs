use crate::mechanism::kernel::density;
use crate::mechanism::sites::Sites;
use crate::states::Scalar;
use crate::step::inputs::Inputs;
use crate::step::order::{Ion, Op, Order, Placed};
use crate::step::solver::Solver;
use crate::step::voltages::Coupling;

/// What a module runs with: its parameters, and what follows from them.
#[derive(Clone, Debug)]
pub(crate) struct Model<T> {
    pub params: Vec<T>,
    pub solver: Solver,
    /// The time step (ms).
    pub delta_t: f64,
    pub coupling: Coupling<T>,
}

/// Memory that steps use again.
pub(crate) type Scratch<T> = [Vec<T>; 2];

impl<T: Scalar> Model<T> {
    pub fn new(order: &Order, params: Vec<T>, solver: Solver, delta_t: f64) -> Self {
        let coupling = order.voltages.coupling(solver, &params, delta_t);
        Self { params, solver, delta_t, coupling }
    }

    /// Computes the currents of the states in `values`.
    pub fn append(&self, order: &Order, values: &mut [T]) {
        let inputs = Inputs::default();
        order
            .append
            .iter()
            .for_each(|&op| self.run(order, op, values, &inputs, &mut [vec![], vec![]]));
    }

    /// Moves the states in `values` by one step.
    pub fn step(
        &self,
        order: &Order,
        values: &mut [T],
        inputs: &Inputs<T>,
        scratch: &mut Scratch<T>,
    ) {
        order.step.iter().for_each(|&op| self.run(order, op, values, inputs, scratch));
    }

    /// Moves the states of the channels in `values` to where they are after the time step of the
    /// model, at voltages that stay.
    pub fn rest(&self, order: &Order, values: &mut [T]) {
        let v = order.voltages.v;
        let channels = order.mechanisms.iter().filter(|placed| !placed.synapse);
        for Placed { code, sites, .. } in channels.filter(|channel| channel.sites.driven == v) {
            let voltages = values[v..v + order.voltages.nodes].to_vec();
            (T::loops(code).update)(
                &Sites { v, ..sites.clone() },
                self.delta_t,
                values,
                &self.params,
            );
            values[v..v + order.voltages.nodes].copy_from_slice(&voltages);
        }
    }

    /// Runs a part of a step.
    pub fn run(
        &self,
        order: &Order,
        op: Op,
        values: &mut [T],
        inputs: &Inputs<T>,
        scratch: &mut Scratch<T>,
    ) {
        let Self { params, delta_t, .. } = self;
        match op {
            Op::Keep => keep(order, values),
            Op::Update(at) => {
                let placed = &order.mechanisms[at];
                (T::loops(placed.code).update)(&placed.sites, *delta_t, values, params);
            }
            Op::Clear => values[order.cleared.clone()].fill(T::zero()),
            Op::Currents(at) => {
                let placed = &order.mechanisms[at];
                if placed.synapse {
                    values[placed.sites.current..][..placed.sites.own.len()].fill(T::zero());
                }
                (T::loops(placed.code).currents)(&placed.sites, values, params);
            }
            Op::Store => store(order, values),
            Op::Relax(at) => {
                let Ion { concentration, slope, constant } = order.ions[at];
                for node in 0..order.voltages.nodes {
                    let moved = values[concentration + node] + values[constant + node] * *delta_t;
                    let moved = moved / (values[slope + node] * *delta_t + 1.0);
                    values[concentration + node] = moved;
                }
            }
            Op::Stimulate => {
                let (constant, area) = (order.voltages.constant, order.area);
                for stimulus in &inputs.stimuli {
                    let area = params[area + stimulus.index];
                    values[constant + stimulus.index] += density(stimulus.value, area);
                }
            }
            Op::Clamp { voltage } => {
                for clamp in inputs.clamps(order, voltage) {
                    values[clamp.index] = clamp.value;
                }
            }
            Op::Solve => order.voltages.advance(
                self.solver,
                &self.coupling,
                values,
                params,
                *delta_t,
                scratch,
            ),
        }
    }
}

/// Keeps the voltages.
fn keep<T: Copy>(order: &Order, values: &mut [T]) {
    if let Some(kept) = order.kept {
        let v = order.voltages.v;
        values.copy_within(v..v + order.voltages.nodes, kept);
    }
}

/// Stores the sums of the membrane currents.
fn store<T: Copy>(order: &Order, values: &mut [T]) {
    for (sum, current) in &order.sums {
        values.copy_within(sum.clone(), *current);
    }
}
