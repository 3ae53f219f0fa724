//! Tangents forwards and cotangents in reverse through how voltages move.

use crate::step::matrix::Matrix;
use crate::step::solver::Solver;
use crate::step::voltages::{Coupling, Pull, Voltages};
use crate::step::voltages_linear::{Solved, VoltagesLinear};

impl VoltagesLinear {
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
}
