use ndarray::{ArrayViewMut, Dimension};
use num_dual::{Dual, DualSVec64};

use crate::walk::pytree::PyTreeMut;
use crate::walk::visit::VisitorMut;

/// The number of directions of [`Duals`].
pub const DIRECTIONS: usize = 8;

/// A dual number with eight directions: a value, and its derivative in each direction.
///
/// One call of a function with such numbers gives eight elements of its gradient, or eight columns of its Jacobian. The
/// value is computed once for all eight, which saves most of the time if the function has exponentials. More than
/// eight directions gain little and make the trees larger. If a function has fewer than eight parameters, a
/// [`DualSVec64`] with as many directions is faster: the functions of this module take any number of directions.
///
/// ```
/// use pytree::grad::Duals;
/// let [x, y] = [Duals::from_re(3.0).derivative(0), Duals::from_re(4.0).derivative(1)];
/// let product = x * y;
/// assert_eq!(product.re, 12.0);
/// assert_eq!(product.eps.0.unwrap().as_slice()[..3], [4.0, 3.0, 0.0]);
/// ```
pub type Duals = DualSVec64<DIRECTIONS>;

/// A number with `N` directions, of which one can be set to 1.
pub(crate) trait Seed<const N: usize> {
    /// Sets the derivative in this direction to 1, and the others to 0.
    fn seed(&mut self, direction: usize);

    /// Sets all derivatives to 0.
    fn clear(&mut self);
}

impl<const N: usize> Seed<N> for DualSVec64<N> {
    #[inline]
    fn seed(&mut self, direction: usize) {
        *self = self.derivative(0);
        // Writes each derivative again. If a single derivative were written into a block of zeros, the copy of the
        // block that follows would stall until that write is done.
        if let Some(derivatives) = &mut self.eps.0 {
            let derivatives = derivatives.as_mut_slice().iter_mut();
            derivatives
                .zip(0..)
                .for_each(|(out, index)| *out = f64::from(u8::from(index == direction)));
        }
    }

    #[inline]
    fn clear(&mut self) {
        *self = DualSVec64::from_re(self.re);
    }
}

impl<const N: usize> Seed<N> for Dual<DualSVec64<N>> {
    #[inline]
    fn seed(&mut self, direction: usize) {
        self.re.seed(direction);
    }

    #[inline]
    fn clear(&mut self) {
        self.re.clear();
    }
}

/// The derivatives of `y`. `None` means that all are zero.
#[inline]
pub(crate) fn derivatives<const N: usize>(y: &DualSVec64<N>) -> Option<&[f64]> {
    let derivatives = y.eps.0.as_ref()?;
    Some(derivatives.as_slice())
}

/// The index of the first element of each pass over a tree of `len` elements: one pass for every `N` elements. An
/// empty tree takes one pass, which computes the value.
pub(crate) fn passes<const N: usize>(len: usize) -> impl Iterator<Item = usize> {
    const { assert!(N > 0, "a dual number needs a direction") };
    (0..len.max(1)).step_by(N)
}

/// Calls `lift` with each element, and prepares the result for the first pass: gives direction `d` to element `d`.
#[inline]
pub(crate) fn seeded<E, T: Seed<N>, const N: usize>(
    mut lift: impl FnMut(E) -> T,
) -> impl FnMut(E) -> T {
    let mut directions = 0..N;
    move |x| {
        let mut dual = lift(x);
        if let Some(direction) = directions.next() {
            dual.seed(direction);
        }
        dual
    }
}

/// Prepares `tree` for a later pass, which begins with element `start`: gives direction `d` to element `start + d`, and
/// clears the `N` elements before `start`, which had the directions in the last pass. Writes to no other element.
#[inline]
pub(crate) fn seed<D: PyTreeMut<Elem: Seed<N>>, const N: usize>(tree: &mut D, start: usize) {
    tree.walk_mut(&mut Seeding::<N> { start, first: 0 });
}

struct Seeding<const N: usize> {
    /// The index of the first element of the pass.
    start: usize,
    /// The index of the first element of the next leaf.
    first: usize,
}

impl<const N: usize> Seeding<N> {
    #[inline]
    fn write<X: Seed<N>>(&self, x: &mut X, index: usize) {
        match index.checked_sub(self.start) {
            Some(direction) => x.seed(direction),
            None => x.clear(),
        }
    }
}

impl<'a, X: Seed<N> + 'a, const N: usize> VisitorMut<'a, X> for Seeding<N> {
    #[inline]
    fn leaf<D: Dimension>(&mut self, mut leaf: ArrayViewMut<'a, X, D>) {
        let first = self.first;
        self.first += leaf.len();
        // The elements of the last pass and of this pass that are in the leaf.
        let from = self.start.saturating_sub(N).max(first);
        let to = self.first.min(self.start + N);
        if from >= to {
            return;
        }
        if let Some(slice) = leaf.as_slice_mut() {
            let elements = slice[from - first..to - first].iter_mut();
            elements.zip(from..).for_each(|(x, index)| self.write(x, index));
        } else {
            let elements = leaf.iter_mut().skip(from - first).take(to - from);
            elements.zip(from..).for_each(|(x, index)| self.write(x, index));
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, ShapeBuilder};

    use super::{Duals, derivatives, passes, seed, seeded};

    #[test]
    fn each_direction_belongs_to_one_element_of_the_pass() {
        // Twelve elements: a number, a matrix in column-major order and a list.
        let mut number = seeded(Duals::from_re);
        let first = number(0.0);
        let mut matrix = Array2::zeros((2, 3).f());
        matrix.iter_mut().for_each(|x| *x = number(1.0));
        let mut point = (first, matrix, vec![7.0; 5].into_iter().map(number).collect::<Vec<_>>());
        assert!(!point.1.is_standard_layout());
        for start in passes::<8>(12) {
            if start > 0 {
                seed(&mut point, start);
            }
            let elements = [&point.0].into_iter().chain(&point.1).chain(&point.2);
            for (index, x) in elements.enumerate() {
                let mut expected = vec![0.0; 8];
                if let Some(one) = index.checked_sub(start).and_then(|d| expected.get_mut(d)) {
                    *one = 1.0;
                }
                assert_eq!(derivatives(x).unwrap_or(&[0.0; 8]), expected, "{index} from {start}");
            }
        }
    }

    #[test]
    fn a_pass_has_n_elements() {
        assert!(passes::<8>(17).eq([0, 8, 16]));
        assert!(passes::<2>(4).eq([0, 2]));
        assert!(passes::<8>(0).eq([0]));
    }
}
