//! Conversions between types of real numbers.
#![allow(
    clippy::cast_possible_truncation,
    reason = "each cast is followed by the check that the value fits"
)]

/// A real number of any type, exactly.
#[derive(Clone, Copy, Debug)]
pub enum Real {
    /// An integer of at most 64 bits.
    Integer(i128),
    /// A floating-point number of at most 64 bits.
    Float(f64),
}

impl Real {
    /// The value as an integer, if it is one.
    #[inline]
    pub(crate) fn to_integer(self) -> Option<i128> {
        match self {
            Real::Integer(integer) => Some(integer),
            // The conversion saturates, so a number that is too large does not come back.
            Real::Float(float) => Some(float as i128).filter(|integer| *integer as f64 == float),
        }
    }

    /// The value as an `f64`. An integer must fit exactly.
    #[inline]
    pub(crate) fn to_f64(self) -> Option<f64> {
        match self {
            Real::Integer(integer) => {
                Some(integer as f64).filter(|float| *float as i128 == integer)
            }
            Real::Float(float) => Some(float),
        }
    }

    /// The value as an `f32`. An integer must fit exactly; a float is rounded.
    #[inline]
    pub(crate) fn to_f32(self) -> Option<f32> {
        match self {
            Real::Integer(integer) => {
                Some(integer as f32).filter(|float| *float as i128 == integer)
            }
            // A finite number that is too large would become infinite.
            Real::Float(float) => {
                Some(float as f32).filter(|cast| cast.is_finite() || !float.is_finite())
            }
        }
    }
}

/// The value of a half-precision number: a sign, 5 bits of the exponent, and 10 of the fraction.
pub(crate) fn f16(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let magnitude = match exponent {
        0 => fraction * 2_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2_f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::f16;

    #[test]
    fn half_precision() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x0001, 2_f64.powi(-24)),
            (0x0400, 2_f64.powi(-14)),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_953_125),
            (0x7bff, 65504.0),
            (0x7c00, f64::INFINITY),
            (0xfc00, f64::NEG_INFINITY),
        ] {
            assert_eq!(f16(bits), value, "{bits:x}");
        }
        assert!(f16(0x7e00).is_nan());
        assert!(f16(0x8000).is_sign_negative());
    }
}
