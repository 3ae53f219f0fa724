//! Where a first program goes wrong: what is said, and what works.

use crate::error_text::text;
use cable::build_init_and_step_fn;
use cable::channels::{HH, Leak};
use cable::mechanism::{Key, Mechanism, Membrane, Real};
use cable::transforms::{AffineTransform, ParamTransform};
use cable::{Branch, Build, CableError, Cell, Compartment, Solver, StepDynamics};
use dynamics::build_dynamic_state_utils;
use ndarray::{Array1, array};
use num_dual::Dual64;
use pytree::grad::Duals;

type Outcome = Result<(), CableError>;

#[test]
fn transforms_are_found_by_key() -> Outcome {
    let mut branch = Branch::new(&Compartment::new(), 2)?;
    branch.comp(0)?.make_trainable_from("radius", 2.0)?;
    branch.make_trainable("v")?.comp(1)?.make_trainable_from("radius", 3.0)?;
    let parameters = branch.get_parameters();
    let [first, second, of_v] = [[2.0, 0.0], [3.0, 0.0], [10.0, 0.0]];
    let affine = |[scale, shift]: [f64; 2]| AffineTransform::new(scale, shift);
    let transform = ParamTransform::new()
        .with("v", affine(of_v)?)
        .with("radius", affine(first)?)
        .with("radius", affine(second)?);
    let free = transform.inverse(&parameters)?;
    assert_eq!(free[0]["radius"], array![1.0]);
    assert_eq!(free[1]["v"], array![-7.0]);
    assert_eq!(free[2]["radius"], array![1.0]);
    assert_eq!(transform.forward(&free)?, parameters);
    let ones =
        parameters.iter().map(|of| of.keys().map(|key| (key.clone(), array![1.0])).collect());
    let slopes = transform.vjp(&free, &ones.collect())?;
    let slopes: Vec<f64> = slopes.iter().flat_map(|of| of.values().flatten().copied()).collect();
    assert_eq!(slopes, [2.0, 10.0, 3.0]);

    let other = ParamTransform::new()
        .with("v", affine(of_v)?)
        .with("v", affine(of_v)?)
        .with("radius", affine(first)?);
    assert_eq!(
        text(other.inverse(&parameters)),
        "the ParamTransform has fewer transforms of 'radius' than there are dictionaries with this \
         key: give one for each make_trainable"
    );
    let mut two = parameters.clone();
    two[1].insert("radius".into(), array![1.0]);
    assert_eq!(
        text(transform.inverse(&two)),
        "a dictionary of the parameters has 2 keys: give a dictionary of one key for each make_trainable, \
         as get_parameters returns them"
    );
    two[1] = [("length".to_owned(), array![1.0])].into();
    assert_eq!(
        text(transform.inverse(&two)),
        "the ParamTransform has no 'length': use one of [v, radius, radius]"
    );
    let mut gradient = parameters.clone();
    gradient.swap(0, 1);
    assert_eq!(
        text(transform.vjp(&free, &gradient)),
        "parameter 'radius' is missing: start from get_parameters() or params() of the module"
    );
    Ok(())
}

#[test]
fn a_run_that_meets_a_rate_that_is_0_by_0() -> Outcome {
    let mut branch = Branch::new(&Compartment::new(), 2)?;
    branch.insert(Leak)?.comp(1)?.insert(HH)?.set("v", -40.0)?;
    branch.record("v")?;
    let cable = branch.build_for(0.025, 1.0)?;
    let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
    assert_eq!(
        text(run.value_and_grad(&vec![], |_, v: &[Duals]| v[1])),
        "step 0: NaN in HH_m[1], i_HH[1], v[0], v[1] after the step; the rates of channel 'HH' are 0/0 \
         at node 1, where v is -40 mV: change the voltage a little, or insert the channel as `Continued`"
    );
    let utils = build_dynamic_state_utils(&cable)?;
    let step = StepDynamics::new(&utils, cable.externals_at(0)?);
    let expected = "the rates of channel 'HH' are 0/0 at node 1, where v is -40 mV: change the voltage a \
                    little, or insert the channel as `Continued`";
    let start = array![0.2, 0.2, 0.2, -40.0, -40.0]; // HH_h, HH_m, HH_n, v, v
    assert_eq!(text(step.apply(&start)), expected);
    assert_eq!(text(step.apply(&start.mapv(Dual64::from))), expected);
    assert_eq!(text(step.jacobian(&start)), expected);
    // A run that explodes is another matter.
    let mut comp = Compartment::new();
    comp.insert(Leak)?.set("Leak_gLeak", 1e30)?.record("v")?.set("v", -60.0)?;
    let cable = comp.build_for(0.025, 5.0)?;
    let run = build_init_and_step_fn(&cable, Solver::FwdEuler);
    let error = text(run.value_and_grad(&vec![], |_, v: &[Duals]| v[0]));
    assert!(error.ends_with("NaN in v[0] after the step; a smaller time step may help"), "{error}");
    Ok(())
}

#[test]
fn derivatives_by_parameters_that_were_not_named() -> Outcome {
    let mut comp = Compartment::new();
    let cable = comp.insert(Leak)?.build(0.025)?;
    let utils = build_dynamic_state_utils(&cable)?;
    let step = StepDynamics::new(&utils, cable.externals_at(0)?);
    let (_, linear) = step.linearize(&array![-60.0])?;
    assert_eq!(
        linear.jvp_params(&array![1.0]).unwrap_err().to_string(),
        "tangent: the derivative is with respect to no parameters; name them before the step is \
         linearized, as with by_params of cable's StepDynamics"
    );
    assert_eq!(linear.row("v[0]")?, linear.to_dense().row(0));
    Ok(())
}

