use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::vector::elements::{compare, each_mut, update};
use crate::vector::vector::Vector;
use crate::walk::pytree::PyTreeMut;

/// Writes `f` of the corresponding elements into `tree`.
///
/// # Panics
/// If the structures or the shapes differ.
#[inline]
#[track_caller]
fn combine<P: PyTreeMut>(
    tree: &mut Vector<P>,
    other: &Vector<P>,
    f: impl Fn(P::Elem, P::Elem) -> P::Elem,
) where
    P::Elem: Clone,
{
    if let Err(error) = update(&mut tree.0, [&other.0], |x, [y]| *x = f(x.clone(), y.clone())) {
        panic!("{error}");
    }
}

/// Writes `f` of the corresponding elements into `other`.
///
/// # Panics
/// If the structures or the shapes differ.
#[inline]
#[track_caller]
fn combine_into<P: PyTreeMut>(
    tree: &Vector<P>,
    other: &mut Vector<P>,
    f: impl Fn(P::Elem, P::Elem) -> P::Elem,
) where
    P::Elem: Clone,
{
    // Compared first, because the text of the error names the left operand first.
    if let Err(error) = compare(&tree.0, &other.0) {
        panic!("{error}");
    }
    combine(other, tree, |y, x| f(x, y));
}

/// An operator between two vectors. The result takes the memory of an operand that is passed by value.
macro_rules! between {
    ($($Op:ident $op:ident $OpAssign:ident $op_assign:ident),*) => {$(
        impl<P> $OpAssign<&Vector<P>> for Vector<P>
        where
            P: PyTreeMut<Elem: Clone + $Op<Output = P::Elem>>,
        {
            #[inline]
            #[track_caller]
            fn $op_assign(&mut self, other: &Vector<P>) {
                combine(self, other, |x, y| x.$op(y));
            }
        }

        impl<P> $OpAssign for Vector<P>
        where
            P: PyTreeMut<Elem: Clone + $Op<Output = P::Elem>>,
        {
            #[inline]
            #[track_caller]
            fn $op_assign(&mut self, other: Vector<P>) {
                combine(self, &other, |x, y| x.$op(y));
            }
        }

        impl<P> $Op for Vector<P>
        where
            P: PyTreeMut<Elem: Clone + $Op<Output = P::Elem>>,
        {
            type Output = Vector<P>;

            #[inline]
            #[track_caller]
            fn $op(mut self, other: Vector<P>) -> Vector<P> {
                combine(&mut self, &other, |x, y| x.$op(y));
                self
            }
        }

        impl<P> $Op<&Vector<P>> for Vector<P>
        where
            P: PyTreeMut<Elem: Clone + $Op<Output = P::Elem>>,
        {
            type Output = Vector<P>;

            #[inline]
            #[track_caller]
            fn $op(mut self, other: &Vector<P>) -> Vector<P> {
                combine(&mut self, other, |x, y| x.$op(y));
                self
            }
        }

        impl<P> $Op<Vector<P>> for &Vector<P>
        where
            P: PyTreeMut<Elem: Clone + $Op<Output = P::Elem>>,
        {
            type Output = Vector<P>;

            #[inline]
            #[track_caller]
            fn $op(self, mut other: Vector<P>) -> Vector<P> {
                combine_into(self, &mut other, |x, y| x.$op(y));
                other
            }
        }

        impl<P> $Op for &Vector<P>
        where
            P: PyTreeMut<Elem: Clone + $Op<Output = P::Elem>> + Clone,
        {
            type Output = Vector<P>;

            #[inline]
            #[track_caller]
            fn $op(self, other: &Vector<P>) -> Vector<P> {
                self.clone().$op(other)
            }
        }
    )*};
}

between!(Add add AddAssign add_assign, Sub sub SubAssign sub_assign);

/// An operator between a vector and a number.
macro_rules! by_number {
    ($($Op:ident $op:ident $OpAssign:ident $op_assign:ident),*) => {$(
        impl<P> $OpAssign<P::Elem> for Vector<P>
        where
            P: PyTreeMut<Elem: Clone + $Op<Output = P::Elem>>,
        {
            #[inline]
            fn $op_assign(&mut self, number: P::Elem) {
                each_mut(&mut self.0, |x| *x = x.clone().$op(number.clone()));
            }
        }

        impl<P> $Op<P::Elem> for Vector<P>
        where
            P: PyTreeMut<Elem: Clone + $Op<Output = P::Elem>>,
        {
            type Output = Vector<P>;

            #[inline]
            fn $op(mut self, number: P::Elem) -> Vector<P> {
                self.$op_assign(number);
                self
            }
        }

        impl<P> $Op<P::Elem> for &Vector<P>
        where
            P: PyTreeMut<Elem: Clone + $Op<Output = P::Elem>> + Clone,
        {
            type Output = Vector<P>;

            #[inline]
            fn $op(self, number: P::Elem) -> Vector<P> {
                self.clone().$op(number)
            }
        }
    )*};
}

by_number!(Mul mul MulAssign mul_assign, Div div DivAssign div_assign);

/// A number of the standard library times a vector. For other numbers, write the vector first.
macro_rules! number_times {
    ($($Number:ty),*) => {$(
        impl<P: PyTreeMut<Elem = $Number>> Mul<Vector<P>> for $Number {
            type Output = Vector<P>;

            #[inline]
            fn mul(self, vector: Vector<P>) -> Vector<P> {
                vector * self
            }
        }

        impl<P: PyTreeMut<Elem = $Number> + Clone> Mul<&Vector<P>> for $Number {
            type Output = Vector<P>;

            #[inline]
            fn mul(self, vector: &Vector<P>) -> Vector<P> {
                vector * self
            }
        }
    )*};
}

number_times!(f32, f64);

impl<P: PyTreeMut<Elem: Clone + Neg<Output = P::Elem>>> Neg for Vector<P> {
    type Output = Vector<P>;

    #[inline]
    fn neg(mut self) -> Vector<P> {
        each_mut(&mut self.0, |x| *x = -x.clone());
        self
    }
}

impl<P: PyTreeMut<Elem: Clone + Neg<Output = P::Elem>> + Clone> Neg for &Vector<P> {
    type Output = Vector<P>;

    #[inline]
    fn neg(self) -> Vector<P> {
        -self.clone()
    }
}
