//! Saves and loads trees as NumPy's `.npz`: one array for each leaf, named by the key path of the leaf.

use std::collections::HashSet;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use ndarray::{ArrayD, IxDyn, ShapeBuilder};
use ndarray_npy::npy::header::Header;
use ndarray_npy::{ReadDataError, ReadableElement, WritableElement, WriteNpyError, WriteNpyExt};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::error::error::Error;
use crate::error::print::quote;
use crate::files::error::{FileError, open_regular};
use crate::files::names::{Stored, arrays_of_leaves, leaf_names};
use crate::files::npy_header::{dtype, read_header};
use crate::files::read_limit::ReadLimit;
use crate::files::replace_file::replace_file;
use crate::files::until_failure::UntilFailure;
use crate::layout::layout::Layout;
use crate::map::flatten::tree_flatten;
use crate::path::key::KeyPath;
use crate::walk::pytree::{PyTree, PyTreeMut};

/// The element types of an `.npz` file: `f32`, `f64`, `bool`, integers of 8 to 64 bits and, with the feature
/// `num-complex`, `Complex<f32>` and `Complex<f64>`.
///
/// ```
/// use pytree::npz::{self, NpzElem};
/// use pytree::{Error, PyTree};
/// fn save<P: PyTree<Elem: NpzElem>>(tree: &P) -> Result<(), Error> {
///     npz::save("checkpoint.npz", tree)
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be saved as npz",
    note = "the element type can be f32, f64, bool, an integer of 8 to 64 bits or, with the feature \
            `num-complex` of pytree, a complex number"
)]
pub trait NpzElem: Sealed + ReadableElement + WritableElement + Copy + 'static {}

mod sealed {
    pub trait Sealed {
        /// The name that errors print.
        const DTYPE: &'static str;
    }
}
use sealed::Sealed;

macro_rules! elements {
    ($($Number:ty: $name:literal),* $(,)?) => {$(
        impl Sealed for $Number {
            const DTYPE: &'static str = $name;
        }
        impl NpzElem for $Number {}
    )*};
}

elements!(f32: "f32", f64: "f64", bool: "bool");
elements!(i8: "i8", i16: "i16", i32: "i32", i64: "i64", u8: "u8", u16: "u16", u32: "u32", u64: "u64");
#[cfg(feature = "num-complex")]
elements!(
    num_complex::Complex<f32>: "Complex<f32>",
    num_complex::Complex<f64>: "Complex<f64>",
);

/// Saves a tree as an `.npz` file. The name of each array is the key path of its leaf, such as `.layers[0].w`.
///
/// NumPy reads the file: `numpy.load(path)[".layers[0].w"]`. To choose other names, use [`save_as`].
///
/// Only arrays are saved. Variants of enums, static and skipped fields, and `None`s are not; [`load`] keeps those of the
/// tree that it writes to. To save the structure too, serialize the [`Layout`](crate::Layout) (feature `serde`).
///
/// # Errors
/// If the file cannot be written. An existing file at `path` is then unchanged.
///
/// ```
/// use ndarray::array;
/// use pytree::npz;
///
/// let path = std::env::temp_dir().join(format!("pytree-{}.npz", std::process::id()));
/// let params = vec![array![1.0, 2.0], array![3.0]];
/// npz::save(&path, &params)?;
/// let mut loaded = vec![array![0.0, 0.0], array![0.0]];
/// npz::load(&path, &mut loaded)?;
/// assert_eq!(loaded, params);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "savez")]
#[doc(alias = "save_npz")]
#[doc(alias = "tree_serialise_leaves")]
pub fn save<P>(path: impl AsRef<Path>, tree: &P) -> Result<(), Error>
where
    P: PyTree<Elem: NpzElem>,
{
    save_as(path, tree, KeyPath::to_string)
}

/// Saves a tree as an `.npz` file. `name` gives the name of each array: `|path| path.simple(".")` gives `layers.0.w`.
///
/// # Errors
/// As [`save`], and if two leaves have the same name, or a name is not possible in a zip file.
///
/// ```
/// use pytree::npz;
/// let path = std::env::temp_dir().join(format!("pytree-as-{}.npz", std::process::id()));
/// npz::save_as(&path, &(1.0, [2.0, 3.0]), |path| path.simple("."))?;
/// let mut loaded = (0.0, [0.0, 0.0]);
/// npz::load(&path, &mut loaded)?; // finds these names too
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
    P: PyTree<Elem: NpzElem>,
{
    replace_file(path.as_ref(), |writer| write_arrays(writer, tree, name))
}

