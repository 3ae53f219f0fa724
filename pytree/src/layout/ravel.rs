use std::borrow::Cow;

use ndarray::iter::IterMut;
use ndarray::{
    Array1, ArrayView, ArrayView1, ArrayViewD, ArrayViewMut, ArrayViewMut1, ArrayViewMutD,
    Dimension, Ix1,
};

use crate::build::from_leaves::{FromLeaves, build};
use crate::error::error::{Error, ErrorKind};
use crate::layout::layout::{Layout, NOT_CONTIGUOUS};
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::{Visitor, VisitorMut};

/// Ravels `tree`: returns all leaves as one vector, and the layout that [unravels](Layout::unravel) it.
///
/// The counterpart of `jax.flatten_util.ravel_pytree`, whose second result is a closure.
///
/// ```
/// use ndarray::{Array1, array};
/// use pytree::ravel_pytree;
/// let tree = vec![array![1.0, 2.0], array![3.0]];
/// let (flat, unravel) = ravel_pytree(&tree);
/// assert_eq!(flat, array![1.0, 2.0, 3.0]);
/// let back: Vec<Array1<f64>> = unravel.unravel(flat.view())?;
/// assert_eq!(back, tree);
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "flatten_util")]
#[doc(alias = "concatenate")]
#[doc(alias = "tree_ravel")]
pub fn ravel_pytree<P: PyTree<Elem: Clone>>(tree: &P) -> (Array1<P::Elem>, Layout) {
    let layout = Layout::of(tree);
    let flat = append(&layout, tree);
    (flat, layout)
}

fn append<P: PyTree<Elem: Clone>>(layout: &Layout, tree: &P) -> Array1<P::Elem> {
    let mut append = Append(Vec::with_capacity(layout.len()));
    tree.walk(&mut append);
    Array1::from_vec(append.0)
}

impl Layout {
    /// Ravels `tree` to a new vector.
    ///
    /// # Errors
    /// If `tree` has another layout: every path at which it differs.
    ///
    /// ```
    /// use pytree::Layout;
    /// let layout = Layout::of(&vec![0.0; 3]);
    /// assert_eq!(layout.ravel(&vec![1.0, 2.0, 3.0])?, ndarray::array![1.0, 2.0, 3.0]);
    /// assert!(layout.ravel(&vec![1.0]).is_err());
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn ravel<P: PyTree<Elem: Clone>>(&self, tree: &P) -> Result<Array1<P::Elem>, Error> {
        self.check(tree)?;
        Ok(append(self, tree))
    }

