//! Writes a zip file of members that are not compressed.
//!
//! ```text
//! for each member:   local header, name, [zip64 sizes], content
//! for each member:   entry of the directory, name, [zip64 sizes and offset]
//! [zip64 end of the directory, its locator], end of the directory
//! ```
//!
//! What does not fit into the 32 bits of a field (or the 16 of a number of members) is in a zip64 field, and the field
//! has all bits set. The format is PKWARE's APPNOTE 6.3.

use std::io::{self, Write};

/// The date of all members, 1 January 1980, the first that the format has: the bytes depend on the content alone.
const DATE: u16 = 0x21;

/// The version of the format that a reader needs: 2.0, or 4.5 for zip64.
const VERSION: u16 = 20;
const VERSION_ZIP64: u16 = 45;

/// The name is UTF-8.
const UTF8: u16 = 1 << 11;

pub(crate) struct ZipWriter<W> {
    writer: W,
    position: u64,
    entries: Vec<Entry>,
    /// The largest number that is in a field of 32 bits.
    limit: u64,
}

struct Entry {
    name: String,
    crc: u32,
    size: u64,
    /// The position of the local header.
    offset: u64,
}

impl<W: Write> ZipWriter<W> {
    pub(crate) fn new(writer: W) -> Self {
        ZipWriter { writer, position: 0, entries: Vec::new(), limit: u64::from(u32::MAX) - 1 }
    }

    /// Adds a member whose content is `parts`. Its name has at most 65,535 bytes.
    pub(crate) fn add(&mut self, name: String, parts: [&[u8]; 2]) -> io::Result<()> {
        let mut crc = crc32fast::Hasher::new();
        parts.iter().for_each(|part| crc.update(part));
        let size = parts.iter().map(|part| part.len() as u64).sum();
        let entry = Entry { name, crc: crc.finalize(), size, offset: self.position };
        let header = entry.header(b"PK\x03\x04", self.limit, &[], None);
        self.write(&header)?;
        parts.iter().try_for_each(|part| self.write(part))?;
        self.entries.push(entry);
        Ok(())
    }

    /// Writes the directory.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        let start = self.position;
        let entries = std::mem::take(&mut self.entries);
        for entry in &entries {
            let header = entry.header(
                b"PK\x01\x02",
                self.limit,
                &VERSION_ZIP64.to_le_bytes(),
                Some(entry.offset),
            );
            self.write(&header)?;
        }
        let (len, size) = (entries.len() as u64, self.position - start);
        let mut end = Vec::new();
        if len >= u64::from(u16::MAX) || size > self.limit || start > self.limit {
            end.extend_from_slice(b"PK\x06\x06");
            end.extend_from_slice(&44_u64.to_le_bytes());
            end.extend_from_slice(&VERSION_ZIP64.to_le_bytes());
            end.extend_from_slice(&VERSION_ZIP64.to_le_bytes());
            end.extend_from_slice(&[0; 8]);
            [len, len, size, start].iter().for_each(|n| end.extend_from_slice(&n.to_le_bytes()));
            end.extend_from_slice(b"PK\x06\x07\0\0\0\0");
            end.extend_from_slice(&self.position.to_le_bytes());
            end.extend_from_slice(&1_u32.to_le_bytes());
        }
        end.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        let len = u16::try_from(len).unwrap_or(u16::MAX).to_le_bytes();
        end.extend_from_slice(&[len, len].concat());
        [size, start].iter().for_each(|n| end.extend_from_slice(&field(*n, self.limit)));
        end.extend_from_slice(&[0; 2]);
        self.write(&end)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.position += bytes.len() as u64;
        self.writer.write_all(bytes)
    }
}

/// A field of 32 bits: all bits set if the number is above the limit, and so is in a zip64 field.
fn field(number: u64, limit: u64) -> [u8; 4] {
    let number = if number > limit { u32::MAX } else { u32::try_from(number).unwrap_or(u32::MAX) };
    number.to_le_bytes()
}

impl Entry {
    /// The local header, or the entry of the directory, which begins with the version that made it and also has the
    /// offset.
    fn header(&self, signature: &[u8], limit: u64, made_by: &[u8], offset: Option<u64>) -> Vec<u8> {
        let mut zip64 = Vec::new();
        // A local header has both sizes or none.
        if self.size > limit {
            zip64.extend_from_slice(&[self.size.to_le_bytes(); 2].concat());
        }
        if let Some(offset) = offset.filter(|offset| *offset > limit) {
            zip64.extend_from_slice(&offset.to_le_bytes());
        }
        let short = |number: usize| u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes();
        let mut extra = Vec::new();
        if !zip64.is_empty() {
            extra.extend_from_slice(&[1, 0]);
            extra.extend_from_slice(&short(zip64.len()));
            extra.extend_from_slice(&zip64);
        }
        let version = if extra.is_empty() { VERSION } else { VERSION_ZIP64 };
        let flags = if self.name.is_ascii() { 0 } else { UTF8 };
        let mut header = [signature, made_by].concat();
        // The method 0 and the time 0:00.
        [version, flags, 0, 0, DATE]
            .iter()
            .for_each(|n| header.extend_from_slice(&n.to_le_bytes()));
        header.extend_from_slice(&self.crc.to_le_bytes());
        header.extend_from_slice(&[field(self.size, limit); 2].concat());
        header.extend_from_slice(&[short(self.name.len()), short(extra.len())].concat());
        if let Some(offset) = offset {
            // No comment, the first disk, no attributes.
            header.extend_from_slice(&[0; 10]);
            header.extend_from_slice(&field(offset, limit));
        }
        header.extend_from_slice(self.name.as_bytes());
        header.extend_from_slice(&extra);
        header
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use zip::ZipArchive;

    use super::ZipWriter;

    /// Read by another implementation, with and without zip64.
    #[test]
    fn members_are_read_back() {
        for limit in [u64::from(u32::MAX) - 1, 60, 0] {
            let mut file = Vec::new();
            let mut writer = ZipWriter { limit, ..ZipWriter::new(&mut file) };
            let contents = [("a.npy", &b"1"[..]), ("\u{e9}", b""), ("c", &[7; 100])];
            for (name, content) in contents {
                writer.add(name.to_string(), [content, content]).expect("memory");
            }
            writer.finish().expect("memory");
            let mut zip = ZipArchive::new(Cursor::new(file)).expect("a zip file");
            assert_eq!(zip.len(), 3);
            for (index, (name, content)) in contents.into_iter().enumerate() {
                let mut member = zip.by_index(index).expect("a member");
                assert_eq!(member.name(), name);
                let mut read = Vec::new();
                // Also compares the checksum.
                member.read_to_end(&mut read).expect("the content");
                assert_eq!(read, [content, content].concat());
            }
        }
    }

    #[test]
    fn more_members_than_16_bits() {
        let mut file = Vec::new();
        let mut writer = ZipWriter::new(&mut file);
        for index in 0..70_000 {
            writer.add(index.to_string(), [b"", b""]).expect("memory");
        }
        writer.finish().expect("memory");
        assert_eq!(ZipArchive::new(Cursor::new(file)).expect("a zip file").len(), 70_000);
    }
}
