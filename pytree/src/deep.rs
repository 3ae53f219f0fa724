/// Calls `f`, on new stack if little of the present one is left.
///
/// What recurs into a tree goes through this wherever a type can contain itself: behind a pointer. So
/// a tree may be as deep as memory allows.
#[cfg(feature = "stacker")]
#[inline]
pub(crate) fn deep<R>(f: impl FnOnce() -> R) -> R {
    /// More than lies between one call of this and the next: the frames of nested structs.
    const LITTLE: usize = 128 << 10;
    const NEW: usize = 4 << 20;
    stacker::maybe_grow(LITTLE, NEW, f)
}

/// Calls `f`: without the feature `stacker` the stack is as large as it is.
#[cfg(not(feature = "stacker"))]
#[inline]
pub(crate) fn deep<R>(f: impl FnOnce() -> R) -> R {
    f()
}
