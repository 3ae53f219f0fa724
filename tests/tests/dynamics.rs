//! The utilities on toy modules: laws on random ones, other kinds of states, and the exact text of
//! every error.

use std::collections::BTreeMap;
use std::convert::Infallible;

use dynamics::{ChannelCurrents, Fate, Module, Scalar, build_dynamic_state_utils};
use ndarray::{Array0, Array1, arr0, array};
use num_dual::Dual64;
use proptest::prelude::*;
use pytree::{PyTree, tree_map};
use tests::{Toy, config, toys};

type States<T> = BTreeMap<String, Array1<T>>;

/// Equal to the bit, padding included.
fn bits(states: &States<f64>) -> BTreeMap<&str, Vec<u64>> {
    states.iter().map(|(key, x)| (key.as_str(), x.iter().map(|x| x.to_bits()).collect())).collect()
}

/// All states of a toy, as a simulator would hand them out after a step: branchpoints have values.
fn all_states(toy: &Toy) -> States<f64> {
    let mut states = toy.initial.clone();
    let Ok(()) = toy.append_channel_currents(&mut states, &(), 0.025);
    states
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn remove_after_add_is_the_identity(toy in toys()) {
        let utils = build_dynamic_state_utils(&toy)?;
        let dynamic = utils.remove_observables(&all_states(&toy))?;
        let added = utils.add_observables(&dynamic, &(), 0.025)?;
        let again = utils.remove_observables(&added)?;
        prop_assert_eq!(bits(&again), bits(&dynamic));

        let vector = utils.flatten(&dynamic)?;
        let unflattened = utils.unflatten(&vector)?;
        prop_assert_eq!(bits(&unflattened), bits(&dynamic));
        prop_assert_eq!(vector.len(), utils.num_states());
    }

    #[test]
    fn add_after_remove_restores_all_but_the_branchpoints(toy in toys()) {
        let utils = build_dynamic_state_utils(&toy)?;
        let mut expected = all_states(&toy);
        let added = utils.add_observables(&utils.remove_observables(&expected)?, &(), 0.025)?;
        for key in ["v", "m", "i_Ca", "i_HH"] {
            for &node in &toy.branchpoints {
                expected.get_mut(key).expect("a state")[node] = -1.0;
            }
        }
        prop_assert_eq!(format!("{added:?}"), format!("{expected:?}"));
    }

    /// The rule, written down once more as one would with loops.
    #[test]
    fn the_vector_holds_what_the_loops_of_the_rule_give(toy in toys()) {
        let utils = build_dynamic_state_utils(&toy)?;
        let all_states = all_states(&toy);
        let (mut expected, mut labels) = (Vec::new(), Vec::new());
        for (key, values) in &toy.initial {
            for (index, value) in values.iter().enumerate() {
                if key == "s" || !toy.branchpoints.contains(&index) && !value.is_nan() {
                    expected.push(*value);
                    labels.push(format!("{key}[{index}]"));
                }
            }
        }
        let vector = utils.flatten(&utils.remove_observables(&all_states)?)?;
        prop_assert_eq!(vector.to_vec(), expected);
        prop_assert_eq!(utils.labels(), labels);
    }

    #[test]
    fn the_fused_path_is_the_way_over_the_dicts(toy in toys()) {
        let utils = build_dynamic_state_utils(&toy)?;
        let mut states = all_states(&toy);
        let fused = utils.fused(&states)?;
        let dynamic = utils.remove_observables(&states)?;
        let mut vector = vec![7.0; utils.num_states()];
        fused.gather_into(&states, &mut vector)?;
        prop_assert_eq!(Array1::from(vector.clone()), utils.flatten(&dynamic)?);

        vector.iter_mut().for_each(|x| *x += 1.0);
        fused.scatter_into(&vector, &mut states)?;
        let Ok(()) = toy.append_channel_currents(&mut states, &(), 0.025);
        let expected = utils.add_observables(&utils.unflatten(&vector)?, &(), 0.025)?;
        prop_assert_eq!(format!("{states:?}"), format!("{expected:?}"));
    }

    #[test]
    fn every_entry_is_explained(toy in toys()) {
        let utils = build_dynamic_state_utils(&toy)?;
        let rows = utils.explain();
        let states: usize = toy.initial.values().map(Array1::len).sum();
        prop_assert_eq!(rows.len(), states + toy.num_nodes() + 1);
        let kept: Vec<_> = rows
            .iter()
            .filter_map(|row| match row.fate {
                Fate::Kept { position } => Some((position, row.to_label())),
                _ => None,
            })
            .collect();
        prop_assert!(kept.iter().map(|(_, label)| label).eq(&utils.labels()));
        prop_assert!(kept.iter().map(|(position, _)| *position).eq(0..utils.num_states()));
    }
}

