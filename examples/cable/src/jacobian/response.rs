use crate::arrays::table::Arrays;
use crate::mechanism::drive::Drive;
use crate::run::cable::Cable;
use crate::run::solver::{Solver, voltage_system};
use ndarray::{Array1, ArrayView1};
use std::collections::BTreeMap;

/// How the voltages after a step depend on what drives them, for one [`Solver`].
///
/// With `A`, `b` and `delta_t` of [`voltage_system`], a change of the states before the step
/// changes the voltages after it by
///
/// ```text
/// dv1 = rows (db - dA at) + direct dv0
/// ```
///
/// | solver | v1 | `delta_t` | `at` | `rows` | `direct` |
/// |---|---|---|---|---|---|
/// | implicit Euler | x = A^-1 b | whole | x | A^-1 | 0 |
/// | Crank-Nicolson | 2 x - v0 | half | x | 2 A^-1 | -1 |
/// | explicit Euler | v0 + delta_t f(v0) | whole | v0 | 1 | of delta_t f, without what is in b |
pub(crate) struct Response {
    /// The voltages (mV) after the step.
    pub after: Array1<f64>,
    /// The time step (ms) that `A` and `b` are for.
    pub delta_t: f64,
    /// The voltages (mV) that `A` is multiplied by.
    pub at: Array1<f64>,
    /// One row a node, with an entry for each compartment by its rank among the compartments.
    pub rows: Vec<Array1<f64>>,
    /// The entries other than 0, by the node after the step and the node before it.
    pub direct: Vec<([usize; 2], f64)>,
}

impl Response {
    /// The response of the voltages, from `v` on, to a step of `delta_t` (ms); `drive` is in
    /// uA/cm^2.
    pub fn new(
        cable: &Cable,
        solver: Solver,
        drive: &Drive<f64>,
        v: &ArrayView1<'_, f64>,
        params: &Arrays<'_, f64>,
        delta_t: f64,
    ) -> Self {
        let mut after = v.to_owned();
        solver.advance(cable, drive, &mut after.view_mut(), params, delta_t);
        let mut rows = vec![Array1::zeros(cable.compartments.len()); cable.nodes()];
        let own = match solver {
            Solver::CrankNicolson => 2.0,
            Solver::BwdEuler | Solver::FwdEuler => 1.0,
        };
        for (place, &node) in cable.compartments.iter().enumerate() {
            rows[node][place] = own;
        }
        let system =
            |delta_t| voltage_system(cable, drive, v, &params[cable.capacitance], delta_t).0;
        let solve = |rows: &mut _, delta_t| {
            let rates = &params[cable.axial_conductances];
            cable.forest.solve_many(delta_t, rates, &mut system(delta_t), rows);
        };
        match solver {
            Solver::BwdEuler => {
                solve(&mut rows, delta_t);
                Self { delta_t, at: after.clone(), after, rows, direct: Vec::new() }
            }
            Solver::CrankNicolson => {
                let delta_t = delta_t / 2.0;
                solve(&mut rows, delta_t);
                let at = (&after + v) / 2.0;
                let direct = cable.compartments.iter().map(|&node| ([node, node], -1.0)).collect();
                Self { after, delta_t, at, rows, direct }
            }
            Solver::FwdEuler => {
                let diagonal = system(delta_t);
                let own = cable.compartments.iter().map(|&node| ([node; 2], 1.0 - diagonal[node]));
                let pull = pull(cable, &params[cable.axial_conductances]).into_iter();
                let pull = pull.map(|(nodes, rate)| (nodes, rate * delta_t));
                Self { delta_t, at: v.to_owned(), after, rows, direct: own.chain(pull).collect() }
            }
        }
    }
}

/// How the neighbours of each compartment pull its voltage, directly or across a branchpoint:
/// the derivatives (1/ms) of dv/dt at the first node with respect to v at the second.
fn pull(cable: &Cable, rates: &ArrayView1<'_, f64>) -> Vec<([usize; 2], f64)> {
    let edges = || cable.module.edges.iter().zip(rates);
    let mut around: BTreeMap<usize, Vec<(usize, f64)>> = BTreeMap::new();
    for (edge, &rate) in edges().filter(|(edge, _)| edge.kind.branchpoints()[1]) {
        around.entry(edge.sink).or_default().push((edge.source, rate));
    }
    let mut pull = Vec::new();
    for (edge, &rate) in edges().filter(|(edge, _)| !edge.kind.branchpoints()[1]) {
        pull.push(([edge.sink, edge.sink], -rate));
        let Some(around) = around.get(&edge.source) else {
            pull.push(([edge.sink, edge.source], rate));
            continue;
        };
        let whole: f64 = around.iter().map(|(_, weight)| weight).sum();
        pull.extend(
            around.iter().map(|&(node, weight)| ([edge.sink, node], rate * weight / whole)),
        );
    }
    pull
}
