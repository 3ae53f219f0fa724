//! Saves and loads trees as `.safetensors`: one array for each leaf, named by the key path of the leaf.

use std::collections::HashSet;
use std::fmt;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use ::safetensors::Dtype;
use ::safetensors::tensor::{Metadata, TensorInfo};
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use crate::error::error::Error;
use crate::error::print::{cut_middle, quote};
use crate::files::error::{FileError, open_regular};
use crate::files::names::{Stored, arrays_of_leaves, leaf_names};
use crate::files::replace_file::replace_file;
use crate::layout::layout::Layout;
use crate::map::flatten::tree_flatten;
use crate::path::key::KeyPath;
use crate::walk::pytree::{PyTree, PyTreeMut};

/// The element types of a `.safetensors` file: `f32`, `f64`, `bool`, integers of 8 to 64 bits and, with the feature
/// `num-complex`, `Complex<f32>`.
///
/// ```
/// use pytree::safetensors::{self, SafetensorsElem};
/// use pytree::{Error, PyTree};
/// fn save<P: PyTree<Elem: SafetensorsElem>>(tree: &P) -> Result<(), Error> {
///     safetensors::save("checkpoint.safetensors", tree)
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be saved as safetensors",
    note = "the element type can be f32, f64, bool, an integer of 8 to 64 bits or, with the feature \
            `num-complex` of pytree, `Complex<f32>`"
)]
pub trait SafetensorsElem: Sealed + Copy + 'static {}

mod sealed {
    pub trait Sealed: Sized {
        const DTYPE: ::safetensors::Dtype;
        /// The name that errors print.
        const NAME: &'static str;
        /// Converts from little-endian bytes; `None` if they are not a value of this type.
        fn from_bytes(bytes: &[u8]) -> Option<Self>;
        fn push_bytes(self, bytes: &mut Vec<u8>);
    }
}
use sealed::Sealed;

macro_rules! elements {
    ($($Number:ident: $Dtype:ident),*) => {$(
        impl Sealed for $Number {
            const DTYPE: Dtype = Dtype::$Dtype;
            const NAME: &'static str = stringify!($Number);

            fn from_bytes(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map($Number::from_le_bytes)
            }

            fn push_bytes(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }
        }
        impl SafetensorsElem for $Number {}
    )*};
}

elements!(f32: F32, f64: F64, i8: I8, i16: I16, i32: I32, i64: I64);
elements!(u8: U8, u16: U16, u32: U32, u64: U64);

impl Sealed for bool {
    const DTYPE: Dtype = Dtype::BOOL;
    const NAME: &'static str = "bool";

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }

    fn push_bytes(self, bytes: &mut Vec<u8>) {
        bytes.push(self.into());
    }
}

impl SafetensorsElem for bool {}

#[cfg(feature = "num-complex")]
impl Sealed for num_complex::Complex<f32> {
    const DTYPE: Dtype = Dtype::C64;
    const NAME: &'static str = "Complex<f32>";

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (re, im) = bytes.split_at_checked(size_of::<f32>())?;
        Some(Self::new(f32::from_bytes(re)?, f32::from_bytes(im)?))
    }

    fn push_bytes(self, bytes: &mut Vec<u8>) {
        self.re.push_bytes(bytes);
        self.im.push_bytes(bytes);
    }
}

#[cfg(feature = "num-complex")]
impl SafetensorsElem for num_complex::Complex<f32> {}

/// Saves a tree as a `.safetensors` file. The name of each array is the key path of its leaf, such as `.layers[0].w`. To
/// choose other names, use [`save_as`].
///
/// Only arrays are saved. Variants of enums, static and skipped fields, and `None`s are not; [`load`] keeps those of the
/// tree that it writes to. To save the structure too, serialize the [`Layout`](crate::Layout) (feature `serde`).
///
/// # Errors
/// If the file cannot be written. An existing file at `path` is then unchanged.
///
/// ```
/// use ndarray::array;
/// use pytree::safetensors;
///
/// let path = std::env::temp_dir().join(format!("pytree-{}.safetensors", std::process::id()));
/// let params = vec![array![1.0, 2.0], array![3.0]];
/// safetensors::save(&path, &params)?;
/// let mut loaded = vec![array![0.0, 0.0], array![0.0]];
/// safetensors::load(&path, &mut loaded)?;
/// assert_eq!(loaded, params);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "save_file")]
#[doc(alias = "save_safetensors")]
#[doc(alias = "tree_serialise_leaves")]
pub fn save<P>(path: impl AsRef<Path>, tree: &P) -> Result<(), Error>
where
    P: PyTree<Elem: SafetensorsElem>,
{
    save_as(path, tree, KeyPath::to_string)
}

