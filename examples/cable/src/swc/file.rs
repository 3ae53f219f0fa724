use crate::ancestry::without_root;
use crate::swc_error::SwcError;
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
    /// The place of its parent among the points; the root has none.
    pub parent: Option<usize>,
}

/// Reads the points of an SWC file, sorted by id. Of a line, everything from `#` on is a comment; a
/// byte-order mark before the first line is none of it.
pub(crate) fn read_points(text: &str) -> Result<Vec<Point>, SwcError> {
    let mut rows = Vec::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (row, text) in text.lines().enumerate() {
        let line = row + 1;
        let entries: Vec<_> =
            text.split('#').next().into_iter().flat_map(str::split_whitespace).collect();
        match *entries {
            [] => {}
            [id, kind, x, y, z, radius, parent] => {
                let bad = |column, text: &str| {
                    let text = text.to_owned();
                    SwcError::Number { line, column, text }
                };
                let finite = |column, text: &str| {
                    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
                    number.ok_or_else(|| bad(column, text))
                };
                let whole = |column, text: &str| {
                    whole(finite(column, text)?).ok_or_else(|| bad(column, text))
                };
                let (id, kind) = (whole("id", id)?, whole("type", kind)?);
                let [x, y] = [finite("x", x)?, finite("y", y)?];
                let xyzr = [x, y, finite("z", z)?, finite("radius", radius)?];
                let parent = whole("parent", parent)?;
                if xyzr[3] <= 0.0 {
                    return Err(SwcError::Radius { line, radius: xyzr[3] });
                }
                rows.push((Point { line, id, kind, xyzr, parent: None }, parent));
            }
            _ => return Err(SwcError::Columns { line, found: entries.len() }),
        }
    }
    rows.sort_by_key(|(point, _)| point.id);
    for pair in rows.windows(2) {
        let [(a, _), (b, _)] = pair else { continue };
        if a.id == b.id {
            let (first, line) = (a.line.min(b.line), a.line.max(b.line));
            return Err(SwcError::Duplicate { line, first, id: a.id });
        }
    }
    link(rows)
}

/// Finds the parents, which have to lead to one root.
fn link(rows: Vec<(Point, i64)>) -> Result<Vec<Point>, SwcError> {
    let places: BTreeMap<_, _> =
        rows.iter().enumerate().map(|(n, (point, _))| (point.id, n)).collect();
    let mut points = Vec::with_capacity(rows.len());
    let mut root: Option<usize> = None;
    for (point, parent) in rows {
        let line = point.line;
        let parent = if parent == -1 {
            if let Some(first) = root.replace(line) {
                let (line, first) = (line.max(first), line.min(first));
                return Err(SwcError::Root { line, first });
            }
            None
        } else {
            let place = places.get(&parent).copied();
            Some(place.ok_or(SwcError::Parent { line, parent })?)
        };
        points.push(Point { parent, ..point });
    }
    let parents: Vec<_> = points.iter().map(|point: &Point| point.parent).collect();
    if let Some(at) = without_root(&parents) {
        let Point { line, id, .. } = points[at];
        return Err(SwcError::Cycle { line, id });
    }
    if points.is_empty() {
        return Err(SwcError::Empty);
    }
    if points.iter().all(|point| point.kind != 1) {
        return Err(SwcError::NoSoma);
    }
    Ok(points)
}

/// A number that has no fraction.
fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "whole and not large")]
    (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i64)
}
