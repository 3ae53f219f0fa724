//! Solvers for one gate, and the functions that rates consist of.
//!
//! They keep Jaxley's singularities: [`trap`] is 0/0 = NaN at 0, unless a mechanism is
//! [`Continued`](crate::mechanism::Continued).

use crate::number::real::Real;

/// `exp(min(x, 20))`, which keeps rates finite far from rest. Above 20 it is constant, and so is
/// its derivative, 0.
///
/// ```
/// use cable::mechanism::gate::clipped_exp;
///
/// assert_eq!((clipped_exp(0.0), clipped_exp(30.0)), (1.0, 20.0_f64.exp()));
/// ```
#[inline(always)]
pub fn clipped_exp<T: Real>(x: T) -> T {
    x.min(20.0).exp()
}

/// `x / (exp(x / scale) - 1)`, the voltage dependence of many opening rates (Hodgkin and Huxley,
/// 1952).
///
/// ```
/// use cable::mechanism::gate::trap;
///
/// assert!((trap(10.0, 10.0) - 10.0 / (1.0_f64.exp() - 1.0)).abs() < 1e-12);
/// ```
#[inline(always)]
pub fn trap<T: Real>(x: T, scale: f64) -> T {
    x.trap(scale)
}

/// `1 / (1 + exp(x))`, falling from 1 to 0.
///
/// ```
/// use cable::mechanism::gate::logistic;
///
/// assert_eq!(logistic(0.0), 0.5);
/// ```
#[inline(always)]
pub fn logistic<T: Real>(x: T) -> T {
    (clipped_exp(x) + 1.0).recip()
}

/// The gate `x` after `delta_t` (ms) of `dx/dt = alpha (1 - x) - beta x`, with the rates `[alpha,
/// beta]` (1/ms) constant.
///
/// ```
/// use cable::mechanism::gate::solve_rates;
///
/// let expected = 0.5 * (1.0 - (-0.2_f64).exp()); // it approaches 1/2 at the rate 2
/// assert!((solve_rates(0.0, 0.1, [1.0, 1.0]) - expected).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn solve_rates<T: Real>(x: T, delta_t: f64, [alpha, beta]: [T; 2]) -> T {
    let rate = alpha + beta;
    relax(x, clipped_exp(rate * -delta_t), alpha / rate)
}

/// The gate `x` after `delta_t` (ms) of `dx/dt = (inf - x) / tau`, with the steady state and the
/// time constant `[inf, tau]` (1, ms) constant: exponential Euler, exact for constant coefficients.
///
/// ```
/// use cable::mechanism::gate::solve_relaxation;
///
/// let expected = 0.5 * (1.0 - (-0.2_f64).exp());
/// assert!((solve_relaxation(0.0, 0.1, [0.5, 0.5]) - expected).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn solve_relaxation<T: Real>(x: T, delta_t: f64, [inf, tau]: [T; 2]) -> T {
    relax(x, clipped_exp(T::constant(-delta_t) / tau), inf)
}

/// The part `decay` of `x`, and the rest of `inf`.
///
/// ```
/// use cable::mechanism::gate::relax;
///
/// assert_eq!(relax(1.0, 0.25, 0.0), 0.25);
/// ```
#[inline(always)]
pub fn relax<T: Real>(x: T, decay: T, inf: T) -> T {
    x * decay + inf * (-decay + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_dual::Dual64;

    #[test]
    fn exponential_is_clipped_with_its_derivative() {
        let at = |x: f64| clipped_exp(Dual64::from_re(x).derivative());
        assert_eq!((at(1.0).re, at(1.0).eps), (1.0_f64.exp(), 1.0_f64.exp()));
        assert_eq!((at(21.0).re, at(21.0).eps), (20.0_f64.exp(), 0.0));
        assert!(clipped_exp(f64::NAN).is_nan());
    }

    #[test]
    fn trap_is_singular_where_jaxley_is() {
        assert!(trap(0.0_f64, 10.0).is_nan());
        assert!((trap(1e-6_f64, 10.0) - 10.0).abs() < 1e-5);
    }

    #[test]
    fn both_solvers_agree_with_the_exact_solution() {
        let (x, delta_t, alpha, beta) = (0.2, 0.3, 1.5, 0.5);
        let (inf, rate) = (0.75, 2.0);
        let exact = inf + (x - inf) * (-rate * delta_t).exp();
        let by_rates = solve_rates(x, delta_t, [alpha, beta]);
        let by_relaxation = solve_relaxation(x, delta_t, [inf, 1.0 / rate]);
        assert!((by_rates - exact).abs() < 1e-15, "{by_rates} {exact}");
        assert!((by_relaxation - exact).abs() < 1e-15, "{by_relaxation} {exact}");
    }
}
