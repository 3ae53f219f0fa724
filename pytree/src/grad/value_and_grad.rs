use num_dual::DualSVec64;

use crate::build::from_leaves::FromLeaves;
use crate::build::mapped::Mapped;
use crate::error::error::Error;
use crate::grad::duals::{Seed, derivatives, passes, seed, seeded};
use crate::map::elementwise::Elementwise;
use crate::map::reduce::tree_size;
use crate::walk::pytree::{PyTree, PyTreeMut};

/// The value of `f` at `params`, and its gradient: a tree with the structure of `params`.
///
/// `f` is called with `params` as a tree of dual numbers, once for every eight numbers in it (see
/// [`Duals`](crate::grad::Duals)), and at least once. The tree of dual numbers is built once. Between two calls only 16
/// of its elements change: the eight that had the directions, and the eight that get them.
///
/// Derivatives that are NaN or infinite are returned as they are. As in every forward mode, 0 times infinity is NaN:
/// where a number has an infinite or NaN derivative in one direction, the other directions of that call are NaN too.
///
/// # Errors
/// If `D` does not have the structure of `params`.
///
/// ```
/// use ndarray::{Array1, array};
/// use num_dual::DualNum;
/// use pytree::grad::Duals;
/// use pytree::{PyTree, value_and_grad};
///
/// #[derive(PyTree, Debug, PartialEq)]
/// struct Params<T> { scale: T, w: Array1<T> }
///
/// fn loss<T: DualNum<Primitive = f64> + Copy>(params: &Params<T>) -> T {
///     params.scale * params.w.iter().map(|w| w.powi(2)).sum::<T>()
/// }
///
/// let params = Params { scale: 2.0, w: array![1.0, 3.0] };
/// let (value, gradient) = value_and_grad(|p: &Params<Duals>| loss(p), &params)?;
/// assert_eq!(value, 20.0);
/// assert_eq!(gradient, Params { scale: 10.0, w: array![4.0, 12.0] });
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "filter_value_and_grad")]
#[doc(alias = "gradient")]
#[doc(alias = "autodiff")]
pub fn value_and_grad<P, D, const N: usize>(
    mut f: impl FnMut(&D) -> DualSVec64<N>,
    params: &P,
) -> Result<(f64, P), Error>
where
    P: PyTree<Elem = f64> + for<'s> FromLeaves<Mapped<'s, f64, f64>>,
    D: PyTreeMut<Elem = DualSVec64<N>> + for<'s> FromLeaves<Mapped<'s, f64, DualSVec64<N>>>,
{
    try_value_and_grad(|point| Ok::<_, Error>(f(point)), params)
}

/// [`value_and_grad`] of a function that can fail.
///
/// # Errors
/// The errors of `f`; also if `D` does not have the structure of `params`.
///
/// ```
/// use pytree::grad::{Duals, try_value_and_grad};
///
/// let inverse = |x: &Duals| {
///     if x.re == 0.0 { Err("division by zero".into()) } else { Ok(Duals::from(1.0) / x) }
/// };
/// let inverse = |x: f64| try_value_and_grad::<_, _, Box<dyn std::error::Error>, 8>(inverse, &x);
/// assert_eq!(inverse(2.0)?, (0.5, -0.25));
/// assert_eq!(inverse(0.0).unwrap_err().to_string(), "division by zero");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn try_value_and_grad<P, D, E, const N: usize>(
    f: impl FnMut(&D) -> Result<DualSVec64<N>, E>,
    params: &P,
) -> Result<(f64, P), E>
where
    P: PyTree<Elem = f64> + for<'s> FromLeaves<Mapped<'s, f64, f64>>,
    D: PyTreeMut<Elem = DualSVec64<N>> + for<'s> FromLeaves<Mapped<'s, f64, DualSVec64<N>>>,
    E: From<Error>,
{
    all_passes(params, DualSVec64::from_re, f)
}

/// Builds a tree of dual numbers from `lift` of each element, calls `f` with it in each pass, and builds a tree of all
/// derivatives.
#[inline]
pub(crate) fn all_passes<P, D, T, E, const N: usize>(
    params: &P,
    lift: impl FnMut(f64) -> T,
    mut f: impl FnMut(&D) -> Result<DualSVec64<N>, E>,
) -> Result<(f64, P), E>
where
    P: PyTree<Elem = f64> + for<'s> FromLeaves<Mapped<'s, f64, f64>>,
    D: PyTreeMut<Elem = T> + for<'s> FromLeaves<Mapped<'s, f64, T>>,
    T: Seed<N> + 'static,
    E: From<Error>,
{
    let elements = Elementwise::of(params);
    let mut point: D = elements.build(seeded(lift))?;
    // The derivatives of a single pass are not worth an allocation.
    let len = tree_size(params);
    let (mut few, mut many) = ([0.0; N], vec![0.0; if len > N { len } else { 0 }]);
    let gradient = few.get_mut(..len).unwrap_or(&mut many);
    let mut value = f64::NAN;
    for start in passes::<N>(len) {
        if start > 0 {
            seed(&mut point, start);
        }
        let y = f(&point)?;
        // The value is that of the first call, whatever a closure with a state of its own returns later.
        value = if start == 0 { y.re } else { value };
        if let Some(derivatives) = derivatives(&y) {
            let gradient = gradient[start..].iter_mut();
            gradient.zip(derivatives).for_each(|(out, derivative)| *out = *derivative);
        }
    }
    // There are enough derivatives unless a type breaks the laws of `PyTree`.
    let mut gradient = gradient.iter();
    let gradient = elements.build(|_| gradient.next().copied().unwrap_or_default())?;
    Ok((value, gradient))
}

/// The gradient of `f` at `params`, without the value: [`value_and_grad`].
///
/// # Errors
/// As [`value_and_grad`].
///
/// ```
/// use pytree::grad::{Duals, grad};
/// let gradient = grad(|(x, y): &(Duals, Duals)| x * x * y, &(3.0, 2.0))?;
/// assert_eq!(gradient, (12.0, 9.0));
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "filter_grad")]
#[doc(alias = "gradient")]
pub fn grad<P, D, const N: usize>(
    f: impl FnMut(&D) -> DualSVec64<N>,
    params: &P,
) -> Result<P, Error>
where
    P: PyTree<Elem = f64> + for<'s> FromLeaves<Mapped<'s, f64, f64>>,
    D: PyTreeMut<Elem = DualSVec64<N>> + for<'s> FromLeaves<Mapped<'s, f64, DualSVec64<N>>>,
{
    value_and_grad(f, params).map(|(_, gradient)| gradient)
}

/// [`grad`](grad()) of a function that can fail.
///
/// # Errors
/// As [`try_value_and_grad`].
///
/// ```
/// use pytree::Error;
/// use pytree::grad::{Duals, try_grad};
/// let gradient = try_grad(|(x, y): &(Duals, Duals)| Ok::<_, Error>(x * y), &(3.0, 2.0))?;
/// assert_eq!(gradient, (2.0, 3.0));
/// # Ok::<(), Error>(())
/// ```
pub fn try_grad<P, D, E, const N: usize>(
    f: impl FnMut(&D) -> Result<DualSVec64<N>, E>,
    params: &P,
) -> Result<P, E>
where
    P: PyTree<Elem = f64> + for<'s> FromLeaves<Mapped<'s, f64, f64>>,
    D: PyTreeMut<Elem = DualSVec64<N>> + for<'s> FromLeaves<Mapped<'s, f64, DualSVec64<N>>>,
    E: From<Error>,
{
    try_value_and_grad(f, params).map(|(_, gradient)| gradient)
}
