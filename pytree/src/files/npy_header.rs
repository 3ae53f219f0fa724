use std::io::Read;

use crate::error::print::quote;
use crate::files::dtype::Dtype;
use crate::files::error::FileError;

/// The largest length of a header in bytes. The header of an array of numbers has at most 1,500 bytes, because NumPy's
/// arrays have at most 64 axes.
const MAX_LEN: usize = 4096;

/// The description at the beginning of an `.npy` file.
#[derive(Debug, PartialEq)]
pub(crate) struct Header {
    pub dtype: Dtype,
    pub big_endian: bool,
    pub shape: Vec<usize>,
    pub column_major: bool,
    /// The length of the header in bytes; the elements begin after it.
    pub len: usize,
}

const MAGIC: &[u8] = b"\x93NUMPY";

/// Reads the header of an `.npy` file, and no byte after it.
///
/// It is a signature, a version, the length of what follows, and a dict as Python prints it:
///
/// ```text
/// \x93NUMPY \x01\x00 \x76\x00 {'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }      \n
/// ```
pub(crate) fn read_header(reader: &mut impl Read) -> Result<Header, FileError> {
    let mut start = [0; 8];
    reader.read_exact(&mut start)?;
    if !start.starts_with(MAGIC) {
        return Err(FileError::malformed("it does not begin with the signature of an .npy file"));
    }
    // Version 1 has two bytes for the length, all others four.
    let mut len = [0; 4];
    let width = if start[6] == 1 { 2 } else { 4 };
    reader.read_exact(&mut len[..width])?;
    let len = usize::try_from(u32::from_le_bytes(len)).unwrap_or(usize::MAX);
    if len > MAX_LEN {
        let reason = format!("expected a header of at most {MAX_LEN} bytes, found {len}");
        return Err(FileError::malformed(reason));
    }
    let mut text = [0; MAX_LEN];
    let text = &mut text[..len];
    reader.read_exact(text)?;
    // Version 3 is UTF-8, the others Latin-1. They differ only in the names of fields, which are not loaded.
    let text = String::from_utf8_lossy(text);
    let header = parse(&text).map_err(|expected| {
        let text = quote(text.trim_end());
        FileError::malformed(format!("its header {text} is not valid: expected {expected}"))
    })?;
    Ok(Header { len: start.len() + width + len, ..header })
}

/// Parses the dict of a header. Returns what was expected if that fails.
fn parse(text: &str) -> Result<Header, &'static str> {
    let mut rest = text.trim_end().strip_prefix('{').ok_or("a dict")?.trim_start();
    let (mut descr, mut order, mut shape) = (None, None, None);
    while rest != "}" {
        let (key, after) = string(rest).ok_or("a key in quotes")?;
        let after = after.trim_start().strip_prefix(':').ok_or("a colon after a key")?.trim_start();
        let len = value_len(after).ok_or("a value and `}` after it")?;
        let (value, after) = after.split_at(len);
        let slot = match key {
            "descr" => &mut descr,
            "fortran_order" => &mut order,
            "shape" => &mut shape,
            _ => return Err("the keys `descr`, `fortran_order` and `shape`"),
        };
        if slot.replace(value.trim_end()).is_some() {
            return Err("each key once");
        }
        rest = after.strip_prefix(',').unwrap_or(after).trim_start();
    }
    let (Some(descr), Some(order), Some(shape)) = (descr, order, shape) else {
        return Err("the keys `descr`, `fortran_order` and `shape`");
    };
    let column_major = match order {
        "True" => true,
        "False" => false,
        _ => return Err("`True` or `False` for `fortran_order`"),
    };
    let (dtype, big_endian) = dtype(descr);
    let shape = self::shape(shape).ok_or("a tuple of lengths for `shape`")?;
    Ok(Header { dtype, big_endian, shape, column_major, len: 0 })
}

/// The content of a string without escapes at the beginning of a text, and what follows it.
fn string(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| "'\"".contains(*c))?;
    text[1..].split_once(quote)
}

/// The length of the value at the beginning of a text: up to a comma or a closing brace outside of brackets and quotes.
fn value_len(text: &str) -> Option<usize> {
    let (mut depth, mut in_quotes) = (0_usize, None);
    for (at, byte) in text.bytes().enumerate() {
        match (in_quotes, byte) {
            (Some(quote), byte) if quote == byte => in_quotes = None,
            (None, b'\'' | b'"') => in_quotes = Some(byte),
            (None, b',' | b'}') if depth == 0 => return Some(at),
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b')' | b']' | b'}') => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    None
}

/// Parses `()`, `(3,)` or `(2, 3)`. The integers of Python 2 end in `L`.
fn shape(text: &str) -> Option<Vec<usize>> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?.trim();
    if inner.is_empty() {
        return Some(Vec::new());
    }
    let axis = |text: &str| {
        let text = text.trim();
        text.strip_suffix('L').unwrap_or(text).parse().ok()
    };
    match inner.strip_suffix(',') {
        None if !inner.contains(',') => None,
        inner_only => inner_only.unwrap_or(inner).split(',').map(axis).collect(),
    }
}

