//! A struct with `Vec`s of 528,000 numbers, and one `Vec` of ten million.

use std::hint::black_box;

use parametric::{Parametric, inject_from_slice};
use pytree::{Layout, PyTree, tree_equal, tree_map, tree_map_mut, tree_mapv, tree_zeros_like};
use tests::{Aim, Table};

const TEN_MILLION: usize = 10_000_000;

#[derive(PyTree, Parametric, Clone, PartialEq)]
struct Dense<T> {
    w: Vec<T>,
    b: Vec<T>,
}

#[derive(PyTree, Parametric, Clone, PartialEq)]
struct Mlp<T> {
    layers: Vec<Dense<T>>,
}

fn mlp() -> Mlp<f64> {
    let dense = |_| Dense { w: vec![1.0; 131_500], b: vec![1.0; 500] };
    Mlp { layers: (0..4).map(dense).collect() }
}

/// The tree by hand, with `w` and `b` made by `make`.
fn by_hand(mlp: &Mlp<f64>, mut make: impl FnMut(&Vec<f64>) -> Vec<f64>) -> Mlp<f64> {
    let layers = mlp.layers.iter().map(|layer| Dense { w: make(&layer.w), b: make(&layer.b) });
    Mlp { layers: layers.collect() }
}

pub fn table() {
    let table = Table::new("Four layers of `Vec`s, 528,000 numbers in all, 4.2 MB");
    maps(&table);
    vectors(&table);
    comparison(&table);
    ten_million(&table);
}

fn maps(table: &Table) {
    let tree = mlp();
    table.row(
        "`tree_map`",
        "by hand",
        Aim::Times(1.2),
        || tree_map::<_, _, Mlp<f64>>(|leaf| &leaf * 0.5, black_box(&tree)),
        || by_hand(black_box(&tree), |x| x.iter().map(|x| x * 0.5).collect()),
    );
    table.row(
        "",
        "parametric's `map` of a clone, since it consumes its tree",
        Aim::Times(1.0),
        || tree_map::<_, _, Mlp<f64>>(|leaf| &leaf * 0.5, black_box(&tree)),
        || Parametric::map(black_box(&tree).clone(), |x: f64| x * 0.5),
    );
    let mut consumed = Some(mlp());
    table.row(
        "",
        "parametric's `map`, the tree consumed",
        Aim::Times(1.0),
        || tree_map::<_, _, Mlp<f64>>(|leaf| &leaf * 0.5, black_box(&tree)),
        || {
            let factor = black_box(1.0);
            let map = |tree| Parametric::map(black_box(tree), |x: f64| x * factor);
            consumed = consumed.take().map(map);
        },
    );

    table.row(
        "`tree_mapv`",
        "by hand",
        Aim::Times(1.2),
        || tree_mapv::<_, _, Mlp<f64>>(|x| x * 0.5, black_box(&tree)),
        || by_hand(black_box(&tree), |x| x.iter().map(|x| x * 0.5).collect()),
    );

    // By 1, so that no run meets subnormal numbers.
    let (mut ours, mut theirs) = (mlp(), mlp());
    table.row(
        "`tree_map_mut`",
        "by hand",
        Aim::Times(1.2),
        || tree_map_mut(|mut leaf| leaf *= black_box(1.0), black_box(&mut ours)),
        || {
            let factor = black_box(1.0);
            for layer in &mut black_box(&mut theirs).layers {
                layer.w.iter_mut().chain(&mut layer.b).for_each(|x| *x *= factor);
            }
        },
    );
    table.row(
        "",
        "parametric's `visit_mut`",
        Aim::Times(1.0),
        || tree_map_mut(|mut leaf| leaf *= black_box(1.0), black_box(&mut ours)),
        || {
            let factor = black_box(1.0);
            Parametric::visit_mut(black_box(&mut theirs), |x: &mut f64| *x *= factor);
        },
    );
}

fn vectors(table: &Table) {
    let tree = mlp();
    let layout = Layout::of(&tree);
    let vector = vec![0.5; layout.len()];
    table.row(
        "`Layout::unravel`",
        "by hand",
        Aim::Times(1.2),
        || layout.unravel::<f64, Mlp<f64>>(black_box(&vector)),
        || {
            let mut rest = &black_box(&vector)[..];
            by_hand(&tree, |x| {
                let (first, others) = rest.split_at(x.len());
                rest = others;
                first.to_vec()
            })
        },
    );
    let (mut ours, mut theirs) = (mlp(), mlp());
    table.row(
        "`Layout::unravel_into`",
        "by hand",
        Aim::Times(1.2),
        || layout.unravel_into(black_box(&vector), black_box(&mut ours)),
        || {
            let mut rest = &black_box(&vector)[..];
            for layer in &mut black_box(&mut theirs).layers {
                for numbers in [&mut layer.w, &mut layer.b] {
                    let (first, others) = rest.split_at(numbers.len());
                    rest = others;
                    numbers.copy_from_slice(first);
                }
            }
        },
    );
    table.row(
        "",
        "parametric's `inject_from_slice`",
        Aim::Times(1.0),
        || layout.unravel_into(black_box(&vector), black_box(&mut ours)),
        || inject_from_slice(black_box(&mut theirs), black_box(&vector)),
    );
}

fn comparison(table: &Table) {
    let (tree, twin) = (mlp(), mlp());
    table.row(
        "`tree_equal`",
        "`==` derived",
        Aim::Times(1.2),
        || assert!(tree_equal(black_box(&tree), black_box(&twin))),
        || assert!(black_box(&tree) == black_box(&twin)),
    );
    table.row(
        "`tree_zeros_like`",
        "by hand",
        Aim::Times(1.2),
        || tree_zeros_like::<_, Mlp<f64>>(black_box(&tree)),
        || by_hand(black_box(&tree), |x| vec![0.0; x.len()]),
    );
}

fn ten_million(table: &Table) {
    let numbers = vec![1.0; TEN_MILLION];
    let layout = Layout::of(&numbers);
    // Not zero, so that the pages are there before the first run.
    let (mut ours, mut theirs) = (vec![0.5; TEN_MILLION], vec![0.5; TEN_MILLION]);
    table.row(
        "`Layout::ravel_into`, a `Vec` of 10 million numbers, 80 MB",
        "one `copy_from_slice`",
        Aim::Times(1.2),
        || layout.ravel_into(black_box(&numbers), black_box(&mut ours)),
        || black_box(&mut theirs[..]).copy_from_slice(black_box(&numbers)),
    );
}