    /// Writes all leaves of `tree` to `vector`: a mutable slice, `Vec`, `Array1` or view.
    ///
    /// Does not allocate, except to sort the keys of each `HashMap`.
    ///
    /// # Errors
    /// If `tree` has another layout, or if `vector.len() != self.len()`. `vector` is then unchanged.
    ///
    /// ```
    /// let tree = (1.0, [2.0, 3.0]);
    /// let mut vector = ndarray::Array1::zeros(3);
    /// pytree::Layout::of(&tree).ravel_into(&tree, &mut vector)?;
    /// assert_eq!(vector, ndarray::array![1.0, 2.0, 3.0]);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[inline]
    pub fn ravel_into<'v, P: PyTree<Elem: Clone>>(
        &self,
        tree: &P,
        vector: impl Into<ArrayViewMut1<'v, P::Elem>>,
    ) -> Result<(), Error> {
        let vector = vector.into();
        self.check_len(vector.len())?;
        self.check(tree)?;
        gather(tree, vector);
        Ok(())
    }

    /// Builds a tree of the return type from `vector`: a slice, a view, or a reference to a `Vec` or `Array1`.
    ///
    /// The element type may differ from that of the tree that the layout was made from.
    ///
    /// # Errors
    /// If `vector.len() != self.len()`, or if `R` does not have this layout.
    ///
    /// ```
    /// let layout = pytree::Layout::of(&(0.0, [0.0, 0.0]));
    /// let tree: (f32, [f32; 2]) = layout.unravel(&[1.0_f32, 2.0, 3.0])?;
    /// assert_eq!(tree, (1.0, [2.0, 3.0]));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn unravel<'v, E: Clone + 'v, R>(
        &self,
        vector: impl Into<ArrayView1<'v, E>>,
    ) -> Result<R, Error>
    where
        R: for<'a> FromLeaves<ArrayViewD<'a, E>>,
    {
        let vector = vector.into();
        self.check_len(vector.len())?;
        let slice = contiguous(&vector);
        build(self.treedef(), &mut self.slices(&slice))
    }

    /// Writes `vector` to the leaves of `tree`.
    ///
    /// Does not allocate, except to sort the keys of each `HashMap`, to clone each shared `Rc`, `Arc` or `ArcArray`,
    /// and to copy a `vector` that is not contiguous.
    ///
    /// # Errors
    /// If `tree` has another layout, or if `vector.len() != self.len()`. `tree` is then unchanged.
    ///
    /// ```
    /// let mut tree = (0.0, [0.0, 0.0]);
    /// pytree::Layout::of(&tree).unravel_into(&[1.0, 2.0, 3.0], &mut tree)?;
    /// assert_eq!(tree, (1.0, [2.0, 3.0]));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[inline]
    pub fn unravel_into<'v, P: PyTreeMut<Elem: Clone>>(
        &self,
        vector: impl Into<ArrayView1<'v, P::Elem>>,
        tree: &mut P,
    ) -> Result<(), Error> {
        let vector = vector.into();
        self.check_len(vector.len())?;
        self.check(tree)?;
        scatter(&vector, tree);
        Ok(())
    }

    /// Builds a tree whose leaves are views into `vector`. Nothing is copied.
    ///
    /// The leaves are `ArrayView`s or, if they have one axis, slices (`&[f64]`). The tree can be read as any
    /// [`PyTree`]; to write to the vector through a tree, use [`views_mut`](Self::views_mut).
    ///
    /// # Errors
    /// If `vector.len() != self.len()`, if the elements of `vector` are not contiguous, or if `R` does not have this
    /// layout.
    ///
    /// ```
    /// use ndarray::{ArrayView1, array};
    /// use pytree::{Layout, PyTree};
    /// #[derive(PyTree)]
    /// struct Gates<A> { v: A, m: A }
    ///
    /// let layout = Layout::of(&Gates { v: array![0.0, 0.0], m: array![0.0] });
    /// let flat = array![-70.0, -65.0, 0.1];
    /// let views: Gates<ArrayView1<f64>> = layout.views(&flat)?;
    /// assert_eq!(views.v, array![-70.0, -65.0]);
    /// assert_eq!(views.m[0], 0.1);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn views<'v, E: 'v, R>(&self, vector: impl Into<ArrayView1<'v, E>>) -> Result<R, Error>
    where
        R: FromLeaves<ArrayViewD<'v, E>>,
    {
        let vector = vector.into();
        self.check_len(vector.len())?;
        let slice = vector.to_slice().ok_or_else(not_contiguous)?;
        build(self.treedef(), &mut self.slices(slice))
    }
}

impl Layout {
    /// Builds a tree whose leaves are mutable views into `vector`. Nothing is copied.
    ///
    /// The leaves are `ArrayViewMut`s or, if they have one axis, slices (`&mut [f64]`). The tree is a [`PyTreeMut`].
    ///
    /// # Errors
    /// As [`views`](Self::views).
    ///
    /// ```
    /// use ndarray::{Array1, ArrayViewMut1, array};
    /// use pytree::{Layout, PyTree};
    /// #[derive(PyTree)]
    /// struct Gates<A> { v: A, m: A }
    ///
    /// let layout = Layout::of(&Gates { v: array![0.0, 0.0], m: array![0.0] });
    /// let mut flat = array![-70.0, -65.0, 0.1];
    /// let mut gates: Gates<ArrayViewMut1<f64>> = layout.views_mut(&mut flat)?;
    /// gates.v += 5.0;
    /// gates.m[0] = 0.2;
    /// assert_eq!(flat, array![-65.0, -60.0, 0.2]);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn views_mut<'v, E: 'v, R>(
        &self,
        vector: impl Into<ArrayViewMut1<'v, E>>,
    ) -> Result<R, Error>
    where
        R: FromLeaves<ArrayViewMutD<'v, E>>,
    {
        let vector = vector.into();
        self.check_len(vector.len())?;
        let slice = vector.into_slice().ok_or_else(not_contiguous)?;
        build(self.treedef(), &mut self.slices_mut(slice))
    }
}

