use num_dual::Dual64;

use crate::build::from_leaves::FromLeaves;
use crate::build::mapped::Mapped;
use crate::error::error::Error;
use crate::grad::direction::direction_of;
use crate::map::elementwise::Elementwise;
use crate::map::tree_map::tree_mapv;
use crate::walk::pytree::PyTree;

/// The value of `f` at `params`, and its derivative along `direction`: the product of the Jacobian and `direction`.
///
/// Calls `f` once, with dual numbers of one direction, so the product costs about as much as two calls with
/// `f64`, whatever the number of parameters. Both results have the type of the return value of `f`, with `f64` in place
/// of `Dual64`; as for [`tree_map`](crate::tree_map), the caller names that type.
///
/// # Errors
/// If `direction` does not have the structure and the shapes of `params`: every path at which it does not. Also if `D`
/// does not have the structure of `params`, or `R` that of the return value of `f`.
///
/// ```
/// use ndarray::{Array1, array};
/// use num_dual::Dual64;
/// use pytree::jvp;
///
/// let f = |(x, y): &(Array1<Dual64>, Dual64)| x * *y;
/// let (value, tangent): (Array1<f64>, _) =
///     jvp(f, &(array![1.0, 2.0], 3.0), &(array![1.0, 0.0], 10.0))?;
/// assert_eq!(value, array![3.0, 6.0]);
/// assert_eq!(tangent, array![13.0, 20.0]);
///
/// let longer = (array![1.0, 0.0, 0.0], 10.0);
/// let error = jvp::<_, _, _, Array1<f64>>(f, &(array![1.0, 2.0], 3.0), &longer).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the direction does not match the parameters: at [0]: expected shape [2], found [3]",
/// );
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "pushforward")]
#[doc(alias = "directional_derivative")]
#[doc(alias = "linearize")]
pub fn jvp<P, D, Q, R>(f: impl FnOnce(&D) -> Q, params: &P, direction: &P) -> Result<(R, R), Error>
where
    P: PyTree<Elem = f64>,
    D: for<'s> FromLeaves<Mapped<'s, f64, Dual64>>,
    Q: PyTree<Elem = Dual64>,
    R: for<'s> FromLeaves<Mapped<'s, Dual64, f64>>,
{
    try_jvp(|point| Ok::<_, Error>(f(point)), params, direction)
}

/// [`jvp`] of a function that can fail.
///
/// # Errors
/// The errors of `f`, and as [`jvp`].
///
/// ```
/// use num_dual::Dual64;
/// use pytree::Error;
/// use pytree::grad::try_jvp;
///
/// let product = |(x, y): &(Dual64, Dual64)| Ok::<_, Error>(x * y);
/// let (value, slope): (f64, f64) = try_jvp(product, &(2.0, 3.0), &(1.0, 0.0))?;
/// assert_eq!((value, slope), (6.0, 3.0));
/// # Ok::<(), Error>(())
/// ```
pub fn try_jvp<P, D, Q, R, E>(
    f: impl FnOnce(&D) -> Result<Q, E>,
    params: &P,
    direction: &P,
) -> Result<(R, R), E>
where
    P: PyTree<Elem = f64>,
    D: for<'s> FromLeaves<Mapped<'s, f64, Dual64>>,
    Q: PyTree<Elem = Dual64>,
    R: for<'s> FromLeaves<Mapped<'s, Dual64, f64>>,
    E: From<Error>,
{
    let mut slopes = direction_of(params, direction)?.into_iter();
    // The direction is as long as the parameters unless a type breaks the laws of `PyTree`.
    let y = f(&tree_mapv(|x| Dual64::new(x, slopes.next().unwrap_or_default()), params)?)?;
    let y = Elementwise::of(&y);
    Ok((y.build(|y| y.re)?, y.build(|y| y.eps)?))
}