/// Node 1 is a branchpoint, the gate is at node 0 alone, and there are two synapses.
fn toy() -> Toy {
    Toy::new(
        [
            ("v", array![-70.0, -1.0, -60.0]),
            ("m", array![0.1, -1.0, f64::NAN]),
            ("i_Ca", array![f64::NAN, -1.0, 1e-8]),
            ("s", array![0.5, 0.6]),
        ],
        vec![1],
    )
}

#[test]
fn every_entry_is_told_what_becomes_of_it() {
    let toy = toy();
    let lines: Vec<_> = build_dynamic_state_utils(&toy)
        .unwrap()
        .explain()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        lines,
        [
            "i_Ca[0]: stripped: the node has no such state",
            "i_Ca[1]: stripped: a branchpoint",
            "i_Ca[2]: kept at 0",
            "m[0]: kept at 1",
            "m[1]: stripped: a branchpoint",
            "m[2]: stripped: the node has no such state",
            "s[0]: kept at 2",
            "s[1]: kept at 3",
            "v[0]: kept at 4",
            "v[1]: stripped: a branchpoint",
            "v[2]: kept at 5",
            "i_HH[0]: stripped: a current",
            "i_HH[1]: stripped: a current",
            "i_HH[2]: stripped: a current",
            "i_s: stripped: a current",
        ]
    );
}

#[test]
fn the_same_utils_serve_other_number_types() {
    let toy = toy();
    let utils = build_dynamic_state_utils(&toy).unwrap();
    let states = all_states(&toy);

    #[allow(clippy::cast_possible_truncation, reason = "the nearest single precision number")]
    let single: States<f32> = tree_map(|leaf| leaf.mapv(|x| x as f32), &states).unwrap();
    let vector = utils.flatten(&utils.remove_observables(&single).unwrap()).unwrap();
    assert_eq!(vector, array![1e-8_f32, 0.1, 0.5, 0.6, -70.0, -60.0]);

    let dual: States<Dual64> =
        tree_map(|leaf| leaf.mapv(|x| Dual64::new(x, 2.0)), &states).unwrap();
    let dynamic = utils.remove_observables(&dual).unwrap();
    let vector = utils.flatten(&dynamic).unwrap();
    assert!(vector.iter().all(|x| x.eps == 2.0));
    let restored = utils.add_observables(&utils.unflatten(&vector).unwrap(), &(), 0.025).unwrap();
    assert_eq!(restored["v"][1], Dual64::from(-1.0));
    assert!(restored["m"][2].re.is_nan());
}

#[test]
fn states_can_be_excluded_by_name() {
    let toy = toy();
    let utils = build_dynamic_state_utils(&toy).unwrap().excluding(&["i_Ca", "s"]).unwrap();
    let mut states = all_states(&toy);
    let dynamic = utils.remove_observables(&states).unwrap();
    assert!(dynamic.keys().eq(["m", "v"]));
    assert_eq!(utils.labels(), ["m[0]", "v[0]", "v[2]"]);
    assert_eq!(utils.explain()[0].to_string(), "i_Ca[0]: stripped: excluded by name");

    // Added again, they are as they were initially.
    let restored = utils.add_observables(&dynamic, &(), 0.025).unwrap();
    assert_eq!(bits(&restored), bits(&states));

    let fused = utils.fused(&states).unwrap();
    states.get_mut("s").unwrap()[0] = 0.9;
    fused.scatter_into(&[0.2, -50.0, -40.0], &mut states).unwrap();
    assert_eq!(states["s"], array![0.9, 0.6]);
    assert_eq!(states["m"][0], 0.2);
}

