use crate::mechanism::equations::{Mechanism, Membrane};
use crate::mechanism::keys::Key::{self, Compartment, Own, Shared};
use crate::number::real::Real;

/// Calcium enters a shell under the membrane and is buffered and pumped out, after Destexhe et al.,
/// 1994:
///
/// ```text
/// d[Ca]/dt = -10000 i_Ca gamma / (2 F depth) - ([Ca] - minCaCon_i) / decay
/// ```
///
/// `gamma` is the unbuffered fraction, `depth` (um) that of the shell, `decay` (ms) the time
/// constant and `minCaCon_i` (mM) the resting concentration. `i_Ca` (mA/cm^2) is the sum of the
/// calcium currents of the step before.
///
/// | | keys | values | unit |
/// |---|---|---|---|
/// | parameters | `_gamma` | 0.05 | 1 |
/// | parameters | `_decay` | 80 | ms |
/// | parameters | `_depth` | 0.1 | um |
/// | parameters | `_minCaCon_i` | 0.0001 | mM |
/// | states | `i_Ca` | 0.00000001 | mA/cm² |
/// | states | `CaCon_i` | 0.00005 | mM |
#[derive(Clone, Copy, Debug)]
pub struct CaPump;

impl Mechanism<4, 2> for CaPump {
    const NAME: &str = "CaPump";
    const PARAMS: [Key; 4] = [
        Own("gamma", 0.05, "1"),
        Own("decay", 80.0, "ms"),
        Own("depth", 0.1, "um"),
        Own("minCaCon_i", 0.0001, "mM"),
    ];
    const STATES: [Key; 2] = [Shared("i_Ca", 1e-08, "mA/cm^2"), Shared("CaCon_i", 5e-05, "mM")];
}

impl Membrane<4, 2> for CaPump {
    const CURRENT: Option<&str> = Some("i_CaPump");
    const ION: Option<&str> = Some("CaCon_i");

    #[inline(always)]
    fn current<T: Real>([i_ca, _]: [T; 2], ca: T, [gamma, decay, depth, rest]: [T; 4]) -> T {
        const FARADAY: f64 = 96_485.0; // C/mol
        let influx = i_ca * -10_000.0 * gamma / (depth * (2.0 * FARADAY));
        (ca - rest) / decay - influx
    }
}

/// The reversal potential of calcium from its concentrations inside and outside (mM), at 279.45 K:
///
/// ```text
/// eCa = R T / (2 F) ln([Ca]_e / [Ca]_i)
/// ```
///
/// It makes no current.
///
/// | | keys | values | unit |
/// |---|---|---|---|
/// | states | `eCa` | 0 | mV |
/// | states | `CaCon_i`, `CaCon_e` | 0.00005, 2 | mM |
#[derive(Clone, Copy, Debug)]
pub struct CaNernstReversal;

impl Mechanism<0, 3> for CaNernstReversal {
    const NAME: &str = "CaNernstReversal";
    const PARAMS: [Key; 0] = [];
    const STATES: [Key; 3] =
        [Shared("eCa", 0.0, "mV"), Shared("CaCon_i", 5e-05, "mM"), Shared("CaCon_e", 2.0, "mM")];

    #[inline(always)]
    fn update<T: Real>([_, inside, outside]: [T; 3], _: f64, _: T, _: [T; 0]) -> [T; 3] {
        const FARADAY: f64 = 96_485.332_9; // C/mol
        const GAS: f64 = 8.314; // J/(mol K)
        const TEMPERATURE: f64 = 279.45; // K
        const MILLIVOLTS: f64 = GAS * TEMPERATURE / (2.0 * FARADAY) * 1000.0;
        [(outside / inside).ln() * MILLIVOLTS, inside, outside]
    }
}

impl Membrane<0, 3> for CaNernstReversal {
    const CURRENT: Option<&str> = Some("i_Ca");
    const ION: Option<&str> = Some("CaCon_i");

    #[inline(always)]
    fn current<T: Real>(_: [T; 3], _: T, _: [T; 0]) -> T {
        T::constant(0.0)
    }
}

/// Calcium enters and leaves the whole compartment with the calcium currents, by Faraday's law, and
/// nothing takes it out:
///
/// ```text
/// d[Ca]/dt = -10000 i_Ca (2 / radius) / (2 F)
/// ```
///
/// `2 / radius` (1/um) is the surface of the compartment over its volume. `i_Ca` (mA/cm^2) is the sum
/// of the calcium currents of the step before.
///
/// | | keys | values | unit |
/// |---|---|---|---|
/// | states | `i_Ca` | 0.00000001 | mA/cm² |
/// | states | `CaCon_i` | 0.00005 | mM |
#[derive(Clone, Copy, Debug)]
pub struct CaFaradayConcentrationChange;

impl Mechanism<1, 2> for CaFaradayConcentrationChange {
    const NAME: &str = "CaFaradayConcentrationChange";
    const PARAMS: [Key; 1] = [Compartment("radius")];
    const STATES: [Key; 2] = [Shared("i_Ca", 1e-08, "mA/cm^2"), Shared("CaCon_i", 5e-05, "mM")];
}

impl Membrane<1, 2> for CaFaradayConcentrationChange {
    const CURRENT: Option<&str> = Some("i_CaCurrent");
    const ION: Option<&str> = Some("CaCon_i");

    #[inline(always)]
    fn current<T: Real>([i_ca, _]: [T; 2], _: T, [radius]: [T; 1]) -> T {
        const FARADAY: f64 = 96_485.332_9; // C/mol
        const VALENCE: f64 = 2.0;
        i_ca * (radius.recip() * 2.0) * 1e4 / FARADAY / VALENCE
    }
}
