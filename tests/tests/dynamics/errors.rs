//! Every error of `dynamics`, caused once, with its exact text.

use std::collections::BTreeMap;

use dynamics::build_dynamic_state_utils;
use ndarray::{Array1, array};
use tests::{Toy, bits, message};

type States = BTreeMap<String, Array1<f64>>;

#[test]
fn remove_observables_refuses_states_that_do_not_match_the_module() {
    let toy = Toy::small();
    let utils = build_dynamic_state_utils(&toy).unwrap();
    let with = |change: &dyn Fn(&mut States)| {
        let mut states = toy.all_states();
        change(&mut states);
        message(utils.remove_observables(&states))
    };
    assert_eq!(with(&|s| drop(s.remove("m"))), "all_states: missing key 'm'");
    assert_eq!(with(&|s| drop(s.insert("n".into(), array![0.0]))), "all_states: extra key 'n'");
    assert_eq!(
        with(&|s| drop(s.insert("v".into(), array![0.0]))),
        "all_states: at ['v']: expected shape [3], found [1]"
    );
    assert_eq!(
        with(&|s| s.get_mut("m").unwrap()[0] = f64::NAN),
        "all_states: m[0] is NaN, but it is part of the vector; only padding may be NaN"
    );
    assert_eq!(
        with(&|s| {
            s.remove("m");
            s.insert("v".into(), array![0.0]);
        }),
        "all_states in 2 places:\n  missing key 'm'\n  at ['v']: expected shape [3], found [1]"
    );
    assert_eq!(
        with(&|s| *s = utils.remove_observables(s).unwrap()),
        "all_states in 3 places:\n  \
         at ['i_Ca']: expected one value for each of the 3 nodes, found the 1 dynamic entries; \
         the observables are removed already\n  \
         at ['m']: expected one value for each of the 3 nodes, found the 1 dynamic entries; \
         the observables are removed already\n  \
         at ['v']: expected one value for each of the 3 nodes, found the 2 dynamic entries; \
         the observables are removed already"
    );
    // All problems are reported. A NaN at a branchpoint or in the padding is not a problem.
    assert_eq!(
        with(&|s| {
            s.get_mut("v").unwrap().fill(f64::NAN);
            s.get_mut("m").unwrap().fill(f64::NAN);
        }),
        "all_states in 3 places:\n  \
         m[0] is NaN, but it is part of the vector; only padding may be NaN\n  \
         v[0] is NaN, but it is part of the vector; only padding may be NaN\n  \
         v[2] is NaN, but it is part of the vector; only padding may be NaN"
    );
}

#[test]
fn flatten_and_add_observables_refuse_states_that_are_not_the_dynamic_ones() {
    let toy = Toy::small();
    let utils = build_dynamic_state_utils(&toy).unwrap();
    let dynamic = utils.remove_observables(&toy.all_states()).unwrap();
    let with = |change: &dyn Fn(&mut States)| {
        let mut states = dynamic.clone();
        change(&mut states);
        let flat = message(utils.flatten(&states));
        assert_eq!(message(utils.add_observables(&states, &(), 0.025)), flat);
        flat
    };
    assert_eq!(with(&|s| drop(s.remove("v"))), "dynamic_states: missing key 'v'");
    assert_eq!(
        with(&|s| drop(s.insert("v".into(), array![0.0]))),
        "dynamic_states: at ['v']: expected shape [2], found [1]"
    );
    assert_eq!(
        with(&|s| s.get_mut("v").unwrap()[1] = f64::NAN),
        "dynamic_states: v[2] is NaN, but it is part of the vector; only padding may be NaN"
    );
    assert_eq!(
        with(&|s| *s = toy.all_states()),
        "dynamic_states in 5 places:\n  \
         at ['i_HH']: this is an observable, not a dynamic state; call remove_observables first\n  \
         at ['i_s']: this is an observable, not a dynamic state; call remove_observables first\n  \
         at ['i_Ca']: expected the 1 dynamic entries, found all 3; call remove_observables first\n  \
         at ['m']: expected the 1 dynamic entries, found all 3; call remove_observables first\n  \
         at ['v']: expected the 2 dynamic entries, found all 3; call remove_observables first"
    );
}

#[test]
fn flatten_refuses_a_state_that_is_excluded_by_name() {
    let toy = Toy::small();
    let utils = build_dynamic_state_utils(&toy).unwrap();
    let dynamic = utils.remove_observables(&toy.all_states()).unwrap();
    assert_eq!(
        message(utils.excluding(&["s"]).unwrap().flatten(&dynamic)),
        "dynamic_states: at ['s']: this is a state that is excluded by name; call remove_observables first"
    );
}

