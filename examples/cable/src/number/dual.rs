use crate::number::real::Real;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A number and its derivatives in `D` directions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dual<R, const D: usize> {
    pub re: R,
    pub eps: [R; D],
}

impl<R: Real, const D: usize> Dual<R, D> {
    #[inline(always)]
    fn constant_of(re: R) -> Self {
        Self { re, eps: [R::constant(0.0); D] }
    }

    /// A function of the number, from its value and its derivative.
    #[inline(always)]
    fn chain(mut self, value: R, derivative: R) -> Self {
        self.re = value;
        for eps in &mut self.eps {
            *eps = *eps * derivative;
        }
        self
    }
}

impl<R: Real, const D: usize> Neg for Dual<R, D> {
    type Output = Self;

    #[inline(always)]
    fn neg(mut self) -> Self {
        self.re = -self.re;
        for eps in &mut self.eps {
            *eps = -*eps;
        }
        self
    }
}

impl<R: Real, const D: usize> Add for Dual<R, D> {
    type Output = Self;

    #[inline(always)]
    fn add(mut self, other: Self) -> Self {
        self.re = self.re + other.re;
        for at in 0..D {
            self.eps[at] = self.eps[at] + other.eps[at];
        }
        self
    }
}

impl<R: Real, const D: usize> Sub for Dual<R, D> {
    type Output = Self;

    #[inline(always)]
    fn sub(mut self, other: Self) -> Self {
        self.re = self.re - other.re;
        for at in 0..D {
            self.eps[at] = self.eps[at] - other.eps[at];
        }
        self
    }
}

impl<R: Real, const D: usize> Mul for Dual<R, D> {
    type Output = Self;

    #[inline(always)]
    fn mul(mut self, other: Self) -> Self {
        for at in 0..D {
            self.eps[at] = self.eps[at] * other.re + other.eps[at] * self.re;
        }
        self.re = self.re * other.re;
        self
    }
}

impl<R: Real, const D: usize> Div for Dual<R, D> {
    type Output = Self;

    #[inline(always)]
    fn div(mut self, other: Self) -> Self {
        let reciprocal = other.re.recip();
        self.re = self.re / other.re;
        for at in 0..D {
            self.eps[at] = (self.eps[at] - other.eps[at] * self.re) * reciprocal;
        }
        self
    }
}

impl<R: Real, const D: usize> Add<f64> for Dual<R, D> {
    type Output = Self;

    #[inline(always)]
    fn add(mut self, other: f64) -> Self {
        self.re = self.re + other;
        self
    }
}

impl<R: Real, const D: usize> Sub<f64> for Dual<R, D> {
    type Output = Self;

    #[inline(always)]
    fn sub(mut self, other: f64) -> Self {
        self.re = self.re - other;
        self
    }
}

impl<R: Real, const D: usize> Mul<f64> for Dual<R, D> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: f64) -> Self {
        let value = self.re * other;
        self.chain(value, R::constant(other))
    }
}

impl<R: Real, const D: usize> Div<f64> for Dual<R, D> {
    type Output = Self;

    #[inline(always)]
    fn div(self, other: f64) -> Self {
        let value = self.re / other;
        self.chain(value, R::constant(1.0 / other))
    }
}

impl<R: Real, const D: usize> Real for Dual<R, D> {
    #[inline(always)]
    fn constant(value: f64) -> Self {
        Self::constant_of(R::constant(value))
    }

    #[inline(always)]
    fn exp(self) -> Self {
        let value = self.re.exp();
        self.chain(value, value)
    }

    #[inline(always)]
    fn ln(self) -> Self {
        self.chain(self.re.ln(), self.re.recip())
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        let value = self.re.tanh();
        self.chain(value, -(value * value) + 1.0)
    }

    #[inline(always)]
    fn recip(self) -> Self {
        let value = self.re.recip();
        self.chain(value, -(value * value))
    }

    #[inline(always)]
    fn powi(self, n: i32) -> Self {
        if n == 0 {
            return Self::constant(1.0);
        }
        let below = self.re.powi(n - 1);
        self.chain(self.re.powi(n), below * f64::from(n))
    }

    #[inline(always)]
    fn powf(self, n: f64) -> Self {
        if n == 0.0 {
            return Self::constant(1.0);
        }
        self.chain(self.re.powf(n), self.re.powf(n - 1.0) * n)
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        let root = self.re.sqrt();
        self.chain(root, root.recip() * 0.5)
    }

    #[inline(always)]
    fn where_greater(self, bound: Self, yes: Self, no: Self) -> Self {
        let mut chosen = no;
        chosen.re = self.re.where_greater(bound.re, yes.re, no.re);
        for at in 0..D {
            chosen.eps[at] = self.re.where_greater(bound.re, yes.eps[at], no.eps[at]);
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_dual::Dual64;

    /// Every operation, of two numbers.
    fn all<T: Real>(x: T, y: T) -> T {
        let sums = (x + y - 0.5) * (x - y * 2.0) + (-x + 1.0) / 3.0;
        let chosen = x.where_greater(y, x * 3.0, y) + x.min(0.1) + y.max(5.0);
        sums / y + (x * 0.3).exp() * y.ln() + x.tanh() + y.recip() + x.powi(3) - y.powi(-2) + chosen
    }

    #[test]
    fn derivatives_are_those_of_dual_numbers() {
        for (x, y) in [(0.7, 1.3), (2.0, 0.4), (-1.1, 6.0)] {
            let dual = all(Dual { re: x, eps: [1.0, 0.0] }, Dual { re: y, eps: [0.0, 1.0] });
            let expected = [(x, 1.0, y, 0.0), (x, 0.0, y, 1.0)].map(|(x, dx, y, dy)| {
                all(
                    Dual64::from_re(x) + Dual64::new(0.0, dx),
                    Dual64::from_re(y) + Dual64::new(0.0, dy),
                )
            });
            assert!((dual.re - expected[0].re).abs() < 1e-12, "{dual:?} {expected:?}");
            for (eps, expected) in dual.eps.iter().zip(expected) {
                assert!((eps - expected.eps).abs() < 1e-12, "{dual:?} {expected:?}");
            }
        }
    }
}
