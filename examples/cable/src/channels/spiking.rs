//! Channels that set the voltage themselves: point neurons that spike by a reset, and rates.
//!
//! Each has the voltage among its states, and no current. It sets the voltage from that of the start
//! of the step; of several in a compartment, the last one that was inserted decides. The gates of
//! other channels follow the voltage of the start of the step, and currents, synapses, stimuli and
//! neighbours act on the voltage that was set.

use crate::mechanism::equations::{Mechanism, Membrane};
use crate::mechanism::gate::{clipped_exp, solve_relaxation};
use crate::mechanism::keys::Key::{self, Compartment, Own};
use crate::number::real::Real;

/// `yes` if `v` is at least `threshold`, else `no`; NaN stays NaN.
#[inline(always)]
fn where_at_least<T: Real>(v: T, threshold: T, yes: T, no: T) -> T {
    let equal = yes + (v - threshold) * 0.0;
    v.where_greater(threshold, yes, threshold.where_greater(v, no, equal))
}

/// The adaptive exponential integrate-and-fire neuron (Brette and Gerstner, 2005), by forward Euler:
///
/// ```text
/// capacitance dv/dt = g_L (delta_T exp((v - v_T) / delta_T) - (v - E_L)) - w
/// tau_w dw/dt = a (v - E_L) - w
/// ```
///
/// The exponent is at most 10. If `v` reaches `v_threshold`, `v` becomes `v_reset`, `w` grows by `b`,
/// and `spikes` is 1 for that step. `w` moves before `v`, and [`init_states`](crate::Build::init_states)
/// leaves it as it is.
///
/// | | keys | values | unit |
/// |---|---|---|---|
/// | parameters | `_g_L`, `_a` | 10, 2 | nS |
/// | parameters | `_E_L`, `_v_T`, `_delta_T` | -70, -50, 2 | mV |
/// | parameters | `_v_threshold`, `_v_reset` | 0, -58 | mV |
/// | parameters | `_tau_w` | 30 | ms |
/// | parameters | `_b` | 0 | pA |
/// | states | `_w` | 0 | pA |
/// | states | `_spikes` | 0 | 1 |
#[derive(Clone, Copy, Debug)]
pub struct AdEx;

impl Mechanism<10, 3> for AdEx {
    const NAME: &str = "AdEx";
    const PARAMS: [Key; 10] = [
        Own("g_L", 10.0, "nS"),
        Own("E_L", -70.0, "mV"),
        Own("v_T", -50.0, "mV"),
        Own("delta_T", 2.0, "mV"),
        Own("v_threshold", 0.0, "mV"),
        Own("v_reset", -58.0, "mV"),
        Own("tau_w", 30.0, "ms"),
        Own("a", 2.0, "nS"),
        Own("b", 0.0, "pA"),
        Compartment("capacitance"),
    ];
    const STATES: [Key; 3] = [Compartment("v"), Own("w", 0.0, "pA"), Own("spikes", 0.0, "1")];

    #[inline(always)]
    fn update<T: Real>(
        states: [T; 3],
        delta_t: f64,
        v: T,
        [g, rest, v_t, width, threshold, reset, tau, a, b, capacitance]: [T; 10],
    ) -> [T; 3] {
        if delta_t == f64::INFINITY {
            return states;
        }
        let w = solve_relaxation(states[1], delta_t, [a * (v - rest), tau]);
        let spike = g * width * ((v - v_t) / width).min(10.0).exp();
        let moved = v + (spike - g * (v - rest) - w) / capacitance * delta_t;
        let [yes, no] = [1.0, 0.0].map(T::constant);
        [
            where_at_least(moved, threshold, reset, moved),
            where_at_least(moved, threshold, w + b, w),
            where_at_least(moved, threshold, yes, no),
        ]
    }
}

impl Membrane<10, 3> for AdEx {
    #[inline(always)]
    fn current<T: Real>(_: [T; 3], _: T, _: [T; 10]) -> T {
        T::constant(0.0)
    }
}

