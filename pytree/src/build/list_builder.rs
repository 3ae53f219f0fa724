/// What a list of `P` becomes, once its elements are at hand: a `Vec<P>`, a `[P; N]`, or either of
/// arrays of `P`.
///
/// [`FromLeaves::list_from_leaves`](crate::FromLeaves::list_from_leaves) hands it the elements. It is
/// for those who write a number type of their own; a container is built with `Vec::from_leaves`.
pub trait ListBuilder<P> {
    /// The list.
    type List;

    /// Puts the list together from its elements in row-major order; the product of `shape` is their
    /// number, and its lengths are those that were asked for.
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

/// Builds a list of arrays: hands `B` the elements as arrays of `N`.
pub(crate) struct ArraysBuilder<const N: usize, B>(pub B);

impl<P, B: ListBuilder<[P; N]>, const N: usize> ListBuilder<P> for ArraysBuilder<N, B> {
    type List = B::List;

    #[inline]
    fn build(self, shape: &[usize], elements: impl ExactSizeIterator<Item = P>) -> B::List {
        let outer = &shape[..shape.len().saturating_sub(1)];
        self.0.build(outer, Arrays { elements, left: outer.iter().product() })
    }
}

/// So many arrays of the next elements.
struct Arrays<I, const N: usize> {
    elements: I,
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
    std::array::from_fn(|_| elements.next().expect("as many elements as the shape says"))
}
