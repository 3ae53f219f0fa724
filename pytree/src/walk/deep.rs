/// Calls `f`, on a new stack segment if the current one is almost full.
///
/// A type can contain itself only through a pointer (`Box`, `Vec`, a map). Every recursion into a tree calls
/// this function at such a pointer, so the depth of a tree is limited by memory and not by the stack.
#[inline]
pub(crate) fn deep<R>(f: impl FnOnce() -> R) -> R {
    deep_with::<(), R>(f)
}

/// [`deep`] for functions that build values of type `T`, and so hold some of them on the stack.
#[cfg(feature = "stacker")]
#[inline]
pub(crate) fn deep_with<T, R>(f: impl FnOnce() -> R) -> R {
    // More stack than two consecutive calls are apart: the frames of nested structs, each with a `T`.
    let red_zone = (128 << 10) + 64 * size_of::<T>();
    stacker::maybe_grow(red_zone, 32 * red_zone, f)
}

/// Without the feature `stacker` the stack does not grow.
#[cfg(not(feature = "stacker"))]
#[allow(clippy::extra_unused_type_parameters, reason = "the signature is that with `stacker`")]
#[inline]
pub(crate) fn deep_with<T, R>(f: impl FnOnce() -> R) -> R {
    f()
}
