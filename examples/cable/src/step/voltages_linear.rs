use crate::step::forest::Factors;
use crate::step::solver::Solver;
use crate::step::voltages::{Coupling, Voltages};
use std::collections::BTreeMap;

/// The derivative of how voltages move.
///
/// With the gains `own`, `constant` and `slope` of each node, a change of the voltages v and of what
/// drives them changes what is passed on by
///
/// ```text
/// df = own dv + constant dconstant + slope dslope
/// ```
///
/// and the voltages after the step are
///
/// | solver | after |
/// |---|---|
/// | implicit Euler | A^-1 f |
/// | Crank-Nicolson | 2 A^-1 f - v |
/// | explicit Euler | f + delta_t (pull of the neighbours) v |
/// | exponential Euler | exp(delta_t pull) f |
#[derive(Clone, Debug, Default)]
pub(crate) struct VoltagesLinear {
    pub(super) own: Vec<f64>,
    pub(super) constant: Vec<f64>,
    pub(super) slope: Vec<f64>,
    /// The derivative of f by the capacitance.
    pub(super) capacitance: Vec<f64>,
    /// What the pulls act on: A^-1 f, v, or f.
    pub(super) passed: Vec<f64>,
    /// The diagonal of A without the pulls.
    diagonal: Vec<f64>,
    pub(super) factors: Factors,
}

/// Where derivatives by the parameters of the voltages are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted {
    pub capacitance: bool,
    /// Those by the rates of the edges; by exponential Euler those by the entries of the
    /// exponentials, from this number of the parameters on.
    pub rates: bool,
    pub transitions: usize,
}

/// The voltages of a module with one solver and its rates.
#[derive(Clone, Copy)]
pub(crate) struct Solved<'a> {
    pub voltages: &'a Voltages,
    pub solver: Solver,
    pub coupling: &'a Coupling<f64>,
    pub delta_t: f64,
    pub params: &'a [f64],
    pub wanted: Wanted,
}

impl VoltagesLinear {
    /// Moves the voltages of `values`, and keeps the derivative.
    pub fn advance(&mut self, at: Solved<'_>, values: &mut [f64], scratch: &mut [Vec<f64>; 2]) {
        let Solved { voltages, solver, coupling, delta_t, params, .. } = at;
        let nodes = voltages.nodes;
        for gains in [&mut self.own, &mut self.constant, &mut self.slope, &mut self.capacitance] {
            gains.clear();
            gains.resize(nodes, 0.0);
        }
        let capacitance = &params[voltages.capacitance..][..nodes];
        self.passed.clear();
        match coupling {
            Coupling::Implicit(pulls) => {
                let part = solver.implicit_part(delta_t);
                let [v, slope, constant] = voltages.drive(values);
                let [diagonal, _] = scratch;
                diagonal.clear();
                for node in 0..nodes {
                    let gain = capacitance[node].recip() * part;
                    diagonal.push(slope[node] * gain + 1.0);
                    self.passed.push(v[node] + constant[node] * gain);
                }
                for &node in &voltages.branchpoints {
                    (diagonal[node], self.passed[node]) = (0.0, 0.0);
                }
                self.diagonal.clone_from(diagonal);
                voltages.forest.factorise(pulls, &mut self.factors, diagonal);
                voltages.forest.solve_many(&self.factors, 1, &mut self.passed);
                for &node in &voltages.compartments {
                    let gain = part / capacitance[node];
                    self.own[node] = 1.0;
                    self.constant[node] = gain;
                    self.slope[node] = -gain * self.passed[node];
                }
                self.by_capacitance(voltages, values, capacitance);
                let after = values[voltages.v..][..nodes].iter_mut().zip(&self.passed);
                if solver == Solver::CrankNicolson {
                    after.for_each(|(v, half)| *v = half * 2.0 - *v);
                } else {
                    after.for_each(|(v, after)| *v = *after);
                }
            }
            Coupling::Explicit => {
                let [v, slope, _] = voltages.drive(values);
                self.passed.extend_from_slice(v);
                self.own.fill(1.0);
                for &node in &voltages.compartments {
                    let gain = delta_t / capacitance[node];
                    self.own[node] = 1.0 - gain * slope[node];
                    self.constant[node] = gain;
                    self.slope[node] = -gain * v[node];
                }
                self.by_capacitance(voltages, values, capacitance);
                voltages.advance(solver, coupling, values, params, delta_t, scratch);
            }
            Coupling::Exponential(_) => {
                let [v, slope, constant] = voltages.drive(values);
                self.passed.resize(nodes, 0.0);
                for &node in &voltages.compartments {
                    let c = capacitance[node];
                    let relaxed =
                        Relaxed::new(v[node], slope[node] / c, constant[node] / c, delta_t);
                    self.passed[node] = relaxed.after;
                    self.own[node] = relaxed.own;
                    self.constant[node] = relaxed.constant / c;
                    self.slope[node] = relaxed.slope / c;
                }
                self.by_capacitance(voltages, values, capacitance);
                voltages.advance(solver, coupling, values, params, delta_t, scratch);
            }
        }
    }

