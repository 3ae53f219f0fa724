use crate::mechanism::equations::{Mechanism, Synapse};
use crate::mechanism::gate::{logistic, solve_relaxation};
use crate::mechanism::keys::Key::{self, Own};
use crate::states::Scalar;

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
    const PARAMS: &'static [Key; 5] = &[
        Own("gS", 0.0001),
        Own("e_syn", 0.0),
        Own("k_minus", 0.025),
        Own("v_th", -35.0),
        Own("delta", 10.0),
    ];
    const STATES: &'static [Key; 1] = &[Own("s", 0.2)];

    fn update<T: Scalar>(
        [s]: [T; 1],
        delta_t: f64,
        pre: T,
        [_, _, k_minus, v_th, delta]: [T; 5],
    ) -> [T; 1] {
        [open_receptors(s, delta_t, pre, [k_minus, v_th, delta])]
    }
}

impl Synapse<5, 1> for IonotropicSynapse {
    fn current<T: Scalar>([s]: [T; 1], _: T, post: T, [g, reversal, ..]: [T; 5]) -> T {
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
    const PARAMS: &'static [Key; 1] = &[Own("gC", 0.0001)];
    const STATES: &'static [Key; 1] = &[Own("c", 0.2)];

    fn update<T: Scalar>([c]: [T; 1], delta_t: f64, pre: T, _: [T; 1]) -> [T; 1] {
        [open_receptors(c, delta_t, pre, [0.025, -35.0, 10.0].map(T::from))]
    }
}

impl Synapse<1, 1> for TestSynapse {
    fn current<T: Scalar>([c]: [T; 1], _: T, post: T, [g]: [T; 1]) -> T {
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
    const PARAMS: &'static [Key; 3] =
        &[Own("gS", 0.0001), Own("x_offset", -70.0), Own("slope", 1.0)];
    const STATES: &'static [Key; 0] = &[];
}

impl Synapse<3, 0> for TanhRateSynapse {
    fn current<T: Scalar>(_: [T; 0], pre: T, _: T, [g, offset, slope]: [T; 3]) -> T {
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
    const PARAMS: &'static [Key; 4] =
        &[Own("gS", 0.0001), Own("e_syn", 0.0), Own("x_offset", -70.0), Own("slope", 1.0)];
    const STATES: &'static [Key; 0] = &[];
}

impl Synapse<4, 0> for TanhConductanceSynapse {
    fn current<T: Scalar>(_: [T; 0], pre: T, post: T, [g, reversal, offset, slope]: [T; 4]) -> T {
        ((pre - offset) * slope).tanh() * g * (post - reversal)
    }
}

/// The open fraction `s` of the receptors after `delta_t` (ms): it approaches `s_inf = 1 / (1 +
/// exp((v_th - pre) / delta))` with the time constant `(1 - s_inf) / k_minus`.
fn open_receptors<T: Scalar>(s: T, delta_t: f64, pre: T, [k_minus, v_th, delta]: [T; 3]) -> T {
    let inf = logistic((v_th - pre) / delta);
    let tau = (-inf + 1.0) / k_minus;
    solve_relaxation(s, delta_t, [inf, tau])
}
