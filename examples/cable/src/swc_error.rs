use std::fmt;

/// Why an SWC file cannot be read as a neuron. Lines count from 1, comments and empty ones among
/// them.
///
/// It comes as [`CableError::Swc`](crate::CableError::Swc).
///
/// ```
/// use cable::{CableError, Cell, SwcError};
///
/// let error = Cell::from_swc("# a soma\n1 1 0 0 0 -8 -1", 4).unwrap_err();
/// assert!(matches!(error, CableError::Swc(SwcError::Radius { line: 2, .. })));
/// assert_eq!(error.to_string(), "line 2: the radius is -8 um: give one above 0");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SwcError {
    /// There are no points.
    Empty,
    /// A line has not seven columns.
    Columns {
        /// The line.
        line: usize,
        /// How many columns it has.
        found: usize,
    },
    /// An entry is not a finite number, or not a whole one where it has to be.
    Number {
        /// The line.
        line: usize,
        /// What the entry should be: `"id"`, `"type"`, `"x"`, `"y"`, `"z"`, `"radius"` or
        /// `"parent"`.
        column: &'static str,
        /// The entry.
        text: String,
    },
    /// A radius is not above 0.
    Radius {
        /// The line.
        line: usize,
        /// The radius in um.
        radius: f64,
    },
    /// Two points have one id.
    Duplicate {
        /// The second line.
        line: usize,
        /// The first.
        first: usize,
        /// The id.
        id: i64,
    },
    /// A parent does not exist.
    Parent {
        /// The line.
        line: usize,
        /// The id of the parent.
        parent: i64,
    },
    /// A point is its own ancestor.
    Cycle {
        /// The line.
        line: usize,
        /// The id of the point.
        id: i64,
    },
    /// A second point has no parent.
    Root {
        /// Its line.
        line: usize,
        /// The line of the first.
        first: usize,
    },
    /// No point is of type 1.
    NoSoma,
    /// The points of a branch all lie at one place.
    NoLength {
        /// The line of the first.
        line: usize,
        /// The line of the last.
        last: usize,
    },
}

impl fmt::Display for SwcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there are no points: give one a line"),
            Self::Columns { line: 1, found: 1 } => f.write_str(
                "line 1 has 1 columns and not the 7 of a point: give the text of an SWC file, not its \
                 path",
            ),
            Self::Columns { line, found } => write!(
                f,
                "line {line} has {found} columns: give 7, which are id, type, x, y, z, radius and \
                 parent"
            ),
            Self::Number { line, column, text } => {
                let what = match *column {
                    "id" | "type" | "parent" => "whole",
                    _ => "finite",
                };
                write!(f, "line {line}: the {column} is '{text}': give a {what} number")
            }
            Self::Radius { line, radius } => {
                write!(f, "line {line}: the radius is {radius} um: give one above 0")
            }
            Self::Duplicate { line, first, id } => {
                write!(f, "line {line}: id {id} is that of line {first}: give another")
            }
            Self::Parent { line, parent } => write!(
                f,
                "line {line}: parent {parent} does not exist: give the id of a point, or -1 for \
                 the root"
            ),
            Self::Cycle { line, id } => {
                write!(f, "line {line}: point {id} is its own ancestor: correct a parent")
            }
            Self::Root { line, first } => {
                write!(f, "line {line} is a second root beside line {first}: give it a parent")
            }
            Self::NoSoma => f.write_str("no point is of type 1: mark the soma"),
            Self::NoLength { line, last } => {
                write!(
                    f,
                    "the branch from line {line} to line {last} has no length: keep one point"
                )
            }
        }
    }
}

impl std::error::Error for SwcError {}
