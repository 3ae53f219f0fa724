use std::borrow::Cow;

use bytemuck::{CheckedBitPattern, NoUninit};

use crate::files::cast::{Real, f16};
use crate::files::dtype::Dtype;
use crate::files::element::sealed::Sealed;

/// A number that an array in a file can be loaded as: `f32`, `f64`, `bool`, an integer of 8 to 64 bits; with the feature
/// `half`, `f16` and `bf16`; with the feature `num-complex`, `Complex<f32>` and `Complex<f64>`.
///
/// ```
/// use pytree::files::Element;
/// use pytree::{Error, PyTreeMut, npz};
/// fn load<P: PyTreeMut<Elem: Element>>(tree: &mut P) -> Result<(), Error> {
///     npz::load("checkpoint.npz", tree)
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be loaded from a file",
    note = "the element type can be f32, f64, bool, an integer of 8 to 64 bits or, with the features \
            `half` and `num-complex` of pytree, f16, bf16 or a complex number"
)]
pub trait Element: Sealed {}

/// A number that can be saved in a file of format `F`: [`Npz`](crate::npz::Npz) or
/// [`Safetensors`](crate::safetensors::Safetensors).
///
/// Both formats have `f32`, `f64`, `bool` and integers of 8 to 64 bits. With the feature `half`, both have `f16`, and
/// `.safetensors` also has `bf16`. With the feature `num-complex`, both have `Complex<f32>`, and `.npz` also has
/// `Complex<f64>`.
///
/// ```
/// use pytree::files::StoredIn;
/// use pytree::npz::{self, Npz};
/// use pytree::{Error, PyTree};
/// fn save<P: PyTree<Elem: StoredIn<Npz>>>(tree: &P) -> Result<(), Error> {
///     npz::save("checkpoint.npz", tree)
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be saved as `{F}`",
    note = "the element type can be f32, f64, bool, an integer of 8 to 64 bits or, with the features \
            `half` and `num-complex` of pytree, f16 or `Complex<f32>`; `Npz` also has `Complex<f64>`, and \
            `Safetensors` bf16"
)]
pub trait StoredIn<F>: Element {}

pub(crate) mod sealed {
    use super::{CheckedBitPattern, Cow, Dtype, NoUninit, Real};

    pub trait Sealed: CheckedBitPattern + NoUninit {
        const DTYPE: Dtype;
        const ZERO: Self;

        /// Converts from little-endian bytes; `None` if they are not a value of this type.
        fn from_bytes(bytes: &[u8]) -> Option<Self>;

        /// The little-endian bytes.
        fn push_bytes(self, bytes: &mut Vec<u8>);

        /// The memory of the elements, to which little-endian bytes can be written; `None` if not all bytes are elements.
        fn as_bytes_mut(_: &mut [Self]) -> Option<&mut [u8]> {
            None
        }

        /// Converts from another type; `None` if the value does not fit. A float is rounded to a shorter float; an
        /// integer must fit exactly.
        fn cast(_: Real) -> Option<Self> {
            None
        }

        /// The little-endian bytes of all elements.
        fn to_bytes(elements: &[Self]) -> Cow<'_, [u8]> {
            if cfg!(target_endian = "little") {
                return Cow::Borrowed(bytemuck::cast_slice(elements));
            }
            let mut bytes = Vec::with_capacity(size_of_val(elements));
            elements.iter().for_each(|element| element.push_bytes(&mut bytes));
            Cow::Owned(bytes)
        }
    }
}

macro_rules! numbers {
    ($($Number:ident: $Dtype:ident, $cast:expr;)*) => {$(
        impl Sealed for $Number {
            const DTYPE: Dtype = Dtype::$Dtype;
            const ZERO: Self = 0 as $Number;

            #[inline]
            fn from_bytes(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map($Number::from_le_bytes)
            }

            fn push_bytes(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }

            fn as_bytes_mut(elements: &mut [Self]) -> Option<&mut [u8]> {
                cfg!(target_endian = "little").then(|| bytemuck::cast_slice_mut(elements))
            }

            #[inline]
            fn cast(real: Real) -> Option<Self> {
                let cast: fn(Real) -> Option<Self> = $cast;
                cast(real)
            }
        }
        impl Element for $Number {}
    )*};
}

/// `stored_in!(Npz: f32, f64)`: the types that a format has.
macro_rules! stored_in {
    ($Format:ty: $($Number:ty),* $(,)?) => {
        $(impl $crate::files::element::StoredIn<$Format> for $Number {})*
    };
}
pub(crate) use stored_in;

macro_rules! integers {
    ($($Number:ident: $Dtype:ident),* $(,)?) => {
        numbers! {$(
            $Number: $Dtype, |real| real.to_integer()?.try_into().ok();
        )*}
    };
}

