use ndarray::{Array1, ArrayViewD};
use num_dual::DualSVec64;
use pytree::{FromLeaves, PyTree, ravel_pytree};

/// The value of `f` at a tree of parameters, and its gradient, a tree of the same structure: JAX's
/// `jax.value_and_grad`, by dual numbers with `N` directions.
///
/// `f` takes the tree with dual numbers in place of `f64`, and is called once for every `N`
/// parameters, at least once. The type of its argument sets `N`: choose the number of parameters
/// where they are few, and [`Duals`](dynamics::Duals), with eight directions, where they are many.
///
/// # Errors
/// Those of `f`; also if the tree cannot be put together from its leaves.
///
/// ```
/// use cable::value_and_grad;
/// use ndarray::{Array1, array};
/// use num_dual::DualSVec64;
///
/// # fn main() -> Result<(), cable::CableError> {
/// let f = |x: &Array1<DualSVec64<2>>| Ok::<_, cable::CableError>(x[0] * x[0] + x[1] * 3.0);
/// let (value, gradient) = value_and_grad(f, &array![2.0, 1.0])?;
/// assert_eq!(value, 7.0);
/// assert_eq!(gradient, array![4.0, 3.0]);
/// # Ok(())
/// # }
/// ```
///
/// A loss of the trainable [`Parameters`](crate::Parameters) of a cell:
///
/// ```
/// use cable::channels::Leak;
/// use cable::{Build, CableError, Cell, Parameters, Solver, build_init_and_step_fn, value_and_grad};
/// use dynamics::Duals;
///
/// # fn main() -> Result<(), CableError> {
/// let mut cell = Cell::default();
/// cell.insert(Leak)?.set("v", -60.0)?.record("v")?.make_trainable("Leak_gLeak")?; // mV
/// let cable = cell.build_for(0.025, 1.0)?; // ms
/// let module = build_init_and_step_fn(&cable, Solver::BwdEuler);
/// let loss = |parameters: &Parameters<Duals>| -> Result<Duals, CableError> {
///     let v = module.integrate(parameters, &vec![])?;
///     Ok(v.sum() / v.len() as f64) // mV
/// };
/// let (value, gradient) = value_and_grad(loss, &cell.get_parameters())?;
/// assert!(-61.0 < value && value < -60.0);
/// assert!(gradient[0]["Leak_gLeak"][0] < 0.0); // mV per S/cm^2: the leak pulls it down
/// # Ok(())
/// # }
/// ```
pub fn value_and_grad<P, D, E, const N: usize>(
    f: impl Fn(&D) -> Result<DualSVec64<N>, E>,
    at: &P,
) -> Result<(f64, P), E>
where
    P: PyTree<Elem = f64> + for<'a> FromLeaves<ArrayViewD<'a, f64>>,
    D: for<'a> FromLeaves<ArrayViewD<'a, DualSVec64<N>>>,
    E: From<pytree::Error>,
{
    const { assert!(N > 0, "a dual number has a direction") };
    let (flat, layout) = ravel_pytree(at);
    let along = |start: usize| -> Result<DualSVec64<N>, E> {
        let mut dual = flat.mapv(DualSVec64::from_re);
        for (direction, x) in dual.iter_mut().skip(start).take(N).enumerate() {
            *x = x.derivative(direction);
        }
        f(&layout.unravel(&dual)?)
    };
    let mut gradient = Array1::zeros(flat.len());
    let mut found = along(0)?;
    for start in (0..flat.len()).step_by(N) {
        if start > 0 {
            found = along(start)?;
        }
        if let Some(slopes) = &found.eps.0 {
            let gradient = gradient.iter_mut().skip(start);
            gradient.zip(slopes).for_each(|(out, slope)| *out = *slope);
        }
    }
    Ok((found.re, layout.unravel(&gradient)?))
}
