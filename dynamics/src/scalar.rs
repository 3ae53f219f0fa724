use ndarray::{ArrayD, ArrayViewD};
use num_traits::{FloatConst, FromPrimitive};
use pytree::{FromLeaves, PyTreeMut};

/// The element types of states: real numbers such as `f64` and `f32`, and dual numbers.
///
/// Implemented for every type that has the supertraits. A number is a tree with one leaf, which
/// makes fields of type `T` and `Vec<T>` states. A value is NaN if it does not equal itself; of a dual number, the
/// real part decides.
///
/// ```
/// use dynamics::Scalar;
///
/// fn steady_state<T: Scalar + std::ops::Div<Output = T>>(alpha: T, sum: T) -> T {
///     alpha / sum
/// }
/// assert_eq!(steady_state(1.0_f32, 4.0), 0.25);
/// ```
pub trait Scalar:
    Clone
    + PartialEq
    + FromPrimitive
    + FloatConst
    + PyTreeMut<Elem = Self>
    + FromLeaves<ArrayD<Self>>
    + for<'a> FromLeaves<ArrayViewD<'a, Self>>
    + 'static
{
}

impl<T> Scalar for T where
    T: Clone
        + PartialEq
        + FromPrimitive
        + FloatConst
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

/// `value` as a `T`.
#[inline]
pub(crate) fn scalar<T: Scalar>(value: f64) -> T {
    T::from_f64(value).expect("every floating-point and dual number type represents an f64")
}

#[cfg(test)]
mod tests {
    use super::{any_nan, scalar};

    #[test]
    fn only_nan_is_nan() {
        assert!(any_nan(&[0.0, f64::NAN]));
        assert!(!any_nan(&[0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY]));
        assert!(!any_nan::<f32>(&[]));
    }

    #[test]
    fn a_number_is_rounded_to_the_element_type() {
        assert_eq!(scalar::<f32>(0.1), 0.1_f32);
        assert!(any_nan(&[scalar::<f32>(f64::NAN)]));
    }
}
