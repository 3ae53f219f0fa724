//! The hot paths allocate nothing.

use std::collections::BTreeMap;

use allocation_counter::measure;
use dynamics::build_dynamic_state_utils;
use ndarray::{Array1, Array2, array};
use pytree::{Layout, PyTree};

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
    let gates = layout.select(&"m | h | ca".parse().unwrap()).unwrap();
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
    let fused = utils.fused(&states).unwrap();
    let mut vector = vec![0.0; utils.num_states()];
    assert_eq!(allocations(|| fused.gather_into(&states, &mut vector).unwrap()), 0);
    assert_eq!(allocations(|| fused.scatter_into(&vector, &mut states).unwrap()), 0);
}
