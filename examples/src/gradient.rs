use ndarray::{Array1, ArrayViewD};
use num_dual::Dual64;
use pytree::{FromLeaves, PyTree, ravel_pytree};

/// The value of `f` at a tree of parameters, and its gradient, a tree of the same structure: JAX's
/// `jax.value_and_grad`, by one pass of dual numbers for each parameter.
///
/// `f` takes the tree with dual numbers in place of `f64`. It is called once for each parameter, and
/// once if there is none.
///
/// # Errors
/// Those of `f`, and [`pytree::Error`] if the tree cannot be put together from its leaves.
///
/// ```
/// use cable::value_and_grad;
/// use ndarray::{Array1, array};
/// use num_dual::Dual64;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let square = |x: &Array1<Dual64>| Ok::<_, cable::CableError>(x[0] * x[0] + x[1] * 3.0);
/// let (value, gradient) = value_and_grad(square, &array![2.0, 1.0])?;
/// assert_eq!(value, 7.0);
/// assert_eq!(gradient, array![4.0, 3.0]);
/// # Ok(())
/// # }
/// ```
pub fn value_and_grad<P, D, E>(
    f: impl Fn(&D) -> Result<Dual64, E>,
    at: &P,
) -> Result<(f64, P), Box<dyn std::error::Error + Send + Sync>>
where
    P: PyTree<Elem = f64> + for<'a> FromLeaves<ArrayViewD<'a, f64>>,
    D: for<'a> FromLeaves<ArrayViewD<'a, Dual64>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (flat, layout) = ravel_pytree(at);
    let mut dual = flat.mapv(Dual64::from_re);
    let mut value = None;
    let mut gradient = Array1::zeros(flat.len());
    for n in 0..flat.len() {
        dual[n].eps = 1.0;
        let found = f(&layout.unravel(&dual)?).map_err(Into::into)?;
        dual[n].eps = 0.0;
        gradient[n] = found.eps;
        value.get_or_insert(found.re);
    }
    let value = match value {
        Some(value) => value,
        None => f(&layout.unravel(&dual)?).map_err(Into::into)?.re,
    };
    Ok((value, layout.unravel(&gradient)?))
}
