use std::fmt::{self, Display};

use crate::error::print::shape;
use crate::files::dtype::Dtype;
use crate::files::error::FileError;

/// The name, the element type and the shape of an array in a file.
///
/// ```
/// use pytree::npz;
/// let mut bytes = Vec::new();
/// npz::Writer::new().add("w", &vec![1.0_f32, 2.0])?.write(&mut bytes)?;
/// let file = npz::read(std::io::Cursor::new(bytes))?;
/// let w = &file.arrays()[0];
/// assert_eq!((w.name(), w.dtype(), w.shape()), (".w", "f32", &[2][..]));
/// # Ok::<(), pytree::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ArrayInfo {
    pub(crate) name: String,
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    /// Whether the elements are in column-major order.
    pub(crate) column_major: bool,
    /// The index of the array in the file.
    pub(crate) index: usize,
    /// The largest number of bytes that the file can have for the elements.
    pub(crate) limit: u64,
}

impl ArrayInfo {
    /// The name, as [`Archive::under`](crate::files::Archive::under) and
    /// [`Archive::rename`](crate::files::Archive::rename) changed it. There is an example at [`ArrayInfo`].
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the element type in Rust: `f32`, `i64`, `bool`, `bf16`, `Complex<f32>`. A type that cannot be loaded
    /// has the name that its format gives it: `dtype '<U2'`.
    pub fn dtype(&self) -> &str {
        self.dtype.name()
    }

    /// The length along each axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The number of elements; `None` if a `usize` is too small for it.
    pub(crate) fn len(&self) -> Option<usize> {
        // An array with an axis of length 0 is empty, however long the others are.
        if self.shape.contains(&0) {
            return Some(0);
        }
        self.shape.iter().try_fold(1_usize, |len, axis| len.checked_mul(*axis))
    }

    /// The number of bytes of the elements, at most [`limit`](Self::limit), so a buffer of this length can be allocated.
    pub(crate) fn checked_num_bytes(&self) -> Result<usize, FileError> {
        let size = self.dtype.size().unwrap_or(0);
        self.len()
            .and_then(|len| len.checked_mul(size))
            .filter(|bytes| isize::try_from(*bytes).is_ok() && *bytes as u64 <= self.limit)
            .ok_or_else(|| FileError::malformed("it has fewer elements than its shape says"))
    }
}

impl Display for ArrayInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}{}", self.name, self.dtype, shape(&self.shape).replace(' ', ""))
    }
}
