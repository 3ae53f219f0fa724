use std::ops::{Div, Mul};

use num_traits::{FromPrimitive, Zero};

/// A number with an absolute value: `f32`, `f64`, complex numbers (feature `num-complex`) and dual numbers (feature
/// `num-dual`). The norms of a [`Vector`](crate::Vector) need it.
///
/// The absolute value of a complex number is real. That of a dual number is a dual number, so a norm has
/// derivatives; at 0 they are NaN for [`norm`](crate::Vector::norm), as in JAX.
///
/// ```
/// use pytree::vector::Magnitude;
/// assert_eq!((-3.0_f64).abs_square(), 9.0);
/// ```
pub trait Magnitude: Clone + Mul<Self::Real, Output = Self> {
    /// The type of absolute values.
    type Real: Clone + Zero + PartialOrd + FromPrimitive + Div<Output = Self::Real>;

    /// The absolute value.
    fn abs(&self) -> Self::Real;

    /// The square of the absolute value.
    fn abs_square(&self) -> Self::Real;

    /// The square root of a real number.
    fn sqrt(real: Self::Real) -> Self::Real;
}

/// The larger of two numbers. A NaN counts as the largest, so that it is not lost.
#[inline]
#[allow(clippy::eq_op, reason = "only a NaN differs from itself")]
pub(crate) fn max<R: PartialOrd>(first: R, second: R) -> R {
    if first >= second || first != first { first } else { second }
}

macro_rules! float {
    ($($Float:ident),*) => {$(
        impl Magnitude for $Float {
            type Real = Self;

            #[inline]
            fn abs(&self) -> Self {
                $Float::abs(*self)
            }

            #[inline]
            fn abs_square(&self) -> Self {
                self * self
            }

            #[inline]
            fn sqrt(real: Self) -> Self {
                $Float::sqrt(real)
            }
        }
    )*};
}

float!(f32, f64);

#[cfg(feature = "num-complex")]
impl<T> Magnitude for num_complex::Complex<T>
where
    T: num_traits::Float + FromPrimitive,
{
    type Real = T;

    #[inline]
    fn abs(&self) -> T {
        self.re.hypot(self.im)
    }

    #[inline]
    fn abs_square(&self) -> T {
        self.norm_sqr()
    }

    #[inline]
    fn sqrt(real: T) -> T {
        real.sqrt()
    }
}

#[cfg(feature = "num-dual")]
macro_rules! dual {
    ($([$($generics:tt)*] $Dual:ty),* $(,)?) => {$(
        impl<T: num_dual::DualNum, $($generics)*> Magnitude for $Dual
        where
            $Dual: num_dual::DualNum,
        {
            type Real = Self;

            #[inline]
            fn abs(&self) -> Self {
                num_traits::Signed::abs(self)
            }

            #[inline]
            fn abs_square(&self) -> Self {
                self.clone() * self
            }

            #[inline]
            fn sqrt(real: Self) -> Self {
                num_dual::DualNum::sqrt(&real)
            }
        }
    )*};
}

#[cfg(feature = "num-dual")]
dual!(
    [] num_dual::Dual<T>,
    [] num_dual::Dual2<T>,
    [] num_dual::Dual3<T>,
    [] num_dual::HyperDual<T>,
    [] num_dual::HyperHyperDual<T>,
);

#[cfg(all(feature = "num-dual", feature = "nalgebra"))]
dual!(
    [const N: usize] num_dual::DualSVec<T, N>,
    [const N: usize] num_dual::Dual2SVec<T, N>,
);
