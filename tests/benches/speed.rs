//! The speed table of the README: each row beside its rival, in one run.
//!
//! `cargo bench -p tests`

use std::collections::BTreeMap;

use divan::{Bencher, black_box};
use ndarray::{Array1, Array2, ArrayD};
use pytree::{Layout, PyTree, Tree, tree_flatten, tree_leaves_with_path};

fn main() {
    divan::main();
}

/// 32 layers of (128, 128) + (128), 4.2 MB, against one `copy_from_slice`.
mod layers {
    use super::{Array1, Array2, Bencher, Layout, PyTree, black_box};

    #[derive(PyTree)]
    struct Dense {
        w: Array2<f64>,
        b: Array1<f64>,
    }

    fn layers() -> Vec<Dense> {
        let dense = |_| Dense { w: Array2::ones((128, 128)), b: Array1::ones(128) };
        (0..32).map(dense).collect()
    }

    #[divan::bench]
    fn ravel_into(bencher: Bencher<'_, '_>) {
        let layers = layers();
        let layout = Layout::of(&layers);
        let mut vector = vec![0.0; layout.len()];
        bencher
            .bench_local(|| layout.ravel_into(black_box(&layers), black_box(&mut vector)).unwrap());
    }

    #[divan::bench]
    fn rival_copy_from_slice(bencher: Bencher<'_, '_>) {
        let source = vec![1.0; Layout::of(&layers()).len()];
        let mut vector = vec![0.0; source.len()];
        bencher.bench_local(|| black_box(&mut vector[..]).copy_from_slice(black_box(&source)));
    }
}

/// A `Vec` of 10 million numbers, 80 MB, against one `copy_from_slice`.
mod ten_million_numbers {
    use super::{Bencher, Layout, black_box};

    const LEN: usize = 10_000_000;

    #[divan::bench]
    fn ravel_into(bencher: Bencher<'_, '_>) {
        let numbers = vec![1.0; LEN];
        let layout = Layout::of(&numbers);
        let mut vector = vec![0.5; LEN]; // not zero, so that its pages are there
        bencher.bench_local(|| {
            layout.ravel_into(black_box(&numbers), black_box(&mut vector)).unwrap();
        });
    }

    #[divan::bench]
    fn rival_copy_from_slice(bencher: Bencher<'_, '_>) {
        let source = vec![1.0; LEN];
        let mut vector = vec![0.5; LEN]; // not zero, so that its pages are there
        bencher.bench_local(|| black_box(&mut vector[..]).copy_from_slice(black_box(&source)));
    }
}

/// A derived struct of five small arrays, against the loop written by hand.
mod five_small_arrays {
    use super::{Array1, Array2, Bencher, Layout, PyTree, black_box};

    /// So many runs a sample that the clock is fine enough, also where the first run is slow.
    const SAMPLE: u32 = 1000;

    #[derive(PyTree)]
    struct State {
        v: Array1<f64>,
        m: Array1<f64>,
        h: Array1<f64>,
        n: Array1<f64>,
        ca: Array2<f64>,
    }

    fn state() -> State {
        let gate = || Array1::ones(16);
        State { v: gate(), m: gate(), h: gate(), n: gate(), ca: Array2::ones((4, 4)) }
    }

    #[divan::bench(sample_size = SAMPLE)]
    fn ravel_into(bencher: Bencher<'_, '_>) {
        let state = state();
        let layout = Layout::of(&state);
        let mut vector = vec![0.0; layout.len()];
        bencher
            .bench_local(|| layout.ravel_into(black_box(&state), black_box(&mut vector)).unwrap());
    }

    #[divan::bench(sample_size = SAMPLE)]
    fn rival_ravel_by_hand(bencher: Bencher<'_, '_>) {
        let state = state();
        let mut vector = vec![0.0; 80];
        bencher.bench_local(|| {
            let (state, vector) = (black_box(&state), black_box(&mut vector));
            let mut at = 0;
            for gate in [&state.v, &state.m, &state.h, &state.n] {
                for x in gate {
                    vector[at] = *x;
                    at += 1;
                }
            }
            for x in &state.ca {
                vector[at] = *x;
                at += 1;
            }
        });
    }

    #[divan::bench(sample_size = SAMPLE)]
    fn rival_ravel_by_hand_with_slices(bencher: Bencher<'_, '_>) {
        let state = state();
        let mut vector = vec![0.0; 80];
        bencher.bench_local(|| {
            let (state, vector) = (black_box(&state), black_box(&mut vector));
            let mut at = 0;
            for gate in [&state.v, &state.m, &state.h, &state.n] {
                vector[at..at + gate.len()].copy_from_slice(gate.as_slice().unwrap());
                at += gate.len();
            }
            vector[at..at + state.ca.len()].copy_from_slice(state.ca.as_slice().unwrap());
        });
    }

    #[divan::bench(sample_size = SAMPLE)]
    fn unravel_into(bencher: Bencher<'_, '_>) {
        let mut state = state();
        let layout = Layout::of(&state);
        let vector = vec![0.5; layout.len()];
        bencher.bench_local(|| {
            layout.unravel_into(black_box(&vector), black_box(&mut state)).unwrap();
        });
    }

    #[divan::bench(sample_size = SAMPLE)]
    fn rival_unravel_by_hand(bencher: Bencher<'_, '_>) {
        let mut state = state();
        let vector = vec![0.5; 80];
        bencher.bench_local(|| {
            let (state, vector) = (black_box(&mut state), black_box(&vector));
            let mut at = 0;
            for gate in [&mut state.v, &mut state.m, &mut state.h, &mut state.n] {
                for x in gate {
                    *x = vector[at];
                    at += 1;
                }
            }
            for x in &mut state.ca {
                *x = vector[at];
                at += 1;
            }
        });
    }

