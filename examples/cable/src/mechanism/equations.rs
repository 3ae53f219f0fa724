use crate::mechanism::keys::Key;
use crate::number::real::Real;

/// The `P` parameters and `S` states of a mechanism, and how the states move.
///
/// ```
/// use cable::mechanism::{Key, Mechanism, Real, gate};
///
/// /// A gate that opens around -40 mV.
/// struct Opening;
///
/// impl Mechanism<1, 1> for Opening {
///     const NAME: &str = "Opening";
///     const PARAMS: [Key; 1] = [Key::Own("tau", 5.0, "ms")];
///     const STATES: [Key; 1] = [Key::Own("n", 0.1, "1")];
///
///     fn update<T: Real>([n]: [T; 1], delta_t: f64, v: T, [tau]: [T; 1]) -> [T; 1] {
///         let open = gate::logistic((v + 40.0) / -5.0);
///         [gate::solve_relaxation(n, delta_t, [open, tau])]
///     }
/// }
/// assert_eq!(Opening::update([0.1], f64::INFINITY, -40.0, [5.0]), [0.5]); // its fixed point
/// ```
pub trait Mechanism<const P: usize, const S: usize>: 'static {
    /// The name of the kind, which is also the prefix of its keys unless it is
    /// [named](crate::Named) otherwise.
    const NAME: &'static str;

    /// The parameters, in the order in which the equations take them.
    const PARAMS: [Key; P];

    /// The states, in the order in which the equations take them.
    const STATES: [Key; S];

    /// The states after `delta_t` (ms) at the voltage `v` (mV), for a synapse the presynaptic one.
    /// By default they stay.
    ///
    /// After an infinite time the states are at their fixed points: this is how
    /// [`init_states`](crate::Build::init_states) finds them.
    fn update<T: Real>(states: [T; S], delta_t: f64, v: T, params: [T; P]) -> [T; S] {
        let _ = (delta_t, v, params);
        states
    }
}

/// A channel or a pump: a mechanism in the membrane of a compartment.
///
/// Its current drives one state `x`: `dx/dt = -current(x)`, up to units. For a channel that is the
/// voltage (mV) and the current is in mA/cm^2, outward positive; for a pump it is the concentration
/// of its ion (mM) and the "current" is in mM/ms.
///
/// ```
/// use cable::mechanism::{Key, Mechanism, Membrane, Real};
/// use cable::{Build, Cell};
///
/// /// A current that follows the voltage.
/// #[derive(Clone, Copy)]
/// struct Ohmic;
///
/// impl Mechanism<1, 0> for Ohmic {
///     const NAME: &str = "Ohmic";
///     const PARAMS: [Key; 1] = [Key::Own("g", 1e-4, "S/cm^2")];
///     const STATES: [Key; 0] = [];
/// }
///
/// impl Membrane<1, 0> for Ohmic {
///     fn current<T: Real>(_: [T; 0], v: T, [g]: [T; 1]) -> T {
///         g * (v + 70.0)
///     }
/// }
///
/// # fn main() -> Result<(), cable::CableError> {
/// let cable = Cell::default().insert(Ohmic)?.set("v", -60.0)?.build(0.025)?;
/// assert!((cable.init()?["i_Ohmic"][0] - 1e-3).abs() < 1e-15); // mA/cm^2
/// # Ok(())
/// # }
/// ```
pub trait Membrane<const P: usize, const S: usize>: Mechanism<P, S> {
    /// The name of the current, which all mechanisms of the kind share; without one it is `i_` and
    /// the name that the mechanism was made with.
    const CURRENT: Option<&'static str> = None;

    /// The concentration a pump drives; a channel drives the voltage.
    const ION: Option<&'static str> = None;

    /// The current at the value `x` of the driven state.
    fn current<T: Real>(states: [T; S], x: T, params: [T; P]) -> T;
}

/// A type of synapse: a mechanism between two compartments.
///
/// ```
/// use cable::mechanism::{Key, Mechanism, Real, Synapse};
/// use cable::{Build, Cell, Network};
///
/// /// A current that flows one way, from the presynaptic compartment.
/// #[derive(Clone, Copy)]
/// struct OneWay;
///
/// impl Mechanism<1, 0> for OneWay {
///     const NAME: &str = "OneWay";
///     const PARAMS: [Key; 1] = [Key::Own("g", 1e-3, "uS")];
///     const STATES: [Key; 0] = [];
/// }
///
/// impl Synapse<1, 0> for OneWay {
///     fn current<T: Real>(_: [T; 0], pre: T, post: T, [g]: [T; 1]) -> T {
///         g * (post - pre)
///     }
/// }
///
/// # fn main() -> Result<(), cable::CableError> {
/// let mut net = Network::new(&vec![Cell::default(); 2])?;
/// let [pre, post] = [net.cell(0)?.selection(), net.cell(1)?.selection()];
/// net.connect(&pre, &post, OneWay)?.cell(0)?.set("v", -50.0)?; // mV, of -70 in the other
/// let current = net.build(0.025)?.init()?["i_OneWay"][0];
/// assert!((current + 0.02).abs() < 1e-15); // nA, inward
/// # Ok(())
/// # }
/// ```
pub trait Synapse<const P: usize, const S: usize>: Mechanism<P, S> {
    /// The current (nA, outward positive) into the postsynaptic compartment, at both voltages (mV).
    fn current<T: Real>(states: [T; S], pre: T, post: T, params: [T; P]) -> T;
}
