use crate::description::edge::Edge;
use crate::error::CableError;
use crate::states::Scalar;
use ndarray::{Array1, ArrayView1};
use std::collections::BTreeMap;

/// The nodes as trees, one for each cell. The rates at which neighbours pull each other are
/// parameters and come with every [`solve`](Self::solve).
///
/// A tree is solved like a tridiagonal system: eliminate every node in favour of its parent, leaves
/// first, and then substitute back (Hines, 1984). That takes time linear in the number of nodes.
/// Nothing is subtracted, so that the rates may differ by any factor: the voltages stay between those
/// of the step before and the reversal potentials.
#[derive(Clone, Debug)]
pub(crate) struct Forest {
    /// Every node but the roots, parents before children.
    twigs: Vec<Twig>,
    roots: Vec<usize>,
}

const CYCLE: &str = "is part of a cycle: remove an edge, the nodes must form trees";

/// A node and its parent.
#[derive(Clone, Debug)]
struct Twig {
    child: usize,
    parent: usize,
    /// The edge by which the parent pulls the child.
    to_child: usize,
    /// The edge by which the child pulls the parent.
    to_parent: usize,
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
        let mut roots = Vec::new();
        // A root is its own parent; a node not yet reached has none.
        let mut parent_of = vec![None; nodes];
        for root in 0..nodes {
            if parent_of[root].is_some() {
                continue;
            }
            parent_of[root] = Some(root);
            roots.push(root);
            let mut stack = vec![root];
            while let Some(parent) = stack.pop() {
                for &child in &neighbours[parent] {
                    if parent_of[parent] == Some(child) {
                        continue;
                    }
                    let (to_child, to_parent) = (at[&(parent, child)], at[&(child, parent)]);
                    if parent_of[child].replace(parent).is_some() {
                        return Err(edges[to_child].error(to_child, CYCLE));
                    }
                    twigs.push(Twig { child, parent, to_child, to_parent });
                    stack.push(child);
                }
            }
        }
        Ok(Self { twigs, roots })
    }

    /// Solves, for every node n with neighbours k,
    ///
    /// ```text
    /// (diagonal[n] + delta_t sum_k rate(k -> n)) x[n] - delta_t sum_k rate(k -> n) x[k] = right[n]
    /// ```
    ///
    /// and leaves x in `right`; `diagonal` is used up. `rates` (1/ms) has one entry an edge.
    pub fn solve<T: Scalar>(
        &self,
        delta_t: f64,
        rates: &ArrayView1<'_, T>,
        diagonal: &mut [T],
        right: &mut [T],
    ) {
        self.eliminate(delta_t, rates, diagonal, |parent, child, factor| {
            right[parent] += factor * right[child];
        });
        for (right, reciprocal) in right.iter_mut().zip(&*diagonal) {
            *right *= *reciprocal;
        }
        for twig in &self.twigs {
            let factor = rates[twig.to_child] * delta_t * diagonal[twig.child];
            right[twig.child] += right[twig.parent] * factor;
        }
    }

    /// Solves the same system for many right sides, which are the columns of `rows`: one row a
    /// node.
    pub fn solve_many(
        &self,
        delta_t: f64,
        rates: &ArrayView1<'_, f64>,
        diagonal: &mut [f64],
        rows: &mut [Array1<f64>],
    ) {
        const DIFFER: &str = "a node is not its own parent";
        self.eliminate(delta_t, rates, diagonal, |parent, child, factor| {
            let [parent, child] = rows.get_disjoint_mut([parent, child]).expect(DIFFER);
            parent.scaled_add(factor, child);
        });
        for (row, reciprocal) in rows.iter_mut().zip(&*diagonal) {
            *row *= *reciprocal;
        }
        for twig in &self.twigs {
            let [parent, child] = rows.get_disjoint_mut([twig.parent, twig.child]).expect(DIFFER);
            child.scaled_add(rates[twig.to_child] * delta_t * diagonal[twig.child], parent);
        }
    }

    /// Eliminates every node in favour of its parent. `diagonal` becomes the reciprocals of the
    /// diagonal of the triangular system. Calls `add(parent, child, factor)` for every child, whose
    /// right side, times the factor, is to be added to that of its parent.
    ///
    /// The diagonal of a node is kept without the pull of the neighbours that are left. With `own`
    /// for that of the child, `down` and `up` for the rates, times `delta_t`, at which the parent pulls
    /// the child and the child the parent, the diagonal of the parent becomes
    ///
    /// ```text
    /// diagonal + up - up down / (own + down) = diagonal + up own / (own + down)
    /// ```
    ///
    /// The left side cancels where `down` is much larger than `own`; the right side never does.
    fn eliminate<T: Scalar>(
        &self,
        delta_t: f64,
        rates: &ArrayView1<'_, T>,
        diagonal: &mut [T],
        mut add: impl FnMut(usize, usize, T),
    ) {
        for twig in self.twigs.iter().rev() {
            let own = diagonal[twig.child];
            let reciprocal = (own + rates[twig.to_child] * delta_t).recip();
            let factor = reciprocal * (rates[twig.to_parent] * delta_t);
            diagonal[twig.child] = reciprocal;
            diagonal[twig.parent] += factor * own;
            add(twig.parent, twig.child, factor);
        }
        for &root in &self.roots {
            diagonal[root] = diagonal[root].recip();
        }
    }
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
        forest.solve(0.5, &rates.view(), &mut used, &mut x);
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
        Forest::new(5, &edges).unwrap().solve(0.5, &rates.view(), &mut [1.0; 5], &mut x);
        assert!(x.iter().all(|x| (-80.1..=-59.9).contains(x)), "{x:?}");
    }

    #[test]
    fn many_right_sides_are_solved_as_each_is() {
        let (edges, rates) = both_ways(&[(4, 3), (3, 0), (3, 6), (6, 1), (2, 5)]);
        let forest = Forest::new(8, &edges).unwrap();
        let diagonal: Vec<f64> = (0..8).map(|n| 1.0 + 0.1 * f64::from(n)).collect();
        let right = |node: usize, column: usize| ((3 * node + 5 * column) as f64).sin();
        let row = |node| (0..3).map(|column| right(node, column)).collect::<Array1<f64>>();
        let mut rows: Vec<_> = (0..8).map(row).collect();
        forest.solve_many(0.5, &rates.view(), &mut diagonal.clone(), &mut rows);
        for column in 0..3 {
            let mut x: Vec<f64> = (0..8).map(|node| right(node, column)).collect();
            forest.solve(0.5, &rates.view(), &mut diagonal.clone(), &mut x);
            for (row, x) in rows.iter().zip(x) {
                assert!((row[column] - x).abs() < 1e-14, "{} {x}", row[column]);
            }
        }
    }

    #[test]
    fn derivative_is_that_of_the_solution() {
        let (edges, rates) = both_ways(&[(0, 1), (1, 2)]);
        let forest = Forest::new(3, &edges).unwrap();
        let solve = |shift: f64| {
            let mut x = [1.0, 2.0, 3.0];
            forest.solve(0.5, &rates.view(), &mut [1.0, 1.5 + shift, 2.0], &mut x);
            x
        };
        let mut x = [1.0, 2.0, 3.0].map(Dual64::from_re);
        forest.solve(
            0.5,
            &rates.mapv(Dual64::from_re).view(),
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
