use crate::derivative::local::Local;
use crate::derivative::places::Places;
use crate::step::linear::{Linear, Linearizer};
use crate::step::solver::Solver;
use crate::step::voltages::{Coupling, Pull};
use dynamics::LinearOperator;
use ndarray::ArrayViewMut2;
use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

/// The derivative of a step of a module at a state, from the structure of the step: small matrices
/// for each node and each synapse, and the eliminated trees, which are solved forwards and
/// transposed.
///
/// Products take time linear in the number of states and synapses. The entries of the matrix are
/// dense only in the voltages of each cell, since the voltages of a cell all depend on each other;
/// [`factors`](LinearOperator::factors) has no such block.
///
/// Without a step, as [`Default`] makes it, it has no states.
///
/// ```
/// use cable::channels::HH;
/// use cable::{Build, Cell, StepDynamics, StepLinear};
/// use dynamics::LinearOperator;
///
/// # fn main() -> Result<(), cable::CableError> {
/// let mut cell = Cell::default();
/// let cable = cell.insert(HH)?.build(0.025)?;
/// let utils = dynamics::build_dynamic_state_utils(&cable)?;
/// let step = StepDynamics::new(&utils, cable.externals_at(0)?);
/// let (_, linear) = step.linearize(&ndarray::array![0.6, 0.05, 0.3, -65.0])?; // HH_h, HH_m, HH_n and v
/// let operator: &StepLinear = linear.operator();
/// let mut slopes = [0.0; 4]; // of the voltage after the step
/// operator.vjp_into(&[0.0, 0.0, 0.0, 1.0], &mut slopes, &mut []);
/// assert!(slopes[1] > 0.0 && slopes[2] < 0.0); // mV: sodium depolarises, potassium does not
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct StepLinear<'c> {
    pub(crate) machine: Option<Arc<Machine<'c>>>,
    pub(crate) linear: Linear,
}

/// A step of a module as a function of a vector, and of parameters.
#[derive(Debug)]
pub(crate) struct Machine<'c> {
    pub linearizer: Linearizer<'c>,
    pub places: Places,
    /// The numbers of the parameters that derivatives are wanted by.
    pub params: Vec<Range<usize>>,
}

