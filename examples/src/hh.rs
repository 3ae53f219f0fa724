use crate::gate::{clipped_exp, logistic, solve_rates, trap};
use crate::mechanism::{
    Key::{self, Own},
    Membrane,
};
use crate::scalar::Scalar;

/// Sodium, potassium and leak of the squid axon (Hodgkin and Huxley, 1952), in the form of
/// Sterratt, Graham, Gillies and Einevoll, "Principles of Computational Modelling in Neuroscience",
/// 2011:
///
/// ```text
/// i = gNa m^3 h (v - eNa) + gK n^4 (v - eK) + gLeak (v - eLeak)
/// ```
///
/// Conductances in S/cm^2, reversal potentials in mV.
pub(crate) struct HH;

impl Membrane<6, 3> for HH {
    const PARAMS: &'static [Key; 6] =
        &[Own("gNa"), Own("gK"), Own("gLeak"), Own("eNa"), Own("eK"), Own("eLeak")];
    const STATES: &'static [Key; 3] = &[Own("m"), Own("h"), Own("n")];

    fn update<T: Scalar>([m, h, n]: [T; 3], delta_t: f64, v: T, _: [T; 6]) -> [T; 3] {
        let rest = -(v + 65.0);
        let m_rates = [trap(-(v + 40.0), 10.0) * 0.1, clipped_exp(rest / 18.0) * 4.0];
        let h_rates = [clipped_exp(rest / 20.0) * 0.07, logistic(-(v + 35.0) / 10.0)];
        let n_rates = [trap(-(v + 55.0), 10.0) * 0.01, clipped_exp(rest / 80.0) * 0.125];
        [
            solve_rates(m, delta_t, m_rates),
            solve_rates(h, delta_t, h_rates),
            solve_rates(n, delta_t, n_rates),
        ]
    }

    fn current<T: Scalar>(
        [m, h, n]: [T; 3],
        v: T,
        [g_na, g_k, g_leak, e_na, e_k, e_leak]: [T; 6],
    ) -> T {
        let sodium = g_na * m.powi(3) * h * (v - e_na);
        let potassium = g_k * n.powi(4) * (v - e_k);
        sodium + potassium + g_leak * (v - e_leak)
    }
}