/// Saves a tree as a `.safetensors` file. `name` gives the name of each array: `|path| path.simple(".")` gives
/// `layers.0.w`, the form of PyTorch's names.
///
/// # Errors
/// As [`save`], and if two leaves have the same name, or a name is `__metadata__`.
///
/// ```
/// use pytree::safetensors;
/// let path = std::env::temp_dir().join(format!("pytree-as-{}.safetensors", std::process::id()));
/// safetensors::save_as(&path, &(1.0, [2.0, 3.0]), |path| path.simple("."))?;
/// let mut loaded = (0.0, [0.0, 0.0]);
/// safetensors::load(&path, &mut loaded)?; // finds these names too
/// assert_eq!(loaded, (1.0, [2.0, 3.0]));
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn save_as<P>(
    path: impl AsRef<Path>,
    tree: &P,
    name: impl FnMut(&KeyPath) -> String,
) -> Result<(), Error>
where
    P: PyTree<Elem: SafetensorsElem>,
{
    replace_file(path.as_ref(), |writer| write_arrays(writer, tree, name))
}

/// Writes a tree as a `.safetensors` file to `writer`. `name` gives the name of each array, as in [`save_as`].
///
/// The arrays are in the order of the tree, and the bytes depend only on the tree.
///
/// # Errors
/// As [`save_as`], except that a part of the file may have been written.
///
/// ```
/// use std::io::Cursor;
/// use pytree::{KeyPath, safetensors};
/// let mut file = Vec::new();
/// safetensors::write(&mut file, &(1.0, vec![2.0, 3.0]), KeyPath::to_string)?; // two arrays
/// let mut read = (0.0, vec![0.0; 2]);
/// safetensors::read(Cursor::new(file), &mut read)?;
/// assert_eq!(read, (1.0, vec![2.0, 3.0]));
/// # Ok::<(), pytree::Error>(())
/// ```
pub fn write<P>(
    writer: impl Write,
    tree: &P,
    name: impl FnMut(&KeyPath) -> String,
) -> Result<(), Error>
where
    P: PyTree<Elem: SafetensorsElem>,
{
    Ok(write_arrays(writer, tree, name)?)
}

fn write_arrays<P>(
    mut writer: impl Write,
    tree: &P,
    name: impl FnMut(&KeyPath) -> String,
) -> Result<(), FileError>
where
    P: PyTree<Elem: SafetensorsElem>,
{
    let flat = tree_flatten(tree);
    let names = leaf_names(flat.treedef(), name, |name| match name {
        METADATA => Err("the format reserves this name"),
        _ => Ok(()),
    })?;
    let mut end = 0;
    let arrays = names.into_iter().zip(flat.leaves()).map(|(name, leaf)| {
        let start = end;
        end += leaf.len() * size_of::<P::Elem>();
        let (dtype, shape) = (P::Elem::DTYPE, leaf.shape().to_vec());
        (name, TensorInfo { dtype, shape, data_offsets: (start, end) })
    });
    let mut header = Metadata::new(None, arrays.collect())
        .map_err(|error| FileError::malformed(error.to_string()))
        .and_then(|metadata| Ok(serde_json::to_vec(&metadata)?))?;
    // The elements must begin at a multiple of eight bytes.
    header.resize(header.len().next_multiple_of(8), b' ');
    writer.write_all(&(header.len() as u64).to_le_bytes()).map_err(FileError::Io)?;
    writer.write_all(&header).map_err(FileError::Io)?;
    let mut bytes = Vec::new();
    for leaf in flat.leaves() {
        bytes.clear();
        leaf.iter().for_each(|number| number.push_bytes(&mut bytes));
        writer.write_all(&bytes).map_err(FileError::Io)?;
    }
    writer.flush().map_err(FileError::Io)
}

