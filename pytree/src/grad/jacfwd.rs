use ndarray::{Array2, ArrayView, Dimension};
use num_dual::DualSVec64;

use crate::build::from_leaves::FromLeaves;
use crate::build::mapped::Mapped;
use crate::error::error::Error;
use crate::grad::duals::{derivatives, passes, seed, seeded};
use crate::grad::jacobian::Jacobian;
use crate::layout::layout::Layout;
use crate::map::tree_map::tree_mapv;
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::Visitor;

/// The Jacobian of `f` at `params`: entry `[i, j]` is the derivative of element `i` of the result with respect to
/// element `j` of `params`, in the orders of their [`Layout`]s.
///
/// The result may be any tree of dual numbers: a number, an array, a struct. `f` is called with `params` as a tree
/// of dual numbers, once for every eight numbers in it (see [`Duals`](crate::grad::Duals)), and at least once.
///
/// # Errors
/// If `D` does not have the structure of `params`, or if `f` returns trees of different structures or shapes.
///
/// ```
/// use ndarray::{Array1, array};
/// use num_dual::DualNum;
/// use pytree::grad::Duals;
/// use pytree::{PyTree, jacobian};
///
/// #[derive(PyTree)]
/// struct Web<T> { prey: Array1<T>, predator: T }
///
/// fn rates<T: DualNum<Primitive = f64> + Copy>(web: &Web<T>) -> Web<T> {
///     let prey = web.prey.mapv(|n| n * (-web.predator + 1.0));
///     Web { prey, predator: web.predator * (web.prey.sum() - 1.0) }
/// }
///
/// let web = Web { prey: array![2.0, 3.0], predator: 0.5 };
/// let jacobian = jacobian(|web: &Web<Duals>| rates(web), &web)?;
/// assert_eq!(jacobian.block(".prey", ".predator")?, array![[-2.0], [-3.0]]);
/// assert_eq!(
///     jacobian.matrix(),
///     array![[0.5, 0.0, -2.0], [0.0, 0.5, -3.0], [0.5, 0.5, 4.0]],
/// );
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "jacfwd")]
#[doc(alias = "filter_jacfwd")]
pub fn jacobian<P, D, Q, const N: usize>(
    mut f: impl FnMut(&D) -> Q,
    params: &P,
) -> Result<Jacobian, Error>
where
    P: PyTree<Elem = f64>,
    D: PyTreeMut<Elem = DualSVec64<N>> + for<'s> FromLeaves<Mapped<'s, f64, DualSVec64<N>>>,
    Q: PyTree<Elem = DualSVec64<N>>,
{
    try_jacobian(|point| Ok::<_, Error>(f(point)), params)
}

/// [`jacobian`](jacobian()) of a function that can fail.
///
/// # Errors
/// The errors of `f`, and as [`jacobian`](jacobian()).
///
/// ```
/// use ndarray::{Array1, array};
/// use pytree::grad::{Duals, try_jacobian};
/// use pytree::{Error, tree_map2};
///
/// let product = |(a, b): &(Array1<Duals>, Array1<Duals>)| -> Result<Array1<Duals>, Error> {
///     tree_map2(|a, b| &a * &b, a, b)
/// };
/// let jacobian = try_jacobian(product, &(array![1.0, 2.0], array![3.0, 4.0]))?;
/// assert_eq!(jacobian.matrix(), array![[3.0, 0.0, 1.0, 0.0], [0.0, 4.0, 0.0, 2.0]]);
///
/// let error = try_jacobian(product, &(array![1.0], array![3.0, 4.0])).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the second tree does not match the first: at the root: expected shape [1], found [2]",
/// );
/// # Ok::<(), Error>(())
/// ```
pub fn try_jacobian<P, D, Q, E, const N: usize>(
    mut f: impl FnMut(&D) -> Result<Q, E>,
    params: &P,
) -> Result<Jacobian, E>
where
    P: PyTree<Elem = f64>,
    D: PyTreeMut<Elem = DualSVec64<N>> + for<'s> FromLeaves<Mapped<'s, f64, DualSVec64<N>>>,
    Q: PyTree<Elem = DualSVec64<N>>,
    E: From<Error>,
{
    let columns = Layout::of(params);
    let mut point: D = tree_mapv(seeded(DualSVec64::from_re), params)?;
    let mut y = f(&point)?;
    // Rates of change have the layout of the state; copying a layout costs less than making one.
    let rows = if columns.matches(&y) { columns.clone() } else { Layout::of(&y) };
    let width = columns.len();
    let mut matrix = Array2::zeros((rows.len(), width));
    for start in passes::<N>(width) {
        if start > 0 {
            seed(&mut point, start);
            y = f(&point)?;
            rows.check(&y).map_err(|error| changed(error, start, width.min(start + N)))?;
        }
        let directions = N.min(width - start);
        // A new array is one slice.
        let remaining = matrix.as_slice_mut().unwrap_or_default();
        y.walk(&mut Collect { remaining, width, start, directions });
    }
    Ok(Jacobian::new(matrix, rows, columns)?)
}

#[cold]
fn changed(mut error: Error, start: usize, end: usize) -> Error {
    let last = end - 1;
    error.0.subject = format!(
        "the function returns another tree in the call for columns {start} to {last} than in the first"
    )
    .into();
    error
}

/// Writes the derivatives of each element to its row of the matrix, from column `start` on.
struct Collect<'m> {
    /// The rows of the elements that have not been visited yet.
    remaining: &'m mut [f64],
    /// The number of columns of the matrix.
    width: usize,
    start: usize,
    /// The number of columns that are written.
    directions: usize,
}

impl Collect<'_> {
    #[inline]
    fn element<const N: usize>(&mut self, y: &DualSVec64<N>) {
        let Some(row) = self.remaining.split_off_mut(..self.width) else { return };
        if let Some(derivatives) = derivatives(y) {
            row[self.start..][..self.directions].copy_from_slice(&derivatives[..self.directions]);
        }
    }
}

impl<'a, const N: usize> Visitor<'a, DualSVec64<N>> for Collect<'_> {
    #[inline]
    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, DualSVec64<N>, D>) {
        match leaf.to_slice() {
            Some(slice) => slice.iter().for_each(|y| self.element(y)),
            None => leaf.iter().for_each(|y| self.element(y)),
        }
    }
}
