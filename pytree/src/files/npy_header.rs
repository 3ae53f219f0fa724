use std::io::Read;

use ndarray_npy::npy::header::Header;

use crate::files::error::FileError;

/// The largest length of a header in bytes. The header of an array of numbers has at most 1,500 bytes, because NumPy's
/// arrays have at most 64 axes.
const MAX_LEN: usize = 4096;

/// The largest depth of nested brackets: a dict, a list of fields, a field, its shape. The time of the parser of
/// `ndarray-npy` doubles with each level.
const MAX_DEPTH: usize = 4;

/// Reads the header of an `.npy` file, and no byte after it. Returns the header and its length in bytes.
pub(crate) fn read_header(reader: &mut impl Read) -> Result<(Header, u64), FileError> {
    let mut header = vec![0; 8];
    reader.read_exact(&mut header)?;
    if !header.starts_with(b"\x93NUMPY") {
        return Err(FileError::malformed("it does not begin with the signature of an .npy file"));
    }
    // Version 1 has two bytes for the length, all others four.
    let mut len = [0; 4];
    let width = if header[6] == 1 { 2 } else { 4 };
    reader.read_exact(&mut len[..width])?;
    header.extend_from_slice(&len[..width]);
    let len = usize::try_from(u32::from_le_bytes(len)).unwrap_or(usize::MAX);
    if len > MAX_LEN {
        let reason = format!("expected a header of at most {MAX_LEN} bytes, found {len}");
        return Err(FileError::malformed(reason));
    }
    let start = header.len();
    header.resize(start + len, 0);
    reader.read_exact(&mut header[start..])?;
    if depth(&header[start..]) > MAX_DEPTH {
        return Err(FileError::malformed("the brackets of its header are nested too deeply"));
    }
    let parsed = Header::from_reader(&mut header.as_slice())
        .map_err(|error| FileError::malformed(error.to_string()))?;
    Ok((parsed, header.len() as u64))
}

/// The depth of nested brackets; those in quotes count too.
fn depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// The Rust name of the element type of a header.
pub(crate) fn dtype(header: &Header) -> String {
    let descriptor = header.type_descriptor.to_string();
    let name = match descriptor.trim_matches('\'') {
        "|b1" => "bool",
        "|i1" => "i8",
        "|u1" => "u8",
        "<i2" | ">i2" => "i16",
        "<u2" | ">u2" => "u16",
        "<i4" | ">i4" => "i32",
        "<u4" | ">u4" => "u32",
        "<i8" | ">i8" => "i64",
        "<u8" | ">u8" => "u64",
        "<f2" | ">f2" => "f16",
        "<f4" | ">f4" => "f32",
        "<f8" | ">f8" => "f64",
        "<c8" | ">c8" => "Complex<f32>",
        "<c16" | ">c16" => "Complex<f64>",
        "|O" => "Python objects, which are never unpickled",
        _ => return format!("dtype {descriptor}"),
    };
    name.to_string()
}
