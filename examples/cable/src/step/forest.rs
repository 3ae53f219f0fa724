use crate::description::edge::Edge;
use crate::error::CableError;
use crate::states::Scalar;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

/// The nodes as trees, one for each cell. The rates at which neighbours pull each other are
/// parameters and come with every [`solve`](Self::solve).
///
/// A tree is solved like a tridiagonal system: eliminate every node in favour of its parent, leaves
/// first, and then substitute back (Hines, 1984). That takes time linear in the number of nodes.
/// Nothing is subtracted, so that the rates may differ by any factor: the voltages stay between those
/// of the step before and the reversal potentials.
///
/// Nodes are in the order of their distance from the root: those of one distance do not wait for
/// each other.
#[derive(Clone, Debug)]
pub(crate) struct Forest {
    /// Every node but the roots, tree by tree, parents before children.
    twigs: Vec<Twig>,
    trees: Vec<Tree>,
    /// The rank of each node within its tree.
    rank: Vec<usize>,
}

const CYCLE: &str = "is part of a cycle: remove an edge, the nodes must form trees";

/// A node and its parent.
#[derive(Clone, Copy, Debug)]
struct Twig {
    child: usize,
    parent: usize,
    /// The edge by which the parent pulls the child.
    to_child: usize,
    /// The edge by which the child pulls the parent.
    to_parent: usize,
}

/// One of the trees.
#[derive(Clone, Debug)]
struct Tree {
    root: usize,
    /// Its twigs.
    twigs: Range<usize>,
}

/// What each twig changes in a time step: the rates times the step.
#[derive(Clone, Debug)]
pub(crate) struct Pulls<T> {
    /// By which the parent pulls the child, and the child the parent.
    twigs: Vec<[T; 2]>,
}

impl Forest {
    /// Orders `nodes` nodes by their `edges`.
    ///
    /// # Errors
    /// If an edge leaves the module, is a loop, a repetition or without its
    /// reverse, or closes a cycle.
    pub fn new(nodes: usize, edges: &[Edge]) -> Result<Self, CableError> {
        let at = index_edges(nodes, edges)?;
        let mut neighbours = vec![Vec::new(); nodes];
        for edge in edges {
            neighbours[edge.source].push(edge.sink);
        }

        let mut twigs: Vec<Twig> = Vec::with_capacity(edges.len() / 2);
        let (mut trees, mut rank) = (Vec::new(), vec![0; nodes]);
        // A root is its own parent; a node not yet reached has none.
        let mut parent_of = vec![None; nodes];
        for root in 0..nodes {
            if parent_of[root].is_some() {
                continue;
            }
            parent_of[root] = Some(root);
            let first = twigs.len();
            let mut queue = VecDeque::from([root]);
            while let Some(parent) = queue.pop_front() {
                for &child in &neighbours[parent] {
                    if parent_of[parent] == Some(child) {
                        continue;
                    }
                    let (to_child, to_parent) = (at[&(parent, child)], at[&(child, parent)]);
                    if parent_of[child].replace(parent).is_some() {
                        return Err(edges[to_child].error(to_child, CYCLE));
                    }
                    twigs.push(Twig { child, parent, to_child, to_parent });
                    rank[child] = twigs.len() - first;
                    queue.push_back(child);
                }
            }
            trees.push(Tree { root, twigs: first..twigs.len() });
        }
        Ok(Self { twigs, trees, rank })
    }

    /// What the `rates` (1/ms) of the edges change in `delta_t` (ms).
    pub fn pulls<T: Scalar>(&self, rates: &[T], delta_t: f64) -> Pulls<T> {
        let of_twig = |twig: &Twig| [rates[twig.to_child], rates[twig.to_parent]];
        let twigs = self.twigs.iter().map(of_twig);
        Pulls { twigs: twigs.map(|rates| rates.map(|rate| rate * delta_t)).collect() }
    }

    /// Solves, for the voltages x of all nodes,
    ///
    /// ```text
    /// diagonal[n] x[n] + sum over edges m -> n of pull (x[n] - x[m]) = right[n]
    /// ```
    ///
    /// The solution is written to `right`, and the reciprocals of the pivots to `diagonal`.
    pub fn solve<T: Scalar>(&self, pulls: &Pulls<T>, diagonal: &mut [T], right: &mut [T]) {
        self.eliminate(pulls, diagonal, |parent, child, factor| {
            let add = factor * right[child];
            right[parent] += add;
        });
        for (right, reciprocal) in right.iter_mut().zip(&*diagonal) {
            *right *= *reciprocal;
        }
        for (twig, [to_child, _]) in self.twigs.iter().zip(&pulls.twigs) {
            let factor = *to_child * diagonal[twig.child];
            let add = right[twig.parent] * factor;
            right[twig.child] += add;
        }
    }

