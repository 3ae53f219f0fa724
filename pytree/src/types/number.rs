use ndarray::{
    Array, ArrayView, ArrayView1, ArrayView2, ArrayViewMut, ArrayViewMut1, ArrayViewMut2, Axis,
    Dimension, IxDyn, aview0,
};

use crate::build::from_leaves::FromLeaves;
use crate::build::leaf_source::{LeafSource, Reported};
use crate::build::list_builder::ListBuilder;
use crate::build::mapped::{Elements, Mapped};
use crate::error::mismatch::MismatchKind;
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::{Visitor, VisitorMut};

/// A value of any type as one leaf: a 0-dimensional array with this one element.
///
/// Numbers are leaves without it. The derive uses it for `#[pytree(leaf)]` fields. A `Vec<Leaf<X>>` is
/// a list of leaves, of numbers too, where a `Vec<f64>` is one leaf.
///
/// ```
/// use std::time::Duration;
/// use pytree::{Leaf, tree_leaves};
/// let tree = [Leaf(Duration::from_millis(1)), Leaf(Duration::from_millis(2))];
/// assert_eq!(tree_leaves(&tree)[1][[]], Duration::from_millis(2));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Leaf<X>(pub X);

impl<X: 'static> PyTree for Leaf<X> {
    type Elem = X;

    #[inline]
    fn walk<'a, V: Visitor<'a, X>>(&'a self, visitor: &mut V) {
        visit_value(&self.0, visitor);
    }
}

impl<X: 'static> PyTreeMut for Leaf<X> {
    #[inline]
    fn walk_mut<'a, V: VisitorMut<'a, X>>(&'a mut self, visitor: &mut V) {
        visit_value_mut(&mut self.0, visitor);
    }
}

/// Visits a value as a 0-dimensional leaf.
#[inline]
pub fn visit_value<'a, X, V: Visitor<'a, X>>(value: &'a X, visitor: &mut V) {
    visitor.leaf(aview0(value));
}

/// Visits a value as a 0-dimensional leaf that can be written to.
#[inline]
pub fn visit_value_mut<'a, X, V: VisitorMut<'a, X>>(value: &'a mut X, visitor: &mut V) {
    let view = ArrayViewMut1::from(std::slice::from_mut(value));
    visitor.leaf(view.index_axis_move(Axis(0), 0));
}

impl<L: NumberLeaf<X>, X> FromLeaves<L> for Leaf<X> {
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
        number(source).map(Leaf)
    }
}

/// A leaf from which numbers, and lists of numbers, are taken: an array, a view, or a number itself.
#[diagnostic::on_unimplemented(
    message = "a number of type `{X}` cannot be built from leaves of type `{Self}`",
    label = "not built from such leaves",
    note = "numbers are built from arrays and views of their own type, and from themselves"
)]
pub trait NumberLeaf<X>: Sized {
    /// Calls `f` with the shape.
    fn with_shape<R>(&self, f: impl FnOnce(&[usize]) -> R) -> R;

    /// The element of a leaf that has one; `None` if it has none.
    fn into_number(self) -> Option<X>;

    /// The list of the elements, which are laid out in `shape`.
    fn into_list<B: ListBuilder<X>>(self, shape: &[usize], builder: B) -> B::List;
}

impl<X> NumberLeaf<X> for X {
    #[inline]
    fn with_shape<R>(&self, f: impl FnOnce(&[usize]) -> R) -> R {
        f(&[])
    }

    #[inline]
    fn into_number(self) -> Option<X> {
        Some(self)
    }

    #[inline]
    fn into_list<B: ListBuilder<X>>(self, shape: &[usize], builder: B) -> B::List {
        builder.build(shape, std::iter::once(self))
    }
}

impl<X, D: Dimension> NumberLeaf<X> for Array<X, D> {
    #[inline]
    fn with_shape<R>(&self, f: impl FnOnce(&[usize]) -> R) -> R {
        f(Array::shape(self))
    }

    #[inline]
    fn into_number(self) -> Option<X> {
        self.into_iter().next()
    }

