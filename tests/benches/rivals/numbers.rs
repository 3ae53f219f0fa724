//! A struct of twelve numbers, where what a call costs besides its work is all that there is.

use std::hint::black_box;

use parametric::{Parametric, inject_from_slice};
use pytree::{Layout, PyTree, tree_map, tree_mapv};
use tests::{Aim, Table};

#[derive(PyTree, Parametric, Clone)]
struct Gate<T> {
    conductance: T,
    reversal: T,
    half: T,
    slope: T,
}

#[derive(PyTree, Parametric, Clone)]
struct Rates<T> {
    h: Gate<T>,
    m: Gate<T>,
    n: Gate<T>,
}

fn rates() -> Rates<f64> {
    let gate = || Gate { conductance: 0.1, reversal: 50.0, half: -40.0, slope: 9.0 };
    Rates { h: gate(), m: gate(), n: gate() }
}

pub fn table() {
    let table = Table::new("A struct of twelve numbers");
    let tree = rates();
    let layout = Layout::of(&tree);
    let vector = vec![0.5; layout.len()];

    table.row(
        "`tree_map`",
        "parametric's `map` of a clone",
        Aim::Open,
        || tree_map::<_, _, Rates<f64>>(|leaf| leaf[[]] * 0.5, black_box(&tree)),
        || Parametric::map(black_box(&tree).clone(), |x: f64| x * 0.5),
    );
    table.row(
        "`tree_mapv`",
        "parametric's `map` of a clone",
        Aim::Times(2.0),
        || tree_mapv::<_, _, Rates<f64>>(|x| x * 0.5, black_box(&tree)),
        || Parametric::map(black_box(&tree).clone(), |x: f64| x * 0.5),
    );
    let (mut ours, mut theirs) = (rates(), rates());
    table.row(
        "`Layout::unravel_into`",
        "parametric's `inject_from_slice`",
        Aim::Times(1.5),
        || layout.unravel_into(black_box(&vector), black_box(&mut ours)),
        || inject_from_slice(black_box(&mut theirs), black_box(&vector)),
    );
}
