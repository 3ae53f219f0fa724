use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::{self, Debug, Display};
use std::sync::Arc;

use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::error::print::write_places;
use crate::path::key::{Key, KeyPath};

/// An error about a tree, a vector, a path or a file. It lists every mismatch with its path, not only the first.
///
/// [`Display`] prints the full message. A program can distinguish errors by [`kind`](Self::kind), and read the nodes
/// that do not match with [`mismatches`](Self::mismatches).
///
/// ```
/// use std::collections::BTreeMap;
/// use ndarray::array;
/// use pytree::error::{ErrorKind, MismatchKind};
/// use pytree::tree_map2;
///
/// let params = BTreeMap::from([("w".to_string(), array![1.0]), ("b".to_string(), array![2.0])]);
/// let grads = BTreeMap::from([("w".to_string(), array![1.0]), ("c".to_string(), array![2.0])]);
/// let stepped: Result<BTreeMap<String, ndarray::Array1<f64>>, _> =
///     tree_map2(|p, g| &p - &g, &params, &grads);
///
/// let error = stepped.unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the second tree does not match the first in 2 places:\n  \
///      at the root: missing key 'b'\n  \
///      at the root: extra key 'c'"
/// );
/// assert_eq!(error.kind(), ErrorKind::Mismatch);
/// assert!(matches!(error.mismatches()[0].kind, MismatchKind::MissingKeys(_)));
/// ```
#[derive(Clone)]
pub struct Error(pub(crate) Box<Content>);

#[derive(Clone)]
pub(crate) struct Content {
    kind: ErrorKind,
    /// What does not match, or the whole message if there are no mismatches.
    pub subject: Cow<'static, str>,
    mismatches: Vec<Mismatch>,
    pub source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// The kinds of errors that a program may want to handle differently.
///
/// ```
/// use pytree::error::ErrorKind;
/// let layout = pytree::Layout::of(&[1.0, 2.0]);
/// assert_eq!(layout.check(&[1.0]).unwrap_err().kind(), ErrorKind::Mismatch);
/// assert_eq!(layout.index("[2]").unwrap_err().kind(), ErrorKind::NotFound);
/// assert_eq!(layout.index("[2").unwrap_err().kind(), ErrorKind::Parse);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The structure or the shapes of a tree, or the arrays of a file, are not the expected ones.
    /// [`Error::mismatches`] lists the nodes.
    Mismatch,
    /// A vector, a matrix or a list of leaves has the wrong length, or the elements of a vector are not contiguous.
    Length,
    /// The tree has no node for a path, a label, an index or a pattern.
    NotFound,
    /// A text is not a key path or not a pattern.
    Parse,
    /// A number is outside the range that an operation takes.
    Value,
    /// A file is damaged or of another format.
    Malformed,
    /// A file cannot be read or written; [`source`](StdError::source) is the [`std::io::Error`].
    Io,
}

impl Error {
    /// An error with the message `text`, without mismatches.
    pub(crate) fn new(kind: ErrorKind, text: impl Into<Cow<'static, str>>) -> Self {
        let content = Content { kind, subject: text.into(), mismatches: Vec::new(), source: None };
        Error(Box::new(content))
    }

    /// An error about `subject` ("the second tree does not match the first") with its mismatches.
    pub(crate) fn mismatch(
        subject: impl Into<Cow<'static, str>>,
        mismatches: Vec<Mismatch>,
    ) -> Self {
        let mut error = Error::new(ErrorKind::Mismatch, subject);
        error.0.mismatches = mismatches;
        error
    }

    /// An error about `subject` ("the vector does not match the layout") with a reason that concerns no single node.
    pub(crate) fn whole(
        kind: ErrorKind,
        subject: &'static str,
        text: impl Into<Cow<'static, str>>,
    ) -> Self {
        let mut error = Error::new(kind, subject);
        let kind = MismatchKind::Whole(text.into());
        error.0.mismatches = vec![Mismatch { path: KeyPath::root(), kind }];
        error
    }

    /// An error of kind `NotFound` about `subject` ("the path does not match the tree") with its mismatches.
    pub(crate) fn not_found(
        subject: impl Into<Cow<'static, str>>,
        mismatches: Vec<Mismatch>,
    ) -> Self {
        let mut error = Error::new(ErrorKind::NotFound, subject);
        error.0.mismatches = mismatches;
        error
    }

    /// The error with the keys of `parent` before the path of each mismatch.
    pub(crate) fn under(mut self, parent: &[Key]) -> Self {
        for mismatch in &mut self.0.mismatches {
            if !matches!(mismatch.kind, MismatchKind::Whole(_)) {
                mismatch.path = parent.iter().chain(mismatch.path.keys()).cloned().collect();
            }
        }
        self
    }

    /// An error about `subject` with the mismatches of `errors`; `None` if there are no errors.
    pub(crate) fn together(subject: &'static str, errors: Vec<Error>) -> Option<Self> {
        let mismatches =
            errors.into_iter().flat_map(|error| error.0.mismatches).collect::<Vec<_>>();
        (!mismatches.is_empty()).then(|| Error::mismatch(subject, mismatches))
    }

    /// The kind of the error.
    ///
    /// ```
    /// use pytree::{KeyPath, error::ErrorKind};
    /// let error = ".w[".parse::<KeyPath>().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Parse);
    /// ```
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// All mismatches, in the order of the tree. The list is empty if a text cannot be parsed or a file cannot be read.
    ///
    /// The paths have at most four million keys in all; the last mismatch counts those that are not listed.
    ///
    /// ```
    /// let error = pytree::Layout::of(&[1.0, 2.0]).check(&[1.0]).unwrap_err();
    /// assert_eq!(error.mismatches().len(), 1);
    /// ```
    pub fn mismatches(&self) -> &[Mismatch] {
        &self.0.mismatches
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// Compares the kind, the message and the mismatches.
impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (&self.0, &other.0);
        a.kind == b.kind && a.subject == b.subject && a.mismatches == b.mismatches
    }
}

/// The text of [`Display`], because `main` and `unwrap` print errors with `Debug`.
impl Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_places(f, &self.0.subject, &self.0.mismatches)
    }
}
