//! From the text of an SWC file to its lines.

use crate::error::{CableError, ErrorKind, Short};

/// A line of an SWC file: a traced point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// The line, from 1.
    pub line: usize,
    pub id: i64,
    /// What it belongs to; 1 is the soma.
    pub kind: i64,
    /// The position and the radius, in the unit of the file.
    pub xyzr: [f64; 4],
    /// The id of its parent, or a number that marks a root.
    pub parent: i64,
}

/// The error of a text that is not a neuron.
pub(crate) fn bad_text(text: impl Into<String>) -> CableError {
    CableError::new(ErrorKind::Text, text)
}

/// Reads the points of an SWC file. Everything from `#` to the end of a line is a comment; a byte
/// order mark before the first line is skipped.
pub(crate) fn read_rows(text: &str) -> Result<Vec<Row>, CableError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let contents = text.lines().map(|text| text.split('#').next().unwrap_or_default());
    let numbered = (1..).zip(contents).filter(|(_, content)| !content.trim().is_empty());
    let rows: Vec<_> =
        numbered.map(|(line, content)| read_row(line, content)).collect::<Result<_, _>>()?;
    if rows.is_empty() {
        return Err(bad_text("there are no points: give one a line"));
    }
    Ok(rows)
}

fn read_row(line: usize, content: &str) -> Result<Row, CableError> {
    let mut entries = content.split_whitespace();
    let columns: Vec<_> = entries.by_ref().take(7).collect();
    let (&[id, kind, x, y, z, radius, parent], None) = (&*columns, entries.next()) else {
        let found = content.split_whitespace().count();
        if (line, found) == (1, 1) {
            return Err(bad_text(
                "line 1 has 1 columns and not the 7 of a point: give the text of an SWC file, or its \
                 path to Swc::read",
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
    let [x, y, z] = [finite("x", x)?, finite("y", y)?, finite("z", z)?];
    let wide = Some(finite("radius", radius)?).filter(|&radius| radius >= 0.0);
    let radius = number("radius", radius, "one that is not negative", wide)?;
    Ok(Row { line, id, kind, xyzr: [x, y, z, radius], parent: whole("parent", parent)? })
}
