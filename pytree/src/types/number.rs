use ndarray::{
    Array, ArrayView, ArrayView1, ArrayView2, ArrayViewMut, ArrayViewMut1, ArrayViewMut2, Axis,
    Dimension, IxDyn, aview0,
};

use crate::build::from_leaves::FromLeaves;
use crate::build::leaf_source::{LeafSource, Reported};
use crate::build::list_builder::ListBuilder;
use crate::build::mapped::{Elements, Mapped};
use crate::error::mismatch::MismatchKind;
use crate::walk::lockstep::{Lockstep, LockstepMut};
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::{Visitor, VisitorMut};

/// A value of any type as one leaf: a 0-dimensional array whose element is the value.
///
/// A bare number is a leaf without `Leaf`. In a struct, `#[pytree(leaf)]` makes a field a leaf. A
/// `Vec<Leaf<f64>>` is a list of leaves, whereas a `Vec<f64>` is one leaf.
///
/// ```
/// use std::time::Duration;
/// use pytree::{Leaf, tree_leaves};
/// let tree = [Leaf(Duration::from_millis(1)), Leaf(Duration::from_millis(2))];
/// assert_eq!(tree_leaves(&tree)[1][[]], Duration::from_millis(2));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(alias = "is_leaf")]
pub struct Leaf<X>(pub X);

#[diagnostic::do_not_recommend]
impl<X: 'static> PyTree for Leaf<X> {
    type Elem = X;

    #[inline]
    fn walk<'a, V: Visitor<'a, X>>(&'a self, visitor: &mut V) {
        visit_value(&self.0, visitor);
    }

    #[inline]
    fn lockstep<'a, const N: usize, V>(trees: [&'a Self; N], visitor: &mut V) -> bool
    where
        V: Lockstep<'a, X, N>,
    {
        lockstep_values(trees.map(|tree| &tree.0), visitor)
    }
}

#[diagnostic::do_not_recommend]
impl<X: 'static> PyTreeMut for Leaf<X> {
    #[inline]
    fn walk_mut<'a, V: VisitorMut<'a, X>>(&'a mut self, visitor: &mut V) {
        visit_value_mut(&mut self.0, visitor);
    }

    #[inline]
    fn lockstep_mut<'a, const N: usize, V>(
        tree: &'a mut Self,
        others: [&'a Self; N],
        visitor: &mut V,
    ) where
        V: LockstepMut<'a, X, N>,
    {
        lockstep_values_mut(&mut tree.0, others.map(|other| &other.0), visitor);
    }
}

/// Visits a value as a 0-dimensional leaf.
#[inline]
pub fn visit_value<'a, X, V: Visitor<'a, X>>(value: &'a X, visitor: &mut V) {
    visitor.leaf(aview0(value));
}

/// Visits a value as a mutable 0-dimensional leaf.
#[inline]
pub fn visit_value_mut<'a, X, V: VisitorMut<'a, X>>(value: &'a mut X, visitor: &mut V) {
    let view = ArrayViewMut1::from(std::slice::from_mut(value));
    visitor.leaf(view.index_axis_move(Axis(0), 0));
}

/// Visits values as corresponding 0-dimensional leaves.
#[inline]
pub fn lockstep_values<'a, X, const N: usize, V>(values: [&'a X; N], visitor: &mut V) -> bool
where
    V: Lockstep<'a, X, N>,
{
    visitor.leaves(values.map(aview0))
}

/// Visits a value as a mutable 0-dimensional leaf, with others as the corresponding leaves.
#[inline]
pub fn lockstep_values_mut<'a, X, const N: usize, V>(
    value: &'a mut X,
    others: [&'a X; N],
    visitor: &mut V,
) where
    V: LockstepMut<'a, X, N>,
{
    let view = ArrayViewMut1::from(std::slice::from_mut(value));
    visitor.leaves(view.index_axis_move(Axis(0), 0), others.map(aview0));
}

#[diagnostic::do_not_recommend]
impl<L: NumberLeaf<X>, X> FromLeaves<L> for Leaf<X> {
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
        number(source).map(Leaf)
    }
}

