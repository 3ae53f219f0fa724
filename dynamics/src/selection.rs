use std::ops::Range;

use ndarray::{ArrayView1, ArrayViewMut1};

use crate::module::{Scalar, is_nan, scalar};

/// Some of the entries of an array of one axis: which are kept, and what stands in for the others.
///
/// It holds indices only, so that it serves any element type. One type serves branchpoints, with
/// -1 in their place, and NaN padding.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    /// The kept indices in increasing order, as runs without gaps between two.
    runs: Vec<Range<usize>>,
    len: usize,
    full_len: usize,
    fill: f64,
}

impl Selection {
    /// Keeps the entries for which `keep` is true.
    pub(crate) fn new(full_len: usize, keep: impl Fn(usize) -> bool, fill: f64) -> Self {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for index in (0..full_len).filter(|&index| keep(index)) {
            match runs.last_mut() {
                Some(run) if run.end == index => run.end += 1,
                _ => runs.push(index..index + 1),
            }
        }
        let len = runs.iter().map(ExactSizeIterator::len).sum();
        Selection { runs, len, full_len, fill }
    }

    /// The number of kept entries.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The number of all entries.
    pub(crate) fn full_len(&self) -> usize {
        self.full_len
    }

    /// The kept indices, in order.
    pub(crate) fn kept(&self) -> impl Iterator<Item = usize> {
        self.runs.iter().cloned().flatten()
    }

    /// Copies the kept entries of `full` to `out`, which has as many.
    pub(crate) fn gather<T: Clone>(&self, full: &ArrayView1<'_, T>, mut out: &mut [T]) {
        for run in &self.runs {
            let (part, rest) = out.split_at_mut(run.len());
            out = rest;
            match full.to_slice() {
                Some(full) => part.clone_from_slice(&full[run.clone()]),
                None => part.iter_mut().zip(run.clone()).for_each(|(x, i)| *x = full[i].clone()),
            }
        }
    }

    /// Copies `kept` to the kept entries of `full`. What is between them stays.
    fn scatter<T: Clone>(&self, mut kept: &[T], full: &mut ArrayViewMut1<'_, T>) {
        for run in &self.runs {
            let (part, rest) = kept.split_at(run.len());
            kept = rest;
            match full.as_slice_mut() {
                Some(full) => full[run.clone()].clone_from_slice(part),
                None => part.iter().zip(run.clone()).for_each(|(x, i)| full[i] = x.clone()),
            }
        }
    }

    /// Sets the entries that are not kept to what stands in for them.
    fn fill<T: Scalar>(&self, full: &mut ArrayViewMut1<'_, T>) {
        let value = scalar::<T>(self.fill);
        let ends = self.runs.iter().map(|run| run.end);
        let starts = self.runs.iter().map(|run| run.start);
        let gaps = std::iter::once(0).chain(ends).zip(starts.chain([self.full_len]));
        for index in gaps.flat_map(|(start, end)| start..end) {
            full[index] = value.clone();
        }
    }

    /// Makes `full` the full array of which `kept` are the entries: what stands in for the others
    /// in this selection, and at what `within` does not keep, what stands in there.
    pub(crate) fn restore<T: Scalar>(
        &self,
        kept: &[T],
        within: &Selection,
        full: &mut ArrayViewMut1<'_, T>,
    ) {
        self.fill(full);
        within.fill(full);
        self.scatter(kept, full);
    }

    /// Whether a kept entry of `full` is NaN.
    pub(crate) fn has_nan<T: PartialEq>(&self, full: &ArrayView1<'_, T>) -> bool {
        self.runs.iter().any(|run| match full.to_slice() {
            Some(full) => any_nan(&full[run.clone()]),
            None => run.clone().any(|index| is_nan(&full[index])),
        })
    }
}

/// Whether an element is NaN. All are looked at, which takes several at once.
pub(crate) fn any_nan<T: PartialEq>(values: &[T]) -> bool {
    values.iter().filter(|x| is_nan(*x)).count() > 0
}
