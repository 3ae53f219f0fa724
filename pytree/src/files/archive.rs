use std::borrow::Cow;
use std::fmt::{self, Display};
use std::path::Path;
use std::sync::Arc;

use crate::error::error::{Error, ErrorKind};
use crate::error::from_text::ToPattern;
use crate::error::print::{list, quote};
use crate::files::array_info::ArrayInfo;
use crate::files::data::{Data, Source, Stream};
use crate::files::error::FileError;
use crate::path::key::{Key, KeyPath};
use crate::path::parse::parse_path;
use crate::path::pattern::Pattern;

/// An open file of named arrays: lists them, and loads all or some of them into trees.
///
/// [`npz::open`](crate::npz::open), [`safetensors::open`](crate::safetensors::open) and their `read` and `views` return
/// it. No elements are read before [`load`](Self::load) or `tree`. [`under`](Self::under), [`rename`](Self::rename),
/// [`rename_with`](Self::rename_with), [`only`](Self::only) and [`cast`](Self::cast) return another view of the same
/// file, so one open file can be loaded into several trees.
///
/// `Display` prints a line for each array.
///
/// ```
/// use std::io::Cursor;
/// use ndarray::array;
/// use pytree::npz;
/// let mut bytes = Vec::new();
/// npz::Writer::new().add("", &(array![1.0, 2.0], 3.0))?.write(&mut bytes)?;
///
/// let file = npz::read(Cursor::new(bytes))?;
/// assert_eq!(file.to_string(), "[0]: f64[2]\n[1]: f64[]");
/// let mut tree = (array![0.0, 0.0], 0.0);
/// let report = file.load(&mut tree)?;
/// assert_eq!(tree, (array![1.0, 2.0], 3.0));
/// assert_eq!(report.loaded.len(), 2);
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "checkpoint")]
#[doc(alias = "NpzFile")]
#[doc(alias = "safe_open")]
#[derive(Clone)]
pub struct Archive<D> {
    pub(crate) data: D,
    /// The file that errors name.
    file: Option<Arc<Path>>,
    /// The arrays, under the names that [`Archive::renamed`] gave them.
    pub(crate) arrays: Vec<ArrayInfo>,
    /// The names of the arrays that [`Archive::renamed`] left out.
    pub(crate) outside: Vec<String>,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) cast: bool,
    /// The first error of a method that returns an archive. It is returned when the archive is loaded.
    error: Option<Error>,
}

impl<'r> Archive<Stream<'r>> {
    pub(crate) fn stream(source: impl Source + Send + 'r, arrays: Vec<ArrayInfo>) -> Self {
        Archive::new(Stream::new(source), arrays)
    }
}

impl<D: Data> Archive<D> {
    pub(crate) fn new(data: D, arrays: Vec<ArrayInfo>) -> Self {
        let (outside, pattern, cast, error) = (Vec::new(), None, false, None);
        Archive { data, file: None, arrays, outside, pattern, cast, error }
    }

    /// Names the file in errors.
    pub(crate) fn in_file(mut self, path: &Path) -> Self {
        self.file = Some(path.into());
        self
    }

    /// Adds the name of the file, if there is one, to an error.
    pub(crate) fn error(&self, error: impl Into<FileError>) -> Error {
        match &self.file {
            Some(file) => error.into().in_file(file),
            None => error.into().into(),
        }
    }