/// A leaf that numbers and lists of numbers can be built from: an array, a view, or a number.
#[diagnostic::on_unimplemented(
    message = "a number of type `{X}` cannot be built from leaves of type `{Self}`",
    label = "cannot be built from these leaves",
    note = "a number of type `{X}` can be built from an array or view of `{X}`, and from an `{X}`"
)]
pub trait NumberLeaf<X>: Sized {
    /// Calls `f` with the shape of the leaf.
    fn with_shape<R>(&self, f: impl FnOnce(&[usize]) -> R) -> R;

    /// The first element; `None` if the leaf is empty.
    fn into_number(self) -> Option<X>;

    /// Builds a list from the elements. `shape` is the shape of the leaf.
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
        // The standard library collects an untouched `vec::IntoIter` into the same allocation, so a `Vec`
        // field takes over the buffer of the array. An array that was sliced has elements before `offset`
        // and after the last one; these are removed first.
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
            // One virtual call for each element is cheaper than an allocation for so few.
            Elements::Row(slice) | Elements::Rows(slice, _) if slice.len() <= 8 => {
                let mut f = self.f.borrow_mut();
                builder.build(shape, slice.iter().map(|x| f.one(x)))
            }
            _ => builder.build(shape, self.all().into_iter()),
        }
    }
}

/// Takes a 0-dimensional leaf.
#[inline]
fn number<L: NumberLeaf<X>, X>(source: &mut LeafSource<'_, L>) -> Result<X, Reported> {
    let leaf = source.leaf()?;
    let mismatch = leaf.with_shape(|shape| {
        (!shape.is_empty()).then(|| MismatchKind::Rank { expected: 0, found: shape.to_vec() })
    });
    if let Some(kind) = mismatch {
        return Err(source.report(kind));
    }
    leaf.into_number()
        .ok_or_else(|| source.report(MismatchKind::Rank { expected: 0, found: vec![0] }))
}

/// Takes a leaf of the shape `expected`, in which `None` matches any length, and builds a list from it.
#[inline]
fn numbers<L: NumberLeaf<X>, X, B: ListBuilder<X>>(
    source: &mut LeafSource<'_, L>,
    expected: &[Option<usize>],
    builder: B,
) -> Result<B::List, Reported> {
    let leaf = source.leaf()?;
    let fits = leaf.with_shape(|found| {
        let mut pairs = found.iter().zip(expected);
        found.len() == expected.len()
            && pairs.all(|(found, expected)| expected.is_none_or(|len| len == *found))
    });
    if !fits {
        let kind = leaf.with_shape(|found| shape_mismatch(expected, found));
        return Err(source.report(kind));
    }
    // The shape must outlive `leaf`, which `into_list` consumes. Only the first length may be `None`, so up to two
    // lengths are copied without an allocation.
    let len = leaf.with_shape(|found| found.first().copied().unwrap_or(0));
    match *expected {
        [_] => Ok(leaf.into_list(&[len], builder)),
        [_, Some(row)] => Ok(leaf.into_list(&[len, row], builder)),
        _ => {
            let shape = leaf.with_shape(<[usize]>::to_vec);
            Ok(leaf.into_list(&shape, builder))
        }
    }
}

#[cold]
fn shape_mismatch(expected: &[Option<usize>], found: &[usize]) -> MismatchKind {
    if expected.len() != found.len() {
        return MismatchKind::Rank { expected: expected.len(), found: found.to_vec() };
    }
    // A length that may be any is printed as the one that was found.
    let expected = expected.iter().zip(found).map(|(len, found)| len.unwrap_or(*found)).collect();
    MismatchKind::Shape { expected, found: found.to_vec() }
}

const FULL: &str = "the shape counts the numbers of the list";

/// Visits a list of numbers as one leaf of this shape.
#[inline]
fn visit_numbers<'a, X, V: Visitor<'a, X>>(list: &'a [X], shape: &[usize], visitor: &mut V) {
    match *shape {
        [_] => visitor.leaf(ArrayView1::from(list)),
        [rows, columns] => {
            visitor.leaf(ArrayView2::from_shape((rows, columns), list).expect(FULL));
        }
        _ => visitor.leaf(ArrayView::from_shape(IxDyn(shape), list).expect(FULL)),
    }
}

/// Visits a list of numbers as one mutable leaf of this shape.
#[inline]
fn visit_numbers_mut<'a, X, V>(list: &'a mut [X], shape: &[usize], visitor: &mut V)
where
    V: VisitorMut<'a, X>,
{
    match *shape {
        [_] => visitor.leaf(ArrayViewMut1::from(list)),
        [rows, columns] => {
            visitor.leaf(ArrayViewMut2::from_shape((rows, columns), list).expect(FULL));
        }
        _ => visitor.leaf(ArrayViewMut::from_shape(IxDyn(shape), list).expect(FULL)),
    }
}

