//! The hot paths allocate nothing.

use std::collections::BTreeMap;

use allocation_counter::measure;
use cable::Cable;
use dynamics::{ChannelCurrents, Module, Scalar, Step, build_dynamic_state_utils};
use ndarray::{Array1, Array2, array};
use pytree::grad::{Duals, NestedDuals, hvp};
use pytree::{Layout, PyTree, jacobian, value_and_grad};
use tests::Toy;

fn allocations(run: impl FnOnce()) -> u64 {
    measure(run).count_total
}

#[derive(PyTree)]
struct State {
    v: Array1<f64>,
    m: Array1<f64>,
    h: Array1<f64>,
    n: Array1<f64>,
    ca: Array2<f64>,
    time: f64,
    #[pytree(static)]
    name: String,
    #[pytree(skip)]
    history: Vec<f64>,
}

fn state() -> State {
    let gate = || Array1::ones(16);
    let (name, history) = ("HH".to_string(), vec![1.0; 100]);
    State {
        v: gate(),
        m: gate(),
        h: gate(),
        n: gate(),
        ca: Array2::ones((4, 4)),
        time: 0.0,
        name,
        history,
    }
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(vec![1.0; 10])), 1);
}

#[test]
fn a_part_and_a_batch_are_ravelled_in_place() {
    let mut states = [state(), state(), state()];
    let layout = Layout::of(&states[0]);
    let gates = layout.select("m | h | ca").unwrap();
    let mut vector = vec![0.0; gates.layout().len()];
    let mut matrix = Array2::zeros((3, layout.len()));
    let count = allocations(|| {
        gates.ravel_into(&states[0], &mut vector).unwrap();
        gates.unravel_into(&vector, &mut states[1]).unwrap();
        layout.ravel_batch_into(&states, &mut matrix).unwrap();
        layout.unravel_batch_into(&matrix, &mut states).unwrap();
    });
    assert_eq!(count, 0);
    assert_eq!((vector.len(), matrix[[2, 0]]), (48, 1.0));
}

#[test]
fn a_derived_struct_is_ravelled_in_place() {
    let mut state = state();
    let layout = Layout::of(&state);
    let mut vector = vec![0.0; layout.len()];
    assert_eq!(allocations(|| layout.ravel_into(&state, &mut vector).unwrap()), 0);
    assert_eq!(allocations(|| layout.unravel_into(&vector, &mut state).unwrap()), 0);
    assert_eq!(state.history.len(), 100);
}

#[test]
fn a_nest_of_dicts_and_lists_is_ravelled_in_place() {
    let list = vec![(array![1.0, 2.0], Some(3.0)), (array![4.0, 5.0], None)];
    let mut tree = BTreeMap::from([("a".to_string(), list.clone()), ("b".to_string(), list)]);
    let layout = Layout::of(&tree);
    let mut vector = vec![0.0; layout.len()];
    assert_eq!(allocations(|| layout.ravel_into(&tree, &mut vector).unwrap()), 0);
    assert_eq!(allocations(|| layout.unravel_into(&vector, &mut tree).unwrap()), 0);
}

#[test]
fn all_states_are_gathered_and_scattered_in_place() {
    let (cell, _) = tests::three_branches().unwrap();
    let mut states = cell.init().unwrap();
    let utils = build_dynamic_state_utils(&cell).unwrap();
    let in_place = utils.in_place(&states).unwrap();
    let mut vector = vec![0.0; utils.num_states()];
    assert_eq!(allocations(|| in_place.gather_into(&states, &mut vector).unwrap()), 0);
    assert_eq!(allocations(|| in_place.scatter_into(&vector, &mut states).unwrap()), 0);
}

#[test]
fn a_round_trip_of_the_cell_of_the_bench_allocates_nothing() {
    let cell = Cable::new(tests::binary_tree(155)).unwrap();
    let mut states = cell.init().unwrap();
    let utils = build_dynamic_state_utils(&cell).unwrap();
    let in_place = utils.in_place(&states).unwrap();
    let mut vector = vec![0.5; utils.num_states()];
    let round_trip = || {
        in_place.scatter_into(&vector, &mut states).unwrap();
        in_place.gather_into(&states, &mut vector).unwrap();
    };
    assert_eq!(allocations(round_trip), 0);
}

#[test]
fn a_step_that_is_not_the_first_allocates_only_what_the_module_does() {
    /// A module whose currents are there already.
    struct Still(Toy);

    impl Module for Still {
        type States<T: Scalar> = BTreeMap<String, Array1<T>>;

        fn initial_states(&self) -> Self::States<f64> {
            self.0.initial_states()
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
            vec![]
        }

        fn synapse_current_names(&self) -> Vec<String> {
            vec![]
        }
    }

    impl<T: Scalar> ChannelCurrents<T> for Still {
        type Params = ();
        type Error = std::convert::Infallible;

        fn append_channel_currents(
            &self,
            _: &mut Self::States<T>,
            (): &(),
            _: f64,
        ) -> Result<(), Self::Error> {
            Ok(())
        }
    }

    let cell = Still(Toy::small());
    let utils = build_dynamic_state_utils(&cell).unwrap();
    let (before, mut after) = ([0.5; 6], [0.0; 6]);
    let mut step = Step::new(&utils);
    let mut run = || {
        let advance = |states: &mut BTreeMap<String, Array1<f64>>, (): &()| {
            states.values_mut().for_each(|values| *values *= 2.0);
            Ok::<_, dynamics::Error>(())
        };
        step.apply_into(&before, &mut after, &(), 0.1, advance).unwrap();
    };
    run();
    assert_eq!(allocations(run), 0);
    assert_eq!(after, [1.0; 6]);
}

#[test]
fn passes_of_dual_numbers_allocate_nothing() {
    // One call and 100 calls of the function.
    let count = |len: usize| {
        let params = (Array1::ones(len), 1.0);
        let first = |(x, y): &(Array1<Duals>, Duals)| x[0] * y;
        let all = |point: &(Array1<Duals>, Duals)| [first(point), point.1];
        let nested = |(x, y): &(Array1<NestedDuals>, NestedDuals)| x[0] * y;
        [
            allocations(|| drop(value_and_grad(first, &params))),
            allocations(|| drop(jacobian(all, &params))),
            allocations(|| drop(hvp(nested, &params, &params))),
        ]
    };
    count(7); // The first map of a thread also allocates what later maps reuse.
    let [gradient, jacobian, product] = count(7);
    // Of more than one pass, the derivatives are collected in a vector.
    assert_eq!(count(799), [gradient + 1, jacobian, product + 1]);
}
