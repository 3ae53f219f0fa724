//! Every error of `dynamics`, provoked once, with its exact text.

use std::collections::BTreeMap;

use dynamics::build_dynamic_state_utils;
use ndarray::{Array1, array};
use tests::{Toy, bits, message};

type States = BTreeMap<String, Array1<f64>>;

#[test]
fn states_that_are_not_those_of_the_module_are_refused() {
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
        "all_states: at ['m']: NaN at index 0, where a state lives"
    );
    assert_eq!(
        with(&|s| {
            s.remove("m");
            s.insert("v".into(), array![0.0]);
        }),
        "all_states: 2 problems:\n  missing key 'm'\n  at ['v']: expected shape [3], found [1]"
    );
    assert_eq!(
        with(&|s| *s = utils.remove_observables(s).unwrap()),
        "all_states: 3 problems:\n  \
         at ['i_Ca']: expected one value for each of the 3 nodes, found the 1 dynamic entries; \
         its observables have been removed already\n  \
         at ['m']: expected one value for each of the 3 nodes, found the 1 dynamic entries; \
         its observables have been removed already\n  \
         at ['v']: expected one value for each of the 3 nodes, found the 2 dynamic entries; \
         its observables have been removed already"
    );
    // Every problem is told, and a NaN in the padding or at a branchpoint is none.
    assert_eq!(
        with(&|s| {
            s.get_mut("v").unwrap().fill(f64::NAN);
            s.get_mut("m").unwrap().fill(f64::NAN);
        }),
        "all_states: 3 problems:\n  \
         at ['m']: NaN at index 0, where a state lives\n  \
         at ['v']: NaN at index 0, where a state lives\n  \
         at ['v']: NaN at index 2, where a state lives"
    );
}

#[test]
fn dynamic_states_that_are_none_are_refused() {
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
        "dynamic_states: at ['v']: NaN at index 2, where a state lives"
    );
    assert_eq!(
        with(&|s| *s = toy.all_states()),
        "dynamic_states: 5 problems:\n  \
         at ['i_HH']: this is an observable and no dynamic state; call remove_observables first\n  \
         at ['i_s']: this is an observable and no dynamic state; call remove_observables first\n  \
         at ['i_Ca']: expected the 1 dynamic entries, found all 3; call remove_observables first\n  \
         at ['m']: expected the 1 dynamic entries, found all 3; call remove_observables first\n  \
         at ['v']: expected the 2 dynamic entries, found all 3; call remove_observables first"
    );
}

#[test]
fn states_that_are_excluded_are_not_dynamic() {
    let toy = Toy::small();
    let utils = build_dynamic_state_utils(&toy).unwrap();
    let dynamic = utils.remove_observables(&toy.all_states()).unwrap();
    assert_eq!(
        message(utils.excluding(&["s"]).unwrap().flatten(&dynamic)),
        "dynamic_states: at ['s']: this state is excluded by name"
    );
}

#[test]
fn more_problems_than_are_printed() {
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
fn a_vector_that_is_none_is_refused_and_nothing_is_written() {
    let toy = Toy::small();
    let utils = build_dynamic_state_utils(&toy).unwrap();
    let short = "vector: expected length 6, found 5";
    let nan = "vector: at ['v']: NaN at index 2, where a state lives";
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
        "all_states: at ['v']: NaN at index 2, where a state lives"
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
fn a_module_that_contradicts_itself_is_refused() {
    let build = |change: &dyn Fn(&mut Toy)| {
        let mut toy = Toy::small();
        change(&mut toy);
        message(build_dynamic_state_utils(&toy).map(drop))
    };
    assert_eq!(
        build(&|toy| toy.branchpoints = vec![4, 0, 3]),
        "branchpoints: 2 problems:\n  \
         branchpoint 3 is none of the 3 nodes\n  \
         branchpoint 4 is none of the 3 nodes"
    );
    assert_eq!(
        build(&|toy| drop(toy.initial.insert("m".into(), array![0.1]))),
        "initial states: at ['m']: expected one value for each of the 3 nodes, found shape [1]"
    );
    assert_eq!(
        build(&|toy| toy.initial.get_mut("s").unwrap().fill(f64::NAN)),
        "initial states: 2 problems:\n  \
         at ['s']: NaN at index 0, where a state lives\n  \
         at ['s']: NaN at index 1, where a state lives"
    );
    let toy = Toy::small();
    assert_eq!(
        message(build_dynamic_state_utils(&toy).unwrap().excluding(&["HH_m", "v", "n"]).map(drop)),
        "excluded: there is no state HH_m, n; the states are i_Ca, m, s, v"
    );
    // `i_Ca` is a current and a state.
    assert_eq!(
        message(
            build_dynamic_state_utils(&toy).unwrap().excluding(&["i_HH", "i_Ca", "n"]).map(drop)
        ),
        "excluded: 2 problems:\n  \
         there is no state n; the states are i_Ca, m, s, v\n  \
         i_HH is a current and no state, so that it is not in the vector anyway"
    );
}

#[test]
fn what_the_module_says_is_passed_on() {
    let cell = tests::three_branches().unwrap().0;
    let utils = build_dynamic_state_utils(&cell).unwrap();
    let dynamic = utils.remove_observables(cell.initial_states()).unwrap();
    let error = utils.add_observables(&dynamic, &BTreeMap::new(), 0.025).unwrap_err();
    assert!(error.to_string().starts_with("currents: "), "{error}");
    let source = std::error::Error::source(&error).expect("the error of the module");
    assert!(source.is::<cable::CableError>());
}
