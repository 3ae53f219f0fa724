//! Mechanisms of one's own, and derivatives where Jaxley's are not finite.

use cable::channels::HH;
use cable::mechanism::{Continued, Key, Mechanism, Membrane, Real};
use cable::synapses::IonotropicSynapse;
use cable::{Build, CableError, Cell, Kinds, Network, StepDynamics};
use dynamics::build_dynamic_state_utils;
use ndarray::Array1;

/// A leak that shares the name of ours.
#[derive(Clone, Copy)]
struct OtherHH;

impl Mechanism<1, 0> for OtherHH {
    const NAME: &str = "HH";
    const PARAMS: [Key; 1] = [Key::Own("g", 1e-4, "S/cm^2")];
    const STATES: [Key; 0] = [];
}

impl Membrane<1, 0> for OtherHH {
    fn current<T: Real>(_: [T; 0], v: T, [g]: [T; 1]) -> T {
        g * (v + 60.0)
    }
}

#[test]
fn two_kinds_of_one_name_are_refused_in_a_module() -> Result<(), CableError> {
    let mut cell = Cell::default();
    cell.insert(HH)?;
    let error = cell.insert(cable::channels::ChannelKind::of(OtherHH).named("Mine")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cell has another kind of mechanism whose NAME is 'HH' already: give one of them another",
    );
    assert!(cell.insert(Continued(HH)).is_err());
    assert!(Cell::default().insert(OtherHH)?.build(0.025).is_ok());
    Ok(())
}

/// Two parameters of one name.
#[derive(Clone, Copy)]
struct Twice;

impl Mechanism<2, 0> for Twice {
    const NAME: &str = "Twice";
    const PARAMS: [Key; 2] = [Key::Own("g", 1e-4, "S/cm^2"), Key::Own("g", 1e-3, "S/cm^2")];
    const STATES: [Key; 0] = [];
}

impl Membrane<2, 0> for Twice {
    fn current<T: Real>(_: [T; 0], v: T, [g, other]: [T; 2]) -> T {
        (g + other) * v
    }
}

#[test]
fn a_kind_that_has_a_key_twice_is_refused() -> Result<(), CableError> {
    let error = Cell::default().insert(Twice)?.build(0.025).unwrap_err();
    assert_eq!(
        error.to_string(),
        "channel 'Twice' is of kind 'Twice', which has a key twice among its PARAMS and STATES: \
         rename one",
    );
    Ok(())
}

#[test]
fn an_export_with_a_kind_of_ones_own_is_read_with_it() -> Result<(), CableError> {
    let mut cell = Cell::default();
    let export = cell.insert(OtherHH)?.set("v", -50.0)?.export("mine", 0.025, 0);
    let error = cable::Cable::new(export.clone()).unwrap_err().to_string();
    assert!(
        error.starts_with("channel 'HH' lists the params [HH_g], but kind 'HH' has"),
        "{error}"
    );
    let cable = cable::Cable::with_kinds(export, &Kinds::default().channel(OtherHH))?;
    assert!((cable.init()?["i_HH"][0] - 1e-3).abs() < 1e-15);
    Ok(())
}

#[test]
fn derivatives_are_finite_where_a_rate_is_saturated() -> Result<(), CableError> {
    let mut net = Network::new(&vec![Cell::default(); 2])?;
    let [pre, post] = [net.cell(0)?.selection(), net.cell(1)?.selection()];
    net.insert(HH)?.connect(&pre, &post, IonotropicSynapse)?;
    let cable = net.build(0.025)?;
    let utils = build_dynamic_state_utils(&cable)?;
    let step = StepDynamics::new(&utils, cable.externals_at(0)?);
    // 37 to 120 slopes of 10 mV above the threshold of -35 mV.
    for v in [336.0, 400.0, 1200.0] {
        let mut vector = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
        let at = utils.index("v[0]")?;
        vector[at] = v;
        let jacobian = step.jacobian(&vector)?;
        assert!(jacobian.matrix().iter().all(|x| x.is_finite()), "{v}");
        let moved = |by: f64| -> Result<Array1<f64>, CableError> {
            let mut vector = vector.clone();
            vector[at] += by;
            step.apply(&vector)
        };
        let slope = (moved(0.1)? - moved(-0.1)?) / 0.2;
        let error = &jacobian.matrix().column(at) - &slope;
        assert!(error.iter().all(|x| x.abs() < 1e-7), "{v}: {error}");
    }
    Ok(())
}
