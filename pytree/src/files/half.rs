//! The numbers of 16 bits of the `half` crate, which NumPy and PyTorch store.

use half::{bf16, f16};

use crate::files::cast::Real;
use crate::files::dtype::Dtype;
use crate::files::element::Element;
use crate::files::element::sealed::Sealed;

macro_rules! half {
    ($($Number:ident: $Dtype:ident),*) => {$(
        impl Sealed for $Number {
            const DTYPE: Dtype = Dtype::$Dtype;
            const ZERO: Self = $Number::ZERO;

            fn from_bytes(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map($Number::from_le_bytes)
            }

            fn push_bytes(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }

            fn as_bytes_mut(elements: &mut [Self]) -> Option<&mut [u8]> {
                cfg!(target_endian = "little").then(|| bytemuck::cast_slice_mut(elements))
            }

            /// As for `f32`: an integer must fit exactly, and a finite float must not become infinite.
            fn cast(real: Real) -> Option<Self> {
                let float = real.to_f64()?;
                let cast = $Number::from_f64(float);
                let fits = match real {
                    Real::Integer(_) => cast.to_f64() == float,
                    Real::Float(_) => cast.is_finite() || !float.is_finite(),
                };
                fits.then_some(cast)
            }
        }
        impl Element for $Number {}
    )*};
}

half!(f16: F16, bf16: BF16);

#[cfg(test)]
mod tests {
    use half::{bf16, f16};

    use crate::files::cast::{self, Real};
    use crate::files::element::sealed::Sealed;

    #[test]
    fn only_values_that_fit_are_cast() {
        let (integer, float) = (Real::Integer, Real::Float);
        assert_eq!(f16::cast(integer(2048)), Some(f16::from_f32(2048.0)));
        assert_eq!(f16::cast(integer(2049)), None);
        assert_eq!(bf16::cast(integer(257)), None);
        assert_eq!(f16::cast(integer(1 << 16)), None);
        assert_eq!(bf16::cast(integer(1 << 16)), Some(bf16::from_f32(65536.0)));
        // 65504 is the largest `f16`, and 65520 is half-way to the next power of two.
        assert_eq!(f16::cast(float(65519.9)), Some(f16::MAX));
        assert_eq!(f16::cast(float(65520.0)), None);
        assert_eq!(f16::cast(float(f64::INFINITY)), Some(f16::INFINITY));
        assert!(bf16::cast(float(f64::NAN)).is_some_and(bf16::is_nan));
        assert_eq!(bf16::cast(float(0.1)), Some(bf16::from_f32(0.1)));
    }

    /// Without the feature, `f16` arrays are cast by a function of our own.
    #[test]
    fn every_half_has_the_same_value_by_both_functions() {
        for bits in 0..=u16::MAX {
            let (ours, theirs) = (cast::f16(bits), f16::from_bits(bits).to_f64());
            assert!(ours.to_bits() == theirs.to_bits() || ours.is_nan() && theirs.is_nan());
        }
    }
}
