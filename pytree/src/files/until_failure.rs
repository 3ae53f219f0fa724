use std::io::{self, ErrorKind, Seek, SeekFrom, Write};

/// A writer that pretends to succeed after its first failure.
///
/// A `ZipWriter` that is dropped after an error tries to complete its file, and prints to standard error if that fails
/// too, for example on a full disk. The failure is reported by [`into_inner`](Self::into_inner) instead.
pub(crate) struct UntilFailure<W> {
    writer: W,
    /// The position that the writer would have without the failure.
    position: u64,
    failure: Option<ErrorKind>,
}

impl<W> UntilFailure<W> {
    pub(crate) fn new(writer: W) -> Self {
        UntilFailure { writer, position: 0, failure: None }
    }

    /// Returns the writer, or the error if it has failed.
    pub(crate) fn into_inner(self) -> io::Result<W> {
        self.failure.map_or(Ok(self.writer), |kind| Err(kind.into()))
    }

    /// Calls `f`; after a failure, returns `pretended` instead.
    fn attempt<T>(
        &mut self,
        pretended: T,
        f: impl FnOnce(&mut W) -> io::Result<T>,
    ) -> io::Result<T> {
        if self.failure.is_some() {
            return Ok(pretended);
        }
        f(&mut self.writer).inspect_err(|error| {
            // The caller tries again after an interruption.
            self.failure = Some(error.kind()).filter(|kind| *kind != ErrorKind::Interrupted);
        })
    }
}

impl<W: Write> Write for UntilFailure<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.attempt(bytes.len(), |writer| writer.write(bytes))?;
        self.position += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.attempt((), Write::flush)
    }
}

impl<W: Seek> Seek for UntilFailure<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let pretended = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::Current(offset) => self.position.saturating_add_signed(offset),
            SeekFrom::End(_) => self.position,
        };
        self.position = self.attempt(pretended, |writer| writer.seek(to))?;
        Ok(self.position)
    }
}
