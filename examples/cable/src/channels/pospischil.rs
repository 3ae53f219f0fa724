//! The channels of Pospischil et al., "Minimal Hodgkin-Huxley type models for different classes of
//! cortical and thalamic neurons", Biological Cybernetics, 2008.
//!
//! Conductances in S/cm^2, potentials in mV, rates in 1/ms. `eNa`, `eK`, `eCa` and the threshold
//! `vt` are shared between channels.

use crate::mechanism::equations::{Mechanism, Membrane};
use crate::mechanism::gate::{clipped_exp, logistic, solve_rates, solve_relaxation, trap};
use crate::mechanism::keys::Key::{self, Own, Shared};
use crate::number::real::Real;

/// `i = gLeak (v - eLeak)`.
///
/// | | keys | values | unit |
/// |---|---|---|---|
/// | parameters | `_gLeak` | 0.0001 | S/cm² |
/// | parameters | `_eLeak` | -70 | mV |
#[derive(Clone, Copy, Debug)]
pub struct Leak;

impl Mechanism<2, 0> for Leak {
    const NAME: &str = "Leak";
    const PARAMS: [Key; 2] = [Own("gLeak", 0.0001, "S/cm^2"), Own("eLeak", -70.0, "mV")];
    const STATES: [Key; 0] = [];
}

impl Membrane<2, 0> for Leak {
    #[inline(always)]
    fn current<T: Real>(_: [T; 0], v: T, [g, reversal]: [T; 2]) -> T {
        g * (v - reversal)
    }
}

/// The fast sodium channel: `i = gNa m^3 h (v - eNa)`, rates relative to `vt`.
///
/// | | keys | values | unit |
/// |---|---|---|---|
/// | parameters | `_gNa` | 0.05 | S/cm² |
/// | parameters | `eNa`, `vt` | 50, -60 | mV |
/// | states | `_m`, `_h` | 0.2, 0.2 | 1 |
#[derive(Clone, Copy, Debug)]
pub struct Na;

impl Mechanism<3, 2> for Na {
    const NAME: &str = "Na";
    const PARAMS: [Key; 3] =
        [Own("gNa", 0.05, "S/cm^2"), Shared("eNa", 50.0, "mV"), Shared("vt", -60.0, "mV")];
    const STATES: [Key; 2] = [Own("m", 0.2, "1"), Own("h", 0.2, "1")];

    #[inline(always)]
    fn update<T: Real>([m, h]: [T; 2], delta_t: f64, v: T, [_, _, vt]: [T; 3]) -> [T; 2] {
        let opening = v - vt - 13.0;
        let inactivation = v - vt - 17.0;
        let recovery = v - vt - 40.0;
        let m_rates =
            [trap(opening * -0.25, 1.0) * 0.32 / 0.25, trap(recovery * 0.2, 1.0) * 0.28 / 0.2];
        let h_rates = [clipped_exp(-inactivation / 18.0) * 0.128, logistic(-recovery / 5.0) * 4.0];
        [solve_rates(m, delta_t, m_rates), solve_rates(h, delta_t, h_rates)]
    }
}

impl Membrane<3, 2> for Na {
    const CURRENT: Option<&str> = Some("i_Na");

    #[inline(always)]
    fn current<T: Real>([m, h]: [T; 2], v: T, [g, reversal, _]: [T; 3]) -> T {
        g * m.powi(3) * h * (v - reversal)
    }
}

/// The delayed rectifier: `i = gK n^4 (v - eK)`, rates relative to `vt`.
///
/// | | keys | values | unit |
/// |---|---|---|---|
/// | parameters | `_gK` | 0.005 | S/cm² |
/// | parameters | `eK`, `vt` | -90, -60 | mV |
/// | states | `_n` | 0.2 | 1 |
#[derive(Clone, Copy, Debug)]
pub struct K;

impl Mechanism<3, 1> for K {
    const NAME: &str = "K";
    const PARAMS: [Key; 3] =
        [Own("gK", 0.005, "S/cm^2"), Shared("eK", -90.0, "mV"), Shared("vt", -60.0, "mV")];
    const STATES: [Key; 1] = [Own("n", 0.2, "1")];

    #[inline(always)]
    fn update<T: Real>([n]: [T; 1], delta_t: f64, v: T, [_, _, vt]: [T; 3]) -> [T; 1] {
        let opening = v - vt - 15.0;
        let closing = v - vt - 10.0;
        let rates = [trap(opening * -0.2, 1.0) * 0.032 / 0.2, clipped_exp(-closing / 40.0) * 0.5];
        [solve_rates(n, delta_t, rates)]
    }
}

impl Membrane<3, 1> for K {
    const CURRENT: Option<&str> = Some("i_K");

    #[inline(always)]
    fn current<T: Real>([n]: [T; 1], v: T, [g, reversal, _]: [T; 3]) -> T {
        g * n.powi(4) * (v - reversal)
    }
}

