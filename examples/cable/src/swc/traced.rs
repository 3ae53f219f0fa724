//! From traced points to branches, by the rules of Jaxley's `read_swc`.

use crate::error::CableError;
use crate::swc::file::{Point, bad_text};

/// The type of points of the soma.
const SOMA: i64 = 1;

/// A path of points between two ends, branchings or changes of type.
pub(crate) struct Traced {
    /// The branch at whose end it starts.
    pub parent: Option<usize>,
    /// Its type in the file.
    pub kind: i64,
    /// Positions and radii (um); a single point is a sphere.
    pub points: Vec<[f64; 4]>,
    /// Its length in um.
    pub length: f64,
    /// The first and the last line it is traced by.
    pub lines: [usize; 2],
}

/// An edge between two points, in the direction of the walk, and its length (um).
#[derive(Clone, Copy)]
struct Way {
    from: usize,
    to: usize,
    length: f64,
}

/// The points and their neighbours.
struct Tracing {
    points: Vec<Point>,
    neighbours: Vec<Vec<usize>>,
    /// Points of the soma at which dendrites start that do not reach into it.
    inner: Vec<usize>,
}

/// Finds the branches, each after its parent.
///
/// The walk starts at the end with the lowest id and turns to the lowest first. A branch goes on
/// until the tree ends or divides, or the type changes between soma, axon, basal and apical
/// dendrite (all other types count as one).
///
/// A soma of one point is a sphere: a branch of twice its radius. A dendrite that starts at it, or
/// at a point inside a soma, begins at its own first point.
pub(crate) fn trace(points: Vec<Point>) -> Vec<Traced> {
    let tracing = Tracing::new(points);
    let mut branches: Vec<Traced> = Vec::new();
    // The first branch that ends at each point.
    let mut ending: Vec<Option<usize>> = vec![None; tracing.points.len()];
    for (path, kind) in tracing.paths() {
        let (Some(first), Some(last)) = (path.first(), path.last()) else { continue };
        let parent = ending[first.from];
        ending[last.to].get_or_insert(branches.len());
        branches.push(tracing.branch(&path, parent, kind));
    }
    branches
}

impl Tracing {
    fn new(mut points: Vec<Point>) -> Self {
        let mut somatic = points.iter().enumerate().filter(|(_, point)| point.kind == SOMA);
        let only = match (somatic.next(), somatic.next()) {
            (Some((soma, _)), None) => Some(soma),
            _ => None,
        };
        if let Some(soma) = only {
            // A copy of the soma before all points, as the parent of the soma.
            let twin = Point { parent: None, ..points[soma] };
            points.iter_mut().for_each(|point| point.parent = point.parent.map(|n| n + 1));
            points.insert(0, twin);
        }
        let mut neighbours = vec![Vec::new(); points.len()];
        let twins = only.map(|soma| (0, soma + 1));
        let edges = points.iter().enumerate().filter_map(|(n, point)| Some((point.parent?, n)));
        for (a, b) in edges.chain(twins) {
            neighbours[a].push(b);
            neighbours[b].push(a);
        }
        neighbours.iter_mut().for_each(|some| some.sort_unstable());
        let is_inner = |&n: &usize| {
            let near = neighbours[n].iter().filter(|&&near| points[near].kind == SOMA).count();
            let within = points[n].kind == SOMA && near > 1 && near < neighbours[n].len();
            within || only.is_some_and(|soma| n == 0 || n == soma + 1)
        };
        let inner = (0..points.len()).filter(is_inner).collect();
        Self { points, neighbours, inner }
    }

    /// The length of the edge between two points: 0 from inside a soma to a dendrite, and the
    /// diameter of the soma from its copy to the soma.
    fn length(&self, from: usize, to: usize) -> f64 {
        let [a, b] = [from, to].map(|n| &self.points[n]);
        if a.line == b.line {
            return 2.0 * a.xyzr[3];
        }
        let leaves = |a: usize, b: usize| {
            self.inner.binary_search(&a).is_ok() && self.points[b].kind != SOMA
        };
        if leaves(from, to) || leaves(to, from) {
            return 0.0;
        }
        let squares = [0, 1, 2].map(|axis| (a.xyzr[axis] - b.xyzr[axis]).powi(2));
        squares.iter().sum::<f64>().sqrt().max(1e-5)
    }

    /// The edges from the end with the lowest id on, depth first.
    fn walk(&self) -> impl Iterator<Item = Way> {
        let root = self.neighbours.iter().position(|some| some.len() < 2);
        let onward = |from: usize, to: usize| {
            let others = self.neighbours[to].iter().rev().filter(move |&&next| next != from);
            others.map(move |&next| (to, next))
        };
        let mut stack = Vec::new();
        if let Some(root) = root {
            stack.extend(onward(root, root));
        }
        std::iter::from_fn(move || {
            let (from, to) = stack.pop()?;
            stack.extend(onward(from, to));
            Some(Way { from, to, length: self.length(from, to) })
        })
    }

    /// The paths and their types.
    fn paths(&self) -> Vec<(Vec<Way>, i64)> {
        let (mut paths, mut path) = (Vec::new(), Vec::new());
        for way in self.walk() {
            let [from, to] = [way.from, way.to].map(|n| self.points[n].kind);
            let degree = self.neighbours[way.to].len();
            if degree == 2 && same_type(from, to) {
                path.push(way);
            } else if degree < 2 && !same_type(from, to) {
                paths.push((std::mem::take(&mut path), from));
                paths.push((vec![way], to));
            } else if degree != 2 || self.points[way.from].parent == Some(way.to) {
                path.push(way);
                paths.push((std::mem::take(&mut path), from));
            } else {
                // The edge to a point of another type belongs to that type.
                paths.push((std::mem::replace(&mut path, vec![way]), from));
            }
        }
        paths
    }

    fn branch(&self, path: &[Way], parent: Option<usize>, kind: i64) -> Traced {
        let (first, second) = (self.points[path[0].from], self.points[path[0].to]);
        let mut points: Vec<_> = path.iter().map(|way| self.points[way.to].xyzr).collect();
        if self.inner.binary_search(&path[0].from).is_err() {
            let [x, y, z, radius] = first.xyzr;
            // A thick soma does not thicken the dendrite.
            let radius = if first.kind == second.kind { radius } else { second.xyzr[3] };
            points.insert(0, [x, y, z, radius]);
        }
        let length = path.iter().map(|way| way.length).sum();
        let last = self.points[path[path.len() - 1].to];
        Traced { parent, kind, points, length, lines: [first.line, last.line] }
    }
}

/// Whether two points are of one type; types other than 1 to 4 count as one.
fn same_type(a: i64, b: i64) -> bool {
    let named = |kind| (1..=4).contains(&kind);
    a == b || !named(a) && !named(b)
}

impl Traced {
    /// The error of a branch whose points are all at one position.
    pub fn no_length(&self) -> CableError {
        bad_text(format!("the branch from {} has no length: keep one point", self.lines_in_words()))
    }

    /// The first and the last line it is traced by, in words.
    pub fn lines_in_words(&self) -> String {
        let [line, last] = self.lines;
        format!("line {line} to line {last}")
    }

    /// The group that its compartments belong to.
    pub fn group(&self) -> String {
        match self.kind {
            0 => "undefined".to_owned(),
            1 => "soma".to_owned(),
            2 => "axon".to_owned(),
            3 => "basal".to_owned(),
            4 => "apical".to_owned(),
            other => format!("custom{other}"),
        }
    }
}
