//! Converts text to key paths and patterns, or to an [`Error`].

use std::borrow::Cow;
use std::str::FromStr;

use crate::error::error::{Error, ErrorKind};
use crate::error::print::{did_you_mean, quote};
use crate::path::key::KeyPath;
use crate::path::parse::{NotParsed, parse_label, parse_path};
use crate::path::pattern::{Pattern, parse_pattern};

/// Parses the text that [`KeyPath`] prints: a sequence of `.name`, `[3]`, `[-2]`, `['key']` and `["it's"]`. The first
/// dot may be omitted: `layers[0].w`.
///
/// Quoted keys may have the escapes of Python's `repr`: `\\`, `\'`, `\"`, `\n`, `\r`, `\t`, `\xhh`, `\uhhhh`,
/// `\Uhhhhhhhh`.
///
/// # Errors
/// If the text is not a key path: the unexpected bytes, and what was expected. A string key without quotes has a
/// suggestion:
///
/// ```
/// use pytree::KeyPath;
/// let error = ".soma[HH_m]".parse::<KeyPath>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "not a key path: \".soma[HH_m]\" has \"H\" at byte 6; expected a position or a key in quotes; \
///      did you mean .soma['HH_m']?"
/// );
/// ```
impl FromStr for KeyPath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse_path(text).map_err(|error| not_parsed("not a key path", text, &error))
    }
}

/// Parses the text that [`Pattern`] prints. The first dot of each alternative may be omitted.
///
/// # Errors
/// If the text is not a pattern: the unexpected bytes, and what was expected.
impl FromStr for Pattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse_pattern(text).map_err(|error| not_parsed("not a pattern", text, &error))
    }
}

/// A value that can be used as a key path: a text such as `"layers[0].w"`, a `String`, a [`KeyPath`], or a reference to
/// one of these.
///
/// ```
/// use pytree::{KeyPath, Layout};
/// let layout = Layout::of(&(1.0, [2.0, 3.0]));
/// let path: KeyPath = "[1]".parse()?;
/// assert_eq!(layout.range("[1]")?, 1..3);
/// assert_eq!(layout.range(&path)?, 1..3);
/// # Ok::<(), pytree::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as a key path",
    note = "a path is a text such as \"layers[0].w\", or a `KeyPath`"
)]
pub trait ToPath {
    /// Converts to a path.
    ///
    /// # Errors
    /// If the text is not a key path.
    ///
    /// ```
    /// use pytree::path::ToPath;
    /// assert_eq!("layers[0].w".to_path()?, ".layers[0].w".to_path()?);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    fn to_path(&self) -> Result<Cow<'_, KeyPath>, Error>;
}

impl ToPath for KeyPath {
    fn to_path(&self) -> Result<Cow<'_, KeyPath>, Error> {
        Ok(Cow::Borrowed(self))
    }
}

/// A key path, or the label of an element: `.w[1,0]` leads where `.w[1][0]` does.
impl ToPath for str {
    fn to_path(&self) -> Result<Cow<'_, KeyPath>, Error> {
        parse_label(self).map_or_else(|| self.parse(), Ok).map(Cow::Owned)
    }
}

impl ToPath for String {
    fn to_path(&self) -> Result<Cow<'_, KeyPath>, Error> {
        self.as_str().to_path()
    }
}

impl<P: ToPath + ?Sized> ToPath for &P {
    fn to_path(&self) -> Result<Cow<'_, KeyPath>, Error> {
        (**self).to_path()
    }
}

/// A value that can be used as a pattern: a text such as `"layers[*].w"`, a `String`, a [`Pattern`], the [`KeyPath`] of
/// one leaf, or a reference to one of these.
///
/// ```
/// use pytree::{Layout, Pattern};
/// let layout = Layout::of(&(1.0, (2.0, 3.0)));
/// let pattern: Pattern = "[1][*]".parse()?;
/// assert_eq!(layout.select("[1][*]")?.len(), 2);
/// assert_eq!(layout.select(&pattern)?.len(), 2);
/// # Ok::<(), pytree::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as a pattern",
    note = "a pattern is a text such as \"layers[*].w\", or a `Pattern`"
)]
pub trait ToPattern {
    /// Converts to a pattern.
    ///
    /// # Errors
    /// If the text is not a pattern.
    ///
    /// ```
    /// use pytree::path::ToPattern;
    /// assert!("layers[*].w".to_pattern()?.matches(&"layers[0].w".parse()?));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    fn to_pattern(&self) -> Result<Cow<'_, Pattern>, Error>;
}

impl ToPattern for Pattern {
    fn to_pattern(&self) -> Result<Cow<'_, Pattern>, Error> {
        Ok(Cow::Borrowed(self))
    }
}

impl ToPattern for KeyPath {
    fn to_pattern(&self) -> Result<Cow<'_, Pattern>, Error> {
        Ok(Cow::Owned(Pattern::from(self)))
    }
}

impl ToPattern for str {
    fn to_pattern(&self) -> Result<Cow<'_, Pattern>, Error> {
        self.parse().map(Cow::Owned)
    }
}

impl ToPattern for String {
    fn to_pattern(&self) -> Result<Cow<'_, Pattern>, Error> {
        self.as_str().to_pattern()
    }
}

impl<P: ToPattern + ?Sized> ToPattern for &P {
    fn to_pattern(&self) -> Result<Cow<'_, Pattern>, Error> {
        (**self).to_pattern()
    }
}

/// The error for a text that was not parsed: where, what was expected, what was found, and the suggestion.
fn not_parsed(subject: &str, text: &str, error: &NotParsed) -> Error {
    let NotParsed { at, expected, meant } = error;
    let (quoted, meant) = (quote(text), did_you_mean(meant));
    let message = match text.get(at.clone()) {
        Some("") | None => format!("{subject}: {quoted} ends where {expected} is expected{meant}"),
        Some(found) => {
            let (found, start) = (quote(found), at.start);
            format!("{subject}: {quoted} has {found} at byte {start}; expected {expected}{meant}")
        }
    };
    Error::new(ErrorKind::Parse, message)
}