    /// Eliminates every node in favour of its parent: `add` takes the parent, the child, and what the
    /// parent gets of the child's right side.
    fn eliminate<T: Scalar>(
        &self,
        pulls: &Pulls<T>,
        diagonal: &mut [T],
        mut add: impl FnMut(usize, usize, T),
    ) {
        for (twig, [to_child, to_parent]) in self.twigs.iter().zip(&pulls.twigs).rev() {
            let own = diagonal[twig.child];
            let reciprocal = (own + *to_child).recip();
            let factor = reciprocal * *to_parent;
            diagonal[twig.child] = reciprocal;
            diagonal[twig.parent] += factor * own;
            add(twig.parent, twig.child, factor);
        }
        for Tree { root, .. } in &self.trees {
            diagonal[*root] = diagonal[*root].recip();
        }
    }

    /// Eliminates for any number of right sides to come. `diagonal` is that of [`solve`](Self::solve)
    /// and is left as there.
    pub fn factorise(&self, pulls: &Pulls<f64>, factors: &mut Factors, diagonal: &mut [f64]) {
        factors.up.clear();
        self.eliminate(pulls, diagonal, |_, _, factor| factors.up.push(factor));
        factors.up.reverse();
        factors.down.clear();
        let down = self.twigs.iter().zip(&pulls.twigs);
        factors.down.extend(down.map(|(twig, [to_child, _])| to_child * diagonal[twig.child]));
        factors.reciprocals.clear();
        factors.reciprocals.extend_from_slice(diagonal);
    }

    /// Solves the system for `columns` right sides, of which `x` has a row for each node.
    pub fn solve_many(&self, factors: &Factors, columns: usize, x: &mut [f64]) {
        self.substitute([&factors.up, &factors.down], factors, columns, x);
    }

    /// Solves the transposed system: what parents and children get of each other is swapped.
    pub fn solve_transposed(&self, factors: &Factors, columns: usize, x: &mut [f64]) {
        self.substitute([&factors.down, &factors.up], factors, columns, x);
    }

    /// Adds what each parent gets of its child, scales, and adds what each child gets of its parent.
    fn substitute(
        &self,
        [up, down]: [&[f64]; 2],
        factors: &Factors,
        columns: usize,
        x: &mut [f64],
    ) {
        for (twig, &factor) in self.twigs.iter().zip(up).rev() {
            add_row(x, columns, twig.parent, twig.child, factor);
        }
        factors.scale(columns, x);
        for (twig, &factor) in self.twigs.iter().zip(down) {
            add_row(x, columns, twig.child, twig.parent, factor);
        }
    }

    /// The inverse of the system tree by tree: `tree` takes the nodes of each, in an order of its
    /// own, and the matrix of its inverse in that order, row by row.
    pub fn inverses(&self, factors: &Factors, mut tree: impl FnMut(&[usize], &[f64])) {
        let (mut nodes, mut inverse) = (Vec::new(), Vec::new());
        for tree_of_twigs in &self.trees {
            self.nodes_of(tree_of_twigs, &mut nodes);
            let twigs = &tree_of_twigs.twigs;
            let len = nodes.len();
            inverse.clear();
            inverse.resize(len * len, 0.0);
            (0..len).for_each(|at| inverse[at * len + at] = 1.0);
            let rank = |twig: usize| {
                let Twig { child, parent, .. } = self.twigs[twig];
                [child, parent].map(|node| self.rank[node])
            };
            for twig in twigs.clone().rev() {
                let [child, parent] = rank(twig);
                add_row(&mut inverse, len, parent, child, factors.up[twig]);
            }
            for (row, &node) in inverse.chunks_exact_mut(len).zip(&nodes) {
                row.iter_mut().for_each(|x| *x *= factors.reciprocals[node]);
            }
            for twig in twigs.clone() {
                let [child, parent] = rank(twig);
                add_row(&mut inverse, len, child, parent, factors.down[twig]);
            }
            tree(&nodes, &inverse);
        }
    }

