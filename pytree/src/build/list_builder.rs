/// Collects elements of type `P` into a list: a `Vec<P>`, a `[P; N]`, or a list of arrays of `P`.
///
/// [`FromLeaves::list_from_leaves`](crate::FromLeaves::list_from_leaves) passes the elements to a builder. You
/// need this trait only to override that method for your own number type; build a container with `Vec::from_leaves`.
///
/// ```
/// use pytree::walk::ListBuilder;
///
/// /// Collects the elements in reverse order.
/// struct Reversed;
/// impl<P> ListBuilder<P> for Reversed {
///     type List = Vec<P>;
///
///     fn build(self, shape: &[usize], elements: impl ExactSizeIterator<Item = P>) -> Vec<P> {
///         assert_eq!(elements.len(), shape.iter().product::<usize>());
///         let mut list: Vec<P> = elements.collect();
///         list.reverse();
///         list
///     }
/// }
///
/// assert_eq!(Reversed.build(&[3], [1.0, 2.0, 3.0].into_iter()), [3.0, 2.0, 1.0]);
/// ```
pub trait ListBuilder<P> {
    /// The type of the list.
    type List;

    /// Collects the elements, which are in row-major order. Their number is the product of `shape`, and each
    /// length of `shape` is the one that was requested from `list_from_leaves`, if it requested one.
    fn build(self, shape: &[usize], elements: impl ExactSizeIterator<Item = P>) -> Self::List;
}

/// Builds a `Vec`.
pub(crate) struct VecBuilder;

impl<P> ListBuilder<P> for VecBuilder {
    type List = Vec<P>;

    #[inline]
    fn build(self, _: &[usize], elements: impl ExactSizeIterator<Item = P>) -> Vec<P> {
        elements.collect()
    }
}

/// Builds an array.
pub(crate) struct ArrayBuilder<const N: usize>;

impl<P, const N: usize> ListBuilder<P> for ArrayBuilder<N> {
    type List = [P; N];

    #[inline]
    fn build(self, _: &[usize], mut elements: impl ExactSizeIterator<Item = P>) -> [P; N] {
        next_array(&mut elements)
    }
}

// The builders nest as the types do. For a `Vec<[[f64; M]; N]>` the element type `f64` receives
// `ArraysBuilder<M, ArraysBuilder<N, VecBuilder>>` and the shape `[n, N, M]`. Each `ArraysBuilder` groups the
// elements that it receives by the last length of the shape and passes the groups on, one axis fewer:
//
//     f64, f64, ..  [n, N, M]  ->  [f64; M], ..  [n, N]  ->  [[f64; M]; N], ..  [n]  ->  Vec

/// Builds a list of arrays: groups the elements into arrays of `N`, and passes these to `B`.
pub(crate) struct ArraysBuilder<const N: usize, B>(pub B);

impl<P, B: ListBuilder<[P; N]>, const N: usize> ListBuilder<P> for ArraysBuilder<N, B> {
    type List = B::List;

    #[inline]
    fn build(self, shape: &[usize], elements: impl ExactSizeIterator<Item = P>) -> B::List {
        // Counted by the shape and not by the elements, of which there are none if `N` is 0.
        let outer = &shape[..shape.len().saturating_sub(1)];
        self.0.build(outer, Arrays { elements, left: outer.iter().product() })
    }
}

/// Groups elements into arrays of `N`.
struct Arrays<I, const N: usize> {
    elements: I,
    /// The number of arrays still to come.
    left: usize,
}

impl<P, I: Iterator<Item = P>, const N: usize> Iterator for Arrays<I, N> {
    type Item = [P; N];

    #[inline]
    fn next(&mut self) -> Option<[P; N]> {
        self.left = self.left.checked_sub(1)?;
        Some(next_array(&mut self.elements))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<P, I: Iterator<Item = P>, const N: usize> ExactSizeIterator for Arrays<I, N> {}

#[inline]
fn next_array<P, const N: usize>(elements: &mut impl Iterator<Item = P>) -> [P; N] {
    std::array::from_fn(|_| elements.next().expect("the shape counts the elements"))
}