    #[inline]
    fn into_list<B: ListBuilder<X>>(self, shape: &[usize], builder: B) -> B::List {
        if !self.is_standard_layout() {
            return builder.build(shape, self.into_iter());
        }
        // A `Vec` that is collected from all of another one is that one: nothing is copied.
        let len = self.len();
        let (mut elements, offset) = self.into_raw_vec_and_offset();
        elements.truncate(offset.unwrap_or(0) + len);
        if let Some(offset @ 1..) = offset {
            elements.drain(..offset);
        }
        builder.build(shape, elements.into_iter())
    }
}

impl<X: Clone, D: Dimension> NumberLeaf<X> for ArrayView<'_, X, D> {
    #[inline]
    fn with_shape<R>(&self, f: impl FnOnce(&[usize]) -> R) -> R {
        f(ArrayView::shape(self))
    }

    #[inline]
    fn into_number(self) -> Option<X> {
        self.first().cloned()
    }

    #[inline]
    fn into_list<B: ListBuilder<X>>(self, shape: &[usize], builder: B) -> B::List {
        match self.to_slice() {
            Some(slice) => builder.build(shape, slice.iter().cloned()),
            None => builder.build(shape, self.iter().cloned()),
        }
    }
}

impl<E, X> NumberLeaf<X> for Mapped<'_, E, X> {
    #[inline]
    fn with_shape<R>(&self, f: impl FnOnce(&[usize]) -> R) -> R {
        self.elements.with_shape(f)
    }

    #[inline]
    fn into_number(self) -> Option<X> {
        match self.elements {
            Elements::One(x) => Some(self.f.borrow_mut().one(x)),
            _ => self.all().into_iter().next(),
        }
    }

    #[inline]
    fn into_list<B: ListBuilder<X>>(self, shape: &[usize], builder: B) -> B::List {
        match self.elements {
            // A call for each element takes less than an allocation.
            Elements::Row(slice) | Elements::Rows(slice, _) if slice.len() <= 8 => {
                let mut f = self.f.borrow_mut();
                builder.build(shape, slice.iter().map(|x| f.one(x)))
            }
            _ => builder.build(shape, self.all().into_iter()),
        }
    }
}

/// Takes a leaf of one element.
#[inline]
fn number<L: NumberLeaf<X>, X>(source: &mut LeafSource<'_, L>) -> Result<X, Reported> {
    let leaf = source.leaf()?;
    let unfit = leaf.with_shape(|shape| {
        (!shape.is_empty()).then(|| MismatchKind::Rank { expected: 0, found: shape.to_vec() })
    });
    if let Some(kind) = unfit {
        return Err(source.report(kind));
    }
    leaf.into_number()
        .ok_or_else(|| source.report(MismatchKind::Rank { expected: 0, found: vec![0] }))
}

/// Takes a leaf of the shape that is asked for; a length of `None` is any.
#[inline]
fn numbers<L: NumberLeaf<X>, X, B: ListBuilder<X>>(
    source: &mut LeafSource<'_, L>,
    asked: &[Option<usize>],
    builder: B,
) -> Result<B::List, Reported> {
    let leaf = source.leaf()?;
    let fits = leaf.with_shape(|found| {
        found.len() == asked.len()
            && found.iter().zip(asked).all(|(found, asked)| asked.is_none_or(|len| len == *found))
    });
    if !fits {
        let kind = leaf.with_shape(|found| misfit(asked, found));
        return Err(source.report(kind));
    }
    // Only the first length can be any; for short shapes it takes no allocation to put it in.
    let len = leaf.with_shape(|found| found.first().copied().unwrap_or(0));
    match *asked {
        [_] => Ok(leaf.into_list(&[len], builder)),
        [_, Some(row)] => Ok(leaf.into_list(&[len, row], builder)),
        _ => {
            let shape = leaf.with_shape(<[usize]>::to_vec);
            Ok(leaf.into_list(&shape, builder))
        }
    }
}

#[cold]
fn misfit(asked: &[Option<usize>], found: &[usize]) -> MismatchKind {
    if asked.len() != found.len() {
        return MismatchKind::Rank { expected: asked.len(), found: found.to_vec() };
    }
    let expected = asked.iter().zip(found).map(|(asked, found)| asked.unwrap_or(*found)).collect();
    MismatchKind::Shape { expected, found: found.to_vec() }
}

