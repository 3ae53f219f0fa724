//! A channel of your own: the fast potassium channel Kv3.1 (Rettig et al., 1992), which Jaxley's
//! users have from the package `jaxley-mech`, narrows the spikes of an HH membrane.
//!
//! The struct `SKv3_1` says its keys and its equations, once and for any number. With that it is
//! inserted, simulated and differentiated like the channels of `cable`. Jaxley 0.14 with jaxley-mech
//! 0.4 finds -51.181629747 and -37.2180377, the numbers of the last line.
//!
//! `cargo run --release -p examples --example own_channel`

use cable::channels::HH;
use cable::mechanism::{Key, Mechanism, Membrane, Real, gate};
use cable::{Build, CableError, Cell, Solver, build_init_and_step_fn, step_current};
use ndarray::array;
use pytree::grad::Duals;

#[derive(Clone, Copy)]
struct SKv3_1;

impl Mechanism<2, 1> for SKv3_1 {
    const NAME: &str = "SKv3_1";
    const PARAMS: [Key; 2] = [Key::Own("gSKv3_1", 1e-5, "S/cm^2"), Key::Shared("eK", -77.0, "mV")];
    const STATES: [Key; 1] = [Key::Own("m", 0.1, "1")];

    fn update<T: Real>([m]: [T; 1], delta_t: f64, v: T, _: [T; 2]) -> [T; 1] {
        let inf = gate::logistic((v - 18.7) / -9.7);
        let tau = gate::logistic((v + 46.56) / -44.14) * 4.0; // ms
        [gate::solve_relaxation(m, delta_t, [inf, tau])]
    }
}

impl Membrane<2, 1> for SKv3_1 {
    /// Of all potassium channels together.
    const CURRENT: Option<&str> = Some("i_K");

    fn current<T: Real>([m]: [T; 1], v: T, [g, e]: [T; 2]) -> T {
        g * m * (v - e) // mA/cm^2
    }
}

fn main() -> Result<(), CableError> {
    let mut cell = Cell::default();
    cell.insert(HH)?.insert(SKv3_1)?.set("SKv3_1_gSKv3_1", 0.02)?;
    cell.set("v", -65.0)?.init_states()?; // mV
    cell.stimulate(step_current(1.0, 18.0, 0.02, 0.025, 20.0)?)?.record("v")?; // ms, nA
    cell.make_trainable("SKv3_1_gSKv3_1")?;
    let cable = cell.build(0.025)?;
    let run = build_init_and_step_fn(&cable, Solver::BwdEuler);

    println!("S/cm^2   peak in mV   ms above 0 mV");
    for conductance in [0.0, 0.005, 0.02, 0.05] {
        let parameters = vec![[("SKv3_1_gSKv3_1".to_owned(), array![conductance])].into()];
        let v = run.integrate::<f64>(&parameters, &vec![])?;
        let peak = v.fold(f64::MIN, |peak, &v| peak.max(v));
        let above = v.iter().filter(|&&v| v > 0.0).count() as f64 * 0.025;
        println!("{conductance:<8} {peak:<12.2} {above:.2}");
    }

    let samples = cable.steps() as f64 + 1.0;
    let mean = |_: usize, v: &[Duals]| v[0] / samples;
    let (value, gradient) = run.value_and_grad(&cell.get_parameters(), mean)?;
    let slope = gradient[0]["SKv3_1_gSKv3_1"][0];
    println!("the mean is {value:.9} mV, and changes by {slope:.7} mV per S/cm^2");
    Ok(())
}
