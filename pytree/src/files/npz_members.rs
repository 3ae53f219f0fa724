//! Reads the arrays of an `.npz` file.

use std::collections::HashSet;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use crate::error::print::quote;
use crate::files::archive::Archive;
use crate::files::array_info::ArrayInfo;
use crate::files::data::{Source, Stream};
use crate::files::dtype::Dtype;
use crate::files::error::FileError;
use crate::files::npy_header::{Header, read_header};
use crate::files::read_limit::ReadLimit;

/// The extension of each member of the zip file.
pub(crate) const NPY: &str = ".npy";

/// A byte of deflated data is at most 1,032 bytes: 258 for each two bits.
const DEFLATE: u64 = 1032;

/// The members of an `.npz` file.
struct Members<R> {
    zip: ZipArchive<BufReader<R>>,
    members: Vec<Member>,
}

struct Member {
    /// The length of the header in bytes.
    header: usize,
    /// The number of bytes that are swapped together; 1 for a little-endian array.
    swapped: usize,
}

/// Opens a zip file, and reads the header of each member.
pub(crate) fn open_archive<'r>(
    reader: impl Read + Seek + Send + 'r,
) -> Result<Archive<Stream<'r>>, FileError> {
    let mut reader = BufReader::new(reader);
    let size = reader.seek(SeekFrom::End(0))?;
    let start = ZipArchive::new(ReadLimit::new(&mut reader)?)?.central_directory_start();
    check_unique(&mut reader, start)?;
    let mut zip = ZipArchive::new(reader)?;
    let (mut names, mut others) = (Vec::new(), Vec::new());
    for name in zip.file_names() {
        match name.strip_suffix(NPY) {
            Some(array) => names.push(array.to_string()),
            None => others.push(name),
        }
    }
    if let Some(other) = others.first() {
        let reason = match others.len() {
            1 => format!("its member {} is not an .npy file", quote(other)),
            len => {
                format!("{len} of its members are not .npy files, {} is the first", quote(other))
            }
        };
        return Err(FileError::malformed(reason));
    }
    let (mut arrays, mut members) = (Vec::new(), Vec::new());
    let mut total = 0_u64;
    for (index, name) in names.into_iter().enumerate() {
        let member = zip.by_index(index).map_err(FileError::from);
        let header = member.and_then(|mut member| {
            total = total.saturating_add(member.compressed_size());
            let ratio = if member.compression() == CompressionMethod::Stored { 1 } else { DEFLATE };
            let limit = member.compressed_size().min(size).saturating_mul(ratio);
            Ok((read_header(&mut member)?, limit))
        });
        let (array, member) = match header {
            Ok((header, limit)) => described(name, index, header, limit),
            // The others can be loaded.
            Err(FileError::Malformed { reason, .. }) => {
                let (dtype, shape) = (Dtype::Malformed(reason), Vec::new());
                let member = Member { header: 0, swapped: 1 };
                (ArrayInfo { name, dtype, shape, column_major: false, index, limit: 0 }, member)
            }
            Err(error) => return Err(error),
        };
        arrays.push(array);
        members.push(member);
    }
    // Members that share bytes would make a small file arrays of any total size.
    if total > size {
        let reason = format!("its members say that they have {total} bytes, but it has {size}");
        return Err(FileError::malformed(reason));
    }
    Ok(Archive::stream(Members { zip, members }, arrays))
}

fn described(name: String, index: usize, header: Header, limit: u64) -> (ArrayInfo, Member) {
    let Header { dtype, big_endian, shape, column_major, len } = header;
    let part = match dtype {
        Dtype::Complex32 => 4,
        Dtype::Complex64 => 8,
        ref dtype => dtype.size().unwrap_or(1),
    };
    let member = Member { header: len, swapped: if big_endian { part } else { 1 } };
    (ArrayInfo { name, dtype, shape, column_major, index, limit }, member)
}

impl<R: Read + Seek> Source for Members<R> {
    fn read(&mut self, index: usize, bytes: &mut [u8]) -> Result<(), FileError> {
        /// The checksum of a part of this length is computed while the part is in the cache.
        const PART: usize = 1 << 17;
        let Member { header, swapped } = self.members[index];
        let mut file = self.zip.by_index(index)?;
        io::copy(&mut file.by_ref().take(header as u64), &mut io::sink())?;
        let too_early = |error: io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                FileError::malformed("it has fewer elements than its shape says")
            }
            _ => error.into(),
        };
        for part in bytes.chunks_mut(PART) {
            file.read_exact(part).map_err(too_early)?;
        }
        // Reading to the end of the member also compares its checksum.
        if file.read(&mut [0])? > 0 {
            return Err(FileError::malformed("it has more elements than its shape says"));
        }
        if swapped > 1 {
            bytes.chunks_exact_mut(swapped).for_each(<[u8]>::reverse);
        }
        Ok(())
    }
}

/// Returns an error if a name is in the directory of the zip file twice. A [`ZipArchive`] would silently use the last
/// of the two members. The directory begins at `start`.
///
/// For each member, the directory has a header of 46 bytes, followed by the name, an extra field and a comment. The
/// header begins with a signature, and has the lengths of these three at byte 28.
fn check_unique(reader: &mut (impl Read + Seek), start: u64) -> Result<(), FileError> {
    const SIGNATURE: &[u8] = b"PK\x01\x02";
    reader.seek(SeekFrom::Start(start))?;
    let (mut reader, mut names, mut header) = (BufReader::new(reader), HashSet::new(), [0; 46]);
    while reader.read_exact(&mut header).is_ok() && header.starts_with(SIGNATURE) {
        let [name, extra, comment] =
            [28, 30, 32].map(|at| u16::from_le_bytes([header[at], header[at + 1]]));
        let mut bytes = vec![0; name.into()];
        reader.read_exact(&mut bytes)?;
        let skipped = u64::from(extra) + u64::from(comment);
        io::copy(&mut reader.by_ref().take(skipped), &mut io::sink())?;
        if let Some(bytes) = names.replace(bytes) {
            let name = String::from_utf8_lossy(&bytes);
            let name = name.strip_suffix(NPY).unwrap_or(&name);
            return Err(FileError::malformed(format!("it has the array {} twice", quote(name))));
        }
    }
    Ok(())
}

impl From<ZipError> for FileError {
    fn from(error: ZipError) -> Self {
        match error {
            ZipError::Io(error) => error.into(),
            error => {
                FileError::malformed(format!("it is not an .npz file, or is truncated: {error}"))
            }
        }
    }
}
