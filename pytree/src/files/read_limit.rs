use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

/// Reads from any position, but at most a number of bytes in total.
///
/// A `ZipArchive` tries each position that looks like the end of a directory, and searches the file for the directory
/// from there. A file with many such positions would take quadratic time.
pub(crate) struct ReadLimit<R> {
    reader: R,
    left: u64,
}

impl<R: Seek> ReadLimit<R> {
    /// Allows reading the whole file four times: for the end of the directory, the comment after it, the first entry, and
    /// all entries.
    pub(crate) fn new(mut reader: R) -> io::Result<Self> {
        let size = reader.seek(SeekFrom::End(0))?;
        Ok(ReadLimit { reader, left: size.saturating_mul(4).saturating_add(1 << 16) })
    }
}

impl<R: Read> Read for ReadLimit<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(bytes)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            let text = "the directory of the zip file is not where its end says";
            io::Error::new(ErrorKind::InvalidData, text)
        })?;
        Ok(read)
    }
}

impl<R: Seek> Seek for ReadLimit<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.reader.seek(to)
    }
}