/// The slow, non-inactivating M current: `i = gKm p (v - eK)`; `taumax` (ms) scales its time
/// constant.
///
/// | | keys | values | unit |
/// |---|---|---|---|
/// | parameters | `_gKm` | 0.000004 | S/cm² |
/// | parameters | `_taumax` | 4000 | ms |
/// | parameters | `eK` | -90 | mV |
/// | states | `_p` | 0.2 | 1 |
#[derive(Clone, Copy, Debug)]
pub struct Km;

impl Mechanism<3, 1> for Km {
    const NAME: &str = "Km";
    const PARAMS: [Key; 3] =
        [Own("gKm", 4e-06, "S/cm^2"), Own("taumax", 4000.0, "ms"), Shared("eK", -90.0, "mV")];
    const STATES: [Key; 1] = [Own("p", 0.2, "1")];

    #[inline(always)]
    fn update<T: Real>([p]: [T; 1], delta_t: f64, v: T, [_, taumax, _]: [T; 3]) -> [T; 1] {
        let x = v + 35.0;
        let inf = logistic(x * -0.1);
        let tau = taumax / (clipped_exp(x * 0.05) * 3.3 + clipped_exp(x * -0.05));
        [solve_relaxation(p, delta_t, [inf, tau])]
    }
}

impl Membrane<3, 1> for Km {
    const CURRENT: Option<&str> = Some("i_K");

    #[inline(always)]
    fn current<T: Real>([p]: [T; 1], v: T, [g, _, reversal]: [T; 3]) -> T {
        g * p * (v - reversal)
    }
}

/// The high-threshold calcium channel: `i = gCaL q^2 r (v - eCa)`.
///
/// | | keys | values | unit |
/// |---|---|---|---|
/// | parameters | `_gCaL` | 0.0001 | S/cm² |
/// | parameters | `eCa` | 120 | mV |
/// | states | `_q`, `_r` | 0.2, 0.2 | 1 |
#[derive(Clone, Copy, Debug)]
pub struct CaL;

impl Mechanism<2, 2> for CaL {
    const NAME: &str = "CaL";
    const PARAMS: [Key; 2] = [Own("gCaL", 0.0001, "S/cm^2"), Shared("eCa", 120.0, "mV")];
    const STATES: [Key; 2] = [Own("q", 0.2, "1"), Own("r", 0.2, "1")];

    #[inline(always)]
    fn update<T: Real>([q, r]: [T; 2], delta_t: f64, v: T, _: [T; 2]) -> [T; 2] {
        let q_rates =
            [trap((-v - 27.0) / 3.8, 1.0) * 0.055 * 3.8, clipped_exp((-v - 75.0) / 17.0) * 0.94];
        let r_rates =
            [clipped_exp((-v - 13.0) / 50.0) * 0.000_457, logistic((-v - 15.0) / 28.0) * 0.0065];
        [solve_rates(q, delta_t, q_rates), solve_rates(r, delta_t, r_rates)]
    }
}

impl Membrane<2, 2> for CaL {
    const CURRENT: Option<&str> = Some("i_Ca");

    #[inline(always)]
    fn current<T: Real>([q, r]: [T; 2], v: T, [g, reversal]: [T; 2]) -> T {
        g * q.powi(2) * r * (v - reversal)
    }
}

/// The low-threshold calcium channel: `i = gCaT s_inf(v)^2 u (v - eCa)`, its activation `s`
/// instantaneous; `vx` (mV) shifts the voltage dependence.
///
/// | | keys | values | unit |
/// |---|---|---|---|
/// | parameters | `_gCaT` | 0.00004 | S/cm² |
/// | parameters | `_vx`, `eCa` | 2, 120 | mV |
/// | states | `_u` | 0.2 | 1 |
#[derive(Clone, Copy, Debug)]
pub struct CaT;

impl Mechanism<3, 1> for CaT {
    const NAME: &str = "CaT";
    const PARAMS: [Key; 3] =
        [Own("gCaT", 4e-05, "S/cm^2"), Own("vx", 2.0, "mV"), Shared("eCa", 120.0, "mV")];
    const STATES: [Key; 1] = [Own("u", 0.2, "1")];

    #[inline(always)]
    fn update<T: Real>([u]: [T; 1], delta_t: f64, v: T, [_, vx, _]: [T; 3]) -> [T; 1] {
        let x = v + vx;
        let inf = logistic((x + 81.0) / 4.0);
        let tau = (clipped_exp((x + 113.2) / 5.0) + 211.4 + 30.8)
            / ((clipped_exp((x + 84.0) / 3.2) + 1.0) * 3.7);
        [solve_relaxation(u, delta_t, [inf, tau])]
    }
}

impl Membrane<3, 1> for CaT {
    const CURRENT: Option<&str> = Some("i_Ca");

    #[inline(always)]
    fn current<T: Real>([u]: [T; 1], v: T, [g, vx, reversal]: [T; 3]) -> T {
        let s_inf = logistic(-(v + vx + 57.0) / 6.2);
        g * s_inf.powi(2) * u * (v - reversal)
    }
}
