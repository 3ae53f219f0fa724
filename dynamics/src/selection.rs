//! Which entries of a state are kept: branchpoints and NaN padding are removed, and put back.

use std::iter::once;
use std::ops::Range;

use ndarray::{ArrayView, ArrayViewMut, Dimension};

use crate::scalar::{Scalar, any_nan, is_nan};

/// The entries of an array that are kept, all, some or none of them, and the values that the others
/// are filled with.
///
/// This is the one rule that leads from a state to its part of the vector and back. Indices count the
/// entries in row-major order:
///
/// ```text
/// full    [-70.0, -1.0, -65.0, NaN]
/// kept      ^^^^        ^^^^^          gather:  full -> [-70.0, -65.0]
/// fill            -1.0         NaN     scatter: [v, w] -> full = [v, -1.0, w, NaN]
/// ```
///
/// The selection holds no entries of the array itself and serves any element type.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    /// The kept indices, in increasing order, as runs. Two runs never touch: every copy is as long as
    /// it can be.
    runs: Vec<Range<usize>>,
    /// The number of kept entries: the sum of the lengths of `runs`.
    len: usize,
    /// One value for each entry of the full array. Only those outside of `runs` are ever read.
    fill: Vec<f64>,
}

impl Selection {
    /// Keeps the indices for which `keep` is true, of an array as long as `fill`.
    pub(crate) fn new(fill: Vec<f64>, keep: impl Fn(usize) -> bool) -> Self {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for index in (0..fill.len()).filter(|&index| keep(index)) {
            match runs.last_mut() {
                Some(run) if run.end == index => run.end += 1,
                _ => runs.push(index..index + 1),
            }
        }
        let len = runs.iter().map(ExactSizeIterator::len).sum();
        Selection { runs, len, fill }
    }

    /// The number of kept entries.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The number of all entries.
    pub(crate) fn full_len(&self) -> usize {
        self.fill.len()
    }

    /// The kept indices, in increasing order.
    pub(crate) fn kept(&self) -> impl Iterator<Item = usize> {
        self.runs.iter().cloned().flatten()
    }

    /// The number of kept entries before `index`, if `index` is kept.
    pub(crate) fn rank(&self, index: usize) -> Option<usize> {
        let run = self.runs.partition_point(|run| run.end <= index);
        let offset = index.checked_sub(self.runs.get(run)?.start)?;
        Some(self.runs[..run].iter().map(ExactSizeIterator::len).sum::<usize>() + offset)
    }

    /// The runs of indices that are not kept; some may be empty.
    fn gaps(&self) -> impl Iterator<Item = Range<usize>> {
        let starts = once(0).chain(self.runs.iter().map(|run| run.end));
        let ends = self.runs.iter().map(|run| run.start).chain(once(self.full_len()));
        starts.zip(ends).map(|(start, end)| start..end)
    }

    /// Copies the kept entries of `full`, which has `full_len` entries, to `out`, which has `len`.
    #[inline]
    pub(crate) fn gather<T: Copy, D: Dimension>(
        &self,
        full: &ArrayView<'_, T, D>,
        mut out: &mut [T],
    ) {
        if let Some(full) = full.to_slice() {
            for run in &self.runs {
                let (part, rest) = out.split_at_mut(run.len());
                part.copy_from_slice(&full[run.clone()]);
                out = rest;
            }
        } else {
            let kept = self.kept_of(full.iter());
            out.iter_mut().zip(kept).for_each(|(out, x)| *out = *x);
        }
    }

    /// Writes the whole of `full`, which has `full_len` entries: `kept`, which has `len`, to those that
    /// are kept, and the fill to all others.
    #[inline]
    pub(crate) fn scatter<T: Scalar, D: Dimension>(
        &self,
        mut kept: &[T],
        full: &mut ArrayViewMut<'_, T, D>,
    ) {
        if let Some(full) = full.as_slice_mut() {
            for gap in self.gaps() {
                let fill = &self.fill[gap.clone()];
                full[gap].iter_mut().zip(fill).for_each(|(out, &fill)| *out = T::of(fill));
            }
            for run in &self.runs {
                let (part, rest) = kept.split_at(run.len());
                full[run.clone()].copy_from_slice(part);
                kept = rest;
            }
        } else {
            full.iter_mut().zip(&self.fill).for_each(|(out, &fill)| *out = T::of(fill));
            let outs = self.kept_of(full.iter_mut());
            outs.zip(kept).for_each(|(out, x)| *out = *x);
        }
    }

