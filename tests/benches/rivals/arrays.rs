//! Trees of arrays: many small ones, a few large ones, and five in a struct.

use std::hint::black_box;

use ndarray::{Array1, Array2, Zip};
use pytree::{Layout, PyTree, tree_all_close, tree_equal, tree_map};
use tests::{Aim, Table};

#[derive(PyTree)]
struct Dense {
    w: Array2<f64>,
    b: Array1<f64>,
}

#[derive(PyTree)]
struct State {
    v: Array1<f64>,
    m: Array1<f64>,
    h: Array1<f64>,
    n: Array1<f64>,
    ca: Array2<f64>,
}

pub fn table() {
    let table = Table::new("Trees of arrays");
    let arrays = vec![Array1::<f64>::ones(10); 1000];
    table.row(
        "`tree_map` over 1,000 arrays of 10",
        "by hand",
        Aim::Times(1.5),
        || tree_map::<_, _, Vec<Array1<f64>>>(|leaf| &leaf * 0.5, black_box(&arrays)),
        || -> Vec<_> { black_box(&arrays).iter().map(|array| array * 0.5).collect() },
    );
    layers(&table);
    five_arrays(&table);
}

/// 32 layers of (128, 128) + (128), 4.2 MB.
fn layers(table: &Table) {
    let layers = || -> Vec<_> {
        let dense = |_| Dense { w: Array2::ones((128, 128)), b: Array1::ones(128) };
        (0..32).map(dense).collect()
    };
    let (tree, twin) = (layers(), layers());
    let ndarrays = || {
        let mut pairs = black_box(&tree).iter().zip(black_box(&twin));
        assert!(pairs.all(|(a, b)| a.w == b.w && a.b == b.b));
    };
    table.row(
        "`tree_equal`, 32 layers of (128, 128) + (128), 4.2 MB",
        "ndarray's `==`",
        Aim::Times(1.2),
        || assert!(tree_equal(black_box(&tree), black_box(&twin))),
        ndarrays,
    );
    let all_close = || assert!(tree_all_close(black_box(&tree), black_box(&twin)).unwrap());
    table.row("`tree_all_close`, the same", "ndarray's `==`", Aim::Times(1.2), all_close, ndarrays);
    table.row("", "ndarray's `Zip`, the same formula", Aim::Open, all_close, || {
        let close = |a: &f64, b: &f64| (a - b).abs() <= 1e-8 + 1e-5 * b.abs();
        let mut pairs = black_box(&tree).iter().zip(black_box(&twin));
        assert!(pairs.all(|(a, b)| {
            Zip::from(&a.w).and(&b.w).all(close) && Zip::from(&a.b).and(&b.b).all(close)
        }));
    });

    let layout = Layout::of(&tree);
    let (mut ours, mut theirs) = (vec![0.5; layout.len()], vec![0.5; layout.len()]);
    let source = vec![1.0; layout.len()];
    table.row(
        "`Layout::ravel_into`, the same",
        "one `copy_from_slice`",
        Aim::Times(1.1),
        || layout.ravel_into(black_box(&tree), black_box(&mut ours)),
        || black_box(&mut theirs[..]).copy_from_slice(black_box(&source)),
    );
}

/// A struct of five arrays of 16.
fn five_arrays(table: &Table) {
    let state = || {
        let gate = || Array1::ones(16);
        State { v: gate(), m: gate(), h: gate(), n: gate(), ca: Array2::ones((4, 4)) }
    };
    let tree = state();
    let layout = Layout::of(&tree);
    let (mut ours, mut theirs) = (vec![0.5; layout.len()], vec![0.5; layout.len()]);
    let mut ravel = || layout.ravel_into(black_box(&tree), black_box(&mut ours));
    table.row(
        "`Layout::ravel_into`, a struct of five arrays of 16",
        "the loop over elements by hand",
        Aim::Times(1.2),
        &mut ravel,
        || {
            let (state, vector) = (black_box(&tree), black_box(&mut theirs));
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
        },
    );
    table.row("", "five `copy_from_slice` by hand, unchecked", Aim::Open, &mut ravel, || {
        let (state, vector) = (black_box(&tree), black_box(&mut theirs));
        let mut at = 0;
        for gate in [&state.v, &state.m, &state.h, &state.n] {
            vector[at..at + gate.len()].copy_from_slice(gate.as_slice().unwrap());
            at += gate.len();
        }
        vector[at..at + state.ca.len()].copy_from_slice(state.ca.as_slice().unwrap());
    });

    let (mut ours, mut theirs) = (state(), state());
    let vector = vec![0.5; layout.len()];
    let mut unravel = || layout.unravel_into(black_box(&vector), black_box(&mut ours));
    table.row(
        "`Layout::unravel_into`, the same",
        "the loop over elements by hand",
        Aim::Times(1.2),
        &mut unravel,
        || {
            let (state, vector) = (black_box(&mut theirs), black_box(&vector));
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
        },
    );
    table.row("", "five `copy_from_slice` by hand, unchecked", Aim::Open, &mut unravel, || {
        let (state, vector) = (black_box(&mut theirs), black_box(&vector));
        let mut at = 0;
        for gate in [&mut state.v, &mut state.m, &mut state.h, &mut state.n] {
            let len = gate.len();
            gate.as_slice_mut().unwrap().copy_from_slice(&vector[at..at + len]);
            at += len;
        }
        state.ca.as_slice_mut().unwrap().copy_from_slice(&vector[at..]);
    });
}