/// Writes a tree as an `.npz` file to `writer`. `name` gives the name of each array, as in [`save_as`].
///
/// The bytes depend only on the tree and the memory order of its arrays.
///
/// # Errors
/// As [`save_as`], except that a part of the file may have been written.
///
/// ```
/// use std::io::Cursor;
/// use pytree::{KeyPath, npz};
/// let mut file = Cursor::new(Vec::new());
/// npz::write(&mut file, &(1.0, vec![2.0, 3.0]), KeyPath::to_string)?; // two arrays
/// let mut read = (0.0, vec![0.0; 2]);
/// npz::read(file, &mut read)?;
/// assert_eq!(read, (1.0, vec![2.0, 3.0]));
/// # Ok::<(), pytree::Error>(())
/// ```
pub fn write<P>(
    writer: impl Write + Seek,
    tree: &P,
    name: impl FnMut(&KeyPath) -> String,
) -> Result<(), Error>
where
    P: PyTree<Elem: NpzElem>,
{
    Ok(write_arrays(writer, tree, name)?)
}

fn write_arrays<P>(
    writer: impl Write + Seek,
    tree: &P,
    name: impl FnMut(&KeyPath) -> String,
) -> Result<(), FileError>
where
    P: PyTree<Elem: NpzElem>,
{
    let flat = tree_flatten(tree);
    let names = leaf_names(flat.treedef(), name, |name| match name {
        _ if name.contains('\0') => Err("Python cuts a name in a zip file at the first NUL"),
        _ if name.len() + NPY.len() > usize::from(u16::MAX) => {
            Err("a name in a zip file has at most 65535 bytes")
        }
        _ => Ok(()),
    })?;
    let mut zip = ZipWriter::new(UntilFailure::new(writer));
    for (name, leaf) in names.iter().zip(flat.leaves()) {
        let bytes = leaf.len() * size_of::<P::Elem>();
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default())
            // A member of 4 GB or more needs the format zip64; the limit of 2 GB leaves room for the header.
            .large_file(bytes > 1 << 31);
        zip.start_file(format!("{name}{NPY}"), options)?;
        leaf.write_npy(BufWriter::new(&mut zip))?;
    }
    zip.finish()?.into_inner()?.flush().map_err(FileError::Io)
}

/// The extension of each member of the zip file.
const NPY: &str = ".npy";

/// Loads an `.npz` file into a tree. The file must have exactly one array for each leaf, with the shape and the element
/// type of the leaf.
///
/// The name of an array is the key path of its leaf (`.layers[0].w`), or the names of the keys joined by dots
/// (`layers.0.w`) if only one leaf has that name. Files of `numpy.savez` and `numpy.savez_compressed` can be read, in
/// either byte order and either memory order. Pickled objects are refused.
///
/// # Errors
/// If the arrays do not match the tree: every array that is missing, is extra, or has another shape or element type. If
/// the file is malformed or cannot be read. The tree is then unchanged.
///
/// ```
/// use ndarray::{Array1, array};
/// use pytree::{PyTree, npz};
/// #[derive(PyTree)]
/// struct Dense { w: Array1<f64>, b: f64 }
/// #[derive(PyTree)]
/// struct Other { w: Array1<f64>, bias: f64 }
///
/// let path = std::env::temp_dir().join(format!("pytree-load-{}.npz", std::process::id()));
/// npz::save(&path, &Other { w: array![1.0, 2.0, 3.0], bias: 0.5 })?;
/// let mut dense = Dense { w: array![0.0, 0.0], b: 0.0 };
/// let error = npz::load(&path, &mut dense).unwrap_err();
/// # std::fs::remove_file(&path)?;
/// assert_eq!(
///     error.to_string(),
///     format!(
///         "{}: the arrays do not match the tree in 3 places:\n  \
///          at .w: expected shape [2], found [3]\n  \
///          at .b: missing array \".b\" or \"b\"\n  \
///          extra array \".bias\"",
///         path.display(),
///     )
/// );
/// assert_eq!(dense.w, array![0.0, 0.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "load_npz")]
#[doc(alias = "tree_deserialise_leaves")]
pub fn load<P>(path: impl AsRef<Path>, tree: &mut P) -> Result<(), Error>
where
    P: PyTreeMut<Elem: NpzElem>,
{
    let path = path.as_ref();
    open_regular(path)
        .and_then(|file| read_arrays(BufReader::new(file), tree))
        .map_err(|error| error.in_file(path))
}

