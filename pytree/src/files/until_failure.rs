use std::io::{self, ErrorKind, Seek, SeekFrom, Write};

/// Writes until it fails once, and then only seems to.
///
/// A `ZipWriter` that is dropped tries to complete its file, also on a disk that is full, and prints
/// to standard error when it cannot.
pub(crate) struct UntilFailure<W> {
    writer: W,
    /// Where it would be, had it not failed.
    position: u64,
    failure: Option<ErrorKind>,
}

impl<W> UntilFailure<W> {
    pub(crate) fn new(writer: W) -> Self {
        UntilFailure { writer, position: 0, failure: None }
    }

    /// The writer, if it has not failed.
    pub(crate) fn into_inner(self) -> io::Result<W> {
        self.failure.map_or(Ok(self.writer), |kind| Err(kind.into()))
    }

    /// What `f` gives or, after a failure, what it would give.
    fn attempt<T>(&mut self, would: T, f: impl FnOnce(&mut W) -> io::Result<T>) -> io::Result<T> {
        if self.failure.is_some() {
            return Ok(would);
        }
        f(&mut self.writer).inspect_err(|error| {
            // After an interruption one tries again.
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
        let would = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::Current(offset) => self.position.saturating_add_signed(offset),
            SeekFrom::End(_) => self.position,
        };
        self.position = self.attempt(would, |writer| writer.seek(to))?;
        Ok(self.position)
    }
}