/// The element type of a `descr`, and whether it is big-endian.
fn dtype(descr: &str) -> (Dtype, bool) {
    let other = || (Dtype::Other(format!("dtype {}", crate::error::print::cut(descr))), false);
    let Some((code, "")) = string(descr) else { return other() };
    let mut chars = code.chars();
    let big_endian = match chars.next() {
        Some('<' | '|') => false,
        Some('>') => true,
        _ => return other(),
    };
    let dtype = match chars.as_str() {
        "b1" => Dtype::Bool,
        "i1" => Dtype::I8,
        "u1" => Dtype::U8,
        "i2" => Dtype::I16,
        "u2" => Dtype::U16,
        "i4" => Dtype::I32,
        "u4" => Dtype::U32,
        "i8" => Dtype::I64,
        "u8" => Dtype::U64,
        "f2" => Dtype::F16,
        "f4" => Dtype::F32,
        "f8" => Dtype::F64,
        "c8" => Dtype::Complex32,
        "c16" => Dtype::Complex64,
        "O" => Dtype::Other("Python objects, which are never unpickled".to_string()),
        _ => return other(),
    };
    (dtype, big_endian)
}

/// The header of an array; `None` if its element type is not one of NumPy's. The elements begin at a multiple of 64
/// bytes.
pub(crate) fn header(dtype: &Dtype, shape: &[usize], column_major: bool) -> Option<Vec<u8>> {
    let code = match dtype {
        Dtype::Bool => "|b1",
        Dtype::I8 => "|i1",
        Dtype::U8 => "|u1",
        Dtype::I16 => "<i2",
        Dtype::U16 => "<u2",
        Dtype::I32 => "<i4",
        Dtype::U32 => "<u4",
        Dtype::I64 => "<i8",
        Dtype::U64 => "<u8",
        Dtype::F16 => "<f2",
        Dtype::F32 => "<f4",
        Dtype::F64 => "<f8",
        Dtype::Complex32 => "<c8",
        Dtype::Complex64 => "<c16",
        Dtype::BF16 | Dtype::Other(_) | Dtype::Malformed(_) => return None,
    };
    let order = if column_major { "True" } else { "False" };
    let axes: Vec<_> = shape.iter().map(ToString::to_string).collect();
    let comma = if axes.len() == 1 { "," } else { "" };
    let shape = axes.join(", ");
    let dict =
        format!("{{'descr': '{code}', 'fortran_order': {order}, 'shape': ({shape}{comma}), }}");

    // Version 1 has two bytes for the length, which is enough for 64 axes; version 2 has four.
    let total = |width: usize| (MAGIC.len() + 2 + width + dict.len() + 1).next_multiple_of(64);
    let (version, width) = if total(2) < 1 << 16 { (1, 2) } else { (2, 4) };
    let total = total(width);
    let mut header = Vec::with_capacity(total);
    header.extend_from_slice(MAGIC);
    header.extend_from_slice(&[version, 0]);
    let len = u32::try_from(total - header.len() - width).ok()?;
    header.extend_from_slice(&len.to_le_bytes()[..width]);
    header.extend_from_slice(dict.as_bytes());
    header.resize(total - 1, b' ');
    header.push(b'\n');
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::{Dtype, Header, header, parse, read_header};

    #[test]
    fn written_headers_are_read() {
        for (shape, dict) in [
            (&[][..], "()"),
            (&[3], "(3,)"),
            (&[2, 3], "(2, 3)"),
            (&[0, usize::MAX], "(0, 18446744073709551615)"),
        ] {
            let bytes = header(&Dtype::F32, shape, true).expect("a type of NumPy");
            assert_eq!(bytes.len() % 64, 0);
            let text = String::from_utf8_lossy(&bytes[10..]);
            let expected = format!("{{'descr': '<f4', 'fortran_order': True, 'shape': {dict}, }}");
            assert_eq!(text.trim_end(), expected);
            let read = read_header(&mut bytes.as_slice()).ok().expect("a header");
            let (dtype, shape, len) = (Dtype::F32, shape.to_vec(), bytes.len());
            assert_eq!(read, Header { dtype, big_endian: false, shape, column_major: true, len });
        }
    }

    #[test]
    fn other_spellings_are_read() {
        let text = r#"{"shape":( 2L , 3L ), 'descr': [('x', '<f8'), ('y', '<i4', (2,))] ,'fortran_order':False}"#;
        let header = parse(text).expect("a header");
        assert_eq!(header.shape, [2, 3]);
        let name = "dtype [('x', '<f8'), ('y', '<i4', (2,))]";
        assert_eq!(header.dtype, Dtype::Other(name.to_string()));
    }

    #[test]
    fn what_is_wrong_is_reported() {
        let keys = "the keys `descr`, `fortran_order` and `shape`";
        for (text, expected) in [
            ("", "a dict"),
            ("{", "a key in quotes"),
            ("{}", keys),
            ("{'descr'}", "a colon after a key"),
            ("{'descr': '<f8", "a value and `}` after it"),
            ("{'descr': ]}", "a value and `}` after it"),
            ("{'x': 1}", keys),
            ("{'descr': 1, 'descr': 1}", "each key once"),
            (
                "{'descr': '<f8', 'fortran_order': 0, 'shape': ()}",
                "`True` or `False` for `fortran_order`",
            ),
            (
                "{'descr': '<f8', 'fortran_order': True, 'shape': (2)}",
                "a tuple of lengths for `shape`",
            ),
            (
                "{'descr': '<f8', 'fortran_order': True, 'shape': (-2,)}",
                "a tuple of lengths for `shape`",
            ),
            (
                "{'descr': '<f8', 'fortran_order': True, 'shape': (2,,)}",
                "a tuple of lengths for `shape`",
            ),
        ] {
            assert_eq!(parse(text), Err(expected), "{text}");
        }
    }
}
