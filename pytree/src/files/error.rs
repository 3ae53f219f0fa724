//! Errors about files.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::error::error::{Error, ErrorKind};
use crate::error::print::quote;

/// Why a file was not read or not written.
pub enum FileError {
    /// The file is damaged, or of another format.
    Malformed {
        /// The name of the malformed array; `None` if the error concerns the whole file.
        array: Option<String>,
        reason: String,
    },
    /// The file cannot be read or written.
    Io(io::Error),
    /// The arrays do not match the tree, or a leaf cannot have its name.
    Tree(Error),
}

impl FileError {
    /// The whole file is malformed.
    pub(crate) fn malformed(reason: impl Into<String>) -> Self {
        FileError::Malformed { array: None, reason: reason.into() }
    }

    /// Adds the name of the array to an error about a malformed file.
    pub(crate) fn in_array(mut self, name: &str) -> Self {
        if let FileError::Malformed { array, .. } = &mut self {
            *array = Some(name.to_string());
        }
        self
    }

    /// Converts to an error that names the file at `path`.
    pub(crate) fn in_file(self, path: &Path) -> Error {
        let mut error = Error::from(self);
        let file = path.display().to_string();
        let file = if file.is_empty() { "the empty path" } else { &file };
        error.0.subject = format!("{file}: {}", error.0.subject).into();
        error
    }
}

/// Opens a regular file for reading.
///
/// Other files are refused: a device may have no end (`/dev/zero`), and opening a pipe may block.
pub(crate) fn open_regular(path: &Path) -> Result<File, FileError> {
    let kind = fs::metadata(path).map_err(FileError::Io)?.file_type();
    if kind.is_dir() {
        return Err(FileError::Io(io::Error::new(
            io::ErrorKind::IsADirectory,
            "it is a directory",
        )));
    }
    if !kind.is_file() {
        let text = "it is not a regular file; copy it to one, or read it into memory";
        return Err(FileError::Io(io::Error::new(io::ErrorKind::InvalidInput, text)));
    }
    File::open(path).map_err(FileError::Io)
}

impl From<Error> for FileError {
    fn from(error: Error) -> Self {
        FileError::Tree(error)
    }
}

/// For a file that is read; an error while writing is always [`FileError::Io`].
impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => FileError::malformed("it ends too early"),
            // The error of a decompressor, and of a wrong checksum.
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                FileError::malformed(error.to_string())
            }
            _ => FileError::Io(error),
        }
    }
}

impl From<FileError> for Error {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Malformed { array: Some(name), reason } => Error::new(
                ErrorKind::Malformed,
                format!("the array {} is malformed: {reason}", quote(&name)),
            ),
            FileError::Malformed { array: None, reason } => {
                Error::new(ErrorKind::Malformed, format!("the file is malformed: {reason}"))
            }
            FileError::Io(source) => {
                let mut error = Error::new(ErrorKind::Io, source.to_string());
                error.0.source = Some(Arc::new(source));
                error
            }
            FileError::Tree(error) => error,
        }
    }
}
