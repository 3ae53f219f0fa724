use ndarray::{ArrayView, ArrayViewMut, Dimension};

/// Receives the corresponding leaves of `N` trees of one type from `PyTree::lockstep`.
///
/// Arithmetic between trees, such as a step of a solver, would otherwise have to write down the structures of all
/// trees and compare them at each operation. A lockstep compares them on the way, and allocates nothing.
pub trait Lockstep<'a, E: 'a, const N: usize> {
    /// One leaf of each tree. Their shapes may differ. The result is `false` to stop.
    fn leaves<D: Dimension>(&mut self, leaves: [ArrayView<'a, E, D>; N]) -> bool;
}

/// Receives a mutable leaf and the corresponding leaves of `N` trees from `PyTreeMut::lockstep_mut`.
pub trait LockstepMut<'a, E: 'a, const N: usize> {
    /// The leaf to write to, and one leaf of each other tree.
    fn leaves<D: Dimension>(
        &mut self,
        leaf: ArrayViewMut<'a, E, D>,
        others: [ArrayView<'a, E, D>; N],
    );
}

/// The results of `f` for the trees; `None` if any of them is `None`.
#[inline]
pub fn all<T: Copy, U: Copy, const N: usize>(
    trees: [T; N],
    f: impl FnMut(T) -> Option<U>,
) -> Option<[U; N]> {
    let found = trees.map(f);
    let first = (*found.first()?)?;
    found.iter().all(Option::is_some).then(|| found.map(|found| found.unwrap_or(first)))
}

/// The next item of each iterator; `None` if any of them has ended.
#[inline]
pub(crate) fn next<I: Iterator, const N: usize>(iters: &mut [I; N]) -> Option<[I::Item; N]> {
    let mut items = iters.each_mut().map(Iterator::next);
    if items.iter().any(Option::is_none) {
        return None;
    }
    Some(items.each_mut().map(|item| item.take().expect("no item is `None`")))
}
