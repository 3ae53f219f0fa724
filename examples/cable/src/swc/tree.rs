//! From the lines of an SWC file to a tree of points.

use crate::error::{CableError, list};
use crate::swc::file::{Row, bad_text};
use std::collections::BTreeSet;

/// The type of points of the soma.
pub(crate) const SOMA: i64 = 1;

/// Which points are read, and how they are joined.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    /// Points of these types are left out.
    pub ignored: BTreeSet<i64>,
    /// What marks a root, besides -1.
    pub root_parent: Option<i64>,
    /// Whether lines of one id are one point.
    pub joined: bool,
    pub tree: Option<TreeOf>,
}

/// The tree that is read, if there are several.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TreeOf {
    /// That of the point with this id.
    Point(i64),
    /// That of the soma.
    Soma,
}

/// The points that are joined, in ascending order of their ids.
pub(crate) struct Tree {
    pub points: Vec<Row>,
    /// The indices of a parent and of its child. A point has several parents if several lines do.
    pub edges: Vec<[usize; 2]>,
}

/// Finds the tree that is chosen.
pub(crate) fn link(rows: &[Row], choice: &Choice) -> Result<Tree, CableError> {
    let kept = rows.iter().filter(|row| !choice.ignored.contains(&row.kind));
    let mut kept: Vec<_> = kept.copied().collect();
    kept.sort_by_key(|row| row.id); // lines of one id stay in order
    let same = kept.chunk_by(|a, b| a.id == b.id);
    if let Some([a, b, ..]) = same.clone().find(|lines| lines.len() > 1 && !choice.joined) {
        return Err(bad_text(format!(
            "line {}: id {} is that of line {}: give another, or call join_duplicates() if the lines \
             are one point",
            b.line, b.id, a.line
        )));
    }
    let points: Vec<_> = same.clone().filter_map(|lines| lines.last().copied()).collect();
    let mut edges = Vec::new();
    // The parent of a root may be the id of a point, which is then a root if it is its own parent.
    let root = choice.root_parent;
    let root_is_point = rows.iter().any(|row| Some(row.id) == root);
    for (child, row) in same.enumerate().flat_map(|(n, rows)| rows.iter().map(move |r| (n, r))) {
        if row.parent == -1 || Some(row.parent) == root && (!root_is_point || row.id == row.parent)
        {
            continue;
        }
        match points.binary_search_by_key(&row.parent, |point| point.id) {
            Ok(parent) => edges.push((row.line, [parent, child])),
            Err(_) => return Err(no_parent(row, rows.iter().find(|other| other.id == row.parent))),
        }
    }
    // Lines that say the same are one edge.
    edges.sort_unstable_by_key(|&(line, edge)| (edge, line));
    edges.dedup_by_key(|(_, edge)| *edge);
    edges.sort_unstable();
    let mut trees = Trees::new(points.len());
    for &(line, [parent, child]) in &edges {
        if !trees.join(parent, child) {
            let [parent, child] = [parent, child].map(|n| points[n].id);
            return Err(bad_text(if parent == child {
                format!(
                    "line {line}: point {child} is its own parent: give another one; if the point is the \
                     root, give -1 or call root_parent({child})"
                )
            } else {
                format!(
                    "line {line}: point {child} and its parent {parent} are on a circle: correct a parent"
                )
            }));
        }
    }
    let tree = Tree { points, edges: edges.into_iter().map(|(_, edge)| edge).collect() };
    tree.choose(&mut trees, choice)
}

/// The error of a line whose parent is not read. `found` is the line of the parent in the file.
fn no_parent(row: &Row, found: Option<&Row>) -> CableError {
    let Row { line, kind, parent, .. } = row;
    bad_text(match found {
        Some(Row { line: other, kind: ignored, .. }) => format!(
            "line {line}: parent {parent}, of line {other}, is of type {ignored}, which is ignored: \
             ignore type {kind} too, or neither"
        ),
        None if *parent == 0 => format!(
            "line {line}: parent 0 does not exist: give the id of a point, or -1 for the root; if 0 \
             means the root here, call root_parent(0)"
        ),
        None => format!(
            "line {line}: parent {parent} does not exist: give the id of a point, or -1 for the root"
        ),
    })
}

