//! Saves and loads trees as `.safetensors`: one array for each leaf, named by the key path of the leaf.
//!
//! This is the format of many PyTorch and JAX models. [`files`](crate::files) has the recipes: other names, a part of a
//! file, several trees in one file.
#![doc(alias = "checkpoint")]
#![doc(alias = "PyTorch")]
#![doc(alias = "state_dict")]

use std::io::{Cursor, Read, Seek, Write};
use std::path::Path;

use ::safetensors::tensor::{Metadata, TensorInfo};

use crate::error::error::Error;
use crate::files::archive::Archive;
use crate::files::data::{InMemory, Stream};
use crate::files::element::{Element, StoredIn, stored_in};
use crate::files::error::{FileError, open_regular};
use crate::files::tensors::{Described, METADATA, open_archive, read_arrays, to_format};
use crate::files::writer::{self, Format, Outgoing};
use crate::path::key::KeyPath;
use crate::walk::pytree::{PyTree, PyTreeMut};

/// The format `.safetensors`.
///
/// ```
/// use pytree::files::StoredIn;
/// use pytree::safetensors::{self, Safetensors};
/// use pytree::{Error, PyTree};
/// fn save<P: PyTree<Elem: StoredIn<Safetensors>>>(tree: &P) -> Result<(), Error> {
///     safetensors::save("checkpoint.safetensors", tree)
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Safetensors;

stored_in!(Safetensors: f32, f64, bool, i8, i16, i32, i64, u8, u16, u32, u64);
#[cfg(feature = "half")]
stored_in!(Safetensors: half::f16, half::bf16);
#[cfg(feature = "num-complex")]
stored_in!(Safetensors: num_complex::Complex<f32>);

/// Saves several trees in one `.safetensors` file.
///
/// ```
/// use pytree::safetensors;
/// let mut bytes = Vec::new();
/// safetensors::Writer::new().add("params", &[1.0_f32, 2.0])?.add("step", &7_u64)?.write(&mut bytes)?;
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "save_file")]
pub type Writer<'t> = writer::Writer<'t, Safetensors>;

/// Saves a tree as a `.safetensors` file. The name of each array is the key path of its leaf, such as `.layers[0].w`.
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
    P: PyTree<Elem: StoredIn<Safetensors>>,
{
    save_as(path, tree, KeyPath::to_string)
}

/// Saves a tree as a `.safetensors` file. `name` gives the name of each array: `|path| path.simple(".")` gives
/// `layers.0.w`, the form of PyTorch's names.
///
/// [`Archive::load_as`] loads the file with the same closure; [`load`] finds the names with dots by itself.
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
    P: PyTree<Elem: StoredIn<Safetensors>>,
{
    writer::save(Writer::new(), path.as_ref(), tree, name)
}

/// Loads a `.safetensors` file into a tree. The file must have exactly one array for each leaf, with the shape and the
/// element type of the leaf.
///
/// The name of an array is the key path of its leaf (`.layers[0].w`), or the names of the keys joined by dots
/// (`layers.0.w`) if only one leaf has that name. To load a part of a file, other names or other element types, use
/// [`open`]. The metadata of the file is ignored.
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
/// assert_eq!(error.mismatches()[1].to_string(), "at .b: expected f64, found f32; `cast` converts it");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "load_file")]
#[doc(alias = "load_safetensors")]
#[doc(alias = "tree_deserialise_leaves")]
pub fn load<P>(path: impl AsRef<Path>, tree: &mut P) -> Result<(), Error>
where
    P: PyTreeMut<Elem: Element>,
{
    open(path)?.load(tree).map(drop)
}

/// Opens a `.safetensors` file, and reads the names, the element types and the shapes of its arrays.
///
/// # Errors
/// If the file is malformed or cannot be read.
///
/// ```no_run
/// use pytree::{Tree, safetensors};
/// let file = safetensors::open("model.safetensors")?;
/// println!("{file}"); // layers.0.weight: f32[2,2]
/// let tree: Tree<ndarray::ArrayD<f32>> = file.only("!**.num_batches_tracked").tree()?;
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "safe_open")]
pub fn open(path: impl AsRef<Path>) -> Result<Archive<Stream<'static>>, Error> {
    let path = path.as_ref();
    let archive = open_regular(path).and_then(open_archive);
    archive.map(|archive| archive.in_file(path)).map_err(|error| error.in_file(path))
}