    /// Whether a kept entry of `full`, which has `full_len` entries, is NaN.
    #[inline]
    pub(crate) fn has_nan<T: PartialEq, D: Dimension>(&self, full: &ArrayView<'_, T, D>) -> bool {
        match full.to_slice() {
            Some(full) => self.runs.iter().any(|run| any_nan(&full[run.clone()])),
            None => self.kept_of(full.iter()).any(is_nan),
        }
    }

    /// The kept ones of `entries`, which are `full_len` in row-major order.
    pub(crate) fn kept_of<I: Iterator>(&self, mut entries: I) -> impl Iterator<Item = I::Item> {
        let mut next = 0;
        self.kept().map_while(move |index| {
            let skipped = index - next;
            next = index + 1;
            entries.nth(skipped)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Selection;
    use ndarray::{Array2, Axis, array};

    /// Keeps indices 0, 1 and 4 of six.
    fn some() -> Selection {
        let fill = vec![0.0, 0.0, -1.0, f64::NAN, 0.0, -1.0];
        Selection::new(fill, |index| [0, 1, 4].contains(&index))
    }

    #[test]
    fn runs_are_as_long_as_they_can_be() {
        let some = some();
        assert_eq!(some.runs, [0..2, 4..5]);
        assert_eq!((some.len(), some.full_len()), (3, 6));
        assert!(some.kept().eq([0, 1, 4]));
        assert!(some.gaps().eq([0..0, 2..4, 5..6]));
        let ranks = (0..7).map(|index| some.rank(index));
        assert!(ranks.eq([Some(0), Some(1), None, None, Some(2), None, None]));
    }

    #[test]
    fn all_and_none_are_selections_too() {
        let all = Selection::new(vec![7.0; 3], |_| true);
        let none = Selection::new(vec![7.0; 3], |_| false);
        assert_eq!((all.len(), none.len()), (3, 0));
        let mut full = array![1.0, 2.0, 3.0];
        let mut out = [0.0; 3];
        all.gather(&full.view(), &mut out);
        assert_eq!(out, [1.0, 2.0, 3.0]);
        none.gather(&full.view(), &mut []);
        all.scatter(&[4.0, 5.0, 6.0], &mut full.view_mut());
        assert_eq!(full, array![4.0, 5.0, 6.0]);
        none.scatter(&[], &mut full.view_mut());
        assert_eq!(full, array![7.0, 7.0, 7.0]);
    }

    /// A matrix in row-major order, its transpose in column-major order and a reversed axis hold the
    /// same entries in the same logical order, at other addresses.
    #[test]
    fn the_order_in_memory_does_not_matter() {
        let rows =
            Array2::from_shape_fn((2, 3), |(i, j)| f64::from(u8::try_from(3 * i + j).unwrap()));
        let mut columns = Array2::zeros((3, 2)).reversed_axes();
        columns.assign(&rows);
        let mut reversed = rows.clone();
        reversed.invert_axis(Axis(1));
        reversed.assign(&rows);
        for mut full in [rows, columns, reversed] {
            let mut out = [9.0; 3];
            some().gather(&full.view(), &mut out);
            assert_eq!(out, [0.0, 1.0, 4.0]);
            some().scatter(&[10.0, 11.0, 14.0], &mut full.view_mut());
            assert_eq!(format!("{full}"), "[[10, 11, -1],\n [NaN, 14, -1]]");
        }
    }

    #[test]
    fn only_kept_entries_are_searched_for_nan() {
        let full = array![0.0, 0.0, f64::NAN, f64::NAN, 0.0, f64::NAN];
        let mut reversed = full.clone();
        reversed.invert_axis(Axis(0));
        reversed.assign(&full);
        for mut full in [full, reversed] {
            assert!(!some().has_nan(&full.view()));
            full[4] = f64::NAN;
            assert!(some().has_nan(&full.view()));
        }
    }
}
