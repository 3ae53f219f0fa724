use crate::number::real::Real;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A number whose [`trap`](Real::trap) has its limit where it is 0/0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit<R>(pub R);

macro_rules! operators {
    ($($name:ident::$method:ident),*) => {$(
        impl<R: Real> $name for Limit<R> {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(self.0.$method(other.0))
            }
        }

        impl<R: Real> $name<f64> for Limit<R> {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: f64) -> Self {
                Self(self.0.$method(other))
            }
        }
    )*};
}
operators!(Add::add, Sub::sub, Mul::mul, Div::div);

impl<R: Real> Neg for Limit<R> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl<R: Real> Real for Limit<R> {
    #[inline(always)]
    fn constant(value: f64) -> Self {
        Self(R::constant(value))
    }

    #[inline(always)]
    fn exp(self) -> Self {
        Self(self.0.exp())
    }

    #[inline(always)]
    fn ln(self) -> Self {
        Self(self.0.ln())
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        Self(self.0.tanh())
    }

    #[inline(always)]
    fn recip(self) -> Self {
        Self(self.0.recip())
    }

    #[inline(always)]
    fn powi(self, n: i32) -> Self {
        Self(self.0.powi(n))
    }

    #[inline(always)]
    fn powf(self, n: f64) -> Self {
        Self(self.0.powf(n))
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(self.0.sqrt())
    }

    #[inline(always)]
    fn where_greater(self, bound: Self, yes: Self, no: Self) -> Self {
        Self(self.0.where_greater(bound.0, yes.0, no.0))
    }

    #[inline(always)]
    fn trap(self, scale: f64) -> Self {
        // Where the quotient, and even more its derivative, loses digits, its series. At the bound
        // of 0.01 the next term, x^6 / 30240, is below 1e-16.
        let x = self.0 / scale;
        let square = x * x;
        let series = (square / 12.0 - square * square / 720.0 - x / 2.0 + 1.0) * scale;
        Self(square.where_greater(R::constant(1e-4), self.0.trap(scale), series))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_dual::Dual64;

    #[test]
    fn the_limit_is_reached_with_its_derivative() {
        let at = |x: f64| Limit(Dual64::from_re(x).derivative()).trap(10.0).0;
        assert_eq!((at(0.0).re, at(0.0).eps), (10.0, -0.5));
        for x in [1e-3_f64, -2e-4, 3.0, -40.0] {
            let exact = x / (x / 10.0).exp_m1();
            assert!((at(x).re - exact).abs() < 1e-12, "{x}: {} {exact}", at(x).re);
        }
        for x in [0.9e-4, 1.1e-4, 0.099, 0.101] {
            // -1/2 + x/6 - x^3/180 + x^5/5040 - .., of x over the scale.
            let z = x / 10.0;
            let slope = -0.5 + z / 6.0 - z.powi(3) / 180.0 + z.powi(5) / 5040.0;
            assert!((at(x).eps - slope).abs() < 1e-11, "{x}: {} {slope}", at(x).eps);
        }
    }
}