/// Reads an `.npz` file from `reader` into a tree, as [`load`] does.
///
/// # Errors
/// As [`load`].
///
/// ```
/// use std::io::Cursor;
/// use pytree::npz;
/// let error = npz::read(Cursor::new(b"PK"), &mut 1.0).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the file is malformed: it is not an .npz file, or is truncated: \
///      invalid Zip archive: Could not find EOCD",
/// );
/// ```
pub fn read<P>(reader: impl Read + Seek, tree: &mut P) -> Result<(), Error>
where
    P: PyTreeMut<Elem: NpzElem>,
{
    Ok(read_arrays(reader, tree)?)
}

fn read_arrays<P>(mut reader: impl Read + Seek, tree: &mut P) -> Result<(), FileError>
where
    P: PyTreeMut<Elem: NpzElem>,
{
    let layout = Layout::of(tree);
    let start = ZipArchive::new(ReadLimit::new(&mut reader)?)?.central_directory_start();
    check_unique(&mut reader, start)?;
    let mut zip = ZipArchive::new(reader)?;
    let (mut arrays, mut others) = (Vec::new(), Vec::new());
    for (index, name) in zip.file_names().enumerate() {
        match name.strip_suffix(NPY) {
            Some(array) => arrays.push((array.to_string(), index)),
            None => others.push(name.to_string()),
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
    let arrays = arrays_of_leaves(&layout, P::Elem::DTYPE, arrays, |name, index| {
        let (header, start) = open(&mut zip, index)
            .and_then(|mut file| read_header(&mut file))
            .map_err(|error| error.in_array(name))?;
        let (dtype, shape) = (dtype(&header), header.shape.clone());
        Ok(Stored { dtype, shape, location: Member { index, header, start } })
    })?;
    let mut vector = Vec::with_capacity(layout.len());
    for (name, member) in arrays {
        read_array(&mut zip, member, &mut vector).map_err(|error| error.in_array(&name))?;
    }
    Ok(layout.unravel_into(&vector, tree)?)
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

/// A member of the zip file, whose header has been read.
struct Member {
    index: usize,
    header: Header,
    /// The length of the header in bytes.
    start: u64,
}

fn open<R: Read + Seek>(zip: &mut ZipArchive<R>, index: usize) -> Result<impl Read, FileError> {
    Ok(zip.by_index(index)?)
}

/// Appends the elements of an array, in row-major order.
fn read_array<E: NpzElem>(
    zip: &mut ZipArchive<impl Read + Seek>,
    Member { index, header, start }: Member,
    vector: &mut Vec<E>,
) -> Result<(), FileError> {
    let mut file = open(zip, index)?;
    io::copy(&mut file.by_ref().take(start), &mut io::sink())?;
    // The shape is that of a leaf, so the allocation is no larger than the tree.
    let len: usize = header.shape.iter().product();
    let bytes = (len * size_of::<E>()) as u64;
    let data = E::read_to_end_exact_vec(file.by_ref().take(bytes), &header.type_descriptor, len)?;
    // Reading to the end of the member also compares its checksum.
    if file.read(&mut [0])? > 0 {
        return Err(FileError::malformed("it has more elements than its shape says"));
    }
    if header.layout.is_fortran() {
        let data = ArrayD::from_shape_vec(IxDyn(&header.shape).f(), data)
            .map_err(|error| FileError::malformed(error.to_string()))?;
        vector.extend(&data);
    } else {
        vector.extend(data);
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

impl From<WriteNpyError> for FileError {
    fn from(error: WriteNpyError) -> Self {
        match error {
            WriteNpyError::Io(error) => FileError::Io(error),
            error => FileError::malformed(error.to_string()),
        }
    }
}

impl From<ReadDataError> for FileError {
    fn from(error: ReadDataError) -> Self {
        match error {
            ReadDataError::Io(error) => error.into(),
            ReadDataError::MissingData => {
                FileError::malformed("it has fewer elements than its shape says")
            }
            error => FileError::malformed(error.to_string()),
        }
    }
}