    /// The derivative of f by the capacitance, by which slope and constant are divided.
    fn by_capacitance(&mut self, voltages: &Voltages, values: &[f64], capacitance: &[f64]) {
        let [_, slope, constant] = voltages.drive(values);
        for &node in &voltages.compartments {
            let sum = self.constant[node] * constant[node] + self.slope[node] * slope[node];
            self.capacitance[node] = -sum / capacitance[node];
        }
    }

    /// The change `df` of the values that move by `tangents`, of which each has `columns`.
    pub fn forcing(
        &self,
        voltages: &Voltages,
        columns: usize,
        tangents: &[f64],
        df: &mut Vec<f64>,
    ) {
        df.clear();
        let part = |start: usize| &tangents[start * columns..][..voltages.nodes * columns];
        let [v, slope, constant] = [voltages.v, voltages.slope, voltages.constant].map(part);
        for node in 0..voltages.nodes {
            let gains = [self.own[node], self.slope[node], self.constant[node]];
            let row = node * columns..(node + 1) * columns;
            let rows = v[row.clone()].iter().zip(&slope[row.clone()]).zip(&constant[row]);
            df.extend(rows.map(|((v, slope), constant)| {
                gains[0] * v + gains[1] * slope + gains[2] * constant
            }));
        }
    }

    /// The gains of what drives a node: of the slope and of the constant.
    pub fn gains(&self, node: usize) -> [f64; 2] {
        [self.slope[node], self.constant[node]]
    }

    /// The elimination of A, for solvers that have it.
    pub fn factors(&self) -> &Factors {
        &self.factors
    }

    /// The rows of A by node, once branchpoints are eliminated: the nodes of the entries that may
    /// differ from 0, and the entries.
    pub fn system(&self, at: Solved<'_>) -> Vec<BTreeMap<usize, f64>> {
        let voltages = at.voltages;
        let part = at.solver.implicit_part(at.delta_t);
        let row = |(node, &diagonal)| BTreeMap::from([(node, diagonal)]);
        let mut rows: Vec<_> = self.diagonal.iter().enumerate().map(row).collect();
        for pull in voltages.to_compartments.iter().chain(&voltages.to_branchpoints) {
            let pulled = part * at.params[voltages.rates + pull.edge];
            *rows[pull.sink].entry(pull.sink).or_default() += pulled;
            *rows[pull.sink].entry(pull.source).or_default() -= pulled;
        }
        for &node in &voltages.branchpoints {
            let mut own = std::mem::take(&mut rows[node]);
            let Some(pivot) = own.remove(&node) else { continue };
            // Edges go both ways: those that the branchpoint sees are those that see it.
            for &neighbour in own.keys() {
                let Some(factor) = rows[neighbour].remove(&node) else { continue };
                for (&column, entry) in &own {
                    *rows[neighbour].entry(column).or_default() -= factor * entry / pivot;
                }
            }
        }
        rows
    }
}

impl Voltages {
    /// The voltages, and the slopes and constants of what drives them.
    pub fn drive<'a>(&self, values: &'a [f64]) -> [&'a [f64]; 3] {
        [self.v, self.slope, self.constant].map(|start| &values[start..start + self.nodes])
    }
}

/// The solution of `dx/dt = constant - slope x` after a time, and its derivatives.
struct Relaxed {
    after: f64,
    own: f64,
    constant: f64,
    slope: f64,
}

impl Relaxed {
    fn new(x: f64, slope: f64, constant: f64, delta_t: f64) -> Self {
        let z = slope * delta_t;
        if z.abs() < 1e-5 {
            // (1 - e^-z) / z and its derivative by z, whose closed forms cancel.
            let (mean, change) = (1.0 - z / 2.0 + z * z / 6.0, -0.5 + z / 3.0 - z * z / 8.0);
            let decay = (-z).exp();
            return Self {
                after: x * decay + constant * delta_t * mean,
                own: decay,
                constant: delta_t * mean,
                slope: delta_t * (constant * delta_t * change - x * decay),
            };
        }
        let exponent = -delta_t / slope.recip();
        let decay = exponent.min(20.0).exp();
        let gain = (1.0 - decay) / slope;
        // Above 20 the decay is constant.
        let decay_slope = if exponent > 20.0 { 0.0 } else { -delta_t * decay };
        Self {
            after: x * decay + constant * gain,
            own: decay,
            constant: gain,
            slope: x * decay_slope - constant * (decay_slope + gain) / slope,
        }
    }
}