#[test]
fn nothing_is_made_trainable_twice() -> Outcome {
    let mut branch = Branch::new(&Compartment::new(), 3)?;
    branch.make_trainable("v")?.make_trainable("radius")?.make_trainable("v")?;
    assert_eq!(
        text(branch.build(0.025)),
        "'v' is made trainable by call 0 of make_trainable, and everywhere again from call 2 on, which \
         replaces it: make it trainable once, after delete_trainables"
    );
    branch.delete_trainables().comp(1)?.make_trainable("v")?;
    branch.comp(..)?.make_trainable("v")?;
    assert_eq!(
        text(branch.build(0.025)),
        "'v' is made trainable by call 0 of make_trainable, and everywhere again from call 1 on, which \
         replaces it: make it trainable once, after delete_trainables"
    );
    // One for all, and another for a part of them: as in Jaxley, the later one counts there.
    branch.delete_trainables().make_trainable_from("v", -60.0)?;
    branch.comp(1)?.make_trainable_from("v", -50.0)?;
    assert_eq!(branch.build(0.025)?.initial_states()["v"], array![-60.0, -50.0, -60.0]);
    Ok(())
}

/// A gate that is moved by explicit Euler, whose time constant is by a root, a modulus and a power.
#[derive(Clone, Copy)]
struct Explicit;

fn tau<T: Real>(v: T) -> T {
    ((v + 60.0).abs() + 4.0).sqrt() + ((v + 100.0) / 10.0).powf(1.5)
}

impl Mechanism<1, 1> for Explicit {
    const NAME: &str = "Explicit";
    const PARAMS: [Key; 1] = [Key::Own("g", 1e-4, "S/cm^2")];
    const STATES: [Key; 1] = [Key::Own("x", 0.2, "1")];

    fn update<T: Real>([x]: [T; 1], delta_t: f64, v: T, _: [T; 1]) -> [T; 1] {
        [x + (-x + 0.5) / tau(v) * delta_t]
    }
}

impl Membrane<1, 1> for Explicit {
    fn current<T: Real>([x]: [T; 1], v: T, [g]: [T; 1]) -> T {
        g * x * (v + 80.0)
    }
}

#[test]
fn a_fixed_point_that_explicit_euler_does_not_reach() -> Outcome {
    let mut comp = Compartment::new();
    comp.insert(Explicit)?;
    assert_eq!(
        text(comp.init_states()),
        "channel 'Explicit' has no fixed point of 'Explicit_x' at node 0, where v is -70 mV: its update \
         after an infinite time is not finite, as that of explicit Euler; solve the state exactly for \
         constant rates, as in mechanism::gate, or set it"
    );
    comp.set("Explicit_x", 0.5)?;
    assert!(comp.init_states().is_err()); // 0 times infinity
    assert_eq!(comp.get("Explicit_x")?, [0.5]);
    Ok(())
}

#[test]
fn roots_moduli_and_powers() -> Outcome {
    for v in [-75.0, -60.0, -50.0, -20.0] {
        let dual = tau(Dual64::from_re(v).derivative());
        let difference = (tau(v + 1e-6) - tau(v - 1e-6)) / 2e-6;
        assert_eq!(dual.re, tau(v));
        assert!((dual.eps - difference).abs() < 1e-8, "{v}: {} {difference}", dual.eps);
    }
    let abs = |x: f64| Real::abs(Dual64::from_re(x).derivative());
    assert_eq!([abs(-2.0).eps, abs(0.0).eps, abs(3.0).eps], [-1.0, 0.0, 1.0]);
    assert_eq!([abs(-2.0).re, abs(0.0).re, abs(3.0).re], [2.0, 0.0, 3.0]);
    assert!(Real::abs(f64::NAN).is_nan());
    // In a step: the lanes, their derivatives and dual numbers agree.
    let mut branch = Branch::new(&Compartment::new(), 11)?;
    branch
        .insert(Explicit)?
        .set("v", (0..11).map(|n| -90.0 + 5.0 * f64::from(n)).collect::<Vec<_>>())?;
    let cable = branch.build(0.025)?;
    let utils = build_dynamic_state_utils(&cable)?;
    let vector = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
    let step = StepDynamics::new(&utils, cable.externals_at(0)?);
    let by_duals = utils.jacobian(|x: &Array1<Duals>| step.apply(x), &vector)?;
    let difference = step.jacobian(&vector)?.into_matrix() - by_duals.matrix();
    assert!(difference.iter().all(|x| x.abs() < 1e-12), "{difference}");
    Ok(())
}

#[test]
fn a_parameter_of_equal_values_starts_from_that_value() -> Outcome {
    let mut cell = Cell::new(&Branch::new(&Compartment::new(), 53)?, &[-1, 0, 0, 1])?;
    cell.insert(Leak)?.set("Leak_gLeak", 1e-4)?.make_trainable("Leak_gLeak")?;
    // The sum of 212 such numbers, divided by 212, is 9.999999999999965e-5.
    assert_eq!(cell.get_parameters()[0]["Leak_gLeak"][0], 1e-4);
    Ok(())
}
