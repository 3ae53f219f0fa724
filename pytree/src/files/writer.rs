use std::borrow::Cow;
use std::collections::HashSet;
use std::io::Write;
use std::marker::PhantomData;
use std::path::Path;

use ndarray::ArrayViewD;

use crate::error::error::Error;
use crate::error::from_text::ToPath;
use crate::files::dtype::Dtype;
use crate::files::element::sealed::Sealed as _;
use crate::files::element::{Element, StoredIn};
use crate::files::error::FileError;
use crate::files::names::check_names;
use crate::files::replace_file::replace_file;
use crate::files::writer::sealed::Sealed;
use crate::map::flatten::tree_flatten;
use crate::path::key::KeyPath;
use crate::walk::pytree::PyTree;

/// Saves several trees in one file, which may have different element types: parameters and counters.
///
/// The format `F` is [`Npz`](crate::npz::Npz) or [`Safetensors`](crate::safetensors::Safetensors);
/// [`npz::Writer`](crate::npz::Writer) and [`safetensors::Writer`](crate::safetensors::Writer) name them. The trees are
/// borrowed until the file is written.
///
/// ```
/// use ndarray::{Array1, array};
/// use pytree::safetensors;
/// let path = std::env::temp_dir().join(format!("pytree-run-{}.safetensors", std::process::id()));
/// let (params, step) = (vec![array![1.0_f32, 2.0], array![3.0]], 7_u64);
/// safetensors::Writer::new().add("params", &params)?.add("step", &step)?.save(&path)?;
///
/// let file = safetensors::open(&path)?;
/// let (mut params, mut step) = (vec![Array1::zeros(2), Array1::zeros(1)], 0_u64);
/// file.under("params").load(&mut params)?;
/// file.under("step").load(&mut step)?;
/// assert_eq!((params[1][0], step), (3.0_f32, 7));
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Writer<'t, F> {
    arrays: Vec<Outgoing<'t>>,
    paths: Vec<KeyPath>,
    sync: bool,
    format: PhantomData<F>,
}

/// An array to be written.
pub struct Outgoing<'t> {
    pub name: String,
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    pub elements: Box<dyn Elements + 't>,
}

/// The elements of an array of any type.
pub trait Elements {
    /// Whether the elements are in memory in column-major order, and not in row-major order.
    fn is_column_major(&self) -> bool;

    /// The little-endian bytes of the elements, in column-major or in row-major order. Not a copy if that is their order
    /// in memory.
    fn bytes(&self, column_major: bool) -> Cow<'_, [u8]>;
}

impl<E: Element> Elements for ArrayViewD<'_, E> {
    fn is_column_major(&self) -> bool {
        !self.is_standard_layout() && self.t().is_standard_layout()
    }

    fn bytes(&self, column_major: bool) -> Cow<'_, [u8]> {
        let view = if column_major { self.t() } else { self.view() };
        if let Some(slice) = view.to_slice() {
            return E::to_bytes(slice);
        }
        let mut bytes = Vec::with_capacity(self.len() * size_of::<E>());
        view.iter().for_each(|element| element.push_bytes(&mut bytes));
        Cow::Owned(bytes)
    }
}

/// A format of files: [`Npz`](crate::npz::Npz) or [`Safetensors`](crate::safetensors::Safetensors).
pub trait Format: Sealed {}

pub(crate) mod sealed {
    use super::{FileError, Outgoing};
    use std::io::Write;

    pub trait Sealed {
        /// Returns the reason as an error if no array can have this name.
        fn check_name(name: &str) -> Result<(), &'static str>;

        /// Writes a file.
        fn write(arrays: &[Outgoing<'_>], writer: &mut impl Write) -> Result<(), FileError>;
    }
}

impl<F> Default for Writer<'_, F> {
    fn default() -> Self {
        Writer { arrays: Vec::new(), paths: Vec::new(), sync: true, format: PhantomData }
    }
}

impl<'t, F: Format> Writer<'t, F> {
    /// A file without arrays.
    ///
    /// ```
    /// let trees = [("params", [1.0, 2.0]), ("average", [3.0, 4.0])];
    /// let mut file = pytree::npz::Writer::new();
    /// for (name, tree) in &trees {
    ///     file = file.add(name, tree)?;
    /// }
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn new() -> Self {
        Writer::default()
    }

