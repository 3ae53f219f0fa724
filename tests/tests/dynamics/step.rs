//! A step from vector to vector depends on its arguments alone, and reports why it fails.

use cable::{Cable, Solver, build_init_and_step_fn};
use dynamics::{Error, Step, build_dynamic_state_utils};
use ndarray::{Array1, array};
use tests::{Toy, cases, message};

type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[test]
fn a_step_depends_on_its_arguments_alone() -> Outcome {
    for name in ["calcium_current_is_a_state", "network_with_every_synapse", "clamped_synapses"] {
        let case = cases().into_iter().find(|case| case.name == name).ok_or(name)?;
        let cable = Cable::from_json(&case.module)?;
        let module = build_init_and_step_fn(&cable, Solver::BwdEuler);
        let all = build_dynamic_state_utils(&cable)?;
        for excluded in [&[][..], &["v"][..]] {
            let utils = all.excluding(excluded)?;
            let (mut step, externals) = (Step::new(&utils), cable.externals_at(0)?);
            let mut vector = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
            for _ in 0..3 {
                let params = cable.params();
                let mut states =
                    utils.add_observables(&utils.unflatten(&vector)?, params, 0.025)?;
                module.step(&mut states, params, &externals, 0.025)?;
                let expected = utils.flatten(&utils.remove_observables(&states)?)?;
                vector = step.apply(
                    &vector,
                    params,
                    0.025,
                    |states: &mut cable::States<f64>, params| {
                        module.step(states, params, &externals, 0.025)
                    },
                )?;
                assert_eq!(vector, expected, "{name} without {excluded:?}");
                assert_eq!(tests::bits(step.all_states().ok_or("a step")?), tests::bits(&states));
            }
        }
    }
    Ok(())
}

#[test]
fn a_step_that_fails_does_not_change_the_next_one() -> Outcome {
    let toy = Toy::small();
    let utils = build_dynamic_state_utils(&toy)?;
    let vector = utils.flatten(&utils.remove_observables(&toy.all_states())?)?;
    let mut step = Step::new(&utils);
    let still = |_: &mut _, (): &()| Ok::<_, Error>(());
    assert!(step.all_states().is_none());
    assert_eq!(step.apply(&vector, &(), 0.1, still)?, vector);

    let fails = |states: &mut std::collections::BTreeMap<String, Array1<f64>>, (): &()| {
        states.clear();
        Err("the cell has burst")
    };
    assert_eq!(message(step.apply(&vector, &(), 0.1, fails)), "step: the cell has burst");
    assert!(step.all_states().is_none());
    assert_eq!(step.apply(&vector, &(), 0.1, still)?, vector);

    let nan = |states: &mut std::collections::BTreeMap<String, Array1<f64>>, (): &()| {
        states.get_mut("v").expect("a voltage")[2] = f64::NAN;
        Ok::<_, Error>(())
    };
    for _ in 0..2 {
        let mut after = [1.0; 6];
        let result = step.apply_into(vector.as_slice().ok_or("")?, &mut after, &(), 0.1, nan);
        assert_eq!(
            message(result),
            "all_states after the step: v[2] is NaN, which it was not before the step; delta_t may be too large"
        );
        assert_eq!(after, [1.0; 6]);
    }
    // The first step and a later one report the same error.
    let expected = message(utils.unflatten(&array![1.0]));
    assert_eq!(message(step.apply(&array![1.0], &(), 0.1, still)), expected);
    step.apply(&vector, &(), 0.1, still)?;
    assert_eq!(message(step.apply(&array![1.0], &(), 0.1, still)), expected);
    Ok(())
}

#[test]
fn from_the_second_step_on_only_the_module_allocates() -> Outcome {
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    use dynamics::{ChannelCurrents, Module, Scalar};

    /// A cell whose current is computed into the memory that is there.
    struct Thrifty;

    impl Module for Thrifty {
        type States<T: Scalar> = BTreeMap<String, Array1<T>>;
        fn initial_states(&self) -> Self::States<f64> {
            let states = [("m", array![0.1, -1.0, f64::NAN]), ("v", array![-70.0, -1.0, -60.0])];
            states.map(|(key, values)| (key.to_string(), values)).into()
        }
        fn num_nodes(&self) -> usize {
            3
        }
        fn branchpoints(&self) -> Vec<usize> {
            vec![1]
        }
        fn is_membrane_key(&self, _: &str) -> bool {
            true
        }
        fn membrane_current_names(&self) -> Vec<String> {
            vec!["i_leak".into()]
        }
        fn synapse_current_names(&self) -> Vec<String> {
            vec![]
        }
    }

    impl<T: Scalar> ChannelCurrents<T> for Thrifty {
        type Params = ();
        type Error = Infallible;
        fn append_channel_currents(
            &self,
            states: &mut BTreeMap<String, Array1<T>>,
            (): &(),
            _: f64,
        ) -> Result<(), Infallible> {
            match states.get_mut("i_leak") {
                Some(current) => current.fill(T::of(0.5)),
                None => drop(states.insert("i_leak".into(), Array1::from_elem(3, T::of(0.5)))),
            }
            Ok(())
        }
    }

    let utils = build_dynamic_state_utils(&Thrifty)?;
    let mut step = Step::new(&utils);
    let (before, mut after) = ([0.2, -65.0, -55.0], [0.0; 3]);
    let mut apply = || {
        step.apply_into(&before, &mut after, &(), 0.5, |states, ()| {
            states.get_mut("v").ok_or("no voltage")?[0] -= 1.0;
            Ok::<_, &str>(())
        })
    };
    apply()?;
    let mut result = Ok(());
    let run = allocation_counter::measure(|| result = apply());
    result?;
    assert_eq!((run.count_total, after), (0, [0.2, -66.0, -55.0]));
    Ok(())
}
