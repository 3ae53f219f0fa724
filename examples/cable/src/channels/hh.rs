use crate::mechanism::equations::{Mechanism, Membrane};
use crate::mechanism::gate::{clipped_exp, logistic, solve_rates, trap};
use crate::mechanism::keys::Key::{self, Own};
use crate::number::real::Real;

/// Sodium, potassium and leak of the squid axon (Hodgkin and Huxley, 1952), in the form of
/// Sterratt, Graham, Gillies and Einevoll, "Principles of Computational Modelling in Neuroscience",
/// 2011:
///
/// ```text
/// i = gNa m^3 h (v - eNa) + gK n^4 (v - eK) + gLeak (v - eLeak)
/// ```
///
/// Conductances in S/cm^2, reversal potentials in mV.
///
/// | | keys | values | unit |
/// |---|---|---|---|
/// | parameters | `_gNa`, `_gK`, `_gLeak` | 0.12, 0.036, 0.0003 | S/cm² |
/// | parameters | `_eNa`, `_eK`, `_eLeak` | 50, -77, -54.3 | mV |
/// | states | `_m`, `_h`, `_n` | 0.2, 0.2, 0.2 | 1 |
#[derive(Clone, Copy, Debug)]
pub struct HH;

impl Mechanism<6, 3> for HH {
    const NAME: &str = "HH";
    const PARAMS: [Key; 6] = [
        Own("gNa", 0.12, "S/cm^2"),
        Own("gK", 0.036, "S/cm^2"),
        Own("gLeak", 0.0003, "S/cm^2"),
        Own("eNa", 50.0, "mV"),
        Own("eK", -77.0, "mV"),
        Own("eLeak", -54.3, "mV"),
    ];
    const STATES: [Key; 3] = [Own("m", 0.2, "1"), Own("h", 0.2, "1"), Own("n", 0.2, "1")];

    #[inline(always)]
    fn update<T: Real>([m, h, n]: [T; 3], delta_t: f64, v: T, _: [T; 6]) -> [T; 3] {
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
}

impl Membrane<6, 3> for HH {
    const CURRENT: Option<&str> = Some("i_HH");

    #[inline(always)]
    fn current<T: Real>(
        [m, h, n]: [T; 3],
        v: T,
        [g_na, g_k, g_leak, e_na, e_k, e_leak]: [T; 6],
    ) -> T {
        let sodium = g_na * m.powi(3) * h * (v - e_na);
        let potassium = g_k * n.powi(4) * (v - e_k);
        sodium + potassium + g_leak * (v - e_leak)
    }
}
