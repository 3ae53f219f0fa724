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
    let rows: Result<Vec<_>, _> = numbered.map(|(line, content)| read_row(line, content)).collect();
    if rows.is_err() && text.contains('\0') {
        return Err(bad_text(
            "the text has zero bytes, as a binary or compressed file or one in UTF-16: give plain text, \
             in UTF-8",
        ));
    }
    let rows = rows?;
    if rows.is_empty() {
        return Err(bad_text("there are no points: give one a line"));
    }
    Ok(rows)
}

/// Whether a text that is not read as points is one line that may be a path: its first word is not a
/// number, or it has too few columns and a word that is not. Columns may be separated by commas.
pub(crate) fn may_be_path(text: &str) -> bool {
    let is_number = |word: &str| {
        let mut parts = word.split([',', ';']).filter(|part| !part.is_empty());
        parts.all(|part| part.parse::<f64>().is_ok())
    };
    let mut numbers = text.split_whitespace().map(is_number);
    let one_line = !text.trim().contains('\n');
    one_line && numbers.next() == Some(false)
        || one_line && numbers.clone().count() < 6 && numbers.any(|is_number| !is_number)
}

fn read_row(line: usize, content: &str) -> Result<Row, CableError> {
    let mut entries = content.split_whitespace();
    let columns: Vec<_> = entries.by_ref().take(7).collect();
    let (&[id, kind, x, y, z, radius, parent], None) = (&*columns, entries.next()) else {
        let found = content.split_whitespace().count();
        let s = if found == 1 { "" } else { "s" };
        return Err(bad_text(format!(
            "line {line} has {found} column{s}: give 7, separated by blanks, which are id, type, x, y, z, \
             radius and parent"
        )));
    };
    let separators = if content.contains([',', ';']) {
        ", with blanks between columns and a point in a decimal"
    } else {
        ""
    };
    let number = |column: &str, text: &str, what: &str, found: Option<f64>| {
        found.ok_or_else(|| {
            let text = Short(text);
            bad_text(format!("line {line}: the {column} is '{text}': give {what}{separators}"))
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
