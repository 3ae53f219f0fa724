//! Trees as NumPy's `.npz`: an array for each leaf, named by its key path.

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
use crate::files::replace_file::replace_file;
use crate::files::until_failure::UntilFailure;
use crate::layout::layout::Layout;
use crate::map::flatten::tree_flatten;
use crate::path::key::KeyPath;
use crate::walk::pytree::{PyTree, PyTreeMut};

/// Numbers that an `.npz` file can hold: `f32`, `f64`, `bool`, integers of 8 to 64 bits and, with the
/// feature `num-complex`, `Complex<f32>` and `Complex<f64>`.
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
    note = "f32, f64, bool and integers of 8 to 64 bits can, and complex numbers with the feature \
            `num-complex` of pytree"
)]
pub trait NpzElem: Sealed + ReadableElement + WritableElement + Copy + 'static {}

mod sealed {
    pub trait Sealed {
        /// As errors print it.
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

/// Saves a tree as an `.npz` file, each leaf as the array that its key path names: `.layers[0].w`.
///
/// NumPy reads it: `numpy.load(path)[".layers[0].w"]`. For other names see [`save_as`].
///
/// Arrays are all that is saved. Which variant an enum is, static and skipped fields and `None`s are those
/// of the tree that is loaded into; the feature `serde` saves the [`Layout`](crate::Layout) with them.
///
/// # Errors
/// If the file cannot be written. What was there before is then as it was.
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
pub fn save<P>(path: impl AsRef<Path>, tree: &P) -> Result<(), Error>
where
    P: PyTree<Elem: NpzElem>,
{
    save_as(path, tree, KeyPath::to_string)
}

/// Saves a tree as an `.npz` file, each leaf as the array that `name` names: with
/// `|path| path.simple(".")`, `layers.0.w`.
///
/// # Errors
/// As [`save`], and if two leaves have one name, or an array cannot have the name.
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

/// Writes a tree as an `.npz` file to `writer`, each leaf as the array that `name` names. The same
/// tree, in the same memory order, gives the same bytes.
///
/// # Errors
/// As [`save_as`], but that something may then have been written.
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
        _ if name.contains('\0') => Err("Python reads a name in a zip file up to the first NUL"),
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
            // Two gigabytes leave room for the header.
            .large_file(bytes > 1 << 31);
        zip.start_file(format!("{name}{NPY}"), options)?;
        leaf.write_npy(BufWriter::new(&mut zip))?;
    }
    zip.finish()?.into_inner()?.flush().map_err(FileError::Io)
}

/// The end of the name of each file in the zip file.
const NPY: &str = ".npy";

/// Loads an `.npz` file into a tree, which says what the file has to hold: one array for each leaf, of
/// its shape and element type, and no other.
///
/// An array is named after the leaf whose key path is its name (`.layers[0].w`), or else whose keys
/// are its name with dots between them (`layers.0.w`), if it is only one. Files of `numpy.savez` and
/// of `numpy.savez_compressed` are read, of either byte order and either memory order. Pickled
/// objects are not.
///
/// # Errors
/// If the arrays do not match the tree: all missing, extra, misshapen and wrong-typed ones, before
/// their elements are read. If the file is damaged or cannot be read. Nothing has then been written
/// to the tree.
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
pub fn load<P>(path: impl AsRef<Path>, tree: &mut P) -> Result<(), Error>
where
    P: PyTreeMut<Elem: NpzElem>,
{
    let path = path.as_ref();
    open_regular(path)
        .and_then(|file| read_arrays(BufReader::new(file), tree))
        .map_err(|error| error.in_file(path))
}

/// Reads an `.npz` file from `reader` into a tree, as [`load`].
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
///     "the file is malformed: it is not an .npz, or is cut off: invalid Zip archive: Could not find EOCD",
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
    let start = ZipArchive::new(&mut reader)?.central_directory_start();
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
        Ok(Stored { dtype, shape, place: Place { index, header, start } })
    })?;
    let mut vector = Vec::with_capacity(layout.len());
    for (name, place) in arrays {
        read_array(&mut zip, place, &mut vector).map_err(|error| error.in_array(&name))?;
    }
    Ok(layout.unravel_into(&vector, tree)?)
}

/// Returns an error if a name is twice in the directory of the zip file, which begins at `start`: a
/// [`ZipArchive`] keeps the last.
///
/// The directory has for each member a header of 46 bytes, which begins with a signature and has the
/// lengths of what follows it (the name, an extra field, a comment) at byte 28.
fn check_unique(reader: &mut (impl Read + Seek), start: u64) -> Result<(), FileError> {
    const SIGNATURE: &[u8] = b"PK\x01\x02";
    reader.seek(SeekFrom::Start(start))?;
    let (mut reader, mut names, mut header) = (BufReader::new(reader), HashSet::new(), [0; 46]);
    while reader.read_exact(&mut header).is_ok() && header.starts_with(SIGNATURE) {
        let [name, extra, comment] =
            [28, 30, 32].map(|at| u16::from_le_bytes([header[at], header[at + 1]]));
        let mut bytes = vec![0; name.into()];
        reader.read_exact(&mut bytes)?;
        let rest = u64::from(extra) + u64::from(comment);
        io::copy(&mut reader.by_ref().take(rest), &mut io::sink())?;
        if let Some(bytes) = names.replace(bytes) {
            let name = String::from_utf8_lossy(&bytes);
            let name = name.strip_suffix(NPY).unwrap_or(&name);
            return Err(FileError::malformed(format!("the array {} is there twice", quote(name))));
        }
    }
    Ok(())
}

/// An entry of the zip file, and what is known of it.
struct Place {
    index: usize,
    header: Header,
    /// How many bytes the header has.
    start: u64,
}

fn open<R: Read + Seek>(zip: &mut ZipArchive<R>, index: usize) -> Result<impl Read, FileError> {
    Ok(zip.by_index(index)?)
}

/// Appends the elements of an array, in row-major order.
fn read_array<E: NpzElem>(
    zip: &mut ZipArchive<impl Read + Seek>,
    Place { index, header, start }: Place,
    vector: &mut Vec<E>,
) -> Result<(), FileError> {
    let mut file = open(zip, index)?;
    io::copy(&mut file.by_ref().take(start), &mut io::sink())?;
    // The shape is that of a leaf, so this is no more than the tree has.
    let len: usize = header.shape.iter().product();
    let bytes = (len * size_of::<E>()) as u64;
    let data = E::read_to_end_exact_vec(file.by_ref().take(bytes), &header.type_descriptor, len)?;
    // At the end of a file its checksum is compared.
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
            error => FileError::malformed(format!("it is not an .npz, or is cut off: {error}")),
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