/// The neuron of Izhikevich (2003), by forward Euler:
///
/// ```text
/// dv/dt = 0.04 v^2 + 5 v + 140 - u
/// du/dt = a (b v - u)
/// ```
///
/// If `v` reaches 30 mV, `v` becomes `c` and `u` grows by `d`. `u` moves before `v`, and rests at `b v`.
///
/// | | keys | values | unit |
/// |---|---|---|---|
/// | parameters | `_a` | 0.02 | 1/ms |
/// | parameters | `_b` | 0.2 | 1/ms |
/// | parameters | `_c` | -65 | mV |
/// | parameters | `_d` | 8 | mV/ms |
/// | states | `_u` | 0 | mV/ms |
#[derive(Clone, Copy, Debug)]
pub struct Izhikevich;

impl Mechanism<4, 2> for Izhikevich {
    const NAME: &str = "Izhikevich";
    const PARAMS: [Key; 4] = [
        Own("a", 0.02, "1/ms"),
        Own("b", 0.2, "1/ms"),
        Own("c", -65.0, "mV"),
        Own("d", 8.0, "mV/ms"),
    ];
    const STATES: [Key; 2] = [Compartment("v"), Own("u", 0.0, "mV/ms")];

    #[inline(always)]
    fn update<T: Real>([_, u]: [T; 2], delta_t: f64, v: T, [a, b, c, d]: [T; 4]) -> [T; 2] {
        if delta_t == f64::INFINITY {
            return [v, b * v];
        }
        let u = solve_relaxation(u, delta_t, [b * v, a.recip()]);
        let moved = v + (v * v * 0.04 + v * 5.0 + 140.0 - u) * delta_t;
        let threshold = T::constant(30.0);
        [where_at_least(moved, threshold, c, moved), where_at_least(moved, threshold, u + d, u)]
    }
}

impl Membrane<4, 2> for Izhikevich {
    const CURRENT: Option<&str> = Some("Izhikevich_izhikevich");

    #[inline(always)]
    fn current<T: Real>(_: [T; 2], _: T, _: [T; 4]) -> T {
        T::constant(0.0)
    }
}

/// A rate instead of a voltage, which decays to 0: `dv/dt = -v / tau`.
///
/// | | keys | values | unit |
/// |---|---|---|---|
/// | parameters | `_tau` | 1 | ms |
#[derive(Clone, Copy, Debug)]
pub struct Rate;

impl Mechanism<1, 1> for Rate {
    const NAME: &str = "Rate";
    const PARAMS: [Key; 1] = [Own("tau", 1.0, "ms")];
    const STATES: [Key; 1] = [Compartment("v")];

    #[inline(always)]
    fn update<T: Real>(_: [T; 1], delta_t: f64, v: T, [tau]: [T; 1]) -> [T; 1] {
        [v * clipped_exp(T::constant(-delta_t) / tau)]
    }
}

impl Membrane<1, 1> for Rate {
    const CURRENT: Option<&str> = Some("Rate_rate");

    #[inline(always)]
    fn current<T: Real>(_: [T; 1], _: T, _: [T; 1]) -> T {
        T::constant(0.0)
    }
}

/// A reset: above `vth` the voltage becomes `vreset`, and `spikes` is 1 for that step. With a
/// [`Leak`](crate::channels::Leak) it is a leaky integrate-and-fire neuron.
///
/// | | keys | values | unit |
/// |---|---|---|---|
/// | parameters | `_vth`, `_vreset` | -50, -70 | mV |
/// | states | `_spikes` | 0 | 1 |
#[derive(Clone, Copy, Debug)]
pub struct Fire;

impl Mechanism<2, 2> for Fire {
    const NAME: &str = "Fire";
    const PARAMS: [Key; 2] = [Own("vth", -50.0, "mV"), Own("vreset", -70.0, "mV")];
    const STATES: [Key; 2] = [Compartment("v"), Own("spikes", 0.0, "1")];

    #[inline(always)]
    fn update<T: Real>(states: [T; 2], delta_t: f64, v: T, [threshold, reset]: [T; 2]) -> [T; 2] {
        if delta_t == f64::INFINITY {
            return states;
        }
        let [yes, no] = [1.0, 0.0].map(T::constant);
        [v.where_greater(threshold, reset, v), v.where_greater(threshold, yes, no)]
    }
}

impl Membrane<2, 2> for Fire {
    const CURRENT: Option<&str> = Some("Fire_fire");

    #[inline(always)]
    fn current<T: Real>(_: [T; 2], _: T, _: [T; 2]) -> T {
        T::constant(0.0)
    }
}