/// Visits a list of numbers as one leaf of this shape.
#[inline]
fn visit_numbers<'a, X, V: Visitor<'a, X>>(list: &'a [X], shape: &[usize], visitor: &mut V) {
    const FULL: &str = "a list has as many numbers as its shape says";
    match *shape {
        [_] => visitor.leaf(ArrayView1::from(list)),
        [rows, columns] => {
            visitor.leaf(ArrayView2::from_shape((rows, columns), list).expect(FULL));
        }
        _ => visitor.leaf(ArrayView::from_shape(IxDyn(shape), list).expect(FULL)),
    }
}

/// Visits a list of numbers as one leaf of this shape that can be written to.
#[inline]
fn visit_numbers_mut<'a, X, V>(list: &'a mut [X], shape: &[usize], visitor: &mut V)
where
    V: VisitorMut<'a, X>,
{
    const FULL: &str = "a list has as many numbers as its shape says";
    match *shape {
        [_] => visitor.leaf(ArrayViewMut1::from(list)),
        [rows, columns] => {
            visitor.leaf(ArrayViewMut2::from_shape((rows, columns), list).expect(FULL));
        }
        _ => visitor.leaf(ArrayViewMut::from_shape(IxDyn(shape), list).expect(FULL)),
    }
}

/// Makes numbers 0-dimensional leaves, and lists of them leaves of the shape of the list.
macro_rules! number {
    ($([$($generics:tt)*] $Number:ty),* $(,)?) => {$(
        impl<$($generics)*> PyTree for $Number {
            type Elem = Self;

            #[inline]
            fn walk<'a, V: Visitor<'a, Self>>(&'a self, visitor: &mut V) {
                visit_value(self, visitor);
            }

            #[inline]
            fn walk_list<'a, V>(list: &'a [Self], shape: &[usize], visitor: &mut V)
            where
                V: Visitor<'a, Self>,
            {
                visit_numbers(list, shape, visitor);
            }
        }

        impl<$($generics)*> PyTreeMut for $Number {
            #[inline]
            fn walk_mut<'a, V: VisitorMut<'a, Self>>(&'a mut self, visitor: &mut V) {
                visit_value_mut(self, visitor);
            }

            #[inline]
            fn walk_list_mut<'a, V>(list: &'a mut [Self], shape: &[usize], visitor: &mut V)
            where
                V: VisitorMut<'a, Self>,
            {
                visit_numbers_mut(list, shape, visitor);
            }
        }

        impl<L: NumberLeaf<$Number>, $($generics)*> FromLeaves<L> for $Number {
            #[inline]
            fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
                number(source)
            }

            #[inline]
            fn list_from_leaves<B: ListBuilder<Self>>(
                source: &mut LeafSource<'_, L>,
                shape: &[Option<usize>],
                builder: B,
            ) -> Result<B::List, Reported> {
                numbers(source, shape, builder)
            }
        }
    )*};
}

number!([] f32, [] f64, [] bool);
number!([] i8, [] i16, [] i32, [] i64, [] i128, [] isize);
number!([] u8, [] u16, [] u32, [] u64, [] u128, [] usize);

#[cfg(feature = "num-complex")]
number!([] num_complex::Complex<f32>, [] num_complex::Complex<f64>);

#[cfg(feature = "num-dual")]
number!(
    [T: num_dual::DualNum] num_dual::Dual<T>,
    [T: num_dual::DualNum] num_dual::Dual2<T>,
    [T: num_dual::DualNum] num_dual::Dual3<T>,
    [T: num_dual::DualNum] num_dual::HyperDual<T>,
    [T: num_dual::DualNum] num_dual::HyperHyperDual<T>,
);

#[cfg(all(feature = "num-dual", feature = "nalgebra"))]
number!(
    [T: num_dual::DualNum, const N: usize] num_dual::DualSVec<T, N>,
    [T: num_dual::DualNum, const N: usize] num_dual::Dual2SVec<T, N>,
);
