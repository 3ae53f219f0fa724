//! Key paths and patterns from text, with an [`Error`] where the text is neither.

use std::str::FromStr;

use crate::error::error::{Error, ErrorKind};
use crate::error::print::{did_you_mean, quote};
use crate::path::key::KeyPath;
use crate::path::parse::{NotParsed, parse_path};
use crate::path::pattern::{Pattern, parse_pattern};

/// Parses what [`KeyPath`] prints: `.name`, `[3]`, `[-2]`, `['key']` and `["it's"]`, one after the other.
/// The first dot may be left out: `layers[0].w`.
///
/// In quotes the escapes of Python's `repr` are understood: `\\`, `\'`, `\"`, `\n`, `\r`, `\t`,
/// `\xhh`, `\uhhhh`, `\Uhhhhhhhh`.
///
/// # Errors
/// Which bytes of the text do not fit, and what belongs there. A key of a dict without its quotes is
/// recognised:
///
/// ```
/// use pytree::KeyPath;
/// let error = ".soma[HH_m]".parse::<KeyPath>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "not a key path: \".soma[HH_m]\" has \"H\" at byte 6 for a position or a key in quotes; \
///      did you mean .soma['HH_m']?"
/// );
/// ```
impl FromStr for KeyPath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse_path(text).map_err(|error| not_parsed("not a key path", text, &error))
    }
}

/// # Errors
/// Which bytes of the text do not fit, and what belongs there.
impl FromStr for Pattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse_pattern(text).map_err(|error| not_parsed("not a pattern", text, &error))
    }
}

fn not_parsed(subject: &str, text: &str, error: &NotParsed) -> Error {
    let NotParsed { at, expected, meant } = error;
    let (quoted, meant) = (quote(text), did_you_mean(meant));
    let message = match text.get(at.clone()) {
        Some("") | None => format!("{subject}: {quoted} ends where {expected} is expected{meant}"),
        Some(found) => {
            let (found, start) = (quote(found), at.start);
            format!("{subject}: {quoted} has {found} at byte {start} for {expected}{meant}")
        }
    };
    Error::new(ErrorKind::Parse, message)
}
