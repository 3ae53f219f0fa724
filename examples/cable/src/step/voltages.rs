use crate::description::edge::Edge;
use crate::number::real::Real;
use crate::states::Scalar;
use crate::step::forest::{Forest, Pulls};
use crate::step::matrix::Matrix;
use crate::step::solver::Solver;

/// How the voltages of all nodes move, from what drives each: `dv/dt = (constant - slope v) /
/// capacitance`, and the pull of the neighbours.
#[derive(Clone, Debug)]
pub(crate) struct Voltages {
    pub forest: Forest,
    pub nodes: usize,
    pub branchpoints: Vec<usize>,
    /// The nodes that are not branchpoints.
    pub compartments: Vec<usize>,
    /// The edges that end at branchpoints, and those that end at compartments.
    pub to_branchpoints: Vec<Pull>,
    pub to_compartments: Vec<Pull>,
    /// The starts of the voltages (mV), of the slopes and of the constants of what drives them
    /// (mS/cm^2 and uA/cm^2) among the values.
    pub v: usize,
    pub slope: usize,
    pub constant: usize,
    /// The starts of the capacitances (uF/cm^2) and of the rates (1/ms) of the edges among the
    /// parameters.
    pub capacitance: usize,
    pub rates: usize,
}

/// The edge by which one node pulls another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pull {
    pub edge: usize,
    pub source: usize,
    pub sink: usize,
}

/// What a solver needs of the rates of the edges: computed once for all steps.
#[derive(Clone, Debug)]
pub(crate) enum Coupling<T> {
    Implicit(Pulls<T>),
    Explicit,
    /// For each tree, its compartments, and the exponential of their exchange in a step.
    Exponential(Vec<(Vec<usize>, Matrix<T>)>),
}

impl Voltages {
    /// Sorts the edges by where they end.
    pub fn pulls(edges: &[Edge]) -> [Vec<Pull>; 2] {
        let pull = |(edge, &Edge { source, sink, .. })| Pull { edge, source, sink };
        let of = |branchpoint: bool| {
            let edges = edges.iter().enumerate();
            edges.filter(|(_, edge)| edge.kind.branchpoints()[1] == branchpoint).map(pull).collect()
        };
        [of(true), of(false)]
    }

    /// What `solver` needs of the rates.
    pub fn coupling<T: Scalar>(&self, solver: Solver, params: &[T], delta_t: f64) -> Coupling<T> {
        match solver {
            Solver::BwdEuler | Solver::CrankNicolson => Coupling::Implicit(
                self.forest.pulls(&params[self.rates..], solver.implicit_part(delta_t)),
            ),
            Solver::FwdEuler => Coupling::Explicit,
            Solver::ExpEuler => {
                let exchanges = self.exchanges(&params[self.rates..], delta_t).into_iter();
                let exchanges = exchanges.map(|(nodes, exchange)| (nodes, exchange.exp()));
                Coupling::Exponential(exchanges.collect())
            }
        }
    }

    /// For each tree, its compartments and the matrix of their exchange in `delta_t` (ms).
    /// Branchpoints, which pass on the mean of their neighbours, are eliminated.
    pub fn exchanges<T: Scalar>(&self, rates: &[T], delta_t: f64) -> Vec<(Vec<usize>, Matrix<T>)> {
        let (trees, places) = self.trees();
        let lengths = trees.iter().map(Vec::len);
        let mut matrices: Vec<_> = lengths.map(Matrix::<T>::zeros).collect();
        let weights = self.weights(rates);
        let mut add = |sink: usize, source: usize, rate: T| {
            let [(tree, row), (_, column)] = [sink, source].map(|node| places[node]);
            let len = matrices[tree].len;
            matrices[tree].entries[row * len + column] += rate * delta_t;
        };
        let around = self.around_branchpoints();
        for &Pull { edge, source, sink } in &self.to_compartments {
            add(sink, sink, -rates[edge]);
            if let Some(around) = around.get(&source) {
                for pull in around {
                    add(sink, pull.source, rates[edge] * rates[pull.edge] / weights[source]);
                }
            } else {
                add(sink, source, rates[edge]);
            }
        }
        trees.into_iter().zip(matrices).collect()
    }

    /// The reverse of [`exchanges`](Self::exchanges): adds to the cotangents of the rates what those
    /// of the matrices come to.
    pub fn exchanges_vjp(
        &self,
        rates: &[f64],
        delta_t: f64,
        matrices: &[Matrix<f64>],
        cotangents: &mut [f64],
    ) {
        let (_, places) = self.trees();
        let weights = self.weights(rates);
        let around = self.around_branchpoints();
        let of = |sink: usize, source: usize| {
            let [(tree, row), (_, column)] = [sink, source].map(|node| places[node]);
            matrices[tree].entries[row * matrices[tree].len + column] * delta_t
        };
        for &Pull { edge, source, sink } in &self.to_compartments {
            cotangents[edge] -= of(sink, sink);
            let Some(around) = around.get(&source) else {
                cotangents[edge] += of(sink, source);
                continue;
            };
            // The mean of what is around the branchpoint, weighted by rate.
            let weight = weights[source];
            let parts = around.iter().map(|pull| rates[pull.edge] * of(sink, pull.source));
            let mean = parts.sum::<f64>() / weight;
            cotangents[edge] += mean;
            for pull in around {
                let difference = of(sink, pull.source) - mean;
                cotangents[pull.edge] += rates[edge] * difference / weight;
            }
        }
    }

