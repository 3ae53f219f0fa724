//! The utilities on other number types, nested dicts, structs and run-time trees, with states excluded
//! by name, and what `explain` says about each entry.

use std::collections::BTreeMap;
use std::convert::Infallible;

use dynamics::{ChannelCurrents, Module, Scalar, build_dynamic_state_utils};
use ndarray::{Array0, Array1, ArrayD, arr0, array};
use num_dual::Dual64;
use pytree::{PyTree, Tree, tree_map};
use tests::{Toy, bits, message};

type States<T> = BTreeMap<String, Array1<T>>;

#[test]
fn explain_has_a_row_for_every_entry() {
    let toy = Toy::small();
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
            "i_Ca[2]: kept at 0: a current that is among the initial states is a state; \
             if it is an observable, leave it out of them",
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

/// The vector is Jaxley's: it has no entry of the voltage. What `explain` says is all that there is to see.
#[test]
fn explain_says_that_a_state_is_nan_everywhere() {
    let mut toy = Toy::small();
    toy.initial.get_mut("v").unwrap().fill(f64::NAN);
    let utils = build_dynamic_state_utils(&toy).unwrap();
    assert_eq!(utils.labels(), ["i_Ca[2]", "m[0]", "s[0]", "s[1]"]);
    let rows = utils.explain();
    let v = rows.iter().filter(|row| row.path.last_name().as_deref() == Some("v"));
    let lines: Vec<_> = v.map(ToString::to_string).collect();
    let nan = "stripped: the state is NaN at every node; \
               if it should be part of the vector, set its initial values";
    assert_eq!(
        lines,
        [format!("v[0]: {nan}"), "v[1]: stripped: a branchpoint".into(), format!("v[2]: {nan}")]
    );
    assert_eq!(message(utils.range("v")), format!("state: v[0] is not part of the vector; {nan}"));
    assert_eq!(
        message(utils.index("v[2]")),
        format!("label: v[2] is not part of the vector; {nan}")
    );
}

#[test]
fn the_same_utils_serve_other_number_types() {
    let toy = Toy::small();
    let utils = build_dynamic_state_utils(&toy).unwrap();
    let states = toy.all_states();

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
    let toy = Toy::small();
    // A second call adds to the names of the first.
    let utils = build_dynamic_state_utils(&toy).unwrap().excluding(&["i_Ca"]).unwrap();
    let utils = utils.excluding(&["s"]).unwrap();
    let mut states = toy.all_states();
    let dynamic = utils.remove_observables(&states).unwrap();
    assert!(dynamic.keys().eq(["m", "v"]));
    assert_eq!(utils.labels(), ["m[0]", "v[0]", "v[2]"]);
    assert_eq!(utils.explain()[0].to_string(), "i_Ca[0]: stripped: excluded by name");

    // `add_observables` sets them to their initial values.
    let restored = utils.add_observables(&dynamic, &(), 0.025).unwrap();
    assert_eq!(bits(&restored), bits(&states));

    // In place, they stay as they are.
    let in_place = utils.in_place(&states).unwrap();
    states.get_mut("s").unwrap()[0] = 0.9;
    in_place.scatter_into(&[0.2, -50.0, -40.0], &mut states).unwrap();
    assert_eq!(states["s"], array![0.9, 0.6]);
    assert_eq!(states["m"][0], 0.2);
}

/// States in a nest of dicts: the same names, one level deeper. `i_Ca` is a plain state.
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
        vec!["i_HH".into()]
    }

    fn synapse_current_names(&self) -> Vec<String> {
        self.0.synapse_current_names()
    }
}

#[test]
fn nested_dicts_work_like_the_flat_one() {
    let nested = Nested(Toy::small());
    let utils = build_dynamic_state_utils(&nested).unwrap();
    let mut all_states = nested.initial_states();
    all_states.get_mut("membrane").unwrap().insert("i_HH".into(), array![1.0, 2.0, 3.0]);
    let dynamic = utils.remove_observables(&all_states).unwrap();
    assert!(dynamic["membrane"].keys().eq(["i_Ca", "m", "v"]));
    let vector = utils.flatten(&dynamic).unwrap();
    assert_eq!(vector, array![1e-8, 0.1, -70.0, -60.0, 0.5, 0.6]);
    assert_eq!(utils.labels()[2], "membrane/v[0]");
    for label in ["membrane/v[2]", "v[2]", "['membrane']['v'][2]"] {
        assert_eq!(utils.index(label).unwrap(), 3);
    }
    assert_eq!(utils.range("['membrane']").unwrap(), 0..4);
    assert_eq!(utils.range("synapses/s").unwrap(), 4..6);
    assert_eq!(utils.unflatten(&vector).unwrap(), dynamic);
}

/// States in vectors, fixed arrays and numbers of Rust.
#[derive(PyTree, Clone, Debug, PartialEq)]
struct Plain<T> {
    v: Vec<T>,
    calcium: T,
    synapse: [[T; 2]; 1],
}

impl Module for Plain<f64> {
    type States<T: Scalar> = Plain<T>;

    fn initial_states(&self) -> Plain<f64> {
        self.clone()
    }

    fn num_nodes(&self) -> usize {
        3
    }

    fn branchpoints(&self) -> Vec<usize> {
        vec![1]
    }

    fn is_membrane_key(&self, name: &str) -> bool {
        name == "v"
    }

    fn membrane_current_names(&self) -> Vec<String> {
        vec![]
    }

    fn synapse_current_names(&self) -> Vec<String> {
        vec![]
    }
}

