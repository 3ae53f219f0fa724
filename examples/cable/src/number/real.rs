use num_dual::DualNum;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A real number that the equations of a mechanism compute with.
///
/// A step runs the same equations on eight numbers at once, on numbers with their derivatives, and on
/// any of num-dual's. So there is no `if` on a value: [`where_greater`](Self::where_greater) and
/// [`min`](Self::min) choose. An `f64` is on the right of an operator.
///
/// ```
/// use cable::mechanism::Real;
///
/// /// The steady state of a gate that opens around -40 mV.
/// fn open<T: Real>(v: T) -> T {
///     (((v + 40.0) / -5.0).exp() + 1.0).recip()
/// }
/// assert_eq!(open(-40.0), 0.5);
/// ```
pub trait Real:
    Copy
    + 'static
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
{
    /// The number `value`, with no derivative.
    fn constant(value: f64) -> Self;

    /// e to the power of the number.
    #[must_use]
    fn exp(self) -> Self;

    /// The natural logarithm.
    #[must_use]
    fn ln(self) -> Self;

    /// The hyperbolic tangent.
    #[must_use]
    fn tanh(self) -> Self;

    /// One divided by the number.
    #[must_use]
    fn recip(self) -> Self;

    /// The number to the power of `n`.
    #[must_use]
    fn powi(self, n: i32) -> Self;

    /// The number to the power of `n`: NaN of a negative number, unless `n` is an integer.
    #[must_use]
    fn powf(self, n: f64) -> Self;

    /// The square root: NaN of a negative number. The derivative at 0 is infinite.
    #[must_use]
    fn sqrt(self) -> Self;

    /// `yes` where the number is greater than `bound`, else `no`; also where one of the two is NaN.
    /// The derivative is that of what is chosen.
    #[must_use]
    fn where_greater(self, bound: Self, yes: Self, no: Self) -> Self;

    /// The absolute value. As in JAX, the derivative at 0 is 0. NaN stays NaN.
    #[must_use]
    #[inline(always)]
    fn abs(self) -> Self {
        let zero = Self::constant(0.0);
        zero.where_greater(self, -self, self.where_greater(zero, self, self * self))
    }

    /// The smaller of the number and `bound`. Above `bound` it is constant. NaN stays NaN.
    #[must_use]
    #[inline(always)]
    fn min(self, bound: f64) -> Self {
        let bound = Self::constant(bound);
        self.where_greater(bound, bound, self)
    }

    /// `x / (exp(x / scale) - 1)`, with `exp` clipped at 20: 0/0 at 0. See
    /// [`gate::trap`](crate::mechanism::gate::trap).
    #[must_use]
    #[inline(always)]
    fn trap(self, scale: f64) -> Self {
        self / ((self / scale).min(20.0).exp() - 1.0)
    }

    /// The larger of the number and `bound`. Below `bound` it is constant. NaN stays NaN.
    #[must_use]
    #[inline(always)]
    fn max(self, bound: f64) -> Self {
        let bound = Self::constant(bound);
        bound.where_greater(self, bound, self)
    }
}

/// `f64`, by the mathematical functions of the standard library, and dual numbers over it.
impl<T: DualNum<Primitive = f64> + Copy + 'static> Real for T {
    fn constant(value: f64) -> Self {
        T::from(value)
    }

    fn exp(self) -> Self {
        DualNum::exp(&self)
    }

    fn ln(self) -> Self {
        DualNum::ln(&self)
    }

    fn tanh(self) -> Self {
        DualNum::tanh(&self)
    }

    fn recip(self) -> Self {
        DualNum::recip(&self)
    }

    fn powi(self, n: i32) -> Self {
        DualNum::powi(&self, n)
    }

    fn powf(self, n: f64) -> Self {
        DualNum::powf(&self, n)
    }

    fn sqrt(self) -> Self {
        DualNum::sqrt(&self)
    }

    fn where_greater(self, bound: Self, yes: Self, no: Self) -> Self {
        if self.re() > bound.re() { yes } else { no }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_dual::Dual64;

    #[test]
    fn a_bound_is_constant_with_its_derivative() {
        let at = |x: f64| Real::min(Dual64::from_re(x).derivative(), 20.0);
        assert_eq!((at(1.0).re, at(1.0).eps), (1.0, 1.0));
        assert_eq!((at(21.0).re, at(21.0).eps), (20.0, 0.0));
        assert!(Real::min(f64::NAN, 20.0).is_nan() && Real::max(f64::NAN, 20.0).is_nan());
        assert_eq!((Real::max(-3.0, -1.0), Real::max(3.0, -1.0)), (-1.0, 3.0));
    }

    #[test]
    fn an_absolute_value_has_no_slope_and_no_sign_at_0() {
        let at = |x: f64| Real::abs(Dual64::from_re(x).derivative());
        assert_eq!(
            [-2.0, 0.0, 3.0].map(|x| (at(x).re, at(x).eps)),
            [(2.0, -1.0), (0.0, 0.0), (3.0, 1.0)]
        );
        assert!(at(-0.0).re.is_sign_positive() && at(f64::NAN).re.is_nan());
    }
}