    /// The compartments of each tree, and of each node the tree and the place in it.
    pub fn trees(&self) -> (Vec<Vec<usize>>, Vec<(usize, usize)>) {
        let (mut trees, mut places) = (Vec::new(), vec![(0, 0); self.nodes]);
        let mut is_branchpoint = vec![false; self.nodes];
        self.branchpoints.iter().for_each(|&node| is_branchpoint[node] = true);
        self.forest.each_tree(|nodes| {
            let nodes: Vec<_> =
                nodes.iter().copied().filter(|&node| !is_branchpoint[node]).collect();
            nodes.iter().enumerate().for_each(|(at, &node)| places[node] = (trees.len(), at));
            trees.push(nodes);
        });
        (trees, places)
    }

    /// For each branchpoint, the edges that end there.
    pub fn around_branchpoints(&self) -> std::collections::BTreeMap<usize, Vec<Pull>> {
        let mut around = std::collections::BTreeMap::<_, Vec<_>>::new();
        self.to_branchpoints
            .iter()
            .for_each(|pull| around.entry(pull.sink).or_default().push(*pull));
        around
    }

    /// For each branchpoint, the sum of the rates of the edges that end there.
    pub fn weights<T: Scalar>(&self, rates: &[T]) -> Vec<T> {
        let mut weights = vec![T::zero(); self.nodes];
        self.to_branchpoints.iter().for_each(|pull| weights[pull.sink] += rates[pull.edge]);
        weights
    }

    /// Moves the voltages by one step.
    pub fn advance<T: Scalar>(
        &self,
        solver: Solver,
        coupling: &Coupling<T>,
        values: &mut [T],
        params: &[T],
        delta_t: f64,
        scratch: &mut [Vec<T>; 2],
    ) {
        let nodes = self.nodes;
        let [diagonal, right] = scratch;
        diagonal.resize(nodes, T::zero());
        right.resize(nodes, T::zero());
        let capacitance = &params[self.capacitance..][..nodes];
        let [v, slope, constant] =
            [self.v, self.slope, self.constant].map(|start| &values[start..start + nodes]);
        match coupling {
            Coupling::Implicit(pulls) => {
                let part = solver.implicit_part(delta_t);
                for node in 0..nodes {
                    let gain = capacitance[node].recip() * part;
                    diagonal[node] = slope[node] * gain + 1.0;
                    right[node] = v[node] + constant[node] * gain;
                }
                // A branchpoint has neither a time term nor a right side.
                for &node in &self.branchpoints {
                    (diagonal[node], right[node]) = (T::zero(), T::zero());
                }
                self.forest.solve(pulls, diagonal, right);
                let v = &mut values[self.v..][..nodes];
                if solver == Solver::CrankNicolson {
                    v.iter_mut().zip(right).for_each(|(v, half)| *v = *half * 2.0 - *v);
                } else {
                    v.copy_from_slice(right);
                }
            }
            Coupling::Explicit => {
                for &node in &self.compartments {
                    right[node] = (constant[node] - slope[node] * v[node]) / capacitance[node];
                }
                self.pull(v, &params[self.rates..], diagonal, right);
                let v = &mut values[self.v..][..nodes];
                self.compartments.iter().for_each(|&node| v[node] += right[node] * delta_t);
            }
            Coupling::Exponential(transitions) => {
                for &node in &self.compartments {
                    let [slope, constant] =
                        [slope[node], constant[node]].map(|x| x / capacitance[node]);
                    right[node] = relaxed(v[node], slope, constant, delta_t);
                }
                let v = &mut values[self.v..][..nodes];
                for (compartments, transition) in transitions {
                    let rows = transition.entries.chunks_exact(transition.len.max(1));
                    for (&node, row) in compartments.iter().zip(rows) {
                        let parts = row.iter().zip(compartments);
                        let parts = parts.map(|(&factor, &from)| factor * right[from]);
                        v[node] = parts.fold(T::zero(), |sum, part| sum + part);
                    }
                }
            }
        }
    }

    /// Adds to `slopes` (mV/ms) how the neighbours pull each compartment, directly or across a
    /// branchpoint; `means` is for the voltages that branchpoints pass on.
    pub fn pull<T: Scalar>(&self, v: &[T], rates: &[T], means: &mut [T], slopes: &mut [T]) {
        means.copy_from_slice(v);
        let weights = self.weights(rates);
        self.branchpoints.iter().for_each(|&node| means[node] = T::zero());
        for &Pull { edge, source, sink } in &self.to_branchpoints {
            means[sink] += rates[edge] * v[source];
        }
        self.branchpoints.iter().for_each(|&node| means[node] /= weights[node]);
        for &Pull { edge, source, sink } in &self.to_compartments {
            slopes[sink] += (means[source] - means[sink]) * rates[edge];
        }
    }
}

impl Solver {
    /// The step (ms) of implicit Euler that the solver takes.
    pub(crate) fn implicit_part(self, delta_t: f64) -> f64 {
        if self == Self::CrankNicolson { delta_t / 2.0 } else { delta_t }
    }
}

/// `x` after `delta_t` (ms) of `dx/dt = constant - slope x`.
fn relaxed<T: Scalar>(x: T, slope: T, constant: T, delta_t: f64) -> T {
    if slope.re() == 0.0 {
        // Its value without the slope, and its derivative with it.
        let change = constant * delta_t;
        return x + change - slope * (x + change * 0.5) * delta_t;
    }
    let decay = Real::min(T::from(-delta_t) / slope.recip(), 20.0);
    let decay = Real::exp(decay);
    x * decay + constant / slope * (-decay + 1.0)
}