impl Machine<'_> {
    pub fn num_params(&self) -> usize {
        self.params.iter().map(Range::len).sum()
    }

    /// Runs `pass` on the values that the vector is part of, and on all parameters if there are any
    /// in the vector of parameters.
    fn through(
        &self,
        columns: usize,
        vector: &[f64],
        params: &mut [f64],
        out: &mut [f64],
        pass: impl FnOnce(&mut [f64], &mut [f64]),
    ) {
        let mut values = vec![0.0; self.linearizer.order.len * columns];
        self.places.scatter(columns, vector, &mut values);
        if let [all] = &self.params[..]
            && *all == (0..self.linearizer.num_params)
        {
            pass(&mut values, params);
        } else {
            let end = if params.is_empty() { 0 } else { self.linearizer.num_params };
            let mut every = vec![0.0; end];
            self.each_param(params, |params, range| every[range].copy_from_slice(params));
            pass(&mut values, &mut every);
            self.each_param(params, |params, range| params.copy_from_slice(&every[range]));
        }
        self.places.gather(columns, &values, out);
    }

    fn each_param(&self, mut params: &mut [f64], mut each: impl FnMut(&mut [f64], Range<usize>)) {
        for range in self.params.iter().filter(|_| !params.is_empty()).cloned().collect::<Vec<_>>()
        {
            let (own, rest) = params.split_at_mut(range.len());
            each(own, range);
            params = rest;
        }
    }

    /// The row of the voltage of each node; none if it is not part of the vector or is clamped.
    fn rows(&self, linear: &Linear) -> Vec<Option<usize>> {
        let voltages = &self.linearizer.order.voltages;
        let mut rows = self.places.elements[voltages.v..][..voltages.nodes].to_vec();
        for clamp in linear.inputs.clamps(self.linearizer.order, true) {
            rows[clamp.index - voltages.v] = None;
        }
        rows
    }

    /// The entries of the rows of voltages, cell by cell: `entries` takes a row, the columns and the
    /// values; a column comes several times, and the values add up. Then `direct` takes single
    /// entries, which add to those.
    fn voltage_rows(
        &self,
        linear: &Linear,
        local: &Local,
        mut row_of: impl FnMut(usize, &[(usize, usize, f64)], &[f64], f64),
        mut direct: impl FnMut(usize, usize, f64),
    ) {
        let solved = self.linearizer.solved();
        let (voltages, rows) = (solved.voltages, self.rows(linear));
        let mut matrix_rows = |nodes: &[usize], matrix: &[f64], scale: f64| {
            let mut forcing = Vec::new();
            for (rank, &node) in nodes.iter().enumerate() {
                let each = of_node(&local.forcing, node).iter();
                forcing.extend(each.map(|&(_, column, value)| (rank, column, value)));
            }
            for (&node, values) in nodes.iter().zip(matrix.chunks_exact(nodes.len().max(1))) {
                rows[node].into_iter().for_each(|row| row_of(row, &forcing, values, scale));
            }
        };
        match solved.coupling {
            Coupling::Implicit(_) => {
                let scale = if solved.solver == Solver::CrankNicolson { 2.0 } else { 1.0 };
                voltages.forest.inverses(linear.voltages.factors(), |nodes, inverse| {
                    matrix_rows(nodes, inverse, scale);
                });
                if solved.solver == Solver::CrankNicolson {
                    for &(node, column, value) in &local.before {
                        rows[node].into_iter().for_each(|row| direct(row, column, -value));
                    }
                }
            }
            Coupling::Exponential(transitions) => {
                for (nodes, transition) in transitions {
                    matrix_rows(nodes, &transition.entries, 1.0);
                }
            }
            Coupling::Explicit => {
                (0..voltages.nodes).for_each(|node| matrix_rows(&[node], &[1.0], 1.0));
                let rates = &solved.params[voltages.rates..];
                let (around, weights) = (voltages.around_branchpoints(), voltages.weights(rates));
                let mut pull = |sink: usize, source: usize, rate: f64| {
                    for &(_, column, value) in of_node(&local.before, source) {
                        rows[sink].into_iter().for_each(|row| {
                            direct(row, column, value * rate * solved.delta_t);
                        });
                    }
                };
                for &Pull { edge, source, sink } in &voltages.to_compartments {
                    pull(sink, sink, -rates[edge]);
                    let Some(around) = around.get(&source) else {
                        pull(sink, source, rates[edge]);
                        continue;
                    };
                    for other in around {
                        let share = rates[other.edge] / weights[source];
                        pull(sink, other.source, rates[edge] * share);
                    }
                }
            }
        }
    }
}