#[test]
fn twelve_of_sixty_problems_are_printed() {
    let states = [("v", Array1::zeros(20)), ("m", Array1::zeros(20)), ("i_Ca", Array1::zeros(20))];
    let toy = Toy::new(
        [states[0].clone(), states[1].clone(), states[2].clone(), ("s", array![])],
        vec![],
    );
    let utils = build_dynamic_state_utils(&toy).unwrap();
    let error = utils.unflatten(&vec![f64::NAN; 60]).unwrap_err();
    assert_eq!(error.problems().len(), 60);
    let text = error.to_string();
    assert_eq!(text.lines().count(), 14);
    assert!(text.ends_with("\n  and 48 more"), "{text}");
    assert_eq!(format!("{error:?}"), text);
}

#[test]
fn a_call_in_place_that_fails_has_written_nothing() {
    let toy = Toy::small();
    let utils = build_dynamic_state_utils(&toy).unwrap();
    let short = "vector: expected length 6, found 5";
    let nan = "vector: v[2] is NaN, but it is part of the vector; only padding may be NaN";
    let mut vector = vec![0.5; 6];
    vector[5] = f64::NAN;
    assert_eq!(message(utils.unflatten(&vector[1..])), short);
    assert_eq!(message(utils.unflatten(&vector)), nan);

    let mut states = toy.all_states();
    let before = states.clone();
    let in_place = utils.in_place(&states).unwrap();
    assert_eq!(message(in_place.scatter_into(&vector[1..], &mut states)), short);
    assert_eq!(message(in_place.scatter_into(&vector, &mut states)), nan);
    assert_eq!(bits(&states), bits(&before));

    states.get_mut("v").unwrap()[2] = f64::NAN;
    let mut vector = vec![0.5; 6];
    assert_eq!(
        message(in_place.gather_into(&states, &mut vector)),
        "all_states: v[2] is NaN, but it is part of the vector; only padding may be NaN"
    );
    assert_eq!(message(in_place.gather_into(&before, &mut vector[1..])), short);
    states.remove("i_HH");
    assert_eq!(
        message(in_place.gather_into(&states, &mut vector)),
        "all_states: missing key 'i_HH'"
    );
    assert_eq!(
        message(in_place.scatter_into(&vector, &mut states)),
        "all_states: missing key 'i_HH'"
    );
    assert_eq!(vector, [0.5; 6]);
}

#[test]
fn build_refuses_a_module_that_contradicts_itself_and_unknown_names() {
    let build = |change: &dyn Fn(&mut Toy)| {
        let mut toy = Toy::small();
        change(&mut toy);
        message(build_dynamic_state_utils(&toy).map(drop))
    };
    assert_eq!(
        build(&|toy| toy.branchpoints = vec![4, 0, 3]),
        "branchpoints in 2 places:\n  \
         index 3 is out of range for 3 nodes\n  \
         index 4 is out of range for 3 nodes"
    );
    assert_eq!(
        build(&|toy| drop(toy.initial.insert("m".into(), array![0.1]))),
        "initial states: at ['m']: expected one value for each of the 3 nodes, found shape [1]"
    );
    assert_eq!(
        build(&|toy| toy.initial.get_mut("s").unwrap().fill(f64::NAN)),
        "initial states in 2 places:\n  \
         s[0] is NaN, but it is part of the vector; only padding may be NaN\n  \
         s[1] is NaN, but it is part of the vector; only padding may be NaN"
    );
    let toy = Toy::small();
    let utils = build_dynamic_state_utils(&toy).unwrap();
    let excluding = |names: &[&str]| message(utils.excluding(names).map(drop));
    assert_eq!(
        excluding(&["v", "n"]),
        r#"excluded: no state is called "n"; the states are "i_Ca", "m", "s", "v""#
    );
    // `i_Ca` is a current and a state.
    assert_eq!(
        excluding(&["i_HH", "i_Ca", "n"]),
        "excluded in 2 places:\n  \
         \"i_HH\" is a current and not part of the vector anyway\n  \
         no state is called \"n\"; the states are \"i_Ca\", \"m\", \"s\", \"v\""
    );
    let long = "x".repeat(1_000_000);
    assert!(excluding(&[&long]).len() < 200);
}

#[test]
fn an_error_of_the_module_is_the_source() {
    let cell = tests::three_branches().unwrap().0;
    let utils = build_dynamic_state_utils(&cell).unwrap();
    let dynamic = utils.remove_observables(cell.initial_states()).unwrap();
    let error = utils.add_observables(&dynamic, &BTreeMap::new(), 0.025).unwrap_err();
    assert!(error.to_string().starts_with("currents: "), "{error}");
    let source = std::error::Error::source(&error).expect("the error of the module");
    assert!(source.is::<cable::CableError>());
}