/// States in a nest of dicts: the same names, one level deeper.
struct Nested(Toy);

impl Module for Nested {
    type States<T: Scalar> = BTreeMap<String, States<T>>;

    fn initial_states(&self) -> Self::States<f64> {
        let mut membrane = self.0.initial.clone();
        let synapses = membrane.remove_entry("s").into_iter().collect();
        BTreeMap::from([("membrane".to_string(), membrane), ("synapses".to_string(), synapses)])
    }

    fn num_nodes(&self) -> usize {
        self.0.num_nodes()
    }

    fn branchpoints(&self) -> Vec<usize> {
        self.0.branchpoints()
    }

    fn is_membrane_key(&self, name: &str) -> bool {
        self.0.is_membrane_key(name)
    }

    fn membrane_current_names(&self) -> Vec<String> {
        self.0.membrane_current_names()
    }

    fn synapse_current_names(&self) -> Vec<String> {
        self.0.synapse_current_names()
    }
}

#[test]
fn nested_dicts_work_like_the_flat_one() {
    let nested = Nested(toy());
    let utils = build_dynamic_state_utils(&nested).unwrap();
    let mut all_states = nested.initial_states();
    all_states.get_mut("membrane").unwrap().insert("i_HH".into(), array![1.0, 2.0, 3.0]);
    let dynamic = utils.remove_observables(&all_states).unwrap();
    assert!(dynamic["membrane"].keys().eq(["i_Ca", "m", "v"]));
    let vector = utils.flatten(&dynamic).unwrap();
    assert_eq!(vector, array![1e-8, 0.1, -70.0, -60.0, 0.5, 0.6]);
    assert_eq!(utils.labels()[2], "membrane/v[0]");
    assert_eq!(utils.unflatten(&vector).unwrap(), dynamic);
}

/// States in a struct of one's own: a current is a field that may be empty.
#[derive(PyTree, Clone, Debug, PartialEq)]
struct Cell<T> {
    v: Array1<T>,
    m: Array1<T>,
    i_leak: Option<Array1<T>>,
    /// A single number is kept as it is, whatever its name.
    calcium: Array0<T>,
}

struct Leaky;

impl Module for Leaky {
    type States<T: Scalar> = Cell<T>;

