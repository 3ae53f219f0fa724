use std::fmt::Debug;

use num_dual::Dual2_64;

use crate::states::Scalar;

/// A map of one number, increasing or decreasing, with its inverse.
///
/// A transform of your own is a struct that implements it; a
/// [`CustomTransform`](crate::transforms::CustomTransform) takes closures.
///
/// ```
/// use cable::transforms::{ParamTransform, Transform};
/// use ndarray::array;
/// use num_dual::{Dual2_64, DualNum};
///
/// /// Positive numbers, as their logarithm to the base 10.
/// #[derive(Debug)]
/// struct Decades;
///
/// impl Transform for Decades {
///     fn forward(&self, x: Dual2_64) -> Dual2_64 {
///         (x * std::f64::consts::LN_10).exp()
///     }
///
///     fn inverse(&self, y: f64) -> f64 {
///         y.log10()
///     }
///
///     fn range(&self) -> [f64; 2] {
///         [0.0, f64::INFINITY]
///     }
/// }
///
/// let transform = ParamTransform::new().with("Leak_gLeak", Decades);
/// let free = transform.inverse(&vec![[("Leak_gLeak".to_owned(), array![1e-4])].into()])?;
/// assert_eq!(free[0]["Leak_gLeak"], array![-4.0]);
/// # Ok::<(), cable::CableError>(())
/// ```
pub trait Transform: Debug + Send + Sync {
    /// The parameter that the free number `x` stands for. It is computed with its first and second
    /// derivative, so that a [`ParamTransform`](crate::transforms::ParamTransform) can map any number
    /// that a module is simulated with.
    fn forward(&self, x: Dual2_64) -> Dual2_64;

    /// The free number that stands for the parameter `y`, which is inside the [`range`](Self::range).
    fn inverse(&self, y: f64) -> f64;

    /// The numbers between which `forward` is; it may be neither of them. By default all numbers.
    fn range(&self) -> [f64; 2] {
        [f64::NEG_INFINITY, f64::INFINITY]
    }
}

impl<F: Transform + ?Sized> Transform for Box<F> {
    fn forward(&self, x: Dual2_64) -> Dual2_64 {
        (**self).forward(x)
    }

    fn inverse(&self, y: f64) -> f64 {
        (**self).inverse(y)
    }

    fn range(&self) -> [f64; 2] {
        (**self).range()
    }
}

/// The value of `transform` at `x`, with its first and second derivative.
pub(crate) fn at(transform: &dyn Transform, x: f64) -> Dual2_64 {
    transform.forward(Dual2_64::from_re(x).derivative())
}

/// `y` as a function of any number `x`: `y` has the derivatives where `x` is without its own.
///
/// The difference `d` between `x` and its real part is nilpotent: d^3 = 0 for every [`Scalar`], whose
/// derivatives are at most second ones. So the Taylor series ends and is exact.
pub(crate) fn lift<T: Scalar>(y: Dual2_64, x: T) -> T {
    let d = x - x.re();
    d * d * (0.5 * y.v2) + d * y.v1 + y.re
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, array};
    use num_dual::{Dual64, DualNum};
    use pytree::grad::{NestedDuals, hvp};

    fn exp(x: f64) -> Dual2_64 {
        Dual2_64::from_re(x).derivative().exp()
    }

    #[test]
    fn lifted_functions_have_the_derivatives_of_the_number() {
        assert_eq!(lift(exp(1.5), 1.5), 1.5_f64.exp());
        let x = Dual64::new(1.5, 3.0);
        assert_eq!(lift(exp(1.5), x), DualNum::exp(&x));
        // The second derivatives of exp(x y) times the direction [1, 0] are [y^2, 1 + x y] exp(x y).
        let f = |x: &Array1<NestedDuals>| {
            let product = x[0] * x[1];
            lift(exp(product.re.re), product)
        };
        let found = hvp(f, &array![0.5, 3.0], &array![1.0, 0.0]).unwrap();
        let expected = array![9.0, 2.5] * 1.5_f64.exp();
        assert!((&found - &expected).iter().all(|x: &f64| x.abs() < 1e-12), "{found}");
    }
}
