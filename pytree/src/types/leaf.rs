use ndarray::{
    ArcArray, Array, ArrayBase, ArrayView, ArrayViewMut, ArrayViewMut1, Axis, Data, DataMut,
    Dimension, aview0,
};

use crate::build::from_leaves::FromLeaves;
use crate::build::leaf_source::{LeafSource, Reported};
use crate::error::mismatch::MismatchKind;
use crate::walk::pytree::PyTree;
use crate::walk::visit::{Visitor, VisitorMut};

impl<S, D> PyTree for ArrayBase<S, D>
where
    S: DataMut<Elem: 'static>,
    D: Dimension,
{
    type Elem = S::Elem;

    #[inline]
    fn walk<'a, V: Visitor<'a, S::Elem>>(&'a self, visitor: &mut V) {
        visitor.leaf(self.view());
    }

    #[inline]
    fn walk_mut<'a, V: VisitorMut<'a, S::Elem>>(&'a mut self, visitor: &mut V) {
        visitor.leaf(self.view_mut());
    }
}

impl<A, D: Dimension, D2: Dimension> FromLeaves<Array<A, D2>> for Array<A, D> {
    fn from_leaves(source: &mut LeafSource<'_, Array<A, D2>>) -> Result<Self, Reported> {
        let leaf = source.leaf()?;
        with_axes(leaf, source)
    }
}

impl<L, A, D> FromLeaves<L> for ArcArray<A, D>
where
    D: Dimension,
    Array<A, D>: FromLeaves<L>,
{
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
        Array::from_leaves(source).map(ArcArray::from)
    }
}

impl<'a, A: Clone, D: Dimension, D2: Dimension> FromLeaves<ArrayView<'a, A, D2>> for Array<A, D> {
    fn from_leaves(source: &mut LeafSource<'_, ArrayView<'a, A, D2>>) -> Result<Self, Reported> {
        let leaf = source.leaf()?;
        with_axes(leaf, source).map(|view: ArrayView<'a, A, D>| view.to_owned())
    }
}

impl<'a, A, D: Dimension, D2: Dimension> FromLeaves<ArrayView<'a, A, D2>> for ArrayView<'a, A, D> {
    fn from_leaves(source: &mut LeafSource<'_, ArrayView<'a, A, D2>>) -> Result<Self, Reported> {
        let leaf = source.leaf()?;
        with_axes(leaf, source)
    }
}

impl<'a, A, D: Dimension, D2: Dimension> FromLeaves<ArrayViewMut<'a, A, D2>>
    for ArrayViewMut<'a, A, D>
{
    fn from_leaves(source: &mut LeafSource<'_, ArrayViewMut<'a, A, D2>>) -> Result<Self, Reported> {
        let leaf = source.leaf()?;
        with_axes(leaf, source)
    }
}

/// `leaf`, the one taken last, as an array of `D` axes.
fn with_axes<S: Data, D: Dimension, D2: Dimension, L>(
    leaf: ArrayBase<S, D2>,
    source: &mut LeafSource<'_, L>,
) -> Result<ArrayBase<S, D>, Reported> {
    let (axes, shape) = (leaf.ndim(), leaf.raw_dim());
    leaf.into_dimensionality().map_err(|_| {
        let expected = D::NDIM.unwrap_or(axes);
        source.report(MismatchKind::Rank { expected, found: shape.slice().to_vec() })
    })
}

/// A value of any type as one leaf: an array of no axes with this one element.
///
/// Numbers are leaves without it. The derive uses it for `#[pytree(leaf)]` fields.
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

    #[inline]
    fn walk_mut<'a, V: VisitorMut<'a, X>>(&'a mut self, visitor: &mut V) {
        visit_value_mut(&mut self.0, visitor);
    }
}

/// Tells `visitor` of a value as a leaf of no axes.
#[inline]
pub fn visit_value<'a, X, V: Visitor<'a, X>>(value: &'a X, visitor: &mut V) {
    visitor.leaf(aview0(value));
}

/// Tells `visitor` of a value as a leaf of no axes that can be written to.
#[inline]
pub fn visit_value_mut<'a, X, V: VisitorMut<'a, X>>(value: &'a mut X, visitor: &mut V) {
    let view = ArrayViewMut1::from(std::slice::from_mut(value));
    visitor.leaf(view.index_axis_move(Axis(0), 0));
}

impl<X> FromLeaves<X> for Leaf<X> {
    fn from_leaves(source: &mut LeafSource<'_, X>) -> Result<Self, Reported> {
        source.leaf().map(Leaf)
    }
}

impl<X, D: Dimension> FromLeaves<Array<X, D>> for Leaf<X> {
    fn from_leaves(source: &mut LeafSource<'_, Array<X, D>>) -> Result<Self, Reported> {
        let leaf = source.leaf()?;
        with_axes(leaf, source).map(|scalar| Leaf(scalar.into_scalar()))
    }
}

impl<'a, X: Clone, D: Dimension> FromLeaves<ArrayView<'a, X, D>> for Leaf<X> {
    fn from_leaves(source: &mut LeafSource<'_, ArrayView<'a, X, D>>) -> Result<Self, Reported> {
        let leaf = source.leaf()?;
        with_axes(leaf, source).map(|scalar| Leaf(scalar.into_scalar().clone()))
    }
}

/// Makes numbers leaves of no axes, as [`Leaf`] makes any value one.
macro_rules! number {
    ($([$($generics:tt)*] $Number:ty),* $(,)?) => {$(
        impl<$($generics)*> PyTree for $Number {
            type Elem = Self;

            #[inline]
            fn walk<'a, V: Visitor<'a, Self>>(&'a self, visitor: &mut V) {
                visit_value(self, visitor);
            }

            #[inline]
            fn walk_mut<'a, V: VisitorMut<'a, Self>>(&'a mut self, visitor: &mut V) {
                visit_value_mut(self, visitor);
            }

            #[inline]
            fn walk_list<'a, V: Visitor<'a, Self>>(list: &'a [Self], visitor: &mut V) {
                visitor.numbers(list);
            }

            #[inline]
            fn walk_list_mut<'a, V: VisitorMut<'a, Self>>(list: &'a mut [Self], visitor: &mut V) {
                visitor.numbers(list);
            }
        }

        impl<L, $($generics)*> FromLeaves<L> for $Number
        where
            Leaf<$Number>: FromLeaves<L>,
        {
            fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
                Leaf::from_leaves(source).map(|Leaf(number)| number)
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