fn not_contiguous() -> Error {
    Error::whole(ErrorKind::Length, "the vector cannot be viewed", NOT_CONTIGUOUS)
}

/// Writes all leaves of `tree` to `vector`; the layout and the length have been checked.
#[inline]
pub(crate) fn gather<P: PyTree<Elem: Clone>>(tree: &P, mut vector: ArrayViewMut1<'_, P::Elem>) {
    match vector.as_slice_mut() {
        Some(slice) => tree.walk(&mut Gather { remaining: slice }),
        None => tree.walk(&mut GatherStrided { remaining: vector.iter_mut() }),
    }
}

/// Writes `vector` to the leaves of `tree`; the layout and the length have been checked.
#[inline]
pub(crate) fn scatter<P: PyTreeMut<Elem: Clone>>(vector: &ArrayView1<'_, P::Elem>, tree: &mut P) {
    tree.walk_mut(&mut Scatter { remaining: &contiguous(vector) });
}

/// The elements as a slice; copied if they are not contiguous.
pub(crate) fn contiguous<'v, E: Clone>(vector: &ArrayView1<'v, E>) -> Cow<'v, [E]> {
    match vector.to_slice() {
        Some(slice) => Cow::Borrowed(slice),
        None => Cow::Owned(vector.to_vec()),
    }
}

/// Appends each leaf to a vector.
pub(crate) struct Append<E>(pub Vec<E>);

impl<'a, E: Clone + 'a> Visitor<'a, E> for Append<E> {
    #[inline]
    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) {
        match leaf.to_slice() {
            Some(slice) => self.0.extend_from_slice(slice),
            None => self.0.extend(leaf.iter().cloned()),
        }
    }
}

/// Writes each leaf to the front of the remaining vector.
///
/// The vector is long enough unless a type breaks the laws of `PyTree`; the leaf is then ignored.
pub(crate) struct Gather<'o, E> {
    pub remaining: &'o mut [E],
}

impl<'a, E: Clone + 'a> Visitor<'a, E> for Gather<'_, E> {
    #[inline]
    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) {
        let Some(out) = self.remaining.split_off_mut(..leaf.len()) else { return };
        match leaf.to_slice() {
            Some(slice) => out.clone_from_slice(slice),
            None => out.iter_mut().zip(&leaf).for_each(|(out, x)| *out = x.clone()),
        }
    }
}

/// [`Gather`] for a vector whose elements are not contiguous.
pub(crate) struct GatherStrided<'o, E> {
    pub remaining: IterMut<'o, E, Ix1>,
}

impl<'a, E: Clone + 'a> Visitor<'a, E> for GatherStrided<'_, E> {
    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) {
        leaf.iter().zip(self.remaining.by_ref()).for_each(|(x, out)| *out = x.clone());
    }
}

/// Reads each leaf from the front of the remaining vector; the counterpart of [`Gather`].
pub(crate) struct Scatter<'i, E> {
    pub remaining: &'i [E],
}

impl<'a, E: Clone + 'a> VisitorMut<'a, E> for Scatter<'_, E> {
    #[inline]
    fn leaf<D: Dimension>(&mut self, mut leaf: ArrayViewMut<'a, E, D>) {
        let Some(part) = self.remaining.split_off(..leaf.len()) else { return };
        match leaf.as_slice_mut() {
            Some(slice) => slice.clone_from_slice(part),
            None => leaf.iter_mut().zip(part).for_each(|(out, x)| *out = x.clone()),
        }
    }
}