    #[divan::bench(sample_size = SAMPLE)]
    fn rival_unravel_by_hand_with_slices(bencher: Bencher<'_, '_>) {
        let mut state = state();
        let vector = vec![0.5; 80];
        bencher.bench_local(|| {
            let (state, vector) = (black_box(&mut state), black_box(&vector));
            let mut at = 0;
            for gate in [&mut state.v, &mut state.m, &mut state.h, &mut state.n] {
                let len = gate.len();
                gate.as_slice_mut().unwrap().copy_from_slice(&vector[at..at + len]);
                at += len;
            }
            state.ca.as_slice_mut().unwrap().copy_from_slice(&vector[at..]);
        });
    }
}

/// 100,000 leaves in nested lists and dicts; JAX's C++ `tree_flatten` takes 245 ns a leaf.
mod flatten_100_000_leaves {
    use super::{ArrayD, BTreeMap, Bencher, Tree, black_box, tree_flatten, tree_leaves_with_path};

    const LEAVES: usize = 100_000;

    /// 1,000 dicts of 10 lists of 10 leaves.
    fn tree() -> Vec<BTreeMap<String, Vec<usize>>> {
        let lists = |dict: usize| (0..10).map(move |key| (format!("key {key}"), vec![dict; 10]));
        (0..1000).map(|dict| lists(dict).collect()).collect()
    }

    #[divan::bench(counters = [divan::counter::ItemsCount::new(LEAVES)])]
    fn typed(bencher: Bencher<'_, '_>) {
        let tree = tree();
        assert_eq!(tree_flatten(&tree).leaves().len(), LEAVES);
        bencher.bench_local(|| tree_flatten(black_box(&tree)).leaves().len());
    }

    /// The same tree, its shape known only when the program runs.
    #[divan::bench(counters = [divan::counter::ItemsCount::new(LEAVES)])]
    fn untyped(bencher: Bencher<'_, '_>) {
        let list = || Tree::List(vec![Tree::Leaf(ArrayD::<f64>::zeros(vec![2])); 10]);
        let dict = |_| Tree::Dict((0..10).map(|key| (format!("key {key}"), list())).collect());
        let tree = Tree::List((0..1000).map(dict).collect());
        assert_eq!(tree_flatten(&tree).leaves().len(), LEAVES);
        bencher.bench_local(|| tree_flatten(black_box(&tree)).leaves().len());
    }

    /// The paths of the same leaves, each cloned; JAX takes 3,590 ns a leaf, optree 1,940.
    #[divan::bench(counters = [divan::counter::ItemsCount::new(LEAVES)])]
    fn with_path(bencher: Bencher<'_, '_>) {
        let tree = tree();
        bencher.bench_local(|| tree_leaves_with_path(black_box(&tree)).len());
    }

    /// The same without a clone of each path.
    #[divan::bench(counters = [divan::counter::ItemsCount::new(LEAVES)])]
    fn map_with_path(bencher: Bencher<'_, '_>) {
        let tree = tree();
        bencher.bench_local(|| {
            let depths = tree_flatten(black_box(&tree)).map_with_path(|path, _| path.keys().len());
            depths.leaves().len()
        });
    }
}

/// `flatten . remove_observables . add_observables . unflatten` without currents, in place, for a
/// binary tree of 155 branches of 4 compartments with its 77 branchpoints and HH everywhere: 697
/// nodes, 2,480 states. The rival is the two loops over an index list.
mod round_trip_2480_states {
    use dynamics::{Module, Scalar, build_dynamic_state_utils};

    use super::{Array1, BTreeMap, Bencher, black_box};

    const COMPARTMENTS: usize = 155 * 4;
    const NODES: usize = COMPARTMENTS + 77;
    const KEYS: [&str; 4] = ["HH_h", "HH_m", "HH_n", "v"];

    struct Cell;

    impl Module for Cell {
        type States<T: Scalar> = BTreeMap<String, Array1<T>>;

        fn initial_states(&self) -> Self::States<f64> {
            KEYS.map(|key| (key.to_string(), Array1::from_elem(NODES, 0.5))).into()
        }

        fn num_nodes(&self) -> usize {
            NODES
        }

        fn branchpoints(&self) -> Vec<usize> {
            (COMPARTMENTS..NODES).collect()
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

    #[divan::bench]
    fn in_place(bencher: Bencher<'_, '_>) {
        let utils = build_dynamic_state_utils(&Cell).unwrap();
        let mut states = Cell.initial_states();
        let in_place = utils.in_place(&states).unwrap();
        let mut vector = vec![0.5; utils.num_states()];
        assert_eq!(vector.len(), 2480);
        bencher.bench_local(|| {
            in_place.scatter_into(black_box(&vector), black_box(&mut states)).unwrap();
            in_place.gather_into(black_box(&states), black_box(&mut vector)).unwrap();
        });
    }

    #[divan::bench]
    fn rival_loops_by_hand(bencher: Bencher<'_, '_>) {
        let mut states = Cell.initial_states();
        let compartments: Vec<usize> = (0..COMPARTMENTS).collect();
        let mut vector = vec![0.5; 4 * COMPARTMENTS];
        bencher.bench_local(|| {
            let (kept, vector) = (black_box(&compartments), black_box(&mut vector));
            let mut at = 0;
            for full in black_box(&mut states).values_mut() {
                for &node in kept {
                    full[node] = vector[at];
                    at += 1;
                }
            }
            let mut at = 0;
            for full in black_box(&states).values() {
                for &node in kept {
                    vector[at] = full[node];
                    at += 1;
                }
            }
        });
    }
}
