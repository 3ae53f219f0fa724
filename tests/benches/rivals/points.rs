//! Many small arrays: 20,000 structs with a `[f64; 3]` each.

use std::hint::black_box;

use parametric::{Parametric, inject_from_slice};
use pytree::{Layout, PyTree, tree_map, tree_mapv};
use tests::{Aim, Table};

const POINTS: usize = 20_000;

#[derive(PyTree, Parametric, Clone)]
struct Point<T> {
    x: [T; 3],
}

fn points() -> Vec<Point<f64>> {
    vec![Point { x: [1.0, 2.0, 3.0] }; POINTS]
}

pub fn table() {
    let table = Table::per_leaf("20,000 structs with a `[f64; 3]` each", POINTS);
    let tree = points();
    let layout = Layout::of(&tree);
    let vector = vec![0.5; layout.len()];

    table.row(
        "`tree_map`",
        "by hand",
        Aim::Nanoseconds(120.0),
        || tree_map::<_, _, Vec<Point<f64>>>(|leaf| &leaf * 0.5, black_box(&tree)),
        || -> Vec<_> {
            black_box(&tree).iter().map(|point| Point { x: point.x.map(|x| x * 0.5) }).collect()
        },
    );
    table.row(
        "`tree_mapv`",
        "by hand",
        Aim::Times(4.0),
        || tree_mapv::<_, _, Vec<Point<f64>>>(|x| x * 0.5, black_box(&tree)),
        || -> Vec<_> {
            black_box(&tree).iter().map(|point| Point { x: point.x.map(|x| x * 0.5) }).collect()
        },
    );
    table.row(
        "`Layout::unravel`",
        "by hand",
        Aim::Nanoseconds(30.0),
        || layout.unravel::<f64, Vec<Point<f64>>>(black_box(&vector)),
        || -> Vec<_> {
            let rows = black_box(&vector).chunks_exact(3);
            rows.map(|row| Point { x: [row[0], row[1], row[2]] }).collect()
        },
    );
    let (mut ours, mut theirs) = (points(), points());
    table.row(
        "`Layout::unravel_into`",
        "by hand",
        Aim::Nanoseconds(5.0),
        || layout.unravel_into(black_box(&vector), black_box(&mut ours)),
        || {
            let rows = black_box(&vector).chunks_exact(3);
            for (point, row) in black_box(&mut theirs).iter_mut().zip(rows) {
                point.x.copy_from_slice(row);
            }
        },
    );
    table.row(
        "",
        "parametric's `inject_from_slice`",
        Aim::Open,
        || layout.unravel_into(black_box(&vector), black_box(&mut ours)),
        || inject_from_slice(black_box(&mut theirs), black_box(&vector)),
    );
}
