use std::ops::Range;

use ndarray::{
    ArrayBase, ArrayView1, ArrayViewD, ArrayViewMut1, ArrayViewMutD, Axis, Data, Ix1, IxDyn, Slice,
};

use crate::error::error::{Error, ErrorKind};
use crate::error::from_text::ToPath;
use crate::layout::layout::{Layout, NOT_CONTIGUOUS};
use crate::layout::within::Within;
use crate::path::key::KeyPath;
use crate::structure::find::find_within;
use crate::structure::treedef::Subtree;

const NO_NODE: &str = "the path does not match the layout";

impl Layout {
    /// The range of the vector that belongs to the node at `path`: a leaf, or all leaves under an inner node.
    /// Indices after the path of a leaf select a row or an element of the leaf.
    ///
    /// # Errors
    /// If `path` is not a valid path, if the tree has no such node (the error lists the keys that exist and the most
    /// similar path), or if an index is past the end of an axis.
    ///
    /// ```
    /// let layout = pytree::Layout::of(&(1.0, ([2.0, 3.0], [[4.0, 5.0], [6.0, 7.0]])));
    /// assert_eq!(layout.range("[1]")?, 1..7);
    /// assert_eq!(layout.range("[1][0][1]")?, 2..3); // an element
    /// assert_eq!(layout.range("[1][1][1]")?, 5..7); // a row
    ///
    /// let error = layout.range("[1][0][2]").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the path does not match the layout: \
    ///      at [1][0]: expected an index within shape [2], found [2]"
    /// );
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn range(&self, path: impl ToPath) -> Result<Range<usize>, Error> {
        let path = path.to_path()?;
        let (subtree, depth) = find_within(self.treedef(), &path, NO_NODE)?;
        if depth == path.keys().len() {
            return Ok(self.range_of(subtree));
        }
        self.leaf_range(&*path).map(|(range, _)| range)
    }

    /// Iterates over the leaves in order: the path, the shape and the range of the vector of each leaf.
    ///
    /// ```
    /// let layout = pytree::Layout::of(&(1.0, ndarray::array![[2.0, 3.0]]));
    /// let lines = layout.leaves().map(|(path, shape, range)| format!("{path}: {shape:?} at {range:?}"));
    /// assert!(lines.eq(["[0]: [] at 0..1", "[1]: [1, 2] at 1..3"]));
    /// ```
    pub fn leaves(&self) -> impl Iterator<Item = (KeyPath, &[usize], Range<usize>)> {
        self.treedef()
            .leaf_paths()
            .enumerate()
            .map(|(leaf, path)| (path, self.shape(leaf), self.start(leaf)..self.start(leaf + 1)))
    }

    /// The path of the innermost node whose range contains `range`. An empty range belongs to the root.
    ///
    /// This is the inverse of [`range`](Self::range), except where a node and its only child have the same range:
    /// the path is then that of the child.
    ///
    /// # Errors
    /// If `range` is not a part of `0..self.len()`.
    ///
    /// ```
    /// let layout = pytree::Layout::of(&(1.0, (2.0, 3.0)));
    /// assert_eq!(layout.path(2..3)?.to_string(), "[1][1]");
    /// assert_eq!(layout.path(1..3)?.to_string(), "[1]");
    /// assert_eq!(layout.path(0..2)?.to_string(), "");
    ///
    /// let error = layout.path(2..4).unwrap_err();
    /// assert_eq!(error.to_string(), "no such part: expected a part of 0..3, found 2..4");
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn path(&self, range: Range<usize>) -> Result<KeyPath, Error> {
        if range.start > range.end || range.end > self.len() {
            let len = self.len();
            let text = format!("expected a part of 0..{len}, found {range:?}");
            return Err(Error::whole(ErrorKind::NotFound, "no such part", text));
        }
        let (mut path, mut subtree) = (KeyPath::root(), self.treedef().root());
        let holds = |child| {
            let part = self.range_of(child);
            !range.is_empty() && part.start <= range.start && range.end <= part.end
        };
        while let Some((key, child)) = subtree.children().find(|(_, child)| holds(*child)) {
            path.push(key);
            subtree = child;
        }
        Ok(path)
    }

    /// The range of the vector that belongs to all leaves under a node.
    fn range_of(&self, subtree: Subtree<'_>) -> Range<usize> {
        let end = subtree.at.past(subtree.arena);
        self.start(subtree.at.leaf)..self.start(end.leaf)
    }

    /// A view into `vector` of the leaf at `path`, in the shape of the leaf. Indices after the path of the leaf select
    /// a row or an element.
    ///
    /// # Errors
    /// If `vector` has another length, if `path` is not a valid path, if the tree has no leaf at `path`, or if the leaf
    /// has several axes and the elements of `vector` are not contiguous.
    ///
    /// ```
    /// use ndarray::array;
    /// let layout = pytree::Layout::of(&(1.0, array![[2.0, 3.0], [4.0, 5.0]]));
    /// let vector = array![0.0, 1.0, 2.0, 3.0, 4.0];
    /// assert_eq!(layout.view(&vector, "[1]")?, array![[1.0, 2.0], [3.0, 4.0]].into_dyn());
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn view<'v, E: 'v>(
        &self,
        vector: impl Into<ArrayView1<'v, E>>,
        path: impl ToPath,
    ) -> Result<ArrayViewD<'v, E>, Error> {
        self.leaf_of(vector.into(), &*path.to_path()?)
    }

    /// A mutable [`view`](Self::view).
    ///
    /// # Errors
    /// As [`view`](Self::view).
    ///
    /// ```
    /// use ndarray::array;
    /// let layout = pytree::Layout::of(&(1.0, array![2.0, 3.0]));
    /// let mut vector = array![0.0, 1.0, 2.0];
    /// layout.view_mut(&mut vector, "[1]")?.fill(7.0);
    /// assert_eq!(vector, array![0.0, 7.0, 7.0]);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn view_mut<'v, E: 'v>(
        &self,
        vector: impl Into<ArrayViewMut1<'v, E>>,
        path: impl ToPath,
    ) -> Result<ArrayViewMutD<'v, E>, Error> {
        self.leaf_of(vector.into(), &*path.to_path()?)
    }

    /// The range of the vector that belongs to the leaf at `path`, and the shape of the leaf. Indices after the path of
    /// the leaf select a row or an element.
    pub(crate) fn leaf_range(&self, path: impl ToPath) -> Result<(Range<usize>, &[usize]), Error> {
        let within = Within::find(self.treedef(), &*path.to_path()?, NO_NODE)?;
        let (part, shape) = within.part(self.shape(within.leaf), NO_NODE)?;
        let start = self.start(within.leaf);
        Ok((start + part.start..start + part.end, shape))
    }

    /// Slices `vector` to the leaf at `path`, and reshapes it to the shape of the leaf.
    fn leaf_of<S: Data>(
        &self,
        mut vector: ArrayBase<S, Ix1>,
        path: &KeyPath,
    ) -> Result<ArrayBase<S, IxDyn>, Error> {
        self.check_len(vector.len())?;
        let (range, shape) = self.leaf_range(path)?;
        vector.slice_axis_inplace(Axis(0), Slice::from(range));
        // One axis may be strided; more axes need contiguous elements.
        if shape.len() == 1 {
            return Ok(vector.into_dyn());
        }
        vector.into_shape_with_order(shape).map_err(|_| {
            let text = format!("at {path}: {NOT_CONTIGUOUS}");
            Error::whole(ErrorKind::Length, "the vector cannot be viewed", text)
        })
    }
}
