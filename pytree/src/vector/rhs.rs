use std::cell::RefCell;

use crate::layout::layout::Layout;
use crate::walk::pytree::PyTreeMut;

/// Turns the right-hand side of an ODE of trees into one of slices, for solvers such as `diffsol` and `ode_solvers`.
///
/// `f(t, y, dy)` writes the slope at time `t` and state `y` to `dy`. The closure that `rhs` returns takes `t`, the
/// state as a slice and the slope as a slice, both in the order of [`ravel_pytree`](crate::ravel_pytree). The closure
/// keeps two copies of `tree` and overwrites them at each call, so at the start of `f`, `dy` has the values of the
/// previous call. The closure does not allocate if `f` does not.
///
/// ```
/// use ndarray::{Array1, array};
/// use pytree::{PyTree, ravel_pytree, rhs};
///
/// #[derive(PyTree, Clone)]
/// struct Web { prey: Array1<f64>, predators: f64 }
///
/// let web = Web { prey: array![1.0, 2.0], predators: 3.0 };
/// let slope = rhs(&web, |_t, y: &Web, dy: &mut Web| {
///     dy.prey.assign(&(&y.prey * -1.0));
///     dy.predators = y.prey.sum();
/// });
/// let (flat, _) = ravel_pytree(&web);
/// let mut out = [0.0; 3];
/// slope(0.0, flat.as_slice().unwrap(), &mut out);
/// assert_eq!(out, [-1.0, -2.0, 3.0]);
/// ```
///
/// # Panics
/// The closure panics if a slice does not have as many elements as the tree, if `f` has changed the structure or a
/// shape of `dy`, or if `f` calls the closure.
#[doc(alias = "diffsol")]
#[doc(alias = "ode_solvers")]
#[doc(alias = "ODE")]
#[doc(alias = "right-hand side")]
#[doc(alias = "odeint")]
#[allow(clippy::type_complexity, reason = "the signature shows what solvers take")]
pub fn rhs<P, F>(tree: &P, f: F) -> impl Fn(P::Elem, &[P::Elem], &mut [P::Elem]) + use<P, F>
where
    P: PyTreeMut<Elem: Clone> + Clone,
    F: FnMut(P::Elem, &P, &mut P),
{
    let layout = Layout::of(tree);
    let kept = RefCell::new((tree.clone(), tree.clone(), f));
    move |t, y_flat, dy_flat| {
        let (y, dy, f) = &mut *kept.borrow_mut();
        layout.unravel_into(y_flat, y).unwrap_or_else(|error| panic!("rhs: the state: {error}"));
        f(t, y, dy);
        layout.ravel_into(dy, dy_flat).unwrap_or_else(|error| panic!("rhs: the slope: {error}"));
    }
}
