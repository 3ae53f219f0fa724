use std::borrow::Cow;
use std::fmt::{self, Debug, Display};

use crate::error::message::SHOWN;
use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::path::key::KeyPath;

/// What is wrong with a tree, a vector or a path, and where: every mismatch, not only the first.
///
/// ```
/// use std::collections::BTreeMap;
/// use ndarray::array;
/// use pytree::{tree_map2, MismatchKind};
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
/// assert!(matches!(error.mismatches()[0].kind, MismatchKind::MissingKeys(_)));
/// ```
#[derive(Clone, PartialEq)]
pub struct Error {
    subject: Cow<'static, str>,
    mismatches: Vec<Mismatch>,
}

impl Error {
    /// An error about `subject` ("the second tree does not match the first") with its mismatches.
    pub(crate) fn new(subject: impl Into<Cow<'static, str>>, mismatches: Vec<Mismatch>) -> Self {
        Error { subject: subject.into(), mismatches }
    }

    /// An error with a single mismatch at the root.
    pub(crate) fn at_root(subject: &'static str, kind: MismatchKind) -> Self {
        Error::new(subject, vec![Mismatch { path: KeyPath::root(), kind }])
    }

    /// Everything that is wrong, in the order of the tree; never empty.
    ///
    /// ```
    /// let error = ".w[".parse::<pytree::KeyPath>().unwrap_err();
    /// assert_eq!(error.mismatches().len(), 1);
    /// ```
    pub fn mismatches(&self) -> &[Mismatch] {
        &self.mismatches
    }
}

impl std::error::Error for Error {}

/// What [`Display`] prints: `main` and `unwrap` show errors this way.
impl Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.subject)?;
        match self.mismatches.as_slice() {
            [only] => write!(f, ": {only}"),
            many => {
                write!(f, " in {} places:", many.len())?;
                many.iter().take(SHOWN).try_for_each(|mismatch| write!(f, "\n  {mismatch}"))?;
                match many.len().saturating_sub(SHOWN) {
                    0 => Ok(()),
                    more => write!(f, "\n  and {more} more"),
                }
            }
        }
    }
}
