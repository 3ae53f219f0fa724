use std::fmt::Display;

use ndarray::{Array1, ArrayView, ArrayView1, ArrayViewD, ArrayViewMut, ArrayViewMut1, Dimension};

use crate::build::from_leaves::FromLeaves;
use crate::error::error::Error;
use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::layout::layout::Layout;
use crate::layout::ravel::{Append, Gather, GatherStrided, Scatter, contiguous};
use crate::map::flat::Flat;
use crate::map::flatten::tree_flatten;
use crate::map::select::Select;
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::{Visitor, VisitorMut};

/// The layout of a vector of only some leaves of a tree, made by [`Layout::select`].
///
/// An optimiser can then change the selected leaves, while the other leaves keep their values.
///
/// ```
/// use ndarray::{Array1, array};
/// use pytree::{Layout, PyTree};
///
/// #[derive(PyTree, Clone)]
/// struct Dense { w: Array1<f64>, b: Array1<f64> }
///
/// let mut layers = vec![
///     Dense { w: array![1.0, 2.0], b: array![3.0] },
///     Dense { w: array![4.0], b: array![5.0] },
/// ];
/// let weights = Layout::of(&layers).select("[*].w")?;
/// assert_eq!(weights.ravel(&layers)?, array![1.0, 2.0, 4.0]);
/// assert_eq!(weights.index("[1].w[0]")?, 2);
/// assert_eq!(weights.indices(), [0, 1, 3]);
///
/// weights.unravel_into(&[10.0, 20.0, 40.0], &mut layers)?; // no allocation; the biases stay
/// assert_eq!((&layers[0].w, &layers[0].b), (&array![10.0, 20.0], &array![3.0]));
/// # Ok::<(), pytree::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Part {
    /// The layout of the whole tree.
    whole: Layout,
    /// For each leaf of the whole tree, whether it is in the part. The `i`th `true` is leaf `i` of `layout`.
    selected: Vec<bool>,
    /// The layout of the tree without the other leaves, whose vector is that of the part.
    layout: Layout,
}

impl Layout {
    /// Takes the leaves that a pattern or a mask [selects](Select) as a vector of their own.
    ///
    /// For the leaves that satisfy a condition, compute a mask:
    /// `layout.select(tree_flatten(&tree).map(|leaf| leaf.ndim() > 1))`.
    ///
    /// # Errors
    /// If `leaves` is not a valid pattern, if one of its alternatives matches no leaf (the error names the
    /// nearest path), if its exclusions (`!`) leave no leaf, or if a mask does not match the tree.
    ///
    /// ```
    /// let layout = pytree::Layout::of(&(1.0, [2.0, 3.0]));
    /// assert_eq!(layout.select("[1]")?.layout().len(), 2);
    /// let error = layout.select("w").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the pattern does not match the tree: no leaf matches \".w\"; the nearest is [0]"
    /// );
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn select(&self, leaves: impl Select) -> Result<Part, Error> {
        let selected = leaves.mask(self.treedef())?;
        let shapes = self.shapes().zip(&selected).filter(|(_, selected)| **selected);
        let shapes: Vec<_> = shapes.map(|(shape, _)| shape.to_vec()).collect();
        let layout = Layout::from_shapes(self.treedef().retain(&selected), &shapes);
        Ok(Part { whole: self.clone(), selected, layout })
    }
}

