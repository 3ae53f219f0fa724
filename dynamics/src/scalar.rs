use std::iter::Sum;
use std::ops::Neg;

use ndarray::{ArrayD, ArrayViewD, ScalarOperand};
use num_traits::{FloatConst, FromPrimitive, NumAssign};
use pytree::{FromLeaves, PyTreeMut};

/// The element types of states: real numbers such as `f64` and `f32`, and dual numbers.
///
/// Equations are written with `+ - * /`, `+=` and the like, comparisons, sums, `T::zero()` and `T::PI()`,
/// and with ndarray's operators on arrays of `T`. [`of`](Self::of) makes a `T` of a constant:
///
/// ```
/// use dynamics::Scalar;
/// use ndarray::{Array1, array};
///
/// /// The currents through a leak at these voltages (mV).
/// fn leak<T: Scalar>(v: &Array1<T>, conductance: T) -> Array1<T> {
///     (v - T::of(-70.0)) * conductance
/// }
/// assert_eq!(leak(&array![-60.0, -70.0], 0.5), array![5.0, 0.0]);
/// assert_eq!(leak(&array![-60.0_f32], 0.5), array![5.0]);
/// ```
///
/// Functions such as `exp` are those of num-dual's `DualNum`, which `f64`, `f32` and dual numbers implement:
///
/// ```
/// use dynamics::Scalar;
/// use num_dual::{Dual64, DualNum};
///
/// fn logistic<T: Scalar + DualNum>(x: T) -> T {
///     T::of(1.0) / (T::of(1.0) + (-x).exp())
/// }
/// assert_eq!(logistic(0.0), 0.5);
/// # #[cfg(feature = "num-dual")]
/// assert_eq!(logistic(Dual64::new(0.0, 1.0)).eps, 0.25);
/// ```
///
/// Implemented for every type that has the supertraits. A number is a tree with one leaf, which
/// makes fields of type `T` and `Vec<T>` states. A value is NaN if it does not equal itself; of a dual number, the
/// real part decides.
pub trait Scalar:
    Copy
    + PartialOrd
    + NumAssign
    + Neg<Output = Self>
    + Sum
    + FromPrimitive
    + FloatConst
    + ScalarOperand
    + PyTreeMut<Elem = Self>
    + FromLeaves<ArrayD<Self>>
    + for<'a> FromLeaves<ArrayViewD<'a, Self>>
    + 'static
{
    /// `value` as a number of this type, rounded if the type is less precise: a constant of an equation.
    ///
    /// # Panics
    /// If the type does not represent `value`. All floating-point and dual numbers do.
    ///
    /// ```
    /// use dynamics::Scalar;
    /// assert_eq!(f32::of(0.1), 0.1_f32);
    /// ```
    #[inline]
    fn of(value: f64) -> Self {
        Self::from_f64(value).expect("every floating-point and dual number type represents an f64")
    }
}

impl<T> Scalar for T where
    T: Copy
        + PartialOrd
        + NumAssign
        + Neg<Output = Self>
        + Sum
        + FromPrimitive
        + FloatConst
        + ScalarOperand
        + PyTreeMut<Elem = Self>
        + FromLeaves<ArrayD<Self>>
        + for<'a> FromLeaves<ArrayViewD<'a, Self>>
        + 'static
{
}

/// Whether `x` is NaN. Comparing `x` with itself is the one test that all number types share.
#[allow(clippy::eq_op, reason = "only NaN differs from itself")]
#[inline]
pub(crate) fn is_nan<T: PartialEq>(x: &T) -> bool {
    x != x
}

/// Whether an element is NaN. The loop has no early exit, which lets the compiler vectorise it.
pub(crate) fn any_nan<T: PartialEq>(values: &[T]) -> bool {
    values.iter().filter(|x| is_nan(*x)).count() > 0
}

#[cfg(test)]
mod tests {
    use super::{Scalar, any_nan};

    #[test]
    #[cfg(feature = "num-dual")]
    fn dual_numbers_of_both_precisions_are_scalars() {
        fn value<T: Scalar>() -> T {
            let mut x = T::of(4.0);
            x += x;
            [x, T::one(), -x / T::of(8.0)].into_iter().sum()
        }
        assert_eq!(value::<num_dual::Dual64>().re, 8.0);
        assert_eq!(value::<num_dual::Dual32>().re, 8.0);
        assert_eq!(value::<num_dual::DualSVec64<8>>().re, 8.0);
        assert_eq!(value::<num_dual::Dual2_64>().re, 8.0);
        assert_eq!(value::<num_dual::HyperDual64>().re, 8.0);
    }

    #[test]
    fn only_nan_is_nan() {
        assert!(any_nan(&[0.0, f64::NAN]));
        assert!(!any_nan(&[0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY]));
        assert!(!any_nan::<f32>(&[]));
    }

    #[test]
    fn a_number_is_rounded_to_the_element_type() {
        assert_eq!(f32::of(0.1), 0.1_f32);
        assert!(any_nan(&[f32::of(f64::NAN)]));
    }
}
