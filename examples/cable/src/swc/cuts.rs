//! Where branches are cut in addition, as by the options of Jaxley's `read_swc`.

use crate::swc::file::Row;
use std::collections::BTreeSet;

/// An edge between two points, in the direction of the walk.
#[derive(Clone, Copy)]
pub(crate) struct Way {
    pub from: usize,
    pub to: usize,
    /// Whether it leads to a parent.
    pub up: bool,
    /// Its length (um).
    pub length: f64,
}

/// A path of edges that becomes a branch, and its type.
pub(crate) type Path = (Vec<Way>, i64);

/// The options that cut branches.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cuts {
    /// The length (um) after which a branch is cut at the next point.
    pub max_len: Option<f64>,
    /// Whether a branch is cut where its points were not traced one after the other.
    pub at_interruptions: bool,
}

impl Cuts {
    /// Cuts paths of `points`.
    pub fn apply(&self, mut paths: Vec<Path>, points: &[Row]) -> Vec<Path> {
        if let Some(max_len) = self.max_len {
            paths = paths.into_iter().flat_map(|path| by_length(path, max_len)).collect();
        }
        if self.at_interruptions {
            let interrupted = interruptions(&paths, points);
            let cut = |path| pieces(path, |way| interrupted.contains(&way.from));
            paths = paths.into_iter().flat_map(cut).collect();
        }
        paths
    }
}

/// Cuts a path before each edge for which `starts` holds. It is called with every edge.
fn pieces((path, kind): Path, mut starts: impl FnMut(&Way) -> bool) -> Vec<Path> {
    let mut pieces: Vec<Path> = Vec::new();
    for way in path {
        let starts = starts(&way);
        match pieces.last_mut() {
            Some((piece, _)) if !starts => piece.push(way),
            _ => pieces.push((vec![way], kind)),
        }
    }
    pieces
}

/// The edges that end within the first `max_len`, those that end within the second, and so on.
fn by_length(path: Path, max_len: f64) -> Vec<Path> {
    let (mut passed, mut last) = (0.0, 0.0);
    pieces(path, |way| {
        passed += way.length;
        let multiple = floor_divide(passed, max_len);
        std::mem::replace(&mut last, multiple) != multiple
    })
}

/// How often `b` fits into `a`, rounded as in Python.
fn floor_divide(a: f64, b: f64) -> f64 {
    let quotient = (a - a % b) / b;
    let floor = quotient.floor();
    if quotient - floor > 0.5 { floor + 1.0 } else { floor }
}

/// The points after which tracing went on elsewhere: the id of a child is not the next one, and
/// neither of them is where branches meet.
fn interruptions(paths: &[Path], points: &[Row]) -> BTreeSet<usize> {
    let starts = paths.iter().skip(1).filter_map(|(path, _)| path.first());
    let meeting: BTreeSet<_> = starts.map(|way| points[way.from].id).collect();
    let is_interrupted = |point: &&Row| {
        point.parent > -1
            && point.parent != point.id - 1
            && !meeting.contains(&point.id)
            && !meeting.contains(&point.parent)
    };
    let parents: BTreeSet<_> =
        points.iter().filter(is_interrupted).map(|point| point.parent).collect();
    (0..points.len()).filter(|&n| parents.contains(&points[n].id)).collect()
}
