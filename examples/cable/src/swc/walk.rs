//! From a tree of points to branches, by the rules of Jaxley's `read_swc`.

use crate::swc::cuts::{Cuts, Path, Way};
use crate::swc::file::Row;
use crate::swc::traced::TracedBranch;
use crate::swc::tree::{SOMA, Tree};
use std::collections::BTreeSet;

/// The points and their neighbours.
struct Tracing {
    points: Vec<Row>,
    /// The neighbours of each point, and whether they are its parents.
    neighbours: Vec<Vec<(usize, bool)>>,
    /// Points of the soma at which dendrites start that do not reach into it.
    inner: Vec<bool>,
    /// The types at whose changes a branch ends.
    relevant: BTreeSet<i64>,
}

/// Finds the branches and the index of the parent of each, which is before it.
///
/// The walk starts at the end with the lowest id and turns to the lowest first. A branch goes on
/// until the tree ends or divides, or the type changes between those that are `relevant` (all other
/// types count as one).
///
/// A soma of one point is a sphere: a branch of twice its radius. A dendrite that starts at it, or
/// at a point inside a soma, begins at its own first point.
pub(crate) fn trace(
    tree: Tree,
    relevant: &BTreeSet<i64>,
    cuts: &Cuts,
) -> Vec<(Option<usize>, TracedBranch)> {
    let tracing = Tracing::new(tree, relevant);
    let paths = cuts.apply(tracing.paths(), &tracing.points);
    // The first branch that ends at each point.
    let mut ending: Vec<Option<usize>> = vec![None; tracing.points.len()];
    let branches = paths.into_iter().enumerate().filter_map(|(index, (path, kind))| {
        let (first, last) = (path.first()?, path.last()?);
        let parent = ending[first.from];
        ending[last.to].get_or_insert(index);
        Some((parent, tracing.branch(&path, kind)))
    });
    branches.collect()
}

impl Tracing {
    fn new(Tree { mut points, mut edges }: Tree, relevant: &BTreeSet<i64>) -> Self {
        let mut somata = points.iter().enumerate().filter(|(_, point)| point.kind == SOMA);
        let only = match (somata.next(), somata.next()) {
            (Some((soma, _)), None) => Some(soma),
            _ => None,
        };
        if let Some(soma) = only {
            // A copy of the soma before all points, as the parent of the soma.
            points.insert(0, points[soma]);
            edges.iter_mut().flatten().for_each(|n| *n += 1);
            edges.push([0, soma + 1]);
        }
        let mut neighbours = vec![Vec::new(); points.len()];
        for [parent, child] in edges {
            neighbours[parent].push((child, false));
            neighbours[child].push((parent, true));
        }
        neighbours.iter_mut().for_each(|some| some.sort_unstable());
        let is_inner = |(n, some): (usize, &Vec<(usize, bool)>)| {
            let near = some.iter().filter(|(near, _)| points[*near].kind == SOMA).count();
            let within = points[n].kind == SOMA && near > 1 && near < some.len();
            within || only.is_some_and(|soma| n == 0 || n == soma + 1)
        };
        let inner = neighbours.iter().enumerate().map(is_inner).collect();
        Self { points, neighbours, inner, relevant: relevant.clone() }
    }

    /// The length of the edge between two points: 0 from inside a soma to a dendrite, and the
    /// diameter of the soma from its copy to the soma.
    fn length(&self, from: usize, to: usize) -> f64 {
        /// What Jaxley takes for points at one position (um).
        const SHORTEST: f64 = 1e-5;
        let [a, b] = [from, to].map(|n| &self.points[n]);
        if a.id == b.id {
            return 2.0 * a.xyzr[3];
        }
        let leaves = |a: usize, b: usize| self.inner[a] && self.points[b].kind != SOMA;
        if leaves(from, to) || leaves(to, from) {
            return 0.0;
        }
        let squares = [0, 1, 2].map(|axis| (a.xyzr[axis] - b.xyzr[axis]).powi(2));
        squares.iter().sum::<f64>().sqrt().max(SHORTEST)
    }

    /// The edges from the end with the lowest id on, depth first.
    fn walk(&self) -> impl Iterator<Item = Way> {
        let root = self.neighbours.iter().position(|some| some.len() < 2);
        let onward = |from: usize, to: usize| {
            let others = self.neighbours[to].iter().rev().filter(move |(next, _)| *next != from);
            others.map(move |&(next, up)| (to, next, up))
        };
        let mut stack = Vec::new();
        if let Some(root) = root {
            stack.extend(onward(root, root));
        }
        std::iter::from_fn(move || {
            let (from, to, up) = stack.pop()?;
            stack.extend(onward(from, to));
            Some(Way { from, to, up, length: self.length(from, to) })
        })
    }

    /// The paths and their types.
    fn paths(&self) -> Vec<Path> {
        let (mut paths, mut path) = (Vec::new(), Vec::new());
        for way in self.walk() {
            let [from, to] = [way.from, way.to].map(|n| self.points[n].kind);
            let degree = self.neighbours[way.to].len();
            if degree == 2 && self.same_type(from, to) {
                path.push(way);
            } else if degree < 2 && !self.same_type(from, to) {
                paths.push((std::mem::take(&mut path), from));
                paths.push((vec![way], to));
            } else if degree != 2 || way.up {
                path.push(way);
                paths.push((std::mem::take(&mut path), from));
            } else {
                // The edge to a point of another type belongs to that type.
                paths.push((std::mem::replace(&mut path, vec![way]), from));
            }
        }
        paths.retain(|(path, _)| !path.is_empty());
        paths
    }

    /// Whether a branch goes on from a point of type `a` to one of type `b`.
    fn same_type(&self, a: i64, b: i64) -> bool {
        a == b || !self.relevant.contains(&a) && !self.relevant.contains(&b)
    }

    fn branch(&self, path: &[Way], kind: i64) -> TracedBranch {
        let (first, second) = (self.points[path[0].from], self.points[path[0].to]);
        let mut rows: Vec<_> = path.iter().map(|way| self.points[way.to]).collect();
        if !self.inner[path[0].from] {
            let [x, y, z, radius] = first.xyzr;
            // A thick soma does not thicken the dendrite.
            let radius = if first.kind == second.kind { radius } else { second.xyzr[3] };
            rows.insert(0, Row { xyzr: [x, y, z, radius], ..first });
        }
        let length: f64 = path.iter().map(|way| way.length).sum();
        TracedBranch {
            kind,
            points: rows.iter().map(|row| row.xyzr).collect(),
            ids: rows.iter().map(|row| row.id).collect(),
            lines: rows.iter().map(|row| row.line).collect(),
            length: if length < 1e-8 { TracedBranch::SHORTEST } else { length },
        }
    }
}
