use crate::number::real::Real;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// Several numbers that go through the same equations at once, on the vector registers of the
/// processor.
///
/// Every operation is that of `f64`, rounded as it is, so that the results do not depend on how wide
/// the registers are. `exp` is within one unit in the last place of the standard library's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lanes<const N: usize>(pub [f64; N]);

/// Declares an operation lane by lane, between lanes and with an `f64`.
macro_rules! operators {
    ($($name:ident::$method:ident),*) => {$(
        impl<const N: usize> $name for Lanes<N> {
            type Output = Self;

            #[inline(always)]
            fn $method(mut self, other: Self) -> Self {
                for lane in 0..N {
                    self.0[lane] = self.0[lane].$method(other.0[lane]);
                }
                self
            }
        }

        impl<const N: usize> $name<f64> for Lanes<N> {
            type Output = Self;

            #[inline(always)]
            fn $method(mut self, other: f64) -> Self {
                for lane in 0..N {
                    self.0[lane] = self.0[lane].$method(other);
                }
                self
            }
        }
    )*};
}
operators!(Add::add, Sub::sub, Mul::mul, Div::div);

impl<const N: usize> Neg for Lanes<N> {
    type Output = Self;

    #[inline(always)]
    fn neg(mut self) -> Self {
        for lane in 0..N {
            self.0[lane] = -self.0[lane];
        }
        self
    }
}

impl<const N: usize> Lanes<N> {
    /// The lanes one by one through a function that has no vector form.
    #[inline]
    fn each(mut self, function: fn(f64) -> f64) -> Self {
        for lane in 0..N {
            self.0[lane] = function(self.0[lane]);
        }
        self
    }
}

impl<const N: usize> Real for Lanes<N> {
    #[inline(always)]
    fn constant(value: f64) -> Self {
        Self([value; N])
    }

    #[inline(always)]
    fn exp(mut self) -> Self {
        for lane in 0..N {
            self.0[lane] = exp(self.0[lane]);
        }
        self
    }

    #[inline]
    fn ln(self) -> Self {
        self.each(f64::ln)
    }

    #[inline]
    fn tanh(self) -> Self {
        self.each(f64::tanh)
    }

    #[inline]
    fn powf(mut self, n: f64) -> Self {
        for lane in 0..N {
            self.0[lane] = self.0[lane].powf(n);
        }
        self
    }

    #[inline(always)]
    fn sqrt(mut self) -> Self {
        for lane in 0..N {
            self.0[lane] = self.0[lane].sqrt();
        }
        self
    }

    #[inline(always)]
    fn recip(self) -> Self {
        Self([1.0; N]) / self
    }

    #[inline(always)]
    fn powi(self, n: i32) -> Self {
        // As the compiler's powi: by squares, and the reciprocal at the end.
        let (mut power, mut square, mut left) = (Self([1.0; N]), self, n.unsigned_abs());
        while left > 0 {
            if left % 2 == 1 {
                power = power * square;
            }
            square = square * square;
            left /= 2;
        }
        if n < 0 { power.recip() } else { power }
    }

    #[inline(always)]
    fn where_greater(self, bound: Self, yes: Self, no: Self) -> Self {
        let mut chosen = no;
        for lane in 0..N {
            chosen.0[lane] = if self.0[lane] > bound.0[lane] { yes.0[lane] } else { no.0[lane] };
        }
        chosen
    }
}

/// e to the power of `x`, without a branch. Results below the smallest normal number are 0.
///
/// With n the nearest integer to x / ln 2, e^x = 2^n e^r with |r| <= ln 2 / 2, and e^r = 1 + r + r²
/// p(r). The polynomial p interpolates at Chebyshev's points; its part of e^r is within 2e-17.
#[inline(always)]
fn exp(x: f64) -> f64 {
    /// 2^52 + 2^51: added to a small number, it leaves the nearest integer in the last bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    /// ln 2 in two parts, of which the first has zeros at the end: n times it is exact.
    const LN_2: [f64; 2] = [0.693_147_180_558_298_7, 1.646_594_958_289_708_2e-12];
    const P: [f64; 10] = [
        0.500_000_000_000_000_1,
        0.166_666_666_666_666_69,
        0.041_666_666_666_624_13,
        0.008_333_333_333_330_062,
        0.001_388_888_891_721_371_7,
        0.000_198_412_698_630_536_18,
        2.480_152_129_595_437_6e-5,
        2.755_726_845_999_706_4e-6,
        2.762_008_844_540_974_6e-7,
        2.510_038_549_551_032e-8,
    ];
    const LOWEST: f64 = -708.0;
    const HIGHEST: f64 = 709.782_712_893_384;
    // NaN passes all comparisons.
    let inside = if x > HIGHEST { HIGHEST } else { x };
    let inside = if inside < LOWEST { LOWEST } else { inside };
    let shifted = inside * std::f64::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = inside - n * LN_2[0] - n * LN_2[1];
    // Pairs first, so that few operations wait for each other.
    let (r2, pair) = (r * r, |at: usize| P[at] + P[at + 1] * r);
    let r4 = r2 * r2;
    let low = pair(0) + pair(2) * r2;
    let high = pair(4) + pair(6) * r2 + pair(8) * r4;
    let power = 1.0 + (r + r2 * (low + high * r4));
    // 2^n in two factors, since 2^1024 is no number.
    let exponent = shifted.to_bits().wrapping_shl(52);
    let half = f64::from_bits(exponent.wrapping_add(1022 << 52));
    let result = power * half * 2.0;
    let result = if x > HIGHEST { f64::INFINITY } else { result };
    if x < LOWEST { 0.0 } else { result }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many numbers lie between two.
    fn ulps(a: f64, b: f64) -> u64 {
        a.to_bits().abs_diff(b.to_bits())
    }

    #[test]
    fn exp_is_within_one_unit_of_the_standard_library() {
        let mut random = fastrand::Rng::with_seed(1);
        for at in 0..300_000 {
            let scale = [1.0, 30.0, 700.0][at % 3];
            let x = (random.f64() * 2.0 - 1.0) * scale;
            assert!(ulps(exp(x), x.exp()) <= 1, "{x}: {} {}", exp(x), x.exp());
        }
    }

    #[test]
    fn exp_of_what_is_special() {
        for x in [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e300, 710.0, 709.5, -707.5]
        {
            assert!(ulps(exp(x), x.exp()) <= 1, "{x}: {}", exp(x));
        }
        assert!(exp(f64::NAN).is_nan());
    }

    #[test]
    fn powers_are_those_of_numbers() {
        for n in [-3, 0, 1, 2, 3, 4, 7] {
            let (power, expected) = (Lanes([1.7]).powi(n).0[0], 1.7_f64.powi(n));
            assert!((power - expected).abs() <= 1e-15 * expected, "{n}");
        }
    }

    #[test]
    fn a_choice_is_made_in_each_lane() {
        let x = Lanes([1.0, 2.0, f64::NAN]);
        let chosen = x.where_greater(Real::constant(1.5), x * 10.0, -x);
        assert_eq!(&chosen.0[..2], [-1.0, 20.0]);
        assert!(chosen.0[2].is_nan());
    }
}
