//! Each solver moves the voltages as Jaxley's does.

use std::error::Error;

use cable::{Cable, Solver, build_init_and_step_fn};
use tests::{cases, reference};

const SOLVERS: [(&str, Solver); 4] = [
    ("bwd_euler", Solver::BwdEuler),
    ("crank_nicolson", Solver::CrankNicolson),
    ("fwd_euler", Solver::FwdEuler),
    ("exp_euler", Solver::ExpEuler),
];

#[test]
fn voltages_after_forty_steps_are_those_of_jaxley() -> Result<(), Box<dyn Error>> {
    let reference = reference("solvers.json");
    let reference = reference.as_object().ok_or("no modules")?;
    assert_eq!(reference.len(), 5);
    for case in cases().iter().filter(|case| reference.contains_key(&case.name)) {
        let cable = Cable::from_json(&case.module)?;
        for (name, solver) in SOLVERS {
            let module = build_init_and_step_fn(&cable, solver);
            let (mut states, params) = module.init::<f64>(&vec![], &vec![])?;
            for step in 0..cable.steps() {
                module.step(&mut states, &params, &cable.externals_at(step)?, cable.delta_t())?;
            }
            let expected = reference[&case.name][name].as_array().ok_or("no voltages")?;
            assert_eq!(states["v"].len(), expected.len());
            for (node, (v, expected)) in states["v"].iter().zip(expected).enumerate() {
                let expected = expected.as_f64().ok_or("no number")?;
                let near = (v - expected).abs() <= 1e-9 * expected.abs();
                assert!(near, "{}, {name}, node {node}: {v} instead of {expected}", case.name);
            }
        }
    }
    Ok(())
}
