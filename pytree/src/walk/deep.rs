/// Calls `f`, on new stack if little of the present one is left.
///
/// What recurs into a tree goes through this wherever a type can contain itself: behind a pointer. So
/// a tree may be as deep as memory allows.
#[inline]
pub(crate) fn deep<R>(f: impl FnOnce() -> R) -> R {
    deep_with::<(), R>(f)
}

/// [`deep`] for what holds some values of type `T` on the stack, as what builds them does.
#[cfg(feature = "stacker")]
#[inline]
pub(crate) fn deep_with<T, R>(f: impl FnOnce() -> R) -> R {
    // More than lies between one call of this and the next: the frames of nested structs, and a `T`
    // in each.
    let little = (128 << 10) + 64 * size_of::<T>();
    stacker::maybe_grow(little, 32 * little, f)
}

/// Without the feature `stacker` the stack is as large as it is.
#[cfg(not(feature = "stacker"))]
#[allow(clippy::extra_unused_type_parameters, reason = "that of the one above")]
#[inline]
pub(crate) fn deep_with<T, R>(f: impl FnOnce() -> R) -> R {
    f()
}
