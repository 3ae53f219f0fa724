//! Loads the arrays of a file into a tree.

use ndarray::{ArrayViewMut, Dimension};

use crate::error::error::Error;
use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::files::archive::Archive;
use crate::files::array_info::ArrayInfo;
use crate::files::data::Data;
use crate::files::dtype::Dtype;
use crate::files::element::Element;
use crate::files::element::sealed::Sealed as _;
use crate::files::error::FileError;
use crate::files::names::{NO_MATCH, check_names, match_leaves};
use crate::files::report::Report;
use crate::files::staged::Staged;
use crate::layout::layout::Layout;
use crate::path::key::KeyPath;
use crate::walk::pytree::PyTreeMut;
use crate::walk::visit::VisitorMut;

impl<D: Data> Archive<D> {
    /// Loads the arrays into `tree`. Each leaf needs exactly one array with its shape and its element type, and each
    /// array a leaf; [`only`](Self::only), [`under`](Self::under) and [`cast`](Self::cast) allow more.
    ///
    /// The name of an array is the key path of its leaf (`.layers[0].w`), or the names of the keys joined by dots
    /// (`layers.0.w`) if only one leaf has that name. So a file of a struct can be loaded into a [`Tree`](crate::Tree).
    ///
    /// # Errors
    /// If the arrays do not match the tree: every array that is missing, is extra, has another shape or element type, or
    /// has a value that cannot be cast. If the file is malformed or cannot be read. `tree` is then unchanged.
    ///
    /// ```
    /// use std::io::Cursor;
    /// use pytree::npz;
    /// let mut bytes = Vec::new();
    /// npz::Writer::new().add("params", &vec![1.0, 2.0])?.add("step", &7_u64)?.write(&mut bytes)?;
    ///
    /// let file = npz::read(Cursor::new(bytes))?;
    /// let (mut params, mut step) = (vec![0.0, 0.0], 0_u64);
    /// file.under("params").load(&mut params)?;
    /// file.under("step").load(&mut step)?;
    /// assert_eq!((params, step), (vec![1.0, 2.0], 7));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[doc(alias = "load_state_dict")]
    pub fn load<P: PyTreeMut<Elem: Element>>(&self, tree: &mut P) -> Result<Report, Error> {
        let layout = Layout::of(tree);
        let paths: Vec<_> = layout.treedef().leaf_paths().collect();
        self.load_named(tree, &layout, paths, None)
    }

    /// Loads the arrays into `tree`, as [`load`](Self::load). The name of the array of each leaf is what `name` returns
    /// for the path of the leaf, so a file that was saved with `save_as` is loaded with the same closure.
    ///
    /// # Errors
    /// As [`load`](Self::load), and if two leaves have the same name.
    ///
    /// ```
    /// use std::io::Cursor;
    /// use pytree::{KeyPath, npz};
    /// let name = |path: &KeyPath| format!("model/{}", path.simple("/"));
    /// let mut bytes = Vec::new();
    /// npz::Writer::new().add_as(&(1.0, [2.0, 3.0]), name)?.write(&mut bytes)?;
    ///
    /// let mut tree = (0.0, [0.0, 0.0]);
    /// npz::read(Cursor::new(bytes))?.load_as(&mut tree, name)?;
    /// assert_eq!(tree, (1.0, [2.0, 3.0]));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn load_as<P: PyTreeMut<Elem: Element>>(
        &self,
        tree: &mut P,
        name: impl FnMut(&KeyPath) -> String,
    ) -> Result<Report, Error> {
        let layout = Layout::of(tree);
        let paths: Vec<_> = layout.treedef().leaf_paths().collect();
        let names: Vec<_> = paths.iter().map(name).collect();
        check_names(&paths, &names, |_| Ok(())).map_err(|error| self.error(error))?;
        self.load_named(tree, &layout, paths, Some(&names))
    }

    fn load_named<P: PyTreeMut<Elem: Element>>(
        &self,
        tree: &mut P,
        layout: &Layout,
        paths: Vec<KeyPath>,
        names: Option<&[String]>,
    ) -> Result<Report, Error> {
        self.check()?;
        let pattern = self.pattern.as_ref();
        let matched = match_leaves(&paths, names, &self.arrays, pattern, |leaf, array| {
            let mut wrong = self.check_dtype::<P::Elem>(array)?;
            let expected = layout.shape(leaf);
            if array.shape != expected {
                let (expected, found) = (expected.to_vec(), array.shape.clone());
                wrong.push(MismatchKind::Shape { expected, found });
            }
            Ok(wrong)
        });
        let matched = matched.map_err(|error| self.error(error))?;

        let mut staged: Vec<Option<Staged<D::Bytes>>> = Vec::with_capacity(paths.len());
        let mut report = Report::default();
        let mut misfits = Vec::new();
        for (path, array) in paths.into_iter().zip(matched.arrays) {
            let Some(array) = array.map(|array| &self.arrays[array]) else {
                staged.push(None);
                report.left.push(path);
                continue;
            };
            let staged_array = self.data.bytes(array).and_then(|bytes| {
                let array = Staged { array: array.clone(), bytes };
                let misfit = array.check::<P::Elem>()?.map(|kind| (path.clone(), kind));
                misfits.extend(misfit.map(|(path, kind)| Mismatch { path, kind }));
                Ok(array)
            });
            let array = staged_array.map_err(|error| self.error(error.in_array(&array.name)))?;
            if array.array.dtype != P::Elem::DTYPE {
                report.cast.push((path.clone(), array.array.dtype.to_string()));
            }
            report.loaded.push(path);
            staged.push(Some(array));
        }
        if !misfits.is_empty() {
            return Err(self.error(Error::mismatch(NO_MATCH, misfits)));
        }
        let unused = matched.unused.into_iter().map(|array| self.arrays[array].name.clone());
        report.unused = unused.chain(self.outside.iter().cloned()).collect();
        // Nothing can fail from here on.
        tree.walk_mut(&mut Unstage(staged.into_iter()));
        Ok(report)
    }

    /// What is wrong with the element type of an array that is loaded as `E`.
    pub(crate) fn check_dtype<E: Element>(
        &self,
        array: &ArrayInfo,
    ) -> Result<Vec<MismatchKind>, FileError> {
        if let Dtype::Malformed(reason) = &array.dtype {
            return Err(FileError::malformed(reason).in_array(&array.name));
        }
        let (found, expected) = (&array.dtype, E::DTYPE);
        let can_cast = found.is_real() && expected.is_real();
        if *found == expected || self.cast && can_cast {
            return Ok(Vec::new());
        }
        let hint = if can_cast { "; `cast` converts it" } else { "" };
        Ok(vec![MismatchKind::other(format!("expected {expected}, found {found}{hint}"))])
    }
}

/// Writes each array to its leaf.
struct Unstage<I>(I);

impl<'a, E, B, I> VisitorMut<'a, E> for Unstage<I>
where
    E: Element + 'a,
    B: AsRef<[u8]>,
    I: Iterator<Item = Option<Staged<B>>>,
{
    fn leaf<D: Dimension>(&mut self, leaf: ArrayViewMut<'a, E, D>) {
        if let Some(array) = self.0.next().flatten() {
            array.write_to(leaf);
        }
    }
}
