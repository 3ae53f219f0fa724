use crate::derivative::local::Local;
use crate::derivative::places::Places;
use crate::step::linear::{Linear, Linearizer};
use crate::step::solver::Solver;
use crate::step::voltages::{Coupling, Pull};
use dynamics::LinearOperator;
use ndarray::ArrayViewMut2;
use std::ops::Range;

/// The derivative of a step of a module at a state, from the structure of the step: small matrices
/// for each node and each synapse, and the eliminated trees, which are solved forwards and
/// transposed.
///
/// Products take time linear in the number of states and synapses. The entries of the matrix are
/// dense only in the voltages of each cell, since the voltages of a cell all depend on each other;
/// [`factors`](LinearOperator::factors) has no such block.
#[derive(Clone, Debug)]
pub struct StepLinear<'s> {
    pub(crate) linearizer: &'s Linearizer<'s>,
    pub(crate) places: &'s Places,
    pub(crate) linear: Linear,
}

impl StepLinear<'_> {
    /// Runs `pass` on the values that the vector is part of.
    fn through(
        &self,
        columns: usize,
        vector: &[f64],
        out: &mut [f64],
        pass: impl FnOnce(&mut [f64]),
    ) {
        let mut values = vec![0.0; self.linearizer.order.len * columns];
        self.places.scatter(columns, vector, &mut values);
        pass(&mut values);
        self.places.gather(columns, &values, out);
    }

    fn local(&self) -> Local {
        Local::new(self.linearizer, self.places, &self.linear)
    }

    /// The row of the voltage of each node; none if it is not part of the vector or is clamped.
    fn rows(&self) -> Vec<Option<usize>> {
        let voltages = &self.linearizer.order.voltages;
        let mut rows = self.places.elements[voltages.v..][..voltages.nodes].to_vec();
        for clamp in self.linear.inputs.clamps(self.linearizer.order, true) {
            rows[clamp.index - voltages.v] = None;
        }
        rows
    }

    /// The entries of the rows of voltages, cell by cell: `entries` takes a row, the columns and the
    /// values; a column comes several times, and the values add up. Then `direct` takes single
    /// entries, which add to those.
    fn voltage_rows(
        &self,
        local: &Local,
        mut row_of: impl FnMut(usize, &[(usize, usize, f64)], &[f64], f64),
        mut direct: impl FnMut(usize, usize, f64),
    ) {
        let solved = self.linearizer.solved();
        let (voltages, rows) = (solved.voltages, self.rows());
        let forced = |node: usize| -> Range<usize> {
            let at = |node: usize| local.forcing.partition_point(|&(at, ..)| at < node);
            at(node)..at(node + 1)
        };
        let mut matrix_rows = |nodes: &[usize], matrix: &[f64], scale: f64| {
            let mut forcing = Vec::new();
            for (rank, &node) in nodes.iter().enumerate() {
                let each = local.forcing[forced(node)].iter();
                forcing.extend(each.map(|&(_, column, value)| (rank, column, value)));
            }
            for (&node, values) in nodes.iter().zip(matrix.chunks_exact(nodes.len().max(1))) {
                rows[node].into_iter().for_each(|row| row_of(row, &forcing, values, scale));
            }
        };
        match solved.coupling {
            Coupling::Implicit(_) => {
                let scale = if solved.solver == Solver::CrankNicolson { 2.0 } else { 1.0 };
                voltages.forest.inverses(self.linear.voltages.factors(), |nodes, inverse| {
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
                    let at = local.before.partition_point(|&(node, ..)| node < source);
                    let before = local.before[at..].iter().take_while(|(node, ..)| *node == source);
                    for &(_, column, value) in before {
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
        self.places.values.len()
    }

    fn jvp_into(&self, tangent: &[f64], _: &[f64], out: &mut [f64]) {
        self.jvp_many_into(1, tangent, out);
    }

    fn vjp_into(&self, cotangent: &[f64], out: &mut [f64], _: &mut [f64]) {
        self.vjp_many_into(1, cotangent, out);
    }

    fn jvp_many_into(&self, directions: usize, tangents: &[f64], out: &mut [f64]) {
        self.through(directions, tangents, out, |values| {
            self.linearizer.jvp(&self.linear, directions, values, &[]);
        });
    }

    fn vjp_many_into(&self, directions: usize, cotangents: &[f64], out: &mut [f64]) {
        self.through(directions, cotangents, out, |values| {
            self.linearizer.vjp(&self.linear, directions, values, &mut []);
        });
    }

    fn entries(&self, entry: &mut dyn FnMut(usize, usize, f64)) {
        let local = self.local();
        local.entries.iter().for_each(|&(row, column, value)| entry(row, column, value));
        let entry = std::cell::RefCell::new(entry);
        self.voltage_rows(
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
        let solved = self.linearizer.solved();
        let (voltages, rows) = (solved.voltages, self.rows());
        let clamped = self.linear.inputs.clamps(self.linearizer.order, true).next().is_some();
        if clamped || !matches!(solved.coupling, Coupling::Implicit(_)) {
            // A clamped voltage still moves its neighbours before it is set.
            (0..self.num_states()).for_each(|element| left(element, element, 1.0));
            self.entries(right);
            return;
        }
        let local = self.local();
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
                    let at = local.before.partition_point(|&(node, ..)| node < other);
                    let before = local.before[at..].iter().take_while(|(node, ..)| *node == other);
                    before.for_each(|&(_, column, value)| right(row, column, -entry * value));
                }
            }
        }
        let scale = if extrapolated { 2.0 } else { 1.0 };
        for &(node, column, value) in &local.forcing {
            rows[node].into_iter().for_each(|row| right(row, column, scale * value));
        }
    }

    fn to_dense_into(&self, matrix: &mut ArrayViewMut2<'_, f64>) {
        let local = self.local();
        // The rows of voltages are filled when they are written.
        let mut whole = vec![false; self.num_states()];
        self.rows().into_iter().flatten().for_each(|row| whole[row] = true);
        for (mut row, _) in matrix.rows_mut().into_iter().zip(&whole).filter(|(_, whole)| !**whole)
        {
            row.fill(0.0);
        }
        for &(row, column, value) in &local.entries {
            matrix[[row, column]] += value;
        }
        let matrix = std::cell::RefCell::new(matrix);
        self.voltage_rows(
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