    fn initial_states(&self) -> Cell<f64> {
        Cell {
            v: array![-70.0, -1.0, -60.0],
            m: array![f64::NAN, -1.0, 0.3],
            i_leak: None,
            calcium: arr0(2.0),
        }
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

impl<T: Scalar> ChannelCurrents<T> for Leaky {
    type Params = ();
    type Error = Infallible;

    fn append_channel_currents(
        &self,
        states: &mut Cell<T>,
        (): &(),
        _: f64,
    ) -> Result<(), Infallible> {
        states.i_leak = Some(states.v.clone());
        Ok(())
    }
}

#[test]
fn a_derived_struct_works_like_a_dict() {
    let utils = build_dynamic_state_utils(&Leaky).unwrap();
    let mut all_states = Leaky.initial_states();
    let Ok(()) = Leaky.append_channel_currents(&mut all_states, &(), 0.025);

    let dynamic = utils.remove_observables(&all_states).unwrap();
    let expected =
        Cell { v: array![-70.0, -60.0], m: array![0.3], i_leak: None, calcium: arr0(2.0) };
    assert_eq!(dynamic, expected);
    assert_eq!(utils.labels(), ["v[0]", "v[2]", "m[2]", "calcium"]);
    let vector = utils.flatten(&dynamic).unwrap();
    let restored = utils.add_observables(&utils.unflatten(&vector).unwrap(), &(), 0.025).unwrap();
    assert_eq!(format!("{restored:?}"), format!("{all_states:?}"));
}

/// The text of the error of `result`.
fn message<T>(result: Result<T, dynamics::Error>) -> String {
    result.err().expect("an error").to_string()
}

#[test]
fn states_that_are_not_those_of_the_module_are_refused() {
    let toy = toy();
    let utils = build_dynamic_state_utils(&toy).unwrap();
    let with = |change: &dyn Fn(&mut States<f64>)| {
        let mut states = all_states(&toy);
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
    let toy = toy();
    let utils = build_dynamic_state_utils(&toy).unwrap();
    let dynamic = utils.remove_observables(&all_states(&toy)).unwrap();
    let with = |change: &dyn Fn(&mut States<f64>)| {
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
        with(&|s| *s = all_states(&toy)),
        "dynamic_states: 5 problems:\n  \
         at ['i_HH']: this is an observable and no dynamic state; call remove_observables first\n  \
         at ['i_s']: this is an observable and no dynamic state; call remove_observables first\n  \
         at ['i_Ca']: expected the 1 dynamic entries, found all 3; call remove_observables first\n  \
         at ['m']: expected the 1 dynamic entries, found all 3; call remove_observables first\n  \
         at ['v']: expected the 2 dynamic entries, found all 3; call remove_observables first"
    );
}

#[test]
fn a_vector_that_is_none_is_refused_and_nothing_is_written() {
    let toy = toy();
    let utils = build_dynamic_state_utils(&toy).unwrap();
    let short = "vector: expected length 6, found 5";
    let nan = "vector: at ['v']: NaN at index 2, where a state lives";
    let mut vector = vec![0.5; 6];
    vector[5] = f64::NAN;
    assert_eq!(message(utils.unflatten(&vector[1..])), short);
    assert_eq!(message(utils.unflatten(&vector)), nan);

    let mut states = all_states(&toy);
    let before = states.clone();
    let fused = utils.fused(&states).unwrap();
    assert_eq!(message(fused.scatter_into(&vector[1..], &mut states)), short);
    assert_eq!(message(fused.scatter_into(&vector, &mut states)), nan);
    assert_eq!(bits(&states), bits(&before));

    states.get_mut("v").unwrap()[2] = f64::NAN;
    let mut vector = vec![0.5; 6];
    assert_eq!(
        message(fused.gather_into(&states, &mut vector)),
        "all_states: at ['v']: NaN at index 2, where a state lives"
    );
    assert_eq!(message(fused.gather_into(&before, &mut vector[1..])), short);
    states.remove("i_HH");
    assert_eq!(message(fused.gather_into(&states, &mut vector)), "all_states: missing key 'i_HH'");
    assert_eq!(message(fused.scatter_into(&vector, &mut states)), "all_states: missing key 'i_HH'");
    assert_eq!(vector, [0.5; 6]);
}

#[test]
fn a_module_that_contradicts_itself_is_refused() {
    let build = |change: &dyn Fn(&mut Toy)| {
        let mut toy = toy();
        change(&mut toy);
        message(build_dynamic_state_utils(&toy).map(drop))
    };
    assert_eq!(
        build(&|toy| toy.branchpoints = vec![0, 3]),
        "branchpoints: branchpoint 3 is none of the 3 nodes"
    );
    assert_eq!(
        build(&|toy| drop(toy.initial.insert("m".into(), array![0.1]))),
        "initial states: at ['m']: expected one value for each of the 3 nodes, found shape [1]"
    );
    assert_eq!(
        build(&|toy| toy.initial.get_mut("s").unwrap()[1] = f64::NAN),
        "initial states: at ['s']: NaN at index 1, where a state lives"
    );
    let toy = toy();
    assert_eq!(
        message(build_dynamic_state_utils(&toy).unwrap().excluding(&["HH_m"]).map(drop)),
        "excluded: there is no state HH_m; the states are i_Ca, m, s, v"
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
