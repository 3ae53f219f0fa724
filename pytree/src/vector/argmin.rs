//! A [`Vector`] is a parameter and a gradient of the solvers of `argmin`.
//!
//! The traits of `argmin-math` have no way to return an error, so two vectors of different structures or shapes panic
//! with the text of the error, as the operators do.

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Sub};

use argmin_math::{
    ArgminAdd, ArgminConj, ArgminDiv, ArgminDot, ArgminL1Norm, ArgminL2Norm, ArgminMinMax,
    ArgminMul, ArgminRandom, ArgminSignum, ArgminSub, ArgminZeroLike, Rng,
};
use num_traits::{Float, Signed, Zero};

use crate::vector::elements::sum_of;
use crate::vector::vector::Vector;
use crate::walk::pytree::{PyTree, PyTreeMut};

/// A vector of the results of `f` for the corresponding elements.
///
/// # Panics
/// If the structures or the shapes differ.
#[track_caller]
fn zip_map<P: PyTreeMut<Elem: Clone> + Clone>(
    x: &Vector<P>,
    y: &Vector<P>,
    f: impl FnMut(P::Elem, P::Elem) -> P::Elem,
) -> Vector<P> {
    x.zip_map(y, f).unwrap_or_else(|error| panic!("{error}"))
}

macro_rules! element_wise {
    ($($Trait:ident $method:ident $Op:ident),*) => {$(
        impl<P> $Trait<Vector<P>, Vector<P>> for Vector<P>
        where
            P: PyTreeMut<Elem: Clone + $Op<Output = P::Elem>> + Clone,
        {
            fn $method(&self, other: &Vector<P>) -> Vector<P> {
                zip_map(self, other, $Op::$method)
            }
        }
    )*};
}

element_wise!(ArgminAdd add Add, ArgminSub sub Sub, ArgminMul mul Mul, ArgminDiv div Div);

impl<P: PyTreeMut<Elem: Clone + Zero> + Clone> ArgminZeroLike for Vector<P> {
    fn zero_like(&self) -> Self {
        self.zeros_like()
    }
}

/// The conjugate of a real number is the number.
impl<P: PyTreeMut<Elem: Float> + Clone> ArgminConj for Vector<P> {
    fn conj(&self) -> Self {
        self.clone()
    }
}

impl<P: PyTreeMut<Elem: Float> + Clone> ArgminSignum for Vector<P> {
    fn signum(self) -> Self {
        self.map(Float::signum)
    }
}

impl<P: PyTreeMut<Elem: Clone + PartialOrd> + Clone> ArgminMinMax for Vector<P> {
    fn min(x: &Self, y: &Self) -> Self {
        zip_map(x, y, |x, y| if x < y { x } else { y })
    }

    fn max(x: &Self, y: &Self) -> Self {
        zip_map(x, y, |x, y| if x > y { x } else { y })
    }
}

/// Draws each element from the half-open range between the corresponding elements, whichever of them is larger.
impl<P: PyTreeMut<Elem: Clone + PartialOrd + ArgminRandom> + Clone> ArgminRandom for Vector<P> {
    fn rand_from_range<R: Rng>(min: &Self, max: &Self, rng: &mut R) -> Self {
        zip_map(min, max, |min, max| match min.partial_cmp(&max) {
            Some(Ordering::Less) => P::Elem::rand_from_range(&min, &max, rng),
            Some(Ordering::Greater) => P::Elem::rand_from_range(&max, &min, rng),
            // The range is empty, or an end is NaN.
            Some(Ordering::Equal) | None => min,
        })
    }
}

/// One impl for each element type, because the compiler cannot rule out that `P::Elem` is a `Vector<P>`.
macro_rules! number {
    ($($Number:ident),*) => {$(
        impl<P: PyTreeMut<Elem = $Number> + Clone> ArgminAdd<$Number, Vector<P>> for Vector<P> {
            fn add(&self, number: &$Number) -> Vector<P> {
                self.map(|x| x + number)
            }
        }

        impl<P: PyTreeMut<Elem = $Number> + Clone> ArgminSub<$Number, Vector<P>> for Vector<P> {
            fn sub(&self, number: &$Number) -> Vector<P> {
                self.map(|x| x - number)
            }
        }

        impl<P: PyTreeMut<Elem = $Number> + Clone> ArgminMul<$Number, Vector<P>> for Vector<P> {
            fn mul(&self, number: &$Number) -> Vector<P> {
                self.map(|x| x * number)
            }
        }

        impl<P: PyTreeMut<Elem = $Number> + Clone> ArgminDiv<$Number, Vector<P>> for Vector<P> {
            fn div(&self, number: &$Number) -> Vector<P> {
                self.map(|x| x / number)
            }
        }

        /// With this impl, `argmin-math` implements `ArgminScaledAdd` and `ArgminScaledSub` for vectors.
        impl<P: PyTreeMut<Elem = $Number> + Clone> ArgminMul<Vector<P>, Vector<P>> for $Number {
            fn mul(&self, vector: &Vector<P>) -> Vector<P> {
                vector.map(|x| self * x)
            }
        }

        impl<P: PyTree<Elem = $Number>> ArgminDot<Vector<P>, $Number> for Vector<P> {
            fn dot(&self, other: &Vector<P>) -> $Number {
                Vector::dot(self, other).unwrap_or_else(|error| panic!("{error}"))
            }
        }

        impl<P: PyTree<Elem = $Number>> ArgminL1Norm<$Number> for Vector<P> {
            fn l1_norm(&self) -> $Number {
                sum_of(&self.0, Signed::abs)
            }
        }

        impl<P: PyTree<Elem = $Number>> ArgminL2Norm<$Number> for Vector<P> {
            fn l2_norm(&self) -> $Number {
                self.norm()
            }
        }
    )*};
}

number!(f32, f64);