    /// Returns the first error of a method that returned an archive.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.error.clone().map_or(Ok(()), |error| Err(self.error(error)))
    }

    /// The arrays, in the order of the file. Those that [`under`](Self::under) or [`rename`](Self::rename) leaves out are
    /// not listed.
    ///
    /// ```
    /// use std::io::Cursor;
    /// use pytree::npz;
    /// let mut bytes = Vec::new();
    /// npz::Writer::new().add("params", &[[1.0_f32; 2]; 3])?.add("step", &7_i64)?.write(&mut bytes)?;
    /// let file = npz::read(Cursor::new(bytes))?;
    /// let names: Vec<_> = file.arrays().iter().map(|array| array.name()).collect();
    /// assert_eq!(names, [".params", ".step"]);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[doc(alias = "keys")]
    #[doc(alias = "files")]
    pub fn arrays(&self) -> &[ArrayInfo] {
        &self.arrays
    }

    /// The part of the file under a node: the arrays whose names begin with `prefix`, named by what follows. The prefix is
    /// a key path, `.params`, or the names of its keys joined by dots, such as the `model` of PyTorch's
    /// `model.layers.0.weight`. Only whole keys are compared: `.params` is not a prefix of `.params_ema.w`.
    ///
    /// The other arrays are not loaded, and are [`unused`](crate::files::Report::unused).
    ///
    /// # Errors
    /// [`load`](Self::load) returns an error if no array is under the prefix.
    ///
    /// ```
    /// use std::io::Cursor;
    /// use pytree::safetensors;
    /// let mut bytes = Vec::new();
    /// let trained = [0.5_f32, 1.5];
    /// safetensors::Writer::new().add_as(&trained, |_| "model.w".to_string())?.write(&mut bytes)?;
    ///
    /// let file = safetensors::read(Cursor::new(bytes))?;
    /// assert_eq!(file.under("model").arrays()[0].name(), "w");
    /// assert_eq!(file.under("model.").arrays()[0].name(), "w");
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[must_use]
    pub fn under(&self, prefix: &str) -> Self {
        let prefix = prefix.strip_prefix('.').unwrap_or(prefix);
        // `model.` is a prefix in other libraries.
        let prefix = prefix.strip_suffix('.').unwrap_or(prefix);
        let rename = |name: &str| after_prefix(name, prefix).map(str::to_string);
        self.renamed(rename, || format!("no array is under {}", quote(prefix)))
    }

    /// Gives each array the part of its name that `rename` returns. The arrays for which it returns `None` are not
    /// loaded, and are [`unused`](crate::files::Report::unused).
    ///
    /// Names that are not a part of the old ones are the matter of [`rename_with`](Self::rename_with).
    ///
    /// # Errors
    /// [`load`](Self::load) returns an error if `rename` returns `None` for every array.
    ///
    /// ```
    /// use std::io::Cursor;
    /// use pytree::safetensors;
    /// let mut bytes = Vec::new();
    /// safetensors::Writer::new()
    ///     .add_as(&[0.5_f32, 1.5], |_| "ema_w".to_string())?
    ///     .add_as(&7_i64, |_| "step".to_string())?
    ///     .write(&mut bytes)?;
    ///
    /// let file = safetensors::read(Cursor::new(bytes))?.rename(|name| name.strip_prefix("ema_"));
    /// assert_eq!(file.to_string(), "w: f32[2]");
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[doc(alias = "strip_prefix")]
    #[must_use]
    pub fn rename(&self, mut rename: impl FnMut(&str) -> Option<&str>) -> Self {
        let none = || "`rename` leaves out every array".to_string();
        self.renamed(|name| rename(name).map(str::to_string), none)
    }

    /// Gives each array the name that `rename` returns for its name.
    ///
    /// To rename the other way round, from the paths of the tree to the names in the file, use
    /// [`load_as`](Self::load_as).
    ///
    /// ```
    /// use std::io::Cursor;
    /// use ndarray::array;
    /// use pytree::{PyTree, safetensors};
    /// #[derive(PyTree)]
    /// struct Linear { weight: ndarray::Array2<f32>, bias: ndarray::Array1<f32> }
    ///
    /// let mut bytes = Vec::new();
    /// let theirs = Linear { weight: array![[1.0, 2.0]], bias: array![3.0] };
    /// safetensors::Writer::new().add_as(&theirs, |path| path.simple("/"))?.write(&mut bytes)?;
    ///
    /// #[derive(PyTree)]
    /// struct Dense { w: ndarray::Array2<f32>, b: ndarray::Array1<f32> }
    /// let mut dense = Dense { w: array![[0.0, 0.0]], b: array![0.0] };
    /// let file = safetensors::read(Cursor::new(bytes))?;
    /// file.rename_with(|name| name.replace("weight", "w").replace("bias", "b")).load(&mut dense)?;
    /// assert_eq!(dense.b, array![3.0]);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[must_use]
    pub fn rename_with(&self, mut rename: impl FnMut(&str) -> String) -> Self {
        self.renamed(|name| Some(rename(name)), String::new)
    }

    /// Leaves out the arrays for which `rename` returns `None`. If those are all arrays, the error begins with `none`.
    fn renamed(
        &self,
        mut rename: impl FnMut(&str) -> Option<String>,
        none: impl FnOnce() -> String,
    ) -> Self {
        let mut renamed = self.clone();
        renamed.arrays.clear();
        for array in &self.arrays {
            match rename(&array.name) {
                Some(name) => renamed.arrays.push(ArrayInfo { name, ..array.clone() }),
                None => renamed.outside.push(array.name.clone()),
            }
        }
        if renamed.arrays.is_empty() && !self.arrays.is_empty() {
            let names = self.arrays.iter().map(|array| quote(&array.name));
            let names = list(names, self.arrays.len(), ", ");
            let text = format!("{}; the arrays are {names}", none());
            renamed.error.get_or_insert(Error::new(ErrorKind::NotFound, text));
        }
        renamed
    }

    /// Loads only the leaves and the arrays that `pattern` selects. The other leaves keep their elements, and the other
    /// arrays are not read.
    ///
    /// Each leaf that the pattern selects needs an array, and each array that the pattern selects needs a leaf. The
    /// pattern is compared with the path of the leaf and with the name of the array as a path: `layers.0.w` is
    /// `.layers[0].w`. [`load_as`](Self::load_as) compares the name only if the array has no leaf.
    ///
    /// | pattern | for |
    /// |---|---|
    /// | `!head.**` | a file without `.head`, or with a `.head` that is not wanted |
    /// | `**` | everything, as without a pattern |
    /// | `!**.num_batches_tracked` | counters in the file that are not in the tree |
    ///
    /// A second pattern replaces the first.
    ///
    /// # Errors
    /// [`load`](Self::load) returns an error if `pattern` cannot be parsed, or if an alternative of it selects neither a
    /// leaf nor an array.
    ///
    /// ```
    /// use std::io::Cursor;
    /// use pytree::{PyTree, npz};
    /// #[derive(PyTree)]
    /// struct Body { w: f64 }
    /// #[derive(PyTree)]
    /// struct Net { w: f64, head: f64 }
    ///
    /// let mut bytes = Vec::new();
    /// npz::Writer::new().add("", &Body { w: 1.0 })?.write(&mut bytes)?;
    /// let mut net = Net { w: 0.0, head: 7.0 };
    /// let report = npz::read(Cursor::new(bytes))?.only("!head").load(&mut net)?;
    /// assert_eq!((net.w, net.head), (1.0, 7.0));
    /// assert_eq!(report.left[0].to_string(), ".head");
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[doc(alias = "strict")]
    #[doc(alias = "partial")]
    #[must_use]
    pub fn only(&self, pattern: impl ToPattern) -> Self {
        let mut only = self.clone();
        match pattern.to_pattern().map(Cow::into_owned) {
            Ok(pattern) => only.pattern = Some(pattern),
            Err(error) => drop(only.error.get_or_insert(error)),
        }
        only
    }

    /// Converts real numbers of other types to the element type of the tree.
    ///
    /// Floats (`f16`, `bf16`, `f32`, `f64`) are rounded to the nearest; integers must fit exactly, and so must a float
    /// that is loaded as an integer. `bool` and complex numbers are not cast.
    ///
    /// # Errors
    /// [`load`](Self::load) returns an error if a value does not fit: the label of the first such element of each leaf.
    ///
    /// ```
    /// use std::io::Cursor;
    /// use pytree::npz;
    /// let mut bytes = Vec::new();
    /// npz::Writer::new().add("", &vec![1_i64, 1 << 24, (1 << 24) + 1])?.write(&mut bytes)?;
    /// let file = npz::read(Cursor::new(bytes))?.cast();
    ///
    /// let mut double = vec![0.0_f64; 3];
    /// file.load(&mut double)?;
    /// assert_eq!(double, [1.0, 16_777_216.0, 16_777_217.0]);
    ///
    /// let mut single = vec![0.0_f32; 3];
    /// assert_eq!(
    ///     file.load(&mut single).unwrap_err().to_string(),
    ///     "the arrays do not match the tree: at the root: the element [2] is 16777217, which is not an f32"
    /// );
    /// assert_eq!(single, [0.0; 3]);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[doc(alias = "astype")]
    #[must_use]
    pub fn cast(&self) -> Self {
        Archive { cast: true, ..self.clone() }
    }
}

