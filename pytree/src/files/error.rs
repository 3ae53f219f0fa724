use std::fmt::{self, Debug, Display};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::error::Error;
use crate::error::mismatch::Mismatch;

/// Why a checkpoint was not saved, or not loaded, and which file it is about.
///
/// ```
/// # #[cfg(feature = "npz")] {
/// use pytree::{CheckpointErrorKind, load_npz};
/// let error = load_npz("no/such.npz", &mut 1.0).unwrap_err();
/// assert!(error.to_string().starts_with("no/such.npz: "));
/// assert!(matches!(error.kind(), CheckpointErrorKind::Io(_)));
/// # }
/// ```
///
/// A function that also does what fails with an [`Error`] returns this one, and both pass through `?`:
/// ```
/// # #[cfg(feature = "npz")] {
/// use pytree::{CheckpointError, Layout, load_npz};
///
/// fn load_first(file: &str) -> Result<f64, CheckpointError> {
///     let mut tree = [0.0, 0.0];
///     load_npz(file, &mut tree)?;
///     let index = Layout::of(&tree).index("[0]")?;
///     Ok(tree[index])
/// }
/// assert!(load_first("no/such.npz").is_err());
/// # }
/// ```
pub struct CheckpointError {
    file: Option<PathBuf>,
    kind: CheckpointErrorKind,
}

/// What can be wrong with a checkpoint.
///
/// ```
/// # #[cfg(feature = "npz")] {
/// use pytree::{CheckpointErrorKind, load_npz};
/// match load_npz("no/such.npz", &mut 1.0).unwrap_err().kind() {
///     CheckpointErrorKind::Io(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound),
///     other => panic!("{other:?}"),
/// }
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum CheckpointErrorKind {
    /// The arrays are not those of the tree, or the leaves cannot be named: every place.
    Mismatch(Error),
    /// The file is damaged, or of another format.
    Malformed {
        /// The array in which it is; `None` if it is not in one.
        array: Option<String>,
        /// What is wrong.
        reason: String,
    },
    /// The file cannot be read or written.
    Io(io::Error),
}

impl CheckpointError {
    /// What is wrong.
    ///
    /// ```
    /// # #[cfg(feature = "npz")] {
    /// use std::io::Cursor;
    /// use pytree::{CheckpointErrorKind, read_npz};
    /// let error = read_npz(Cursor::new(b"not an npz file"), &mut 1.0).unwrap_err();
    /// assert!(matches!(error.kind(), CheckpointErrorKind::Malformed { array: None, .. }));
    /// # }
    /// ```
    pub fn kind(&self) -> &CheckpointErrorKind {
        &self.kind
    }

    /// Every place in which the arrays do not match the tree; empty if something else is wrong.
    ///
    /// ```
    /// # #[cfg(feature = "npz")] {
    /// use std::io::Cursor;
    /// use pytree::{KeyPath, read_npz, write_npz};
    /// let mut file = Cursor::new(Vec::new());
    /// write_npz(&mut file, &[1.0], KeyPath::to_string)?;
    /// let error = read_npz(&mut file, &mut [0.0, 0.0]).unwrap_err();
    /// assert_eq!(error.mismatches()[0].path.to_string(), "[1]");
    /// # }
    /// # Ok::<(), pytree::CheckpointError>(())
    /// ```
    pub fn mismatches(&self) -> &[Mismatch] {
        match &self.kind {
            CheckpointErrorKind::Mismatch(error) => error.mismatches(),
            _ => &[],
        }
    }

    /// Something that is wrong with the file, and not in one array.
    pub(crate) fn malformed(reason: impl Into<String>) -> Self {
        CheckpointErrorKind::Malformed { array: None, reason: reason.into() }.into()
    }

    /// Says that what is wrong with the file is in this array.
    pub(crate) fn in_array(mut self, name: &str) -> Self {
        if let CheckpointErrorKind::Malformed { array, .. } = &mut self.kind {
            *array = Some(name.to_string());
        }
        self
    }

    /// Says which file it is about.
    pub(crate) fn in_file(self, path: &Path) -> Self {
        CheckpointError { file: Some(path.to_path_buf()), ..self }
    }
}

impl From<CheckpointErrorKind> for CheckpointError {
    fn from(kind: CheckpointErrorKind) -> Self {
        CheckpointError { file: None, kind }
    }
}

/// So that `?` takes both, where one function does both.
impl From<Error> for CheckpointError {
    fn from(error: Error) -> Self {
        CheckpointErrorKind::Mismatch(error).into()
    }
}

impl From<io::Error> for CheckpointError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => CheckpointError::malformed("it ends too early"),
            // What decompresses and compares checksums says so.
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                CheckpointError::malformed(error.to_string())
            }
            _ => CheckpointErrorKind::Io(error).into(),
        }
    }
}

impl std::error::Error for CheckpointError {}

/// What [`Display`] prints: `main` and `unwrap` show errors this way.
impl Debug for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}: ", file.display())?;
        }
        match &self.kind {
            CheckpointErrorKind::Mismatch(error) => Display::fmt(error, f),
            CheckpointErrorKind::Malformed { array: Some(name), reason } => {
                write!(f, "the array {name:?} is malformed: {reason}")
            }
            CheckpointErrorKind::Malformed { array: None, reason } => {
                write!(f, "the file is malformed: {reason}")
            }
            CheckpointErrorKind::Io(error) => Display::fmt(error, f),
        }
    }
}
