//! Currents that a module names and computes: as many as it names, and as long as it has nodes. In a dict, in
//! nested dicts and in a struct, when observables are added and in every step.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::convert::Infallible;

use dynamics::{ChannelCurrents, Error, Module, Scalar, Step, build_dynamic_state_utils};
use ndarray::{Array1, array};
use pytree::{FromLeaves, PyTree, PyTreeMut};
use tests::message;

type Dict<T> = BTreeMap<String, Array1<T>>;

/// States that a module with two nodes, the currents `i_leak` and `i_syn` and any faults can have.
trait Kind {
    type States<T: Scalar>: PyTreeMut<Elem = T>
        + FromLeaves<ndarray::ArrayD<T>>
        + for<'a> FromLeaves<ndarray::ArrayViewD<'a, T>>;

    fn initial() -> Self::States<f64>;

    /// Sets or, with `None`, removes an entry.
    fn set<T: Scalar>(states: &mut Self::States<T>, name: &str, values: Option<Array1<T>>);
}

/// What the module computes: names, and the number of entries or `None` to remove the entry.
type Computed = Vec<(&'static str, Option<usize>)>;

struct Faulty<K> {
    computed: Cell<Computed>,
    kind: std::marker::PhantomData<K>,
}

impl<K> Faulty<K> {
    fn new(computed: &[(&'static str, Option<usize>)]) -> Self {
        Faulty { computed: Cell::new(computed.to_vec()), kind: std::marker::PhantomData }
    }
}

impl<K: Kind> Module for Faulty<K> {
    type States<T: Scalar> = K::States<T>;

    fn initial_states(&self) -> K::States<f64> {
        K::initial()
    }

    fn num_nodes(&self) -> usize {
        2
    }

    fn branchpoints(&self) -> Vec<usize> {
        vec![]
    }

    fn is_membrane_key(&self, _: &str) -> bool {
        true
    }

    fn membrane_current_names(&self) -> Vec<String> {
        vec!["i_leak".into()]
    }

    fn synapse_current_names(&self) -> Vec<String> {
        vec!["i_syn".into()]
    }
}

impl<K: Kind, T: Scalar> ChannelCurrents<T> for Faulty<K> {
    type Params = ();
    type Error = Infallible;

    fn append_channel_currents(
        &self,
        states: &mut K::States<T>,
        (): &(),
        _: f64,
    ) -> Result<(), Infallible> {
        let computed = self.computed.take();
        for (name, len) in &computed {
            K::set(states, name, len.map(Array1::zeros));
        }
        self.computed.set(computed);
        Ok(())
    }
}

struct Flat;

impl Kind for Flat {
    type States<T: Scalar> = Dict<T>;

    fn initial() -> Dict<f64> {
        BTreeMap::from([("v".into(), array![-70.0, -60.0])])
    }

    fn set<T: Scalar>(states: &mut Dict<T>, name: &str, values: Option<Array1<T>>) {
        match values {
            Some(values) => drop(states.insert(name.into(), values)),
            None => drop(states.remove(name)),
        }
    }
}

struct Nested;

impl Kind for Nested {
    type States<T: Scalar> = BTreeMap<String, Dict<T>>;

    fn initial() -> Self::States<f64> {
        BTreeMap::from([("cell".into(), Flat::initial())])
    }

    fn set<T: Scalar>(states: &mut Self::States<T>, name: &str, values: Option<Array1<T>>) {
        Flat::set(states.get_mut("cell").expect("a cell"), name, values);
    }
}

#[derive(PyTree)]
struct Fields<T> {
    v: Vec<T>,
    i_leak: Option<Vec<T>>,
    i_syn: Option<Vec<T>>,
    i_other: Option<Vec<T>>,
}

struct Struct;

impl Kind for Struct {
    type States<T: Scalar> = Fields<T>;

    fn initial() -> Fields<f64> {
        Fields { v: vec![-70.0, -60.0], i_leak: None, i_syn: None, i_other: None }
    }

    fn set<T: Scalar>(states: &mut Fields<T>, name: &str, values: Option<Array1<T>>) {
        let values = values.map(|values| values.to_vec());
        match name {
            "v" => states.v = values.unwrap_or_default(),
            "i_leak" => states.i_leak = values,
            "i_syn" => states.i_syn = values,
            _ => states.i_other = values,
        }
    }
}

/// The error of `add_observables`, which is that of a first step too.
fn added<K: Kind>(computed: &[(&'static str, Option<usize>)]) -> Result<(), Error> {
    let module = Faulty::<K>::new(computed);
    let utils = build_dynamic_state_utils(&module)?;
    let vector = array![-70.0, -60.0];
    let added = utils.add_observables(&utils.unflatten(&vector)?, &(), 0.1).map(drop);
    let still = |_: &mut _, (): &()| Ok::<_, Error>(());
    let stepped = Step::new(&utils).apply(&vector, &(), 0.1, still).map(drop);
    assert_eq!(added.as_ref().err().map(Error::to_string), stepped.err().map(|e| e.to_string()));
    added
}

#[test]
fn a_current_has_one_value_for_each_node_and_synapse_currents_any_number() -> Result<(), Error> {
    for synapses in [0, 1, 5] {
        added::<Flat>(&[("i_leak", Some(2)), ("i_syn", Some(synapses))])?;
        added::<Nested>(&[("i_leak", Some(2)), ("i_syn", Some(synapses))])?;
        added::<Struct>(&[("i_leak", Some(2)), ("i_syn", Some(synapses))])?;
    }
    Ok(())
}

#[test]
fn all_faults_of_the_currents_are_reported() {
    let wrong = [("i_leak", Some(3)), ("i_other", Some(2))];
    let text = |at: &str| {
        format!(
            "currents in 3 places:\n  \
             at {at}: expected one value for each of the 2 nodes, found shape [3]\n  \
             at {}: this is neither a state nor a current; add \"i_other\" to the names of the currents\n  \
             \"i_syn\" is not computed; append_channel_currents must add each current that the module names",
            at.replace("leak", "other")
        )
    };
    assert_eq!(message(added::<Flat>(&wrong)), text("['i_leak']"));
    assert_eq!(message(added::<Nested>(&wrong)), text("['cell']['i_leak']"));
    assert_eq!(message(added::<Struct>(&wrong)), text(".i_leak"));
    assert_eq!(
        message(added::<Flat>(&[])),
        "currents in 2 places:\n  \
         \"i_leak\" is not computed; append_channel_currents must add each current that the module names\n  \
         \"i_syn\" is not computed; append_channel_currents must add each current that the module names"
    );
}

#[test]
fn a_module_that_changes_the_states_with_the_currents_is_refused() {
    let without_v = [("i_leak", Some(2)), ("i_syn", Some(1)), ("v", None)];
    assert_eq!(
        message(added::<Nested>(&without_v)),
        "currents: at ['cell']['v']: the state is gone after the module computed its currents"
    );
    let longer = [("i_leak", Some(2)), ("i_syn", Some(1)), ("v", Some(3))];
    assert_eq!(message(added::<Struct>(&longer)), "currents: at .v: expected shape [2], found [3]");
}

#[test]
fn every_step_checks_the_currents() -> Result<(), Error> {
    let right = [("i_leak", Some(2)), ("i_syn", Some(1))];
    let module = Faulty::<Flat>::new(&right);
    let utils = build_dynamic_state_utils(&module)?;
    let mut step = Step::new(&utils);
    let mut advanced = 0;
    let mut apply = |computed: &[(&'static str, Option<usize>)]| {
        module.computed.set(computed.to_vec());
        step.apply(&[-70.0, -60.0], &(), 0.1, |_, ()| {
            advanced += 1;
            Ok::<_, Error>(())
        })
    };
    apply(&right)?;
    assert_eq!(
        message(apply(&[("i_leak", Some(3))])),
        "currents: at ['i_leak']: expected one value for each of the 2 nodes, found shape [3]"
    );
    apply(&right)?;
    assert_eq!(
        message(apply(&[("i_leak", None)])),
        "currents: \"i_leak\" is not computed; append_channel_currents must add each current that the module names"
    );
    apply(&right)?;
    assert_eq!(
        message(apply(&[("i_syn", Some(2))])),
        "currents: at ['i_syn']: expected shape [1], found [2]"
    );
    assert_eq!(advanced, 3); // the simulator never saw them
    Ok(())
}

#[test]
fn a_nested_state_cannot_be_called_like_a_current() {
    struct Ambiguous;
    impl Module for Ambiguous {
        type States<T: Scalar> = BTreeMap<String, Dict<T>>;
        fn initial_states(&self) -> Self::States<f64> {
            let part = |name: &str| BTreeMap::from([(name.to_string(), array![0.5])]);
            BTreeMap::from([("membrane".into(), part("v")), ("synapses".into(), part("i_leak"))])
        }
        fn num_nodes(&self) -> usize {
            1
        }
        fn branchpoints(&self) -> Vec<usize> {
            vec![]
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
    assert_eq!(
        message(build_dynamic_state_utils(&Ambiguous).map(drop)),
        "initial states: at ['synapses']['i_leak']: a nested state has the name of a current, and the two \
         cannot be told apart; rename it, or take \"i_leak\" out of the names of the currents"
    );
}
