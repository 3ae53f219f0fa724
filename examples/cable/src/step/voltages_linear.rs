use crate::step::forest::Factors;
use crate::step::matrix::Matrix;
use crate::step::solver::Solver;
use crate::step::voltages::{Coupling, Pull, Voltages};
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
    own: Vec<f64>,
    constant: Vec<f64>,
    slope: Vec<f64>,
    /// The derivative of f by the capacitance.
    capacitance: Vec<f64>,
    /// What the pulls act on: A^-1 f, v, or f.
    passed: Vec<f64>,
    /// The diagonal of A without the pulls.
    diagonal: Vec<f64>,
    factors: Factors,
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
                diagonal.extend(slope.iter().zip(capacitance).map(|(s, c)| s * (part / c) + 1.0));
                let gains = constant.iter().zip(capacitance).map(|(i, c)| i * (part / c));
                self.passed.extend(v.iter().zip(gains).map(|(v, gain)| v + gain));
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

    /// Replaces the change of the voltages before the step by that after it.
    pub fn jvp(&self, at: Solved<'_>, columns: usize, tangents: &mut [f64], params: &[f64]) {
        let voltages = at.voltages;
        let mut df = Vec::with_capacity(voltages.nodes * columns);
        self.forcing(voltages, columns, tangents, &mut df);
        if at.wanted.capacitance && !params.is_empty() {
            let changes = df.iter_mut().zip(&self.capacitance).zip(&params[voltages.capacitance..]);
            changes.for_each(|((df, gain), change)| *df += gain * change);
        }
        if at.wanted.rates && !params.is_empty() {
            self.rates_jvp(at, params, &mut df);
        }
        let v = voltages.v * columns..(voltages.v + voltages.nodes) * columns;
        match at.coupling {
            Coupling::Implicit(_) => {
                voltages.forest.solve_many(&self.factors, columns, &mut df);
                let after = tangents[v].iter_mut().zip(df);
                if at.solver == Solver::CrankNicolson {
                    after.for_each(|(v, half)| *v = half * 2.0 - *v);
                } else {
                    after.for_each(|(v, after)| *v = after);
                }
            }
            Coupling::Explicit => {
                let rates = &at.params[voltages.rates..];
                let (mut means, weights) = (tangents[v.clone()].to_vec(), voltages.weights(rates));
                let row = |node: usize| node * columns..(node + 1) * columns;
                voltages.branchpoints.iter().for_each(|&node| means[row(node)].fill(0.0));
                for &Pull { edge, source, sink } in &voltages.to_branchpoints {
                    let factor = rates[edge] / weights[sink];
                    let from = &tangents[v.clone()][row(source)];
                    means[row(sink)].iter_mut().zip(from).for_each(|(to, x)| *to += factor * x);
                }
                for &Pull { edge, source, sink } in &voltages.to_compartments {
                    let rate = rates[edge] * at.delta_t;
                    for (at, (from, to)) in row(sink).zip(row(source).zip(row(sink))) {
                        df[at] += rate * (means[from] - means[to]);
                    }
                }
                // The voltages of branchpoints stay.
                tangents[v].copy_from_slice(&df);
            }
            Coupling::Exponential(transitions) => {
                let tangents = &mut tangents[v];
                for (compartments, transition) in transitions {
                    let rows = transition.entries.chunks_exact(transition.len.max(1));
                    for (&node, row) in compartments.iter().zip(rows) {
                        let to = &mut tangents[node * columns..(node + 1) * columns];
                        to.fill(0.0);
                        for (factor, &from) in row.iter().zip(compartments) {
                            let from = &df[from * columns..(from + 1) * columns];
                            to.iter_mut().zip(from).for_each(|(to, x)| *to += factor * x);
                        }
                    }
                }
            }
        }
    }

    /// What a change of the parameters that follow from the rates adds before the voltages are passed
    /// on.
    fn rates_jvp(&self, at: Solved<'_>, params: &[f64], df: &mut [f64]) {
        let voltages = at.voltages;
        let pulls = || voltages.to_compartments.iter().chain(&voltages.to_branchpoints);
        match at.coupling {
            Coupling::Implicit(_) => {
                let part = at.solver.implicit_part(at.delta_t);
                for &Pull { edge, source, sink } in pulls() {
                    let difference = self.passed[source] - self.passed[sink];
                    df[sink] += part * params[voltages.rates + edge] * difference;
                }
            }
            Coupling::Explicit => {
                let rates = &at.params[voltages.rates..];
                let (means, weights) = (self.means(voltages, rates), voltages.weights(rates));
                let mut change = vec![0.0; voltages.nodes];
                for &Pull { edge, source, sink } in &voltages.to_branchpoints {
                    let difference = self.passed[source] - means[sink];
                    change[sink] += params[voltages.rates + edge] * difference / weights[sink];
                }
                for &Pull { edge, source, sink } in &voltages.to_compartments {
                    let difference = means[source] - means[sink];
                    let moved =
                        params[voltages.rates + edge] * difference + rates[edge] * change[source];
                    df[sink] += at.delta_t * moved;
                }
            }
            // By the entries of the exponentials; see `vjp`.
            Coupling::Exponential(_) => {}
        }
    }

    /// The voltages that nodes pass on by explicit Euler.
    fn means(&self, voltages: &Voltages, rates: &[f64]) -> Vec<f64> {
        let (mut means, mut unused) = (vec![0.0; voltages.nodes], vec![0.0; voltages.nodes]);
        voltages.pull(&self.passed, rates, &mut means, &mut unused);
        means
    }

    /// Replaces the cotangents of the voltages after the step by those of the values before it, and
    /// adds those of the parameters if there are any.
    pub fn vjp(&self, at: Solved<'_>, columns: usize, cotangents: &mut [f64], params: &mut [f64]) {
        let voltages = at.voltages;
        let v = voltages.v * columns..(voltages.v + voltages.nodes) * columns;
        let mut df = cotangents[v.clone()].to_vec();
        let before = &mut cotangents[v.clone()];
        match at.coupling {
            Coupling::Implicit(_) => {
                if at.solver == Solver::CrankNicolson {
                    df.iter_mut().for_each(|x| *x *= 2.0);
                    before.iter_mut().for_each(|x| *x = -*x);
                } else {
                    before.fill(0.0);
                }
                voltages.forest.solve_transposed(&self.factors, columns, &mut df);
            }
            Coupling::Explicit => self.explicit_vjp(at, columns, &df, before, params),
            Coupling::Exponential(transitions) => {
                self.exponential_vjp(at, transitions, columns, &mut df, before, params);
            }
        }
        if at.wanted.rates && !params.is_empty() && matches!(at.coupling, Coupling::Implicit(_)) {
            let part = at.solver.implicit_part(at.delta_t);
            for &Pull { edge, source, sink } in
                voltages.to_compartments.iter().chain(&voltages.to_branchpoints)
            {
                let difference = self.passed[source] - self.passed[sink];
                params[voltages.rates + edge] += part * df[sink] * difference;
            }
        }
        if at.wanted.capacitance && !params.is_empty() {
            let to = params[voltages.capacitance..].iter_mut();
            to.zip(df.iter().zip(&self.capacitance)).for_each(|(to, (df, gain))| *to += df * gain);
        }
        for (start, gains) in [
            (voltages.v, &self.own),
            (voltages.slope, &self.slope),
            (voltages.constant, &self.constant),
        ] {
            let to = cotangents[start * columns..].chunks_exact_mut(columns);
            for ((to, df), gain) in to.zip(df.chunks_exact(columns)).zip(gains) {
                to.iter_mut().zip(df).for_each(|(to, df)| *to += gain * df);
            }
        }
    }

    /// The part of [`vjp`](Self::vjp) that neighbours have by explicit Euler.
    fn explicit_vjp(
        &self,
        at: Solved<'_>,
        columns: usize,
        df: &[f64],
        before: &mut [f64],
        params: &mut [f64],
    ) {
        let voltages = at.voltages;
        let rates = &at.params[voltages.rates..];
        let weights = voltages.weights(rates);
        before.fill(0.0);
        let row = |node: usize| node * columns..(node + 1) * columns;
        let mut means = vec![0.0; df.len()];
        for &Pull { edge, source, sink } in &voltages.to_compartments {
            let rate = rates[edge] * at.delta_t;
            for (from, to) in row(source).zip(row(sink)) {
                means[from] += rate * df[to];
                before[to] -= rate * df[to];
            }
        }
        if at.wanted.rates && !params.is_empty() {
            let passed = self.means(voltages, rates);
            for &Pull { edge, source, sink } in &voltages.to_compartments {
                let difference = passed[source] - passed[sink];
                params[voltages.rates + edge] += at.delta_t * df[sink] * difference;
            }
            for &Pull { edge, source, sink } in &voltages.to_branchpoints {
                let difference = self.passed[source] - passed[sink];
                params[voltages.rates + edge] += means[sink] * difference / weights[sink];
            }
        }
        for &Pull { edge, source, sink } in &voltages.to_branchpoints {
            let factor = rates[edge] / weights[sink];
            for (from, to) in row(source).zip(row(sink)) {
                before[from] += factor * means[to];
            }
        }
        for &node in &voltages.compartments {
            row(node).for_each(|at| before[at] += means[at]);
        }
    }

    /// The same by exponential Euler; `df` becomes the cotangents of what is passed on.
    fn exponential_vjp(
        &self,
        at: Solved<'_>,
        transitions: &[(Vec<usize>, Matrix<f64>)],
        columns: usize,
        df: &mut [f64],
        before: &mut [f64],
        params: &mut [f64],
    ) {
        let voltages = at.voltages;
        let mut next = at.wanted.transitions;
        for (compartments, transition) in transitions {
            let after: Vec<_> = compartments
                .iter()
                .flat_map(|node| &df[node * columns..(node + 1) * columns])
                .copied()
                .collect();
            for &node in compartments {
                df[node * columns..(node + 1) * columns].fill(0.0);
            }
            let rows = transition.entries.chunks_exact(transition.len.max(1));
            for (row, after) in rows.zip(after.chunks_exact(columns)) {
                for (factor, &to) in row.iter().zip(compartments) {
                    let to = &mut df[to * columns..(to + 1) * columns];
                    to.iter_mut().zip(after).for_each(|(to, x)| *to += factor * x);
                }
            }
            if at.wanted.rates && !params.is_empty() {
                for after in &after {
                    for (entry, &from) in params[next..].iter_mut().zip(compartments) {
                        *entry += after * self.passed[from];
                    }
                    next += transition.len;
                }
            }
        }
        for &node in &voltages.compartments {
            before[node * columns..(node + 1) * columns].fill(0.0);
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