/// Opens a `.safetensors` file that is read from `reader`. For bytes in memory, use [`views`].
///
/// # Errors
/// As [`open`].
///
/// ```
/// use std::io::Cursor;
/// use pytree::safetensors;
/// let error = safetensors::read(Cursor::new(b"1234")).err().unwrap();
/// assert_eq!(error.to_string(), "the file is malformed: it ends too early");
/// ```
pub fn read<'r>(reader: impl Read + Seek + Send + 'r) -> Result<Archive<Stream<'r>>, Error> {
    Ok(open_archive(reader)?)
}

/// Opens a `.safetensors` file that is in memory: in a memory map, or read by `std::fs::read`. `tree` returns views into
/// `bytes`, and [`load`](Archive::load) copies each element once.
///
/// # Errors
/// If the file is malformed.
///
/// ```
/// use ndarray::{ArrayViewD, array};
/// use pytree::{Tree, safetensors};
/// let mut bytes = Vec::new();
/// safetensors::Writer::new().add("w", &array![1.0_f32, 2.0])?.add("step", &7_i64)?.write(&mut bytes)?;
///
/// let file = safetensors::views(&bytes)?;
/// let weights: Tree<ArrayViewD<f32>> = file.only("!step").tree()?;
/// let Tree::Dict(weights) = &weights else { unreachable!() };
/// let Tree::Leaf(w) = &weights["w"] else { unreachable!() };
/// assert_eq!(w, &array![1.0, 2.0].into_dyn());
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "deserialize")]
#[doc(alias = "mmap")]
pub fn views(bytes: &[u8]) -> Result<Archive<InMemory<'_>>, Error> {
    let Described { arrays, start, ends } = read_arrays(&mut Cursor::new(bytes))?;
    // The header has been checked: the arrays are all of the bytes after it.
    let mut rest = bytes.get(start..).unwrap_or_default();
    let mut begin = 0;
    let parts = ends.into_iter().map(|end| {
        let part = rest.split_off(..end - begin).unwrap_or_default();
        begin = end;
        part
    });
    Ok(Archive::new(InMemory::new(parts), arrays))
}

impl writer::sealed::Sealed for Safetensors {
    fn check_name(name: &str) -> Result<(), &'static str> {
        match name {
            METADATA => Err("the format reserves this name"),
            _ => Ok(()),
        }
    }

    fn write(arrays: &[Outgoing<'_>], writer: &mut impl Write) -> Result<(), FileError> {
        // The largest elements first, so that each array is at a multiple of the size of its elements, as views need it.
        let mut arrays: Vec<_> = arrays.iter().collect();
        arrays.sort_by_key(|array| std::cmp::Reverse(array.dtype.size()));
        let (mut end, mut infos) = (0, Vec::with_capacity(arrays.len()));
        for Outgoing { name, dtype, shape, .. } in &arrays {
            let start = end;
            end += shape.iter().product::<usize>() * dtype.size().unwrap_or(0);
            // `StoredIn<Safetensors>` is for types that the format has.
            let Some(dtype) = to_format(dtype) else { continue };
            let info = TensorInfo { dtype, shape: shape.clone(), data_offsets: (start, end) };
            infos.push((name.clone(), info));
        }
        let mut header = Metadata::new(None, infos)
            .map_err(|error| FileError::malformed(error.to_string()))
            .and_then(|metadata| Ok(serde_json::to_vec(&metadata)?))?;
        // The elements must begin at a multiple of eight bytes.
        header.resize(header.len().next_multiple_of(8), b' ');
        writer.write_all(&(header.len() as u64).to_le_bytes()).map_err(FileError::Io)?;
        writer.write_all(&header).map_err(FileError::Io)?;
        for array in arrays {
            writer.write_all(&array.elements.bytes(false)).map_err(FileError::Io)?;
        }
        Ok(())
    }
}

impl Format for Safetensors {}