/// The name of an array in the part of a file under `prefix`, which has no dot at its beginning.
fn after_prefix<'n>(name: &'n str, prefix: &str) -> Option<&'n str> {
    let is_path = name.starts_with(['.', '[']);
    let after = name.strip_prefix('.').unwrap_or(name).strip_prefix(prefix)?;
    match after.chars().next() {
        None | Some('[') => Some(after),
        // The dot is part of the next key in `.params.w`, and a separator in `params.w`.
        Some('.') => Some(if is_path { after } else { &after[1..] }),
        Some(_) if prefix.is_empty() => Some(name),
        Some(_) => None,
    }
}

impl<D: Data> Display for Archive<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, array) in self.arrays.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "\n" })?;
            Display::fmt(array, f)?;
        }
        Ok(())
    }
}

/// The path of an array that no leaf has: the name as a key path, or as the names of keys joined by dots. A name that is
/// a number is a position.
pub(crate) fn path_of(name: &str) -> KeyPath {
    let key = |name: &str| match name.parse::<usize>() {
        Ok(index) if index.to_string() == name => Key::Sequence(index),
        _ => Key::GetAttr(name.to_string().into()),
    };
    let Ok(path) = parse_path(name) else { return name.split('.').map(key).collect() };
    let keys = path.keys().iter().map(|one| match one {
        Key::GetAttr(name) => key(name),
        one => one.clone(),
    });
    keys.collect()
}