integers!(i8: I8, i16: I16, i32: I32, i64: I64, u8: U8, u16: U16, u32: U32, u64: U64);
numbers! {
    f64: F64, Real::to_f64;
    f32: F32, Real::to_f32;
}

impl Sealed for bool {
    const DTYPE: Dtype = Dtype::Bool;
    const ZERO: Self = false;

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }

    fn push_bytes(self, bytes: &mut Vec<u8>) {
        bytes.push(self.into());
    }
}

impl Element for bool {}

#[cfg(feature = "num-complex")]
macro_rules! complex {
    ($($Number:ident: $Dtype:ident),*) => {$(
        impl Sealed for num_complex::Complex<$Number> {
            const DTYPE: Dtype = Dtype::$Dtype;
            const ZERO: Self = Self::new(0.0, 0.0);

            fn from_bytes(bytes: &[u8]) -> Option<Self> {
                let (re, im) = bytes.split_at_checked(size_of::<$Number>())?;
                Some(Self::new($Number::from_bytes(re)?, $Number::from_bytes(im)?))
            }

            fn push_bytes(self, bytes: &mut Vec<u8>) {
                self.re.push_bytes(bytes);
                self.im.push_bytes(bytes);
            }

            fn as_bytes_mut(elements: &mut [Self]) -> Option<&mut [u8]> {
                cfg!(target_endian = "little").then(|| bytemuck::cast_slice_mut(elements))
            }
        }
        impl Element for num_complex::Complex<$Number> {}
    )*};
}

#[cfg(feature = "num-complex")]
complex!(f32: Complex32, f64: Complex64);

/// Calls `put` with each element of an array in order: `None` for a value that does not fit into `E`, and its text.
pub(crate) fn decode<E: Element>(
    dtype: &Dtype,
    bytes: &[u8],
    mut put: impl FnMut(Option<E>, &dyn Fn() -> String),
) {
    macro_rules! each {
        ($($Dtype:ident: $Number:ident => $real:expr;)*) => {
            match dtype {
                $(Dtype::$Dtype => {
                    for bytes in bytes.chunks_exact(size_of::<$Number>()) {
                        let Some(number) = $Number::from_bytes(bytes) else { continue };
                        let real: Real = $real(number);
                        put(E::cast(real), &|| match real {
                            Real::Integer(integer) => integer.to_string(),
                            Real::Float(float) => format!("{float:?}"),
                        });
                    }
                })*
                _ => {}
            }
        };
    }
    if *dtype == E::DTYPE {
        for bytes in bytes.chunks_exact(size_of::<E>()) {
            put(E::from_bytes(bytes), &|| format!("{bytes:?}"));
        }
        return;
    }
    each! {
        I8: i8 => |x| Real::Integer(i128::from(x));
        I16: i16 => |x| Real::Integer(i128::from(x));
        I32: i32 => |x| Real::Integer(i128::from(x));
        I64: i64 => |x| Real::Integer(i128::from(x));
        U8: u8 => |x| Real::Integer(i128::from(x));
        U16: u16 => |x| Real::Integer(i128::from(x));
        U32: u32 => |x| Real::Integer(i128::from(x));
        U64: u64 => |x| Real::Integer(i128::from(x));
        F16: u16 => |x| Real::Float(f16(x));
        BF16: u16 => |x| Real::Float(f64::from(f32::from_bits(u32::from(x) << 16)));
        F32: f32 => |x| Real::Float(f64::from(x));
        F64: f64 => Real::Float;
    }
}

#[cfg(test)]
mod tests {
    use super::{Real, Sealed};

    #[test]
    fn only_values_that_fit_are_cast() {
        let (integer, float) = (Real::Integer, Real::Float);
        assert_eq!(f32::cast(integer(1 << 24)), Some(16_777_216.0));
        assert_eq!(f32::cast(integer((1 << 24) + 1)), None);
        assert_eq!(f32::cast(float(0.1)), Some(0.1));
        assert_eq!(f32::cast(float(1e39)), None);
        assert_eq!(f32::cast(float(f64::INFINITY)), Some(f32::INFINITY));
        assert!(f32::cast(float(f64::NAN)).is_some_and(f32::is_nan));
        assert_eq!(f64::cast(integer(i128::from(u64::MAX))), None);
        assert_eq!(u8::cast(float(255.0)), Some(255));
        for wrong in [256.0, -1.0, 0.5, f64::NAN, f64::INFINITY] {
            assert_eq!(u8::cast(float(wrong)), None);
        }
        assert_eq!(i64::cast(integer(i128::from(u64::MAX))), None);
        assert_eq!(i64::cast(float(-2_f64.powi(63))), Some(i64::MIN));
        assert_eq!(i64::cast(float(2_f64.powi(63))), None);
        assert_eq!(bool::cast(integer(1)), None);
    }
}
