use crate::mechanism::equations::{Mechanism, Synapse};
use crate::mechanism::gate::{clipped_exp, logistic, relax};
use crate::mechanism::keys::Key::{self, Own};
use crate::number::real::Real;

/// Receptors that open with the presynaptic voltage: `i = gS s (post - e_syn)`, after Abbott and
/// Marder, "Modeling Small Networks", in: Methods in Neuronal Modeling, MIT Press, 1998.
///
/// `gS` in uS, `e_syn`, the threshold `v_th` and the slope `delta` in mV, the unbinding rate
/// `k_minus` in 1/ms.
///
/// | | keys | values | unit |
/// |---|---|---|---|
/// | parameters | `_gS` | 0.0001 | uS |
/// | parameters | `_e_syn` | 0 | mV |
/// | parameters | `_k_minus` | 0.025 | 1/ms |
/// | parameters | `_v_th`, `_delta` | -35, 10 | mV |
/// | states | `_s` | 0.2 | 1 |
#[derive(Clone, Copy, Debug)]
pub struct IonotropicSynapse;

impl Mechanism<5, 1> for IonotropicSynapse {
    const NAME: &str = "IonotropicSynapse";
    const PARAMS: [Key; 5] = [
        Own("gS", 0.0001, "uS"),
        Own("e_syn", 0.0, "mV"),
        Own("k_minus", 0.025, "1/ms"),
        Own("v_th", -35.0, "mV"),
        Own("delta", 10.0, "mV"),
    ];
    const STATES: [Key; 1] = [Own("s", 0.2, "1")];

    #[inline(always)]
    fn update<T: Real>(
        [s]: [T; 1],
        delta_t: f64,
        pre: T,
        [_, _, k_minus, v_th, delta]: [T; 5],
    ) -> [T; 1] {
        [open_receptors(s, delta_t, pre, [k_minus, v_th, delta])]
    }
}

impl Synapse<5, 1> for IonotropicSynapse {
    #[inline(always)]
    fn current<T: Real>([s]: [T; 1], _: T, post: T, [g, reversal, ..]: [T; 5]) -> T {
        g * s * (post - reversal)
    }
}

/// An [`IonotropicSynapse`] with everything but its conductance `gC` (uS) fixed: `i = gC c post`.
///
/// | | keys | values | unit |
/// |---|---|---|---|
/// | parameters | `_gC` | 0.0001 | uS |
/// | states | `_c` | 0.2 | 1 |
#[derive(Clone, Copy, Debug)]
pub struct TestSynapse;

impl Mechanism<1, 1> for TestSynapse {
    const NAME: &str = "TestSynapse";
    const PARAMS: [Key; 1] = [Own("gC", 0.0001, "uS")];
    const STATES: [Key; 1] = [Own("c", 0.2, "1")];

    #[inline(always)]
    fn update<T: Real>([c]: [T; 1], delta_t: f64, pre: T, _: [T; 1]) -> [T; 1] {
        [open_receptors(c, delta_t, pre, [0.025, -35.0, 10.0].map(T::constant))]
    }
}

impl Synapse<1, 1> for TestSynapse {
    #[inline(always)]
    fn current<T: Real>([c]: [T; 1], _: T, post: T, [g]: [T; 1]) -> T {
        g * c * post
    }
}

/// A rate synapse without state: `i = -gS tanh((pre - x_offset) slope)`, with `gS` in nA,
/// `x_offset` in mV and `slope` in 1/mV.
///
/// | | keys | values | unit |
/// |---|---|---|---|
/// | parameters | `_gS` | 0.0001 | nA |
/// | parameters | `_x_offset` | -70 | mV |
/// | parameters | `_slope` | 1 | 1/mV |
#[derive(Clone, Copy, Debug)]
pub struct TanhRateSynapse;

impl Mechanism<3, 0> for TanhRateSynapse {
    const NAME: &str = "TanhRateSynapse";
    const PARAMS: [Key; 3] =
        [Own("gS", 0.0001, "nA"), Own("x_offset", -70.0, "mV"), Own("slope", 1.0, "1/mV")];
    const STATES: [Key; 0] = [];
}

impl Synapse<3, 0> for TanhRateSynapse {
    #[inline(always)]
    fn current<T: Real>(_: [T; 0], pre: T, _: T, [g, offset, slope]: [T; 3]) -> T {
        -g * ((pre - offset) * slope).tanh()
    }
}

/// A conductance synapse without state: `i = tanh((pre - x_offset) slope) gS (post - e_syn)`, with
/// `gS` in uS, `e_syn` and `x_offset` in mV and `slope` in 1/mV.
///
/// | | keys | values | unit |
/// |---|---|---|---|
/// | parameters | `_gS` | 0.0001 | uS |
/// | parameters | `_e_syn`, `_x_offset` | 0, -70 | mV |
/// | parameters | `_slope` | 1 | 1/mV |
#[derive(Clone, Copy, Debug)]
pub struct TanhConductanceSynapse;

impl Mechanism<4, 0> for TanhConductanceSynapse {
    const NAME: &str = "TanhConductanceSynapse";
    const PARAMS: [Key; 4] = [
        Own("gS", 0.0001, "uS"),
        Own("e_syn", 0.0, "mV"),
        Own("x_offset", -70.0, "mV"),
        Own("slope", 1.0, "1/mV"),
    ];
    const STATES: [Key; 0] = [];
}

impl Synapse<4, 0> for TanhConductanceSynapse {
    #[inline(always)]
    fn current<T: Real>(_: [T; 0], pre: T, post: T, [g, reversal, offset, slope]: [T; 4]) -> T {
        ((pre - offset) * slope).tanh() * g * (post - reversal)
    }
}

/// The open fraction `s` of the receptors after `delta_t` (ms): it approaches `s_inf = 1 / (1 +
/// exp((v_th - pre) / delta))` with the time constant `(1 - s_inf) / k_minus`.
///
/// The reciprocal of the time constant is `k_minus (1 + exp((pre - v_th) / delta))`, which is not
/// 0/0 where `s_inf` is rounded to 1.
#[inline(always)]
fn open_receptors<T: Real>(s: T, delta_t: f64, pre: T, [k_minus, v_th, delta]: [T; 3]) -> T {
    let below = (v_th - pre) / delta;
    let rate = k_minus * ((-below).max(-20.0).min(700.0).exp() + 1.0);
    relax(s, clipped_exp(rate * -delta_t), logistic(below))
}