/// Visits lists of numbers as corresponding leaves of this shape.
#[inline]
fn lockstep_numbers<'a, X, const N: usize, V>(
    lists: [&'a [X]; N],
    shape: &[usize],
    visitor: &mut V,
) -> bool
where
    V: Lockstep<'a, X, N>,
{
    match *shape {
        [_] => visitor.leaves(lists.map(ArrayView1::from)),
        [rows, columns] => visitor
            .leaves(lists.map(|list| ArrayView2::from_shape((rows, columns), list).expect(FULL))),
        _ => {
            visitor.leaves(lists.map(|list| ArrayView::from_shape(IxDyn(shape), list).expect(FULL)))
        }
    }
}

/// Visits a list of numbers as one mutable leaf of this shape, with others as the corresponding leaves.
#[inline]
fn lockstep_numbers_mut<'a, X, const N: usize, V>(
    list: &'a mut [X],
    others: [&'a [X]; N],
    shape: &[usize],
    visitor: &mut V,
) where
    V: LockstepMut<'a, X, N>,
{
    match *shape {
        [_] => visitor.leaves(ArrayViewMut1::from(list), others.map(ArrayView1::from)),
        [rows, columns] => visitor.leaves(
            ArrayViewMut2::from_shape((rows, columns), list).expect(FULL),
            others.map(|list| ArrayView2::from_shape((rows, columns), list).expect(FULL)),
        ),
        _ => visitor.leaves(
            ArrayViewMut::from_shape(IxDyn(shape), list).expect(FULL),
            others.map(|list| ArrayView::from_shape(IxDyn(shape), list).expect(FULL)),
        ),
    }
}

/// Makes a number a 0-dimensional leaf, and a list of numbers one leaf of the shape of the list.
macro_rules! number {
    ($([$($generics:tt)*] $Number:ty),* $(,)?) => {$(
        #[diagnostic::do_not_recommend]
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

            #[inline]
            fn lockstep<'a, const M: usize, V>(trees: [&'a Self; M], visitor: &mut V) -> bool
            where
                V: Lockstep<'a, Self, M>,
            {
                lockstep_values(trees, visitor)
            }

            #[inline]
            fn lockstep_list<'a, const M: usize, V>(
                lists: [&'a [Self]; M],
                shape: &[usize],
                visitor: &mut V,
            ) -> bool
            where
                V: Lockstep<'a, Self, M>,
            {
                lockstep_numbers(lists, shape, visitor)
            }
        }

        #[diagnostic::do_not_recommend]
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

            #[inline]
            fn lockstep_mut<'a, const M: usize, V>(
                tree: &'a mut Self,
                others: [&'a Self; M],
                visitor: &mut V,
            ) where
                V: LockstepMut<'a, Self, M>,
            {
                lockstep_values_mut(tree, others, visitor);
            }

            #[inline]
            fn lockstep_list_mut<'a, const M: usize, V>(
                list: &'a mut [Self],
                others: [&'a [Self]; M],
                shape: &[usize],
                visitor: &mut V,
            ) where
                V: LockstepMut<'a, Self, M>,
            {
                lockstep_numbers_mut(list, others, shape, visitor);
            }
        }

        #[diagnostic::do_not_recommend]
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

#[cfg(feature = "half")]
number!([] half::f16, [] half::bf16);

#[cfg(feature = "num-complex")]
number!([] num_complex::Complex<f32>, [] num_complex::Complex<f64>);

#[cfg(feature = "num-dual")]
number!(
    [T: num_dual::DualNum] num_dual::Dual<T>,
    [T: num_dual::DualNum] num_dual::Dual2<T>,
    [T: num_dual::DualNum] num_dual::Dual3<T>,
    [T: num_dual::DualNum] num_dual::HyperDual<T>,
    [T: num_dual::DualNum] num_dual::HyperHyperDual<T>,
    [T: num_dual::DualNum, const N: usize] num_dual::DualSVec<T, N>,
    [T: num_dual::DualNum, const N: usize] num_dual::Dual2SVec<T, N>,
);