    /// The nodes of each tree, in the order of [`inverses`](Self::inverses).
    pub fn each_tree(&self, mut tree: impl FnMut(&[usize])) {
        let mut nodes = Vec::new();
        for each in &self.trees {
            self.nodes_of(each, &mut nodes);
            tree(&nodes);
        }
    }

    fn nodes_of(&self, tree: &Tree, nodes: &mut Vec<usize>) {
        nodes.clear();
        nodes.push(tree.root);
        nodes.extend(self.twigs[tree.twigs.clone()].iter().map(|twig| twig.child));
    }
}

/// What elimination leaves: it solves the system, and the transposed one, for any right side.
#[derive(Clone, Debug, Default)]
pub(crate) struct Factors {
    /// For each twig, what the parent gets of the child's right side.
    up: Vec<f64>,
    /// For each twig, what the child gets of the parent's solution.
    down: Vec<f64>,
    /// The reciprocals of the pivots.
    reciprocals: Vec<f64>,
}

impl Factors {
    fn scale(&self, columns: usize, x: &mut [f64]) {
        for (row, reciprocal) in x.chunks_exact_mut(columns).zip(&self.reciprocals) {
            row.iter_mut().for_each(|x| *x *= reciprocal);
        }
    }
}

/// Adds `factor` times a row of `columns` numbers to another.
#[inline]
fn add_row(x: &mut [f64], columns: usize, to: usize, from: usize, factor: f64) {
    if columns == 1 {
        x[to] += factor * x[from];
        return;
    }
    let (to, from) = (to * columns, from * columns);
    let (to, from) = if to < from {
        let (low, high) = x.split_at_mut(from);
        (&mut low[to..to + columns], &high[..columns])
    } else {
        let (low, high) = x.split_at_mut(to);
        (&mut high[..columns], &low[from..from + columns])
    };
    to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
}

