use std::fmt::{self, Display};

/// The element type of an array in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dtype {
    Bool,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F16,
    BF16,
    F32,
    F64,
    Complex32,
    Complex64,
    /// A type that cannot be loaded, as errors print it.
    Other(String),
    /// The description of the array is malformed, for this reason. The other arrays of the file can be loaded.
    Malformed(String),
}

impl Dtype {
    /// The name in Rust.
    pub(crate) fn name(&self) -> &str {
        match self {
            Dtype::Bool => "bool",
            Dtype::I8 => "i8",
            Dtype::I16 => "i16",
            Dtype::I32 => "i32",
            Dtype::I64 => "i64",
            Dtype::U8 => "u8",
            Dtype::U16 => "u16",
            Dtype::U32 => "u32",
            Dtype::U64 => "u64",
            Dtype::F16 => "f16",
            Dtype::BF16 => "bf16",
            Dtype::F32 => "f32",
            Dtype::F64 => "f64",
            Dtype::Complex32 => "Complex<f32>",
            Dtype::Complex64 => "Complex<f64>",
            Dtype::Other(name) => name,
            Dtype::Malformed(_) => "malformed",
        }
    }

    /// The article before the name.
    pub(crate) fn article(&self) -> &'static str {
        // "an i8", "an f32"
        if self.name().starts_with(['i', 'f']) { "an" } else { "a" }
    }

    /// The number of bytes of an element; `None` for a type that cannot be loaded.
    pub(crate) fn size(&self) -> Option<usize> {
        match self {
            Dtype::Bool | Dtype::I8 | Dtype::U8 => Some(1),
            Dtype::I16 | Dtype::U16 | Dtype::F16 | Dtype::BF16 => Some(2),
            Dtype::I32 | Dtype::U32 | Dtype::F32 => Some(4),
            Dtype::I64 | Dtype::U64 | Dtype::F64 | Dtype::Complex32 => Some(8),
            Dtype::Complex64 => Some(16),
            Dtype::Other(_) | Dtype::Malformed(_) => None,
        }
    }

    /// Whether the elements are real numbers, which can be cast to each other.
    pub(crate) fn is_real(&self) -> bool {
        let is_complex = matches!(self, Dtype::Complex32 | Dtype::Complex64);
        self.size().is_some() && *self != Dtype::Bool && !is_complex
    }
}

impl Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