impl Part {
    /// The layout of the vector of the part, for its ranges, views and blocks.
    ///
    /// Its structure is that of the tree without the other leaves: a dict lacks their keys, and elsewhere `None`
    /// replaces them.
    ///
    /// ```
    /// use pytree::Layout;
    /// let part = Layout::of(&(1.0, (2.0, 3.0))).select("[1][1]")?;
    /// assert!(part.layout().labels().eq(["[1][1]"]));
    /// assert_eq!(part.layout().treedef().to_string(), "PyTreeDef((None, (None, *)))");
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The layout of the whole tree.
    ///
    /// ```
    /// use pytree::Layout;
    /// let layout = Layout::of(&(1.0, [2.0, 3.0]));
    /// assert_eq!(*layout.select("[0]")?.whole(), layout);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn whole(&self) -> &Layout {
        &self.whole
    }

    /// The length of the vector of the part.
    ///
    /// ```
    /// let part = pytree::Layout::of(&(1.0, [2.0, 3.0])).select("[1]")?;
    /// assert_eq!(part.len(), 2);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.layout.len()
    }

    /// Whether the vector of the part is empty.
    ///
    /// ```
    /// use ndarray::Array1;
    /// let part = pytree::Layout::of(&(1.0, Array1::<f64>::zeros(0))).select("[1]")?;
    /// assert!(part.is_empty());
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.layout.is_empty()
    }

    /// The name of the element at `index` of the vector of the part, which is the name that it has in the whole tree.
    ///
    /// # Errors
    /// As [`Layout::label`].
    ///
    /// ```
    /// let part = pytree::Layout::of(&(1.0, [2.0, 3.0])).select("[1]")?;
    /// assert_eq!(part.label(1)?, "[1][1]");
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn label(&self, index: usize) -> Result<String, Error> {
        self.layout.label(index)
    }

    /// The names of all elements of the vector of the part, in order. Each element has the name that it has in the
    /// whole tree.
    ///
    /// ```
    /// let part = pytree::Layout::of(&(1.0, [2.0, 3.0])).select("[1]")?;
    /// assert!(part.labels().eq(["[1][0]", "[1][1]"]));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn labels(&self) -> impl Iterator<Item = String> {
        self.layout.labels()
    }

    /// The index in the vector of the part of the element with this name.
    ///
    /// # Errors
    /// As [`Layout::index`], and if the element is in the whole tree but not in the part.
    ///
    /// ```
    /// let part = pytree::Layout::of(&(1.0, [2.0, 3.0])).select("[1]")?;
    /// assert_eq!(part.index("[1][1]")?, 1);
    /// assert_eq!(
    ///     part.index("[0]").unwrap_err().to_string(),
    ///     "no such element: at [0]: the leaf is in the whole tree, but not in this part"
    /// );
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn index(&self, label: impl Display) -> Result<usize, Error> {
        let label = label.to_string();
        self.layout.index(&label).map_err(|error| {
            let in_whole = self.whole.index(&label);
            let Some(path) = in_whole.and_then(|index| self.whole.path(index..index + 1)).ok()
            else {
                return error;
            };
            let text = "the leaf is in the whole tree, but not in this part";
            let mismatch = Mismatch { path, kind: MismatchKind::other(text) };
            Error::not_found("no such element", vec![mismatch])
        })
    }

    /// The indices of the elements of the part in the vector of the whole tree, in order. They select the part of a
    /// gradient or a covariance of the whole tree.
    ///
    /// ```
    /// use ndarray::{Array2, Axis};
    /// let part = pytree::Layout::of(&(1.0, [2.0, 3.0])).select("[1]")?;
    /// let indices = part.indices();
    /// assert_eq!(indices, [1, 2]);
    ///
    /// let whole = Array2::from_shape_fn((3, 3), |(i, j)| 10 * i + j);
    /// let covariance = whole.select(Axis(0), &indices).select(Axis(1), &indices);
    /// assert_eq!(covariance, ndarray::array![[11, 12], [21, 22]]);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn indices(&self) -> Vec<usize> {
        let leaves = self.selected.iter().enumerate().filter(|(_, selected)| **selected);
        leaves.flat_map(|(leaf, _)| self.whole.start(leaf)..self.whole.start(leaf + 1)).collect()
    }

    /// Ravels the selected leaves of `tree` to a new vector.
    ///
    /// # Errors
    /// If `tree` does not have the layout [`whole`](Self::whole): every path at which it differs.
    ///
    /// ```
    /// use pytree::Layout;
    /// let tree = (1.0, [2.0, 3.0]);
    /// let part = Layout::of(&tree).select("[1]")?;
    /// assert_eq!(part.ravel(&tree)?, ndarray::array![2.0, 3.0]);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn ravel<P: PyTree<Elem: Clone>>(&self, tree: &P) -> Result<Array1<P::Elem>, Error> {
        self.whole.check(tree)?;
        let mut append = self.only(Append(Vec::with_capacity(self.layout.len())));
        tree.walk(&mut append);
        Ok(Array1::from_vec(append.inner.0))
    }

    /// Writes the selected leaves of `tree` to `vector`. Does not allocate, as [`Layout::ravel_into`].
    ///
    /// # Errors
    /// If `tree` does not have the layout [`whole`](Self::whole), or if `vector.len() != self.len()`. `vector` is then
    /// unchanged.
    ///
    /// ```
    /// use pytree::Layout;
    /// let tree = (1.0, [2.0, 3.0]);
    /// let mut vector = [0.0; 2];
    /// Layout::of(&tree).select("[1]")?.ravel_into(&tree, &mut vector)?;
    /// assert_eq!(vector, [2.0, 3.0]);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn ravel_into<'v, P: PyTree<Elem: Clone>>(
        &self,
        tree: &P,
        vector: impl Into<ArrayViewMut1<'v, P::Elem>>,
    ) -> Result<(), Error> {
        let mut vector = vector.into();
        self.layout.check_len(vector.len())?;
        self.whole.check(tree)?;
        match vector.as_slice_mut() {
            Some(slice) => tree.walk(&mut self.only(Gather { remaining: slice })),
            None => tree.walk(&mut self.only(GatherStrided { remaining: vector.iter_mut() })),
        }
        Ok(())
    }

    /// Builds a tree of the return type with the selected leaves from `vector` and the other leaves from `tree`.
    ///
    /// # Errors
    /// If `tree` does not have the layout [`whole`](Self::whole), if `vector.len() != self.len()`, or if `R` does not
    /// have that layout.
    ///
    /// ```
    /// use pytree::Layout;
    /// let tree = (1.0, [2.0, 3.0]);
    /// let part = Layout::of(&tree).select("[1]")?;
    /// let other: (f64, [f64; 2]) = part.unravel(&[20.0, 30.0], &tree)?;
    /// assert_eq!(other, (1.0, [20.0, 30.0]));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn unravel<'v, P, R>(
        &self,
        vector: impl Into<ArrayView1<'v, P::Elem>>,
        tree: &P,
    ) -> Result<R, Error>
    where
        P: PyTree<Elem: Clone>,
        R: for<'a> FromLeaves<ArrayViewD<'a, P::Elem>>,
    {
        let vector = vector.into();
        self.layout.check_len(vector.len())?;
        self.whole.check(tree)?;
        let slice = contiguous(&vector);
        // `from_vector` has the selected leaves only, in the order in which they are in the tree.
        let mut from_vector = self.layout.slices(&slice);
        let flat = tree_flatten(tree);
        let treedef = flat.treedef().clone();
        let leaves = flat.into_leaves().into_iter().zip(&self.selected);
        let leaves = leaves.map(|(leaf, selected)| match selected {
            true => from_vector.next().unwrap_or(leaf),
            false => leaf,
        });
        Flat::from_parts(treedef, leaves.collect()).unflatten()
    }

    /// Writes `vector` to the selected leaves of `tree`, and leaves the others unchanged. Does not allocate, as
    /// [`Layout::unravel_into`].
    ///
    /// A shared `Rc`, `Arc` or `ArcArray` is cloned, also if none of its leaves is selected.
    ///
    /// # Errors
    /// If `tree` does not have the layout [`whole`](Self::whole), or if `vector.len() != self.len()`. `tree` is then
    /// unchanged.
    ///
    /// ```
    /// use pytree::Layout;
    /// let mut tree = (1.0, [2.0, 3.0]);
    /// Layout::of(&tree).select("[1]")?.unravel_into(&[20.0, 30.0], &mut tree)?;
    /// assert_eq!(tree, (1.0, [20.0, 30.0]));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn unravel_into<'v, P: PyTreeMut<Elem: Clone>>(
        &self,
        vector: impl Into<ArrayView1<'v, P::Elem>>,
        tree: &mut P,
    ) -> Result<(), Error> {
        let vector = vector.into();
        self.layout.check_len(vector.len())?;
        self.whole.check(tree)?;
        tree.walk_mut(&mut self.only(Scatter { remaining: &contiguous(&vector) }));
        Ok(())
    }

    /// Wraps a visitor so that it visits the selected leaves only.
    fn only<V>(&self, inner: V) -> Only<'_, V> {
        Only { selected: &self.selected, inner }
    }
}

/// Passes the selected leaves to another visitor.
///
/// The visitors of `ravel.rs` consume the vector from the front, one leaf after the other. They need no change to
/// work on a part, because its vector has the selected leaves in the same order.
struct Only<'s, V> {
    /// For each leaf still to come, whether it is selected.
    selected: &'s [bool],
    inner: V,
}

impl<V> Only<'_, V> {
    /// Whether the next leaf is selected.
    fn next(&mut self) -> bool {
        self.selected.split_off_first() == Some(&true)
    }
}

impl<'a, E: 'a, V: Visitor<'a, E>> Visitor<'a, E> for Only<'_, V> {
    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) {
        if self.next() {
            self.inner.leaf(leaf);
        }
    }
}

impl<'a, E: 'a, V: VisitorMut<'a, E>> VisitorMut<'a, E> for Only<'_, V> {
    fn leaf<D: Dimension>(&mut self, leaf: ArrayViewMut<'a, E, D>) {
        if self.next() {
            self.inner.leaf(leaf);
        }
    }
}