impl LinearOperator for StepLinear<'_> {
    fn num_states(&self) -> usize {
        self.machine.as_ref().map_or(0, |machine| machine.places.values.len())
    }

    fn num_params(&self) -> usize {
        self.machine.as_ref().map_or(0, |machine| machine.num_params())
    }

    fn jvp_into(&self, tangent: &[f64], params: &[f64], out: &mut [f64]) {
        let Some(machine) = &self.machine else { return };
        machine.through(1, tangent, &mut params.to_vec(), out, |values, params| {
            machine.linearizer.jvp(&self.linear, 1, values, params);
        });
    }

    fn vjp_into(&self, cotangent: &[f64], out: &mut [f64], params: &mut [f64]) {
        let Some(machine) = &self.machine else { return };
        machine.through(1, cotangent, params, out, |values, params| {
            machine.linearizer.vjp(&self.linear, 1, values, params);
        });
    }

    fn jvp_many_into(&self, directions: usize, tangents: &[f64], out: &mut [f64]) {
        let Some(machine) = &self.machine else { return };
        machine.through(directions, tangents, &mut [], out, |values, _| {
            machine.linearizer.jvp(&self.linear, directions, values, &[]);
        });
    }

    fn vjp_many_into(&self, directions: usize, cotangents: &[f64], out: &mut [f64]) {
        let Some(machine) = &self.machine else { return };
        machine.through(directions, cotangents, &mut [], out, |values, _| {
            machine.linearizer.vjp(&self.linear, directions, values, &mut []);
        });
    }

    fn entries(&self, entry: &mut dyn FnMut(usize, usize, f64)) {
        let Some(machine) = &self.machine else { return };
        let local = Local::new(&machine.linearizer, &machine.places, &self.linear);
        local.entries.iter().for_each(|&(row, column, value)| entry(row, column, value));
        let entry = RefCell::new(entry);
        machine.voltage_rows(
            &self.linear,
            &local,
            |row, forcing, values, scale| {
                for &(rank, column, value) in forcing {
                    (entry.borrow_mut())(row, column, scale * values[rank] * value);
                }
            },
            |row, column, value| (entry.borrow_mut())(row, column, value),
        );
    }

    fn factors(
        &self,
        left: &mut dyn FnMut(usize, usize, f64),
        right: &mut dyn FnMut(usize, usize, f64),
    ) {
        let Some(machine) = &self.machine else { return };
        let solved = machine.linearizer.solved();
        let (voltages, rows) = (solved.voltages, machine.rows(&self.linear));
        let order = machine.linearizer.order;
        let clamped = self.linear.inputs.clamps(order, true).next().is_some();
        if clamped || !matches!(solved.coupling, Coupling::Implicit(_)) {
            // A clamped voltage still moves its neighbours before it is set.
            (0..self.num_states()).for_each(|element| left(element, element, 1.0));
            self.entries(right);
            return;
        }
        let local = Local::new(&machine.linearizer, &machine.places, &self.linear);
        local.entries.iter().for_each(|&(row, column, value)| right(row, column, value));
        let mut is_voltage = vec![false; self.num_states()];
        rows.iter().flatten().for_each(|&row| is_voltage[row] = true);
        let others = is_voltage.iter().enumerate().filter(|(_, is)| !**is);
        others.for_each(|(element, _)| left(element, element, 1.0));
        let extrapolated = solved.solver == Solver::CrankNicolson;
        let system = self.linear.voltages.system(solved);
        for &node in &voltages.compartments {
            let Some(row) = rows[node] else { continue };
            for (&other, &entry) in &system[node] {
                rows[other].into_iter().for_each(|column| left(row, column, entry));
                if extrapolated {
                    // A (2 A^-1 f - v) = 2 f - A v.
                    for &(_, column, value) in of_node(&local.before, other) {
                        right(row, column, -entry * value);
                    }
                }
            }
        }
        let scale = if extrapolated { 2.0 } else { 1.0 };
        for &(node, column, value) in &local.forcing {
            rows[node].into_iter().for_each(|row| right(row, column, scale * value));
        }
    }

    fn to_dense_into(&self, matrix: &mut ArrayViewMut2<'_, f64>) {
        let Some(machine) = &self.machine else { return };
        let local = Local::new(&machine.linearizer, &machine.places, &self.linear);
        // The rows of voltages are filled when they are written.
        let mut whole = vec![false; self.num_states()];
        machine.rows(&self.linear).into_iter().flatten().for_each(|row| whole[row] = true);
        for (mut row, _) in matrix.rows_mut().into_iter().zip(&whole).filter(|(_, whole)| !**whole)
        {
            row.fill(0.0);
        }
        for &(row, column, value) in &local.entries {
            matrix[[row, column]] += value;
        }
        let matrix = RefCell::new(matrix);
        machine.voltage_rows(
            &self.linear,
            &local,
            |row, forcing, values, scale| {
                let mut matrix = matrix.borrow_mut();
                let mut row = matrix.row_mut(row);
                row.fill(0.0);
                for &(rank, column, value) in forcing {
                    row[column] += scale * values[rank] * value;
                }
            },
            |row, column, value| matrix.borrow_mut()[[row, column]] += value,
        );
    }
}

/// Those of the derivatives at a node.
fn of_node(sorted: &[(usize, usize, f64)], node: usize) -> &[(usize, usize, f64)] {
    let start = |node: usize| sorted.partition_point(|&(at, ..)| at < node);
    &sorted[start(node)..start(node + 1)]
}