#[test]
fn vectors_fixed_arrays_and_numbers_are_states() {
    let plain = Plain { v: vec![-70.0, -1.0, -60.0], calcium: 2.0, synapse: [[0.1, 0.2]] };
    let utils = build_dynamic_state_utils(&plain).unwrap();
    let dynamic = utils.remove_observables(&plain).unwrap();
    assert_eq!(dynamic, Plain { v: vec![-70.0, -60.0], ..plain.clone() });
    let vector = utils.flatten(&dynamic).unwrap();
    assert_eq!(vector, array![-70.0, -60.0, 2.0, 0.1, 0.2]);
    let labels = ["v[0]", "v[2]", "calcium", "synapse[0,0]", "synapse[0,1]"];
    assert_eq!(utils.labels(), labels);
    for (position, label) in labels.into_iter().enumerate() {
        assert_eq!(utils.index(label).unwrap(), position);
        assert_eq!(utils.index(&format!(".{label}")).unwrap(), position);
    }
    assert_eq!(
        utils.index("synapse[1]").unwrap_err().to_string(),
        "label: \"synapse[1]\" is not an entry of the state, whose shape is [1, 2]"
    );
    assert_eq!(utils.unflatten(&vector).unwrap(), dynamic);

    let mut states = plain.clone();
    let in_place = utils.in_place(&states).unwrap();
    in_place.scatter_into(&[1.0, 3.0, 4.0, 5.0, 6.0], &mut states).unwrap();
    assert_eq!(states, Plain { v: vec![1.0, -1.0, 3.0], calcium: 4.0, synapse: [[5.0, 6.0]] });
}

/// States in a struct: a current is an `Option`.
#[derive(PyTree, Clone, Debug, PartialEq)]
struct Cell<T> {
    v: Array1<T>,
    /// A `Vec` of numbers is one state, as an array is.
    m: Vec<T>,
    i_leak: Option<Array1<T>>,
    /// A 0-dimensional state is kept, although the module calls it a membrane state.
    calcium: T,
    temperature: Array0<T>,
}

struct Leaky;

impl Module for Leaky {
    type States<T: Scalar> = Cell<T>;

    fn initial_states(&self) -> Cell<f64> {
        Cell {
            v: array![-70.0, -1.0, -60.0],
            m: vec![f64::NAN, -1.0, 0.3],
            i_leak: None,
            calcium: 2.0,
            temperature: arr0(34.0),
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
    let expected = Cell {
        v: array![-70.0, -60.0],
        m: vec![0.3],
        i_leak: None,
        calcium: 2.0,
        temperature: arr0(34.0),
    };
    assert_eq!(dynamic, expected);
    assert_eq!(utils.labels(), ["v[0]", "v[2]", "m[2]", "calcium", "temperature"]);
    let vector = utils.flatten(&dynamic).unwrap();
    let restored = utils.add_observables(&utils.unflatten(&vector).unwrap(), &(), 0.025).unwrap();
    assert_eq!(format!("{restored:?}"), format!("{all_states:?}"));

    let message = utils.flatten(&all_states).unwrap_err().to_string();
    assert_eq!(
        message.lines().nth(1),
        Some(
            "  at .i_leak: this is an observable, not a dynamic state; call remove_observables first"
        )
    );
    let not_empty = utils.excluding(&["calcium"]).err().expect("an error").to_string();
    assert_eq!(
        not_empty,
        "excluded: at .calcium: only a field that is an Option can be excluded; declare it as one"
    );
}

#[test]
fn a_state_that_loses_entries_does_not_fit_a_fixed_array() {
    #[derive(PyTree)]
    struct Fixed<T> {
        v: [T; 3],
        m: [T; 3],
    }
    struct Branch;
    impl Module for Branch {
        type States<T: Scalar> = Fixed<T>;
        fn initial_states(&self) -> Fixed<f64> {
            Fixed { v: [-70.0, -1.0, -60.0], m: [0.1, -1.0, f64::NAN] }
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
            vec![]
        }
        fn synapse_current_names(&self) -> Vec<String> {
            vec![]
        }
    }
    assert_eq!(
        message(build_dynamic_state_utils(&Branch).map(drop)),
        "initial states in 2 places:\n  \
         at .v: 2 of 3 entries are part of the vector; the field must have any length, as a Vec has\n  \
         at .m: 1 of 3 entries are part of the vector; the field must have any length, as a Vec has"
    );
}

#[test]
fn a_tree_known_at_run_time_works_like_a_dict() {
    struct AtRunTime;
    impl Module for AtRunTime {
        type States<T: Scalar> = Tree<ArrayD<T>>;
        fn initial_states(&self) -> Tree<ArrayD<f64>> {
            let v = Tree::Leaf(array![-70.0, f64::NAN].into_dyn());
            let calcium = Tree::Leaf(arr0(2.0).into_dyn());
            Tree::Dict([("ca".into(), calcium), ("cells".into(), Tree::List(vec![v]))].into())
        }
        fn num_nodes(&self) -> usize {
            2
        }
        fn branchpoints(&self) -> Vec<usize> {
            vec![]
        }
        fn is_membrane_key(&self, name: &str) -> bool {
            name == "0"
        }
        fn membrane_current_names(&self) -> Vec<String> {
            vec![]
        }
        fn synapse_current_names(&self) -> Vec<String> {
            vec![]
        }
    }
    let utils = build_dynamic_state_utils(&AtRunTime).unwrap();
    let dynamic = utils.remove_observables(&AtRunTime.initial_states()).unwrap();
    let vector = utils.flatten(&dynamic).unwrap();
    assert_eq!(vector, array![2.0, -70.0]);
    assert_eq!(utils.unflatten(&vector).unwrap(), dynamic);
    assert_eq!(utils.labels(), ["ca", "cells/0[0]"]);
}