impl Tree {
    /// Keeps the tree that is chosen, or the only one.
    fn choose(self, trees: &mut Trees, choice: &Choice) -> Result<Self, CableError> {
        let [Some(first), Some(last)] = [self.points.first(), self.points.last()] else {
            let text = "all points are of types that are ignored: keep one of their types";
            return Err(bad_text(text));
        };
        let of: Vec<_> = (0..self.points.len()).map(|n| trees.find(n)).collect();
        let wanted: BTreeSet<_> = match choice.tree {
            None => of.iter().copied().collect(),
            Some(TreeOf::Point(id)) => {
                let found = self.points.binary_search_by_key(&id, |point| point.id);
                let unknown = || {
                    bad_text(format!(
                        "no point with id {id} is read, whose tree is chosen: pass tree_of the id of one \
                         that is; the ids are from {} to {}",
                        first.id, last.id
                    ))
                };
                [of[found.map_err(|_| unknown())?]].into()
            }
            Some(TreeOf::Soma) => {
                let somata = self.points.iter().zip(&of).filter(|(point, _)| point.kind == SOMA);
                somata.map(|(_, tree)| *tree).collect()
            }
        };
        let kept: Vec<_> = of.iter().map(|tree| wanted.contains(tree)).collect();
        if wanted.len() == 1 {
            return Ok(self.keep(&kept));
        }
        if wanted.is_empty() {
            return Err(bad_text("no point is of type 1, the soma: choose a tree by tree_of(id)"));
        }
        let trees = wanted.len();
        let lines = list(self.roots(&kept));
        Err(bad_text(match choice.tree {
            None => format!(
                "there are {trees} trees, with roots in lines {lines}: give all but one root a parent, \
                 or choose a tree by tree_of(id) or tree_of_soma()"
            ),
            Some(_) => format!(
                "points of type 1, the soma, are in {trees} trees, with roots in lines {lines}: choose \
                 a tree by tree_of(id)"
            ),
        }))
    }

    /// The lines of the roots among the points that are kept.
    fn roots(&self, kept: &[bool]) -> Vec<usize> {
        let mut is_root = kept.to_vec();
        self.edges.iter().for_each(|&[_, child]| is_root[child] = false);
        let roots = self.points.iter().zip(is_root).filter(|(_, is_root)| *is_root);
        let mut lines: Vec<_> = roots.map(|(point, _)| point.line).collect();
        lines.sort_unstable();
        lines
    }

    /// Keeps some of the points.
    fn keep(self, kept: &[bool]) -> Self {
        let mut places = Vec::with_capacity(kept.len());
        let mut place = 0;
        for &kept in kept {
            places.push(place);
            place += usize::from(kept);
        }
        let edges = self.edges.into_iter().filter(|&[parent, _]| kept[parent]);
        let points = self.points.into_iter().zip(kept).filter(|(_, kept)| **kept);
        Self {
            points: points.map(|(point, _)| point).collect(),
            edges: edges.map(|edge| edge.map(|n| places[n])).collect(),
        }
    }
}

/// Which points are joined: each leads to another of its tree, in the end to one that leads to itself.
struct Trees(Vec<usize>);

impl Trees {
    fn new(len: usize) -> Self {
        Self((0..len).collect())
    }

    /// The point that stands for the tree of a point. Halves the way there, so that many searches take
    /// almost linear time.
    fn find(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    /// Joins two trees. `false` if the points are in one tree already.
    fn join(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.find(a), self.find(b));
        self.0[b] = a;
        a != b
    }
}
