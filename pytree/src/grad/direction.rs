use ndarray::{ArrayView, Dimension};

use crate::error::error::Error;
use crate::layout::layout::Layout;
use crate::layout::ravel::Append;
use crate::map::reduce::tree_size;
use crate::walk::lockstep::Lockstep;
use crate::walk::pytree::PyTree;
use crate::walk::visit::Visitor;

/// The elements of `direction`, in order.
///
/// # Errors
/// If `direction` does not have the structure and the shapes of `params`: every path at which it does not.
#[inline]
pub(crate) fn direction_of<P: PyTree<Elem = f64>>(
    params: &P,
    direction: &P,
) -> Result<Vec<f64>, Error> {
    let mut elements = Append(Vec::with_capacity(tree_size(params)));
    if P::lockstep([params, direction], &mut SameShape(&mut elements)) {
        return Ok(elements.0);
    }
    compared(params, direction)
}

/// [`direction_of`] by the full comparison, for trees that differ, and for types without a lockstep.
#[cold]
fn compared<P: PyTree<Elem = f64>>(params: &P, direction: &P) -> Result<Vec<f64>, Error> {
    let layout = Layout::of(params);
    layout.check(direction).map_err(|mut error| {
        error.0.subject = "the direction does not match the parameters".into();
        error
    })?;
    let mut elements = Append(Vec::with_capacity(layout.len()));
    direction.walk(&mut elements);
    Ok(elements.0)
}

/// Appends the leaves of the second tree, and stops at a leaf whose shape differs from that of the first tree.
struct SameShape<'v>(&'v mut Append<f64>);

impl<'a> Lockstep<'a, f64, 2> for SameShape<'_> {
    #[inline]
    fn leaves<D: Dimension>(&mut self, [param, direction]: [ArrayView<'a, f64, D>; 2]) -> bool {
        let same = param.shape() == direction.shape();
        if same {
            self.0.leaf(direction);
        }
        same
    }
}
