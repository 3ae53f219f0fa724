use std::cell::RefCell;

use ndarray::{ArrayBase, ArrayView, Dimension, IxDyn, ViewRepr};

/// A leaf of [`tree_mapv`](crate::tree_mapv): the elements of the original leaf, and the function to apply.
///
/// A type is built from a `Mapped` as from an array, but each field applies the function while it collects the
/// elements, so no intermediate array is allocated. Generic code names the type in a bound:
///
/// ```
/// use pytree::walk::Mapped;
/// use pytree::{Error, FromLeaves, PyTree, tree_mapv};
///
/// fn halve<P, R>(tree: &P) -> Result<R, Error>
/// where
///     P: PyTree<Elem = f64>,
///     R: for<'s> FromLeaves<Mapped<'s, f64, f64>>,
/// {
///     tree_mapv(|x| x * 0.5, tree)
/// }
///
/// let half: (f64, Vec<f64>) = halve(&(1.0, vec![2.0, 3.0]))?;
/// assert_eq!(half, (0.5, vec![1.0, 1.5]));
/// # Ok::<(), Error>(())
/// ```
pub struct Mapped<'s, E, T> {
    pub(crate) elements: &'s Elements<'s, E>,
    /// The function, which all leaves share. The `RefCell` is for an `FnMut`, and the `dyn` is for a bound to
    /// name `Mapped` without the type of the closure.
    pub(crate) f: &'s RefCell<dyn MapElements<E, T> + 's>,
}

/// The elements of a leaf. They are collected for each leaf of a tree, so the common leaves are not stored as an
/// `ArrayViewD`, which is several times as large as a slice.
pub(crate) enum Elements<'s, E> {
    /// A number.
    One(&'s E),
    /// A contiguous array of one axis.
    Row(&'s [E]),
    /// A contiguous array of two axes, and the length of the second, which is not 0.
    Rows(&'s [E], usize),
    /// Any other array: an `ArrayViewD`, written so that rustc may shorten its lifetime.
    Array(Box<ArrayBase<ViewRepr<&'s E>, IxDyn, E>>),
}

/// A function of an element, as an object-safe trait.
pub(crate) trait MapElements<E, T> {
    fn one(&mut self, x: &E) -> T;

    /// Maps a whole leaf with one virtual call, so that the loop over the elements can be inlined.
    fn all(&mut self, elements: &Elements<'_, E>) -> Vec<T>;
}

impl<E: Clone, T, F: FnMut(E) -> T> MapElements<E, T> for F {
    #[inline]
    fn one(&mut self, x: &E) -> T {
        self(x.clone())
    }

    fn all(&mut self, elements: &Elements<'_, E>) -> Vec<T> {
        match elements {
            Elements::One(x) => vec![self.one(x)],
            Elements::Row(slice) | Elements::Rows(slice, _) => {
                slice.iter().map(|x| self(x.clone())).collect()
            }
            Elements::Array(array) => array.iter().map(|x| self(x.clone())).collect(),
        }
    }
}

impl<'s, E> Elements<'s, E> {
    #[inline]
    pub(crate) fn new<D: Dimension>(leaf: ArrayView<'s, E, D>) -> Self {
        match (leaf.shape(), leaf.to_slice()) {
            ([], Some([x])) => Elements::One(x),
            ([_], Some(slice)) => Elements::Row(slice),
            (&[_, columns], Some(slice)) if columns > 0 => Elements::Rows(slice, columns),
            _ => Elements::Array(Box::new(leaf.into_dyn())),
        }
    }

    /// Calls `f` with the shape.
    #[inline]
    pub(crate) fn with_shape<R>(&self, f: impl FnOnce(&[usize]) -> R) -> R {
        match self {
            Elements::One(_) => f(&[]),
            Elements::Row(slice) => f(&[slice.len()]),
            Elements::Rows(slice, columns) => f(&[slice.len() / columns, *columns]),
            Elements::Array(array) => f(array.shape()),
        }
    }
}

impl<E, T> Mapped<'_, E, T> {
    /// The mapped elements, in row-major order.
    #[inline]
    pub(crate) fn all(&self) -> Vec<T> {
        self.f.borrow_mut().all(self.elements)
    }
}