/// Loads a `.safetensors` file into a tree. The file must have exactly one array for each leaf, with the shape and the
/// element type of the leaf.
///
/// The name of an array is the key path of its leaf (`.layers[0].w`), or the names of the keys joined by dots
/// (`layers.0.w`) if only one leaf has that name. The metadata of the file is ignored.
///
/// # Errors
/// If the arrays do not match the tree: every array that is missing, is extra, or has another shape or element type. If
/// the file is malformed or cannot be read. The tree is then unchanged.
///
/// ```
/// use ndarray::{Array1, array};
/// use pytree::{PyTree, safetensors};
/// #[derive(PyTree)]
/// struct Dense<T> { w: Array1<T>, b: T }
///
/// let path = std::env::temp_dir().join(format!("pytree-load-{}.safetensors", std::process::id()));
/// safetensors::save(&path, &Dense { w: array![1.0_f32, 2.0], b: 0.5 })?;
/// let mut dense = Dense { w: array![0.0_f64, 0.0], b: 0.0 };
/// let error = safetensors::load(&path, &mut dense).unwrap_err();
/// # std::fs::remove_file(&path)?;
/// assert_eq!(error.mismatches()[1].to_string(), "at .b: expected f64, found f32");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "load_file")]
#[doc(alias = "load_safetensors")]
#[doc(alias = "tree_deserialise_leaves")]
pub fn load<P>(path: impl AsRef<Path>, tree: &mut P) -> Result<(), Error>
where
    P: PyTreeMut<Elem: SafetensorsElem>,
{
    let path = path.as_ref();
    open_regular(path)
        .and_then(|file| read_arrays(BufReader::new(file), tree))
        .map_err(|error| error.in_file(path))
}

/// Reads a `.safetensors` file from `reader` into a tree, as [`load`] does.
///
/// # Errors
/// As [`load`].
///
/// ```
/// use std::io::Cursor;
/// use pytree::safetensors;
/// let error = safetensors::read(Cursor::new(b"1234"), &mut 1.0).unwrap_err();
/// assert_eq!(error.to_string(), "the file is malformed: it ends too early");
/// ```
pub fn read<P>(reader: impl Read + Seek, tree: &mut P) -> Result<(), Error>
where
    P: PyTreeMut<Elem: SafetensorsElem>,
{
    Ok(read_arrays(reader, tree)?)
}

fn read_arrays<P>(mut reader: impl Read + Seek, tree: &mut P) -> Result<(), FileError>
where
    P: PyTreeMut<Elem: SafetensorsElem>,
{
    let layout = Layout::of(tree);
    let (metadata, start) = read_metadata(&mut reader)?;
    let arrays = metadata.tensors().into_iter().collect();
    let arrays = arrays_of_leaves(&layout, P::Elem::NAME, arrays, |_, info| {
        Ok(Stored { dtype: dtype(info.dtype), shape: info.shape.clone(), location: info })
    })?;
    let mut vector = Vec::with_capacity(layout.len());
    let mut bytes = Vec::new();
    for (name, info) in arrays {
        // The shape is that of a leaf, so the allocation is no larger than the leaf.
        let (begin, end) = info.data_offsets;
        bytes.resize(end - begin, 0);
        reader.seek(SeekFrom::Start(start + begin as u64))?;
        reader.read_exact(&mut bytes)?;
        for bytes in bytes.chunks_exact(size_of::<P::Elem>()) {
            let number = P::Elem::from_bytes(bytes).ok_or_else(|| {
                let reason = format!("expected a {}, found the bytes {bytes:?}", P::Elem::NAME);
                FileError::malformed(reason).in_array(&name)
            })?;
            vector.push(number);
        }
    }
    Ok(layout.unravel_into(&vector, tree)?)
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
        let reason = format!("expected a header of at most {max} bytes, found {len}");
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
const METADATA: &str = "__metadata__";

/// The Rust name of an element type.
fn dtype(dtype: Dtype) -> String {
    match dtype {
        Dtype::C64 => "Complex<f32>".to_string(),
        dtype => dtype.to_string().to_lowercase(),
    }
}

impl From<serde_json::Error> for FileError {
    fn from(error: serde_json::Error) -> Self {
        // A value of another type is quoted whole, before what was expected and where.
        FileError::malformed(format!("its header is not valid: {}", cut_middle(error.to_string())))
    }
}
