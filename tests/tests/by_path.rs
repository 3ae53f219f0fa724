//! Leaves, elements and parts of the vector by path, parts of a tree by pattern, batches by row.

use ndarray::{Array1, Array2, ArrayD, ArrayViewMut1, Axis, Slice, array};
use proptest::prelude::*;
use pytree::{
    Error, KeyPath, Layout, Pattern, PyTree, Tree, tree_flatten, tree_get, tree_get_mut,
    tree_leaves, tree_leaves_with_path, tree_map_mut,
};
use tests::{config, trees};

fn message<T>(result: Result<T, Error>) -> String {
    result.err().expect("an error").to_string()
}

fn path(text: &str) -> KeyPath {
    text.parse().expect("a path")
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Dense {
    w: Array2<f64>,
    b: Array1<f64>,
    gains: Vec<f64>,
}

fn layers() -> Vec<Dense> {
    let dense = |x: f64| Dense {
        w: array![[x, x + 1.0], [x + 2.0, x + 3.0]],
        b: array![x + 4.0],
        gains: vec![x + 5.0, x + 6.0, x + 7.0],
    };
    vec![dense(0.0), dense(10.0)]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn labels_lead_back_to_their_elements(tree in trees()) {
        let layout = Layout::of(&tree);
        for (index, label) in layout.labels().enumerate() {
            prop_assert_eq!(layout.index(&label)?, index);
        }
    }

    #[test]
    fn ranges_lead_back_to_their_nodes(tree in trees()) {
        let layout = Layout::of(&tree);
        let range = 0..layout.len();
        prop_assert_eq!(layout.range(&layout.path(range.clone())?)?, range);
        for (path, leaf) in tree_leaves_with_path(&tree) {
            let range = layout.range(&path)?;
            if !leaf.is_empty() {
                prop_assert_eq!(layout.path(range)?, path);
            }
        }
    }

    #[test]
    fn leaves_are_found_by_their_paths(mut tree in trees()) {
        let layout = Layout::of(&tree);
        tree_map_mut(|mut leaf| leaf.mapv_inplace(|x| if x.is_nan() { 0.5 } else { x }), &mut tree);
        let mut vector = layout.ravel(&tree)?;
        let owned: Vec<(KeyPath, ArrayD<f64>)> = tree_leaves_with_path(&tree)
            .into_iter().map(|(path, leaf)| (path, leaf.to_owned())).collect();
        for (path, leaf) in &owned {
            prop_assert_eq!(tree_get(&tree, path)?, leaf.view());
            prop_assert_eq!(tree_get_mut(&mut tree, path)?, leaf.view());
            prop_assert_eq!(layout.view(&vector, path)?, leaf.view());
            prop_assert_eq!(layout.view_mut(&mut vector, path)?, leaf.view());
        }
    }

    /// Against the leaves one after the other.
    #[test]
    fn a_part_is_the_leaves_that_match(tree in trees(), pattern in 0..4_usize) {
        let pattern: Pattern = ["**", "**[*]", "**['*']", "**[0].**"][pattern].parse()?;
        let layout = Layout::of(&tree);
        let matching: Vec<_> = tree_leaves_with_path(&tree)
            .into_iter().filter(|(path, _)| pattern.matches(path)).collect();
        let Ok(part) = layout.select(&pattern) else {
            prop_assert!(matching.is_empty());
            return Ok(());
        };
        let bits = |x: &f64| x.to_bits();
        let expected: Vec<u64> =
            matching.iter().flat_map(|(_, leaf)| leaf.iter().map(bits).collect::<Vec<_>>()).collect();
        let vector = part.ravel(&tree)?;
        prop_assert!(vector.iter().map(bits).eq(expected));
        let mut written = Array1::zeros(2 * vector.len());
        let every_second = Slice::new(0, None, 2);
        part.ravel_into(&tree, written.slice_axis_mut(Axis(0), every_second))?;
        prop_assert!(written.iter().step_by(2).map(bits).eq(vector.iter().map(bits)));

        for (path, leaf) in &matching {
            prop_assert_eq!(part.layout().range(path)?.len(), leaf.len());
        }
        let labels: Vec<_> = part.layout().labels().collect();
        prop_assert_eq!(labels.len(), vector.len());
        for (index, label) in labels.iter().enumerate() {
            prop_assert_eq!(bits(&layout.ravel(&tree)?[layout.index(label)?]), bits(&vector[index]));
        }

        let other = vector.mapv(|_| 3.0);
        let mut changed = tree.clone();
        part.unravel_into(&other, &mut changed)?;
        for ((path, before), after) in tree_leaves_with_path(&tree).iter().zip(tree_leaves(&changed)) {
            if pattern.matches(path) {
                prop_assert!(after.iter().all(|x| *x == 3.0));
            } else {
                prop_assert!(after.iter().map(bits).eq(before.iter().map(bits)));
            }
        }
        let built: Tree<ArrayD<f64>> = part.unravel(&other, &tree)?;
        prop_assert!(layout.ravel(&built)?.iter().map(bits).eq(layout.ravel(&changed)?.iter().map(bits)));
    }
}

#[test]
fn weights_are_trained_and_biases_kept() {
    let mut layers = layers();
    let part = Layout::of(&layers).select(&"[*].w | **.gains[1]".parse().unwrap()).unwrap();
    let vector = part.ravel(&layers).unwrap();
    assert_eq!(vector, array![0.0, 1.0, 2.0, 3.0, 6.0, 10.0, 11.0, 12.0, 13.0, 16.0]);
    assert_eq!(part.layout().label(4).unwrap(), "[0].gains[1]");
    part.unravel_into(&(vector * -1.0), &mut layers).unwrap();
    assert_eq!(layers[1].w, array![[-10.0, -11.0], [-12.0, -13.0]]);
    assert_eq!(layers[1].b, array![14.0]);
    assert_eq!(layers[1].gains, [15.0, -16.0, 17.0]);

    let error = part.unravel_into(&[0.0; 9], &mut layers);
    assert_eq!(message(error), "the vector does not match the layout: expected length 10, found 9");
    let mut vector = [0.5; 10];
    let other = vec![layers[0].clone()];
    assert_eq!(
        message(part.ravel_into(&other, &mut vector)),
        "the tree does not match the layout: at the root: expected a list of 2, found a list of 1"
    );
    assert_eq!(vector, [0.5; 10]);
}

#[test]
fn leaves_that_are_not_there() {
    let mut layers = layers();
    let layout = Layout::of(&layers);
    assert_eq!(
        message(tree_get(&layers, &path("[1].q"))),
        "the path does not match the tree: at [1]: there is no .q, but .w, .b, .gains; \
         did you mean [1].w?"
    );
    assert_eq!(
        message(tree_get_mut(&mut layers, &path("[0].gains"))),
        "the path does not match the tree: at [0].gains: expected a leaf, found a list of 3"
    );
    assert_eq!(
        message(layout.view(&[0.0; 3], &path("[0].b"))),
        "the vector does not match the layout: expected length 16, found 3"
    );
    let vector = Array1::<f64>::zeros(32);
    let strided = vector.slice_axis(Axis(0), Slice::new(0, None, 2));
    assert_eq!(layout.view(strided, &path("[0].b")).unwrap().shape(), [1]);
    assert_eq!(
        message(layout.view(strided, &path("[0].w"))),
        "the vector cannot be viewed: at [0].w: its elements do not lie side by side, so that no \
         leaf can be a view of it; copy it with `.to_owned()` first"
    );
}

#[test]
fn elements_that_are_not_there() {
    let layout = Layout::of(&layers());
    assert_eq!(layout.index("[1].w[1,0]"), Ok(10));
    assert_eq!(layout.index("[1].gains[2]"), Ok(15));
    let index = |label: &str| message(layout.index(label));
    assert_eq!(
        index("[1].w"),
        "no such element: at [1].w: expected a place in shape [2, 2], found none"
    );
    assert_eq!(
        index("[1].w[3]"),
        "no such element: at [1].w: expected a place in shape [2, 2], found [3]"
    );
    assert_eq!(
        index("[1].b[1]"),
        "no such element: at [1].b: expected a place in shape [1], found [1]"
    );
    assert_eq!(
        index("[1].gains[3]"),
        "no such element: at [1].gains: there is no [3], but [0], [1], [2]"
    );
    assert_eq!(
        index("[1].v[0,0]"),
        "no such element: at [1]: there is no .v, but .w, .b, .gains; did you mean [1].w?"
    );
    // A number is written in one way, as in a path.
    assert_eq!(
        index("[1].b[+0]"),
        "not a key path: \"[1].b[+0]\" has \"+\" at byte 6 for a position or a key in quotes"
    );
    assert_eq!(
        index("[1].b[00]"),
        "not a key path: \"[1].b[00]\" has \"00\" at byte 6 for an integer of at most 128 bits, \
         without leading zeros"
    );
    assert_eq!(index("[1].w[0,01]"), "not a key path: \"[1].w[0,01]\" has \",\" at byte 7 for `]`");
    assert_eq!(index("w[0"), "not a key path: \"w[0\" has \"w\" at byte 0 for `.` or `[`");
    assert_eq!(
        message(layout.path(10..17)),
        "no such part: expected a part of 0..16, found 10..17"
    );
    assert_eq!(layout.path(3..3), Ok(KeyPath::root()));
}

#[test]
fn views_into_the_vector_are_a_tree_that_is_written_to() {
    #[derive(PyTree)]
    struct Gates<A> {
        v: A,
        m: A,
    }
    let layout = Layout::of(&Gates { v: array![0.0, 0.0], m: array![0.0] });
    let mut vector = array![1.0, 2.0, 3.0];
    let mut gates: Gates<ArrayViewMut1<f64>> = layout.views_mut(&mut vector).unwrap();
    tree_map_mut(|mut leaf| leaf *= 2.0, &mut gates);
    gates.m[0] += 1.0;
    assert_eq!(tree_flatten(&gates).leaves().len(), 2);
    assert_eq!(gates.v, array![2.0, 4.0]);
    assert_eq!(vector, array![2.0, 4.0, 7.0]);

    let mut matrix = Array2::<f64>::zeros((3, 2));
    let strided: Result<Gates<ArrayViewMut1<f64>>, _> = layout.views_mut(matrix.column_mut(0));
    assert_eq!(
        message(strided),
        "the vector cannot be viewed: its elements do not lie side by side, so that no leaf can be \
         a view of it; copy it with `.to_owned()` first"
    );
}

#[test]
fn batches_are_rows() {
    let batch = vec![layers(), layers(), layers()];
    let layout = Layout::of(&batch[0]);
    let mut matrix = layout.ravel_batch(&batch).unwrap();
    assert_eq!(matrix.dim(), (3, 16));
    assert_eq!(matrix.row(2), layout.ravel(&batch[2]).unwrap());
    matrix.row_mut(1).fill(9.0);

    // Column by column in memory, as other libraries have it.
    let mut by_columns = Array2::zeros((16, 3)).reversed_axes();
    let mut parallel = by_columns.clone();
    let mut changed = batch.clone();
    layout.unravel_batch_into(&matrix, &mut changed).unwrap();
    layout.ravel_batch_into(&changed, &mut by_columns).unwrap();
    assert_eq!(by_columns, matrix);
    assert_eq!((changed[1][0].b[0], changed[2][0].b[0]), (9.0, 4.0));
    let built: Vec<Vec<Dense>> = layout.unravel_batch(&by_columns).unwrap();
    assert_eq!(built, changed);

    let mut other = batch.clone();
    layout.par_unravel_batch_into(&by_columns, &mut other).unwrap();
    layout.par_ravel_batch_into(&other, &mut parallel).unwrap();
    assert_eq!((other, parallel), (changed, matrix));

    let none: Array2<f64> = layout.ravel_batch::<Vec<Dense>>(&[]).unwrap();
    assert_eq!(none.dim(), (0, 16));
}

#[test]
fn batches_that_do_not_fit_are_not_touched() {
    let mut batch = vec![layers(), layers(), layers()];
    let layout = Layout::of(&batch[0]);
    batch[1][0].b = array![1.0, 2.0];
    batch[2].pop();
    let before = batch.clone();
    let expected = "the batch does not match the layout in 2 places:\n  \
                    at [1][0].b: expected shape [1], found [2]\n  \
                    at [2]: expected a list of 2, found a list of 1";
    let mut matrix = Array2::from_elem((3, 16), 0.5);
    assert_eq!(message(layout.ravel_batch(&batch)), expected);
    assert_eq!(message(layout.ravel_batch_into(&batch, &mut matrix)), expected);
    assert_eq!(message(layout.par_ravel_batch_into(&batch, &mut matrix)), expected);
    assert_eq!(message(layout.unravel_batch_into(&matrix, &mut batch)), expected);
    assert_eq!(message(layout.par_unravel_batch_into(&matrix, &mut batch)), expected);
    assert!(matrix.iter().all(|x| *x == 0.5));
    assert_eq!(batch, before);

    let matrix = Array2::<f64>::zeros((3, 1));
    assert_eq!(
        message(layout.unravel_batch_into(&matrix, &mut batch[..1])),
        "the batch does not match the layout: \
         expected 1 row and 16 columns, found 3 rows and 1 column"
    );
}
