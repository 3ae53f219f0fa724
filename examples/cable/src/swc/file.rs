use crate::ancestry::without_root;
use crate::error::{CableError, ErrorKind, Number, Short};
use std::collections::BTreeMap;

/// A traced point of an SWC file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Point {
    /// The line, from 1.
    pub line: usize,
    pub id: i64,
    /// What it belongs to; 1 is the soma.
    pub kind: i64,
    /// The position and the radius (um).
    pub xyzr: [f64; 4],
    /// The index of its parent among the points; the root has none.
    pub parent: Option<usize>,
}

/// The error of a text that is not a neuron.
pub(crate) fn bad_text(text: impl Into<String>) -> CableError {
    CableError::new(ErrorKind::Text, text)
}

/// Reads the points of an SWC file, sorted by id. Everything from `#` to the end of a line is a
/// comment; a byte order mark before the first line is skipped.
pub(crate) fn read_points(text: &str) -> Result<Vec<Point>, CableError> {
    let mut rows = Vec::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (row, text) in text.lines().enumerate() {
        let content = text.split('#').next().unwrap_or_default();
        if !content.trim().is_empty() {
            rows.push(read_point(row + 1, content)?);
        }
    }
    rows.sort_by_key(|(point, _)| point.id);
    for pair in rows.windows(2) {
        let [(a, _), (b, _)] = pair else { continue };
        if a.id == b.id {
            let (first, line, id) = (a.line.min(b.line), a.line.max(b.line), a.id);
            return Err(bad_text(format!(
                "line {line}: id {id} is that of line {first}: give another"
            )));
        }
    }
    link(rows)
}

/// Reads a point and the id of its parent.
fn read_point(line: usize, content: &str) -> Result<(Point, i64), CableError> {
    let mut entries = content.split_whitespace();
    let columns: Vec<_> = entries.by_ref().take(7).collect();
    let (&[id, kind, x, y, z, radius, parent], None) = (&*columns, entries.next()) else {
        let found = content.split_whitespace().count();
        if (line, found) == (1, 1) {
            return Err(bad_text(
                "line 1 has 1 columns and not the 7 of a point: give the text of an SWC file, not \
                 its path",
            ));
        }
        return Err(bad_text(format!(
            "line {line} has {found} columns: give 7, which are id, type, x, y, z, radius and parent"
        )));
    };
    let number = |column: &str, text: &str, what: &str, found: Option<f64>| {
        found.ok_or_else(|| {
            bad_text(format!("line {line}: the {column} is '{}': give {what}", Short(text)))
        })
    };
    let finite = |column: &str, text: &str| {
        let found = text.parse::<f64>().ok().filter(|number| number.is_finite());
        let found = number(column, text, "a finite number", found)?;
        // Squares and cubes of these are summed.
        let small = Some(found).filter(|number| number.abs() <= 1e50);
        number(column, text, "a number from -1e50 to 1e50", small)
    };
    let whole = |column: &str, text: &str| {
        let found = text.parse::<f64>().ok().filter(|found| found.fract() == 0.0);
        let found = number(column, text, "a whole number", found.filter(|n| n.abs() < 1e15))?;
        #[expect(clippy::cast_possible_truncation, reason = "whole and not large")]
        Ok::<_, CableError>(found as i64)
    };
    let (id, kind) = (whole("id", id)?, whole("type", kind)?);
    let xyzr = [finite("x", x)?, finite("y", y)?, finite("z", z)?, finite("radius", radius)?];
    let parent = whole("parent", parent)?;
    if xyzr[3] <= 0.0 {
        let radius = Number(xyzr[3]);
        return Err(bad_text(format!("line {line}: the radius is {radius} um: give one above 0")));
    }
    Ok((Point { line, id, kind, xyzr, parent: None }, parent))
}

/// Finds the parents, which have to lead to one root.
fn link(rows: Vec<(Point, i64)>) -> Result<Vec<Point>, CableError> {
    let indices: BTreeMap<_, _> =
        rows.iter().enumerate().map(|(n, (point, _))| (point.id, n)).collect();
    let mut points = Vec::with_capacity(rows.len());
    let mut root: Option<usize> = None;
    for (point, parent) in rows {
        let line = point.line;
        let parent = if parent == -1 {
            if let Some(first) = root.replace(line) {
                let (line, first) = (line.max(first), line.min(first));
                return Err(bad_text(format!(
                    "line {line} is a second root beside line {first}: give it a parent"
                )));
            }
            None
        } else {
            let index = indices.get(&parent).copied();
            Some(index.ok_or_else(|| {
                bad_text(format!(
                    "line {line}: parent {parent} does not exist: give the id of a point, or -1 \
                     for the root"
                ))
            })?)
        };
        points.push(Point { parent, ..point });
    }
    let parents: Vec<_> = points.iter().map(|point: &Point| point.parent).collect();
    if let Some(at) = without_root(&parents) {
        let Point { line, id, .. } = points[at];
        return Err(bad_text(format!(
            "line {line}: point {id} is its own ancestor: correct a parent"
        )));
    }
    if points.is_empty() {
        return Err(bad_text("there are no points: give one a line"));
    }
    if points.iter().all(|point| point.kind != 1) {
        return Err(bad_text("no point is of type 1: mark the soma"));
    }
    Ok(points)
}
