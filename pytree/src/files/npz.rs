//! Saves and loads trees as NumPy's `.npz`: one array for each leaf, named by the key path of the leaf.
//!
//! NumPy reads the files: `numpy.load(path)[".layers[0].w"]`. Files of `numpy.savez` and `numpy.savez_compressed` can be
//! loaded, in either byte order and either memory order. Pickled objects are refused.
//!
//! [`files`](crate::files) has the recipes: other names, a part of a file, several trees in one file.
#![doc(alias = "checkpoint")]
#![doc(alias = "numpy")]

use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::error::error::Error;
use crate::files::archive::Archive;
use crate::files::data::Stream;
use crate::files::element::{Element, StoredIn, stored_in};
use crate::files::error::{FileError, open_regular};
use crate::files::npy_header::header;
use crate::files::npz_members::{NPY, open_archive};
use crate::files::writer::{self, Format, Outgoing};
use crate::files::zip_writer::ZipWriter;
use crate::path::key::KeyPath;
use crate::walk::pytree::{PyTree, PyTreeMut};

/// The format of NumPy's `.npz`.
///
/// ```
/// use pytree::files::StoredIn;
/// use pytree::npz::{self, Npz};
/// use pytree::{Error, PyTree};
/// fn save<P: PyTree<Elem: StoredIn<Npz>>>(tree: &P) -> Result<(), Error> {
///     npz::save("checkpoint.npz", tree)
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Npz;

stored_in!(Npz: f32, f64, bool, i8, i16, i32, i64, u8, u16, u32, u64);
#[cfg(feature = "half")]
stored_in!(Npz: half::f16);
#[cfg(feature = "num-complex")]
stored_in!(Npz: num_complex::Complex<f32>, num_complex::Complex<f64>);

/// Saves several trees in one `.npz` file.
///
/// ```
/// use pytree::npz;
/// let mut bytes = Vec::new();
/// npz::Writer::new().add("params", &vec![1.0, 2.0])?.add("step", &7_u64)?.write(&mut bytes)?;
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "savez")]
pub type Writer<'t> = writer::Writer<'t, Npz>;

/// Saves a tree as an `.npz` file. The name of each array is the key path of its leaf, such as `.layers[0].w`.
///
/// To choose other names, use [`save_as`]; to save several trees in one file, [`Writer`].
///
/// Only arrays are saved. **Static and skipped fields, variants of enums and `None`s are not**: [`load`] keeps those of
/// the tree that it writes to. A step counter must be a leaf, or it restarts; see [`files`](crate::files). To save the
/// structure too, serialize the [`Layout`](crate::Layout) (feature `serde`).
///
/// The file is on the disk when the function returns. [`Writer::without_sync`] does not wait for that.
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
    P: PyTree<Elem: StoredIn<Npz>>,
{
    save_as(path, tree, KeyPath::to_string)
}

/// Saves a tree as an `.npz` file. `name` gives the name of each array: `|path| path.simple(".")` gives `layers.0.w`.
///
/// [`Archive::load_as`] loads the file with the same closure; [`load`] finds the names with dots by itself.
///
/// # Errors
/// As [`save`], and if two leaves have the same name, or a name is not possible in a zip file.
///
/// ```
/// use pytree::npz;
/// let path = std::env::temp_dir().join(format!("pytree-as-{}.npz", std::process::id()));
/// npz::save_as(&path, &(1.0, [2.0, 3.0]), |path| path.simple("/"))?;
/// let mut loaded = (0.0, [0.0, 0.0]);
/// npz::open(&path)?.load_as(&mut loaded, |path| path.simple("/"))?;
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
    P: PyTree<Elem: StoredIn<Npz>>,
{
    writer::save(Writer::new(), path.as_ref(), tree, name)
}

/// Loads an `.npz` file into a tree. The file must have exactly one array for each leaf, with the shape and the element
/// type of the leaf.
///
/// The name of an array is the key path of its leaf (`.layers[0].w`), or the names of the keys joined by dots
/// (`layers.0.w`) if only one leaf has that name. To load a part of a file, other names or other element types, use
/// [`open`].
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
    P: PyTreeMut<Elem: Element>,
{
    open(path)?.load(tree).map(drop)
}

/// Opens an `.npz` file, and reads the names, the element types and the shapes of its arrays.
///
/// # Errors
/// If the file is malformed or cannot be read.
///
/// ```no_run
/// use pytree::{Tree, npz};
/// let file = npz::open("any.npz")?;
/// println!("{file}"); // layers.0.w: f64[2,2]
/// let tree: Tree<ndarray::ArrayD<f64>> = file.tree()?;
/// # Ok::<(), pytree::Error>(())
/// ```
pub fn open(path: impl AsRef<Path>) -> Result<Archive<Stream<'static>>, Error> {
    let path = path.as_ref();
    let archive = open_regular(path).and_then(open_archive);
    archive.map(|archive| archive.in_file(path)).map_err(|error| error.in_file(path))
}

/// Opens an `.npz` file that is read from `reader`; bytes in memory are read from a [`Cursor`](std::io::Cursor).
///
/// # Errors
/// As [`open`].
///
/// ```
/// use std::io::Cursor;
/// use pytree::npz;
/// let error = npz::read(Cursor::new(b"PK")).err().unwrap();
/// assert_eq!(
///     error.to_string(),
///     "the file is malformed: it is not an .npz file, or is truncated: \
///      invalid Zip archive: Could not find EOCD",
/// );
/// ```
pub fn read<'r>(reader: impl Read + Seek + Send + 'r) -> Result<Archive<Stream<'r>>, Error> {
    Ok(open_archive(reader)?)
}

impl writer::sealed::Sealed for Npz {
    fn check_name(name: &str) -> Result<(), &'static str> {
        match name {
            _ if name.contains('\0') => Err("Python cuts a name in a zip file at the first NUL"),
            _ if name.len() + NPY.len() > usize::from(u16::MAX) => {
                Err("a name in a zip file has at most 65535 bytes")
            }
            _ => Ok(()),
        }
    }

    fn write(arrays: &[Outgoing<'_>], writer: &mut impl Write) -> Result<(), FileError> {
        let mut zip = ZipWriter::new(writer);
        for Outgoing { name, dtype, shape, elements } in arrays {
            let column_major = elements.is_column_major();
            // `StoredIn<Npz>` is for types that NumPy has.
            let header = header(dtype, shape, column_major).unwrap_or_default();
            let elements = elements.bytes(column_major);
            zip.add(format!("{name}{NPY}"), [&header, &elements]).map_err(FileError::Io)?;
        }
        zip.finish().map_err(FileError::Io)
    }
}

impl Format for Npz {}