    /// Adds a tree under a node: with `"params"`, the names of the arrays are `.params.layers[0].w`. With `""` they are
    /// the key paths of the leaves.
    ///
    /// # Errors
    /// If `path` is not a key path, or if the file already has an array with one of the names.
    ///
    /// ```
    /// use pytree::npz;
    /// let file = npz::Writer::new().add("params", &(1.0, 2.0))?;
    /// let error = file.add("params", &(3.0,)).err().unwrap();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the leaves cannot be saved under their names: \".params[0]\" names more than one leaf: \
    ///      .params[0], .params[0]; name each by its key path"
    /// );
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn add<P>(self, path: impl ToPath, tree: &'t P) -> Result<Self, Error>
    where
        P: PyTree<Elem: StoredIn<F>>,
    {
        let path = path.to_path()?;
        self.add_leaves(&path, tree, KeyPath::to_string)
    }

    /// Adds a tree whose arrays have the names that `name` returns for the path of each leaf. `|path| path.simple(".")`
    /// returns `layers.0.w`, the form of PyTorch's names.
    ///
    /// # Errors
    /// As [`add`](Self::add), and if two leaves have the same name, or the format cannot have a name.
    ///
    /// ```
    /// use pytree::npz;
    /// let mut bytes = Vec::new();
    /// let name = |path: &pytree::KeyPath| format!("model.{}", path.simple("."));
    /// npz::Writer::new().add_as(&(1.0, [2.0, 3.0]), name)?.write(&mut bytes)?;
    /// assert_eq!(npz::read(std::io::Cursor::new(bytes))?.to_string(), "model.0: f64[]\nmodel.1: f64[2]");
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn add_as<P>(self, tree: &'t P, name: impl FnMut(&KeyPath) -> String) -> Result<Self, Error>
    where
        P: PyTree<Elem: StoredIn<F>>,
    {
        self.add_leaves(&KeyPath::root(), tree, name)
    }

    fn add_leaves<P>(
        mut self,
        root: &KeyPath,
        tree: &'t P,
        name: impl FnMut(&KeyPath) -> String,
    ) -> Result<Self, Error>
    where
        P: PyTree<Elem: StoredIn<F>>,
    {
        let flat = tree_flatten(tree);
        let under_root = |path: KeyPath| root.keys().iter().chain(path.keys()).cloned().collect();
        let paths: Vec<KeyPath> = flat.treedef().leaf_paths().map(under_root).collect();
        let names: Vec<_> = paths.iter().map(name).collect();
        check_names(&paths, &names, F::check_name)?;
        // Only if a name is taken, do the full check, which names both leaves.
        let taken: HashSet<_> = self.arrays.iter().map(|array| array.name.as_str()).collect();
        if names.iter().any(|name| taken.contains(name.as_str())) {
            let all = self.arrays.iter().map(|array| &array.name).chain(&names).cloned();
            let paths: Vec<_> = self.paths.iter().chain(&paths).cloned().collect();
            check_names(&paths, &all.collect::<Vec<_>>(), F::check_name)?;
        }
        for (name, leaf) in names.into_iter().zip(flat.into_leaves()) {
            let (dtype, shape) = (P::Elem::DTYPE, leaf.shape().to_vec());
            self.arrays.push(Outgoing { name, dtype, shape, elements: Box::new(leaf) });
        }
        self.paths.extend(paths);
        Ok(self)
    }

    /// Lets [`save`](Self::save) return before the file is on the disk. The wait is most of the time for a small file; for
    /// a large one, the file system may wait all the same when the file replaces another. After a crash of the system (not
    /// of the program) the file may be the old one, or damaged.
    ///
    /// ```
    /// use pytree::npz;
    /// let path = std::env::temp_dir().join(format!("pytree-unsynced-{}.npz", std::process::id()));
    /// npz::Writer::new().add("", &[1.0, 2.0])?.without_sync().save(&path)?;
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "fsync")]
    #[must_use]
    pub fn without_sync(mut self) -> Self {
        self.sync = false;
        self
    }

    /// Saves the file at `path`, and returns once it is on the disk. An existing file is replaced as a whole: at any
    /// time `path` is the complete old or the complete new file.
    ///
    /// # Errors
    /// If the file cannot be written. An existing file at `path` is then unchanged.
    ///
    /// ```
    /// use pytree::npz;
    /// let error = npz::Writer::new().add("", &1.0)?.save("no/such/folder.npz").unwrap_err();
    /// assert!(error.to_string().starts_with("no/such/folder.npz: "));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        replace_file(path.as_ref(), self.sync, |writer| F::write(&self.arrays, writer))
    }

    /// Writes the file to `writer`. The bytes depend only on the trees and the memory order of their arrays.
    ///
    /// # Errors
    /// If `writer` fails; a part of the file may have been written.
    ///
    /// ```
    /// let mut bytes = Vec::new();
    /// pytree::npz::Writer::new().add("", &1.0)?.write(&mut bytes)?;
    /// assert!(bytes.starts_with(b"PK"));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn write(&self, mut writer: impl Write) -> Result<(), Error> {
        F::write(&self.arrays, &mut writer)?;
        writer.flush().map_err(FileError::Io)?;
        Ok(())
    }
}

/// Saves one tree.
pub(crate) fn save<'t, F: Format, P: PyTree<Elem: StoredIn<F>>>(
    writer: Writer<'t, F>,
    path: &Path,
    tree: &'t P,
    name: impl FnMut(&KeyPath) -> String,
) -> Result<(), Error> {
    writer.add_as(tree, name).map_err(|error| FileError::from(error).in_file(path))?.save(path)
}
