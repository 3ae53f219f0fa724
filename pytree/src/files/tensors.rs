//! Reads the header and the arrays of a `.safetensors` file.

use std::collections::HashSet;
use std::fmt;
use std::io::{BufReader, Read, Seek, SeekFrom};

use safetensors::tensor::{Metadata, TensorInfo};
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use crate::error::print::{cut_middle, quote};
use crate::files::archive::Archive;
use crate::files::array_info::ArrayInfo;
use crate::files::data::{Source, Stream};
use crate::files::dtype::Dtype;
use crate::files::error::FileError;

/// Reads arrays from a file.
struct Tensors<R> {
    reader: BufReader<R>,
    /// The index of the byte at which the elements begin.
    start: u64,
    /// The index of the byte after each array, from `start`. The arrays are in the order of the file, without gaps.
    ends: Vec<usize>,
}

/// Opens a file, and reads its header.
pub(crate) fn open_archive<'r>(
    reader: impl Read + Seek + Send + 'r,
) -> Result<Archive<Stream<'r>>, FileError> {
    let mut reader = BufReader::new(reader);
    let Described { arrays, start, ends } = read_arrays(&mut reader)?;
    Ok(Archive::stream(Tensors { reader, start: start as u64, ends }, arrays))
}

impl<R: Read + Seek> Source for Tensors<R> {
    fn read(&mut self, index: usize, bytes: &mut [u8]) -> Result<(), FileError> {
        let begin = self.start + index.checked_sub(1).map_or(0, |before| self.ends[before] as u64);
        // Relative, to keep what is in the buffer: small arrays are read in one go.
        let position = self.reader.stream_position()?;
        self.reader.seek_relative(begin.cast_signed() - position.cast_signed())?;
        Ok(self.reader.read_exact(bytes)?)
    }
}

/// The descriptions of the arrays of a file, in the order of their elements.
pub(crate) struct Described {
    pub arrays: Vec<ArrayInfo>,
    /// The index of the byte at which the elements begin.
    pub start: usize,
    /// The index of the byte after each array, from `start`.
    pub ends: Vec<usize>,
}

/// Reads the descriptions of the arrays.
pub(crate) fn read_arrays(reader: &mut (impl Read + Seek)) -> Result<Described, FileError> {
    let (metadata, start) = read_metadata(reader)?;
    let mut tensors: Vec<_> = metadata.tensors().into_iter().collect();
    tensors.sort_by_key(|(_, info)| info.data_offsets);
    let ends = tensors.iter().map(|(_, info)| info.data_offsets.1).collect();
    let arrays = tensors.into_iter().enumerate().map(|(index, (name, info))| {
        let (dtype, shape) = (from_format(info.dtype), info.shape.clone());
        let limit = (info.data_offsets.1 - info.data_offsets.0) as u64;
        ArrayInfo { name, dtype, shape, column_major: false, index, limit }
    });
    let start = usize::try_from(start).map_err(|_| FileError::malformed("it is too long"))?;
    Ok(Described { arrays: arrays.collect(), start, ends })
}

/// The largest length of a header in bytes, which is that of the crate `safetensors`.
const MAX_LEN: u64 = 100_000_000;

/// Reads the descriptions of the arrays, and returns them with the index of the byte at which the elements begin.
fn read_metadata(reader: &mut (impl Read + Seek)) -> Result<(Metadata, u64), FileError> {
    let size = reader.seek(SeekFrom::End(0))?;
    reader.rewind()?;
    let mut len = [0; 8];
    reader.read_exact(&mut len)?;
    let len = u64::from_le_bytes(len);
    // `None` for a device, which can be read but has no size.
    let after = size.checked_sub(8).ok_or_else(|| FileError::malformed("it ends too early"))?;
    if len > after || len > MAX_LEN {
        let max = after.min(MAX_LEN);
        let reason = format!(
            "it is not a .safetensors file, or is truncated: expected a header of at most {max} bytes, found {len}"
        );
        return Err(FileError::malformed(reason));
    }
    let mut header = Vec::new();
    reader.take(len).read_to_end(&mut header)?;
    let Names(mut arrays) = serde_json::from_slice(&header)?;
    arrays.sort_by_key(|(_, info)| info.data_offsets);
    let metadata = Metadata::new(None, arrays)
        .map_err(|error| FileError::malformed(format!("its header is not valid: {error}")))?;
    let (expected, found) = (metadata.data_len() as u64, after - len);
    if expected != found {
        let reason = format!("expected {expected} bytes of arrays after the header, found {found}");
        return Err(FileError::malformed(reason));
    }
    Ok((metadata, 8 + len))
}

/// The arrays of a header with their names, which are unique.
struct Names(Vec<(String, TensorInfo)>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Names;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with the name of each array")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
                let (mut arrays, mut taken) = (Vec::new(), HashSet::new());
                while let Some(name) = map.next_key::<String>()? {
                    if !taken.insert(name.clone()) {
                        let text = format!("it has the array {} twice", quote(&name));
                        return Err(A::Error::custom(text));
                    }
                    if name == METADATA {
                        map.next_value::<IgnoredAny>()?;
                    } else {
                        arrays.push((name, map.next_value()?));
                    }
                }
                Ok(Names(arrays))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// The name that the format reserves for metadata.
pub(crate) const METADATA: &str = "__metadata__";

/// Each type of the format that can be loaded.
macro_rules! dtypes {
    ($($Theirs:ident: $Ours:ident),* $(,)?) => {
        pub(crate) fn from_format(dtype: safetensors::Dtype) -> Dtype {
            match dtype {
                $(safetensors::Dtype::$Theirs => Dtype::$Ours,)*
                dtype => Dtype::Other(dtype.to_string().to_lowercase()),
            }
        }

        pub(crate) fn to_format(dtype: &Dtype) -> Option<safetensors::Dtype> {
            match dtype {
                $(Dtype::$Ours => Some(safetensors::Dtype::$Theirs),)*
                _ => None,
            }
        }
    };
}

dtypes!(
    BOOL: Bool, I8: I8, I16: I16, I32: I32, I64: I64, U8: U8, U16: U16, U32: U32, U64: U64,
    F16: F16, BF16: BF16, F32: F32, F64: F64, C64: Complex32,
);

impl From<serde_json::Error> for FileError {
    fn from(error: serde_json::Error) -> Self {
        // A value of another type is quoted whole, before what was expected and where.
        FileError::malformed(format!("its header is not valid: {}", cut_middle(error.to_string())))
    }
}
