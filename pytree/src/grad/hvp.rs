use num_dual::{Dual, DualSVec64};

use crate::build::from_leaves::FromLeaves;
use crate::build::mapped::Mapped;
use crate::error::error::Error;
use crate::grad::direction::direction_of;
use crate::grad::duals::Duals;
use crate::grad::value_and_grad::all_passes;
use crate::walk::pytree::{PyTree, PyTreeMut};

/// The numbers of [`hvp`]: a dual number of [`Duals`]. It carries a value, its derivative in one direction, and the
/// derivatives of both in eight other directions.
pub type NestedDuals = Dual<Duals>;

/// The product of the Hessian of `f` at `params` and `direction`, without the Hessian.
///
/// `H v` is the gradient of the derivative along `v`. Both derivatives are in forward mode: `f` is called with dual
/// numbers of dual numbers, once for every eight numbers in `params`, and at least once. A call costs two to three
/// times as much as one of [`value_and_grad`](crate::grad::value_and_grad), because a number carries 18 values instead
/// of nine. The cost therefore grows with the number of parameters, unlike that of forward over reverse mode in JAX.
///
/// # Errors
/// If `direction` does not have the structure and the shapes of `params`: every path at which it does not. Also if `D`
/// does not have the structure of `params`.
///
/// ```
/// use ndarray::{Array1, array};
/// use num_dual::DualNum;
/// use pytree::grad::{NestedDuals, hvp};
///
/// // The Hessian of x³y is [[6xy, 3x²], [3x², 0]].
/// fn f<T: DualNum<Primitive = f64> + Copy>(x: &Array1<T>) -> T { x[0].powi(3) * x[1] }
///
/// let product = hvp(|x: &Array1<NestedDuals>| f(x), &array![1.0, 2.0], &array![10.0, 1.0])?;
/// assert_eq!(product, array![123.0, 30.0]);
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "hessian")]
#[doc(alias = "hessian_vector_product")]
pub fn hvp<P, D, const N: usize>(
    mut f: impl FnMut(&D) -> Dual<DualSVec64<N>>,
    params: &P,
    direction: &P,
) -> Result<P, Error>
where
    P: PyTree<Elem = f64> + for<'s> FromLeaves<Mapped<'s, f64, f64>>,
    D: PyTreeMut<Elem = Dual<DualSVec64<N>>>
        + for<'s> FromLeaves<Mapped<'s, f64, Dual<DualSVec64<N>>>>,
{
    try_hvp(|point| Ok::<_, Error>(f(point)), params, direction)
}

/// [`hvp`] of a function that can fail.
///
/// # Errors
/// The errors of `f`, and as [`hvp`].
///
/// ```
/// use pytree::Error;
/// use pytree::grad::{NestedDuals, try_hvp};
///
/// let product = |(x, y): &(NestedDuals, NestedDuals)| Ok::<_, Error>(x * y);
/// assert_eq!(try_hvp(product, &(2.0, 3.0), &(5.0, 7.0))?, (7.0, 5.0));
/// # Ok::<(), Error>(())
/// ```
pub fn try_hvp<P, D, E, const N: usize>(
    mut f: impl FnMut(&D) -> Result<Dual<DualSVec64<N>>, E>,
    params: &P,
    direction: &P,
) -> Result<P, E>
where
    P: PyTree<Elem = f64> + for<'s> FromLeaves<Mapped<'s, f64, f64>>,
    D: PyTreeMut<Elem = Dual<DualSVec64<N>>>
        + for<'s> FromLeaves<Mapped<'s, f64, Dual<DualSVec64<N>>>>,
    E: From<Error>,
{
    let mut slopes = direction_of(params, direction)?.into_iter();
    // The direction is as long as the parameters unless a type breaks the laws of `PyTree`.
    let nested = |x| {
        let slope = slopes.next().unwrap_or_default();
        Dual::new(DualSVec64::from_re(x), DualSVec64::from_re(slope))
    };
    // `eps` is the derivative along `direction`, and its gradient is the product.
    all_passes(params, nested, |point| f(point).map(|y| y.eps)).map(|(_, product)| product)
}