/// The index of every edge by its ends. Checks that each edge has a partner the other way.
fn index_edges(
    nodes: usize,
    edges: &[Edge],
) -> Result<BTreeMap<(usize, usize), usize>, CableError> {
    let mut at = BTreeMap::new();
    for (index, edge) in edges.iter().enumerate() {
        if edge.source >= nodes || edge.sink >= nodes {
            return Err(edge.error(
                index,
                &format!("leaves the module, which has {nodes} nodes: count them from 0"),
            ));
        }
        if edge.source == edge.sink {
            return Err(edge.error(index, "joins a node to itself: remove it"));
        }
        if let Some(first) = at.insert((edge.source, edge.sink), index) {
            return Err(edge.error(index, &format!("repeats edge {first}: keep one")));
        }
    }
    for (index, edge) in edges.iter().enumerate() {
        if !at.contains_key(&(edge.sink, edge.source)) {
            return Err(edge.error(index, "has no reverse: add the edge the other way"));
        }
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description::edge::EdgeKind;
    use ndarray::{Array1, Array2};
    use num_dual::Dual64;

    /// Both directions of every pair, with rates that differ.
    fn both_ways(pairs: &[(usize, usize)]) -> (Vec<Edge>, Array1<f64>) {
        let edges = pairs.iter().flat_map(|&(a, b)| [(a, b), (b, a)]);
        let edges: Vec<_> = edges
            .map(|(source, sink)| Edge { source, sink, kind: EdgeKind::Compartments })
            .collect();
        let rates =
            (0..).map(|edge| 3.0 + (1.7 * f64::from(edge)).sin()).take(edges.len()).collect();
        (edges, rates)
    }

    /// The largest entry of `A x - right`, with A written out as in the doc of [`Forest::solve`].
    fn residual(
        edges: &[Edge],
        rates: &Array1<f64>,
        delta_t: f64,
        diagonal: &[f64],
        right: &[f64],
        x: &[f64],
    ) -> f64 {
        let mut rows: Vec<f64> = (0..x.len()).map(|n| diagonal[n] * x[n] - right[n]).collect();
        for (edge, rate) in edges.iter().zip(rates) {
            rows[edge.sink] += delta_t * rate * (x[edge.sink] - x[edge.source]);
        }
        rows.into_iter().map(f64::abs).fold(0.0, f64::max)
    }

    /// The pulls in half a millisecond.
    fn pulls<T: Scalar>(forest: &Forest, rates: &Array1<T>) -> Pulls<T> {
        forest.pulls(rates.as_slice().unwrap(), 0.5)
    }

    #[test]
    fn solution_satisfies_the_dense_system() {
        // Two cells; node 3 is a branchpoint, which has no time term.
        let (edges, rates) = both_ways(&[(4, 3), (3, 0), (3, 6), (6, 1), (2, 5)]);
        let forest = Forest::new(8, &edges).unwrap();
        let diagonal: Vec<f64> =
            (0..8).map(|n| if n == 3 { 0.0 } else { 1.0 + 0.1 * f64::from(n) }).collect();
        let right: Vec<f64> =
            (0..8).map(|n| if n == 3 { 0.0 } else { f64::from(n).cos() }).collect();
        let (mut used, mut x) = (diagonal.clone(), right.clone());
        forest.solve(&pulls(&forest, &rates), &mut used, &mut x);
        let error = residual(&edges, &rates, 0.5, &diagonal, &right, &x);
        assert!(error < 1e-14, "{error}");
    }

    /// With rates of 1e30 / ms, 1 + 1e30 is 1e30.
    #[test]
    fn rates_of_any_size_leave_the_voltages_between_those_before() {
        let (edges, mut rates) = both_ways(&[(0, 1), (1, 2), (1, 3), (3, 4)]);
        for (scale, rate) in [1e30, 1e-30, 1e12, 1e25].into_iter().cycle().zip(&mut rates) {
            *rate *= scale;
        }
        let mut x = [-80.0, -60.0, -70.0, -65.0, -75.0];
        let forest = Forest::new(5, &edges).unwrap();
        forest.solve(&pulls(&forest, &rates), &mut [1.0; 5], &mut x);
        assert!(x.iter().all(|x| (-80.1..=-59.9).contains(x)), "{x:?}");
    }

    #[test]
    fn factors_solve_many_right_sides_and_the_transposed_system() {
        let (edges, rates) = both_ways(&[(4, 3), (3, 0), (3, 6), (6, 1), (2, 5)]);
        let forest = Forest::new(8, &edges).unwrap();
        let diagonal: Vec<f64> = (0..8).map(|n| 1.0 + 0.1 * f64::from(n)).collect();
        let mut factors = Factors::default();
        forest.factorise(&pulls(&forest, &rates), &mut factors, &mut diagonal.clone());
        // The inverse, a column for each right side.
        let mut inverse = Array2::<f64>::eye(8);
        forest.solve_many(&factors, 8, inverse.as_slice_mut().unwrap());
        for column in 0..8 {
            let mut x: Vec<f64> = (0..8).map(|row| f64::from(u8::from(row == column))).collect();
            forest.solve(&pulls(&forest, &rates), &mut diagonal.clone(), &mut x);
            for (row, x) in x.into_iter().enumerate() {
                assert!((inverse[[row, column]] - x).abs() < 1e-14);
            }
        }
        let mut transposed = Array2::<f64>::eye(8);
        forest.solve_transposed(&factors, 8, transposed.as_slice_mut().unwrap());
        assert!((&transposed.t() - &inverse).iter().all(|error| error.abs() < 1e-14));
        forest.inverses(&factors, |nodes, tree| {
            for (&row, values) in nodes.iter().zip(tree.chunks_exact(nodes.len())) {
                for (&column, x) in nodes.iter().zip(values) {
                    assert!((inverse[[row, column]] - x).abs() < 1e-14);
                }
            }
        });
    }

    #[test]
    fn derivative_is_that_of_the_solution() {
        let (edges, rates) = both_ways(&[(0, 1), (1, 2)]);
        let forest = Forest::new(3, &edges).unwrap();
        let solve = |shift: f64| {
            let mut x = [1.0, 2.0, 3.0];
            forest.solve(&pulls(&forest, &rates), &mut [1.0, 1.5 + shift, 2.0], &mut x);
            x
        };
        let mut x = [1.0, 2.0, 3.0].map(Dual64::from_re);
        forest.solve(
            &pulls(&forest, &rates.mapv(Dual64::from_re)),
            &mut [Dual64::from_re(1.0), Dual64::from_re(1.5).derivative(), Dual64::from_re(2.0)],
            &mut x,
        );
        let (above, below) = (solve(1e-5), solve(-1e-5));
        for n in 0..3 {
            let slope = (above[n] - below[n]) / 2e-5;
            assert!((x[n].eps - slope).abs() < 1e-9, "{} {slope}", x[n].eps);
        }
    }
}
