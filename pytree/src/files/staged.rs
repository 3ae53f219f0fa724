use ndarray::{ArrayViewMut, Dimension};

use crate::error::mismatch::MismatchKind;
use crate::files::array_info::ArrayInfo;
use crate::files::dtype::Dtype;
use crate::files::element::{Element, decode};
use crate::files::error::FileError;

/// The elements of an array that has been read.
pub(crate) struct Staged<B> {
    pub array: ArrayInfo,
    pub bytes: B,
}

impl<B: AsRef<[u8]>> Staged<B> {
    /// Returns the first element that does not fit, or an error if the bytes are not of the type of the array.
    pub(crate) fn check<E: Element>(&self) -> Result<Option<MismatchKind>, FileError> {
        let ArrayInfo { dtype, shape, .. } = &self.array;
        // Any bytes are a number.
        if *dtype == E::DTYPE && *dtype != Dtype::Bool {
            return Ok(None);
        }
        let (mut index, mut wrong, mut first) = (0, 0_usize, None);
        decode::<E>(dtype, self.bytes.as_ref(), |element, text| {
            if element.is_none() {
                wrong += 1;
                first.get_or_insert_with(|| (index, text()));
            }
            index += 1;
        });
        let Some((index, text)) = first else { return Ok(None) };
        if *dtype == E::DTYPE {
            let reason = format!("expected a {dtype}, found the bytes {text}");
            return Err(FileError::malformed(reason));
        }
        let label = index_of(index, shape, self.array.column_major);
        let element = if shape.is_empty() { "it".into() } else { format!("the element {label:?}") };
        let more = match wrong - 1 {
            0 => String::new(),
            more => format!("; {more} more do not fit"),
        };
        let (article, expected) = (E::DTYPE.article(), E::DTYPE);
        let text = format!("{element} is {text}, which is not {article} {expected}{more}");
        Ok(Some(MismatchKind::other(text)))
    }

    /// Writes the elements to a leaf with the shape of the array.
    pub(crate) fn write_to<E: Element, D: Dimension>(&self, leaf: ArrayViewMut<'_, E, D>) {
        let ArrayInfo { dtype, column_major, .. } = &self.array;
        let bytes = self.bytes.as_ref();
        // In column-major order, the elements are those of the reversed axes in row-major order.
        let mut leaf = if *column_major { leaf.reversed_axes() } else { leaf };
        if let (true, Some(slice)) = (*dtype == E::DTYPE, leaf.as_slice_mut()) {
            for (out, bytes) in slice.iter_mut().zip(bytes.chunks_exact(size_of::<E>())) {
                if let Some(element) = E::from_bytes(bytes) {
                    *out = element;
                }
            }
            return;
        }
        let mut out = leaf.iter_mut();
        decode::<E>(dtype, bytes, |element, _| {
            if let (Some(out), Some(element)) = (out.next(), element) {
                *out = element;
            }
        });
    }
}

/// The index along each axis of the element that is at `flat` in the file.
fn index_of(mut flat: usize, shape: &[usize], column_major: bool) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    let mut axis = |axis: usize| {
        index[axis] = flat % shape[axis];
        flat /= shape[axis];
    };
    if column_major {
        (0..shape.len()).for_each(&mut axis);
    } else {
        (0..shape.len()).rev().for_each(&mut axis);
    }
    index
}
