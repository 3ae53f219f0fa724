//! Leaves, elements and parts of the vector by path, parts of a tree by pattern, batches by row.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};

use indexmap::IndexMap;
use ndarray::{Array1, Array2, ArrayD, ArrayViewMut1, Axis, Slice, array};
use proptest::prelude::*;
use pytree::{
    Error, KeyPath, Layout, Node, Pattern, PyTree, Tree, Visitor, VisitorMut, tree_flatten,
    tree_get, tree_get_mut, tree_leaves, tree_leaves_with_path, tree_map_mut,
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
        prop_assert_eq!(layout.leaves().count(), tree_leaves(&tree).len());
        for ((path, leaf), listed) in tree_leaves_with_path(&tree).into_iter().zip(layout.leaves()) {
            let range = layout.range(&path)?;
            prop_assert_eq!(listed, (path.clone(), leaf.shape(), range.clone()));
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
    fn a_part_is_the_leaves_that_match(tree in trees(), texts in 0..6_usize) {
        let (pattern, last) = [
            ("**", "**"),
            ("**[*]", "**[*]"),
            ("**['*']", "**['*']"),
            ("**[0].**", "**[0].**"),
            ("!**[0]", "**[0]"),
            ("** | !**['*']", "**['*']"),
        ][texts];
        let (pattern, last): (Pattern, Pattern) = (pattern.parse()?, last.parse()?);
        let layout = Layout::of(&tree);
        let matching: Vec<_> = tree_leaves_with_path(&tree)
            .into_iter().filter(|(path, _)| pattern.matches(path)).collect();
        let Ok(part) = layout.select(&pattern) else {
            let mut paths = layout.treedef().leaf_paths();
            prop_assert!(matching.is_empty() || !paths.any(|path| last.matches(&path)));
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
        let labels: Vec<_> = part.labels().collect();
        prop_assert_eq!(labels.len(), vector.len());
        for (index, label) in labels.iter().enumerate() {
            prop_assert_eq!(bits(&layout.ravel(&tree)?[layout.index(label)?]), bits(&vector[index]));
            prop_assert_eq!(part.index(label)?, index);
            prop_assert_eq!(layout.index(label)?, part.indices()[index]);
        }
        prop_assert_eq!(part.indices().len(), part.len());

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
fn elements_that_are_not_in_the_part() {
    let layout = Layout::of(&layers());
    let part = layout.select(&"[1].w | **.gains[1]".parse().unwrap()).unwrap();
    assert_eq!((part.len(), part.is_empty(), part.index("[1].w[1,0]")), (6, false, Ok(3)));
    let index = |label: &str| message(part.index(label));
    assert_eq!(
        index("[1].b[0]"),
        "no such element: at [1].b: the leaf is in the whole tree, but not selected in this part"
    );
    assert_eq!(
        index("[0].gains[2]"),
        "no such element: at [0].gains[2]: the leaf is in the whole tree, but not selected in this part"
    );
    assert_eq!(
        index("[1].ww[0,1]"),
        "no such element: at [1]: there is no .ww, but .w, .b, .gains; did you mean [1].w[0,1]?"
    );
    // What the layout of the part alone can know: there is no element at .b, so that it is not meant.
    assert_eq!(
        message(part.layout().index("[1].b[0]")),
        "no such element: at [1].b: there is nothing under it, and no [0]"
    );

    let dict = BTreeMap::from([("m", array![1.0]), ("n", array![2.0])]);
    let part = Layout::of(&dict).select(&"['n']".parse().unwrap()).unwrap();
    assert_eq!(
        message(part.index("['m'][0]")),
        "no such element: at ['m']: the leaf is in the whole tree, but not selected in this part"
    );
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
    let vector = Array1::range(0.0, 16.0, 0.5);
    let strided = vector.slice_axis(Axis(0), Slice::new(0, None, 2));
    assert_eq!(layout.view(strided, &path("[0].b")).unwrap(), array![4.0].into_dyn());
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
        "no such element: at [1]: there is no .v, but .w, .b, .gains; did you mean [1].w[0,0]?"
    );
    assert_eq!(
        index("[1].bb[0]"),
        "no such element: at [1]: there is no .bb, but .w, .b, .gains; did you mean [1].b[0]?"
    );
    // The leaf has no such place.
    assert_eq!(
        index("[1].bb[1]"),
        "no such element: at [1]: there is no .bb, but .w, .b, .gains; did you mean [1].b?"
    );
    // The place is a key.
    assert_eq!(
        index("[1].gain[2]"),
        "no such element: at [1]: there is no .gain, but .w, .b, .gains; did you mean [1].gains[2]?"
    );
    assert_eq!(
        index("[1].bb"),
        "no such element: at [1]: there is no .bb, but .w, .b, .gains; did you mean [1].b?"
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
        index("w[0]"),
        "not a key path: \"w[0]\" has \"w\" at byte 0 for `.` or `[`; \
         did you mean .w[0] or ['w'][0]?"
    );
    assert_eq!(
        index("w[0,1]"),
        "not a key path: \"w\" has \"w\" at byte 0 for `.` or `[`; did you mean .w or ['w']?"
    );
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
fn a_vector_that_is_strided_is_viewed_where_it_can_be() {
    let layout = Layout::of(&(array![0.0, 0.0, 0.0], array![[0.0, 0.0]]));
    let mut matrix = Array2::from_shape_fn((5, 2), |(i, j)| (2 * i + j) as f64);
    let view = layout.view(matrix.column(1), &path("[0]")).unwrap();
    assert_eq!(view, array![1.0, 3.0, 5.0].into_dyn());
    layout.view_mut(matrix.column_mut(1), &path("[0]")).unwrap().fill(0.5);
    assert_eq!(matrix.column(1), array![0.5, 0.5, 0.5, 7.0, 9.0]);
    assert!(layout.view(matrix.column(0), &path("[1]")).is_err());
}

#[test]
fn trees_without_leaves() {
    let none: (Option<f64>, Vec<f64>) = (None, vec![]);
    let layout = Layout::of(&none);
    assert_eq!(layout.path(0..0), Ok(KeyPath::root()));
    assert_eq!(layout.labels().count(), 0);
    assert_eq!(
        message(layout.select(&"**".parse().unwrap())),
        "the pattern does not match the tree: no leaf matches \"**\"; there are no leaves"
    );
    assert_eq!(
        message(tree_get(&none, &path("[0]"))),
        "the path does not match the tree: at [0]: expected a leaf, found None"
    );
    assert_eq!(tree_get(&1.5, &KeyPath::root()).unwrap()[[]], 1.5);
    let batch = vec![none.clone(), none];
    let matrix = layout.ravel_batch(&batch).unwrap();
    assert_eq!(matrix.dim(), (2, 0));
    assert_eq!(layout.unravel_batch::<_, (Option<f64>, Vec<f64>)>(&matrix).unwrap(), batch);
    assert_eq!(
        message(layout.unravel_batch::<f64, (Option<f64>, Vec<f64>)>(&Array2::zeros((2, 1)))),
        "the batch does not match the layout: \
         expected 2 rows and 0 columns, found 2 rows and 1 column"
    );
    assert_eq!(
        message(layout.views_mut::<f64, Vec<ArrayViewMut1<f64>>>(&mut [1.0])),
        "the vector does not match the layout: expected length 0, found 1"
    );
    #[allow(clippy::reversed_empty_ranges, reason = "a user's mistake")]
    let backwards = layout.path(1..0);
    assert_eq!(message(backwards), "no such part: expected a part of 0..0, found 1..0");
}

#[test]
fn keys_of_every_kind_are_found() {
    let dict = BTreeMap::from([(-3, array![1.0, 2.0]), (7, array![3.0])]);
    let layout = Layout::of(&dict);
    assert_eq!(layout.range(&path("[7]")), Ok(2..3));
    assert_eq!((layout.index("[-3][1]"), layout.index("[7][0]")), (Ok(1), Ok(2)));
    assert_eq!(
        message(layout.range(&path("[8]"))),
        "the path does not match the layout: at the root: there is no [8], but [-3], [7]"
    );
    let ordered = IndexMap::from([("v", 1.0), ("a.b", 2.0)]);
    let layout = Layout::of(&ordered);
    assert_eq!((layout.index("['a.b']"), layout.label(1)), (Ok(1), Ok("['a.b']".to_string())));
}

/// A ring has its elements in two parts in memory once it has been turned.
#[test]
fn rings_are_checked_and_ravelled_like_lists() {
    let mut ring = VecDeque::from(vec![1.0, 2.0, 3.0]);
    let layout = Layout::of(&ring);
    ring.pop_front();
    ring.push_back(4.0);
    assert!(!ring.as_slices().1.is_empty());
    let part = layout.select(&"[1] | [2]".parse().unwrap()).unwrap();
    let mut vector = vec![0.0; 3];
    let mut selected = vec![0.0; 2];
    let run = allocation_counter::measure(|| {
        layout.ravel_into(&ring, &mut vector).unwrap();
        part.ravel_into(&ring, &mut selected).unwrap();
        layout.unravel_into(&[5.0, 6.0, 7.0], &mut ring).unwrap();
    });
    assert_eq!((vector, selected), (vec![2.0, 3.0, 4.0], vec![3.0, 4.0]));
    assert_eq!((ring, run.count_total), (VecDeque::from([5.0, 6.0, 7.0]), 0));

    // The other way around, and what is no list of as many numbers.
    let mut turned = VecDeque::from(vec![1.0, 2.0]);
    turned.rotate_left(1);
    turned.pop_back();
    turned.push_back(3.0);
    for layout in [Layout::of(&turned), Layout::of(&[1.0, 2.0])] {
        assert!(layout.check(&vec![1.0, 2.0]).is_ok() && layout.check(&turned).is_ok());
        assert!(layout.check(&vec![1.0]).is_err() && layout.check(&vec![1.0; 3]).is_err());
        assert!(layout.check(&vec![array![1.0], array![2.0]]).is_err());
        assert!(layout.check(&(vec![1.0], vec![2.0])).is_err());
    }
}

/// Types that break the laws get values in the wrong place, and no panic.
#[test]
fn types_that_break_the_laws() {
    /// Tells of a leaf as of a node, or of another number of leaves each time.
    struct Liar(Cell<usize>);
    impl PyTree for Liar {
        type Elem = f64;
        fn walk<'a, V: Visitor<'a, f64>>(&'a self, visitor: &mut V) {
            visitor.node(Node::List(2));
            visitor.node(Node::Leaf);
            for _ in 0..self.0.replace(self.0.get().saturating_sub(1)) {
                visitor.leaf(ndarray::aview0(&1.0));
            }
        }
        fn walk_mut<'a, V: VisitorMut<'a, f64>>(&'a mut self, _: &mut V) {}
    }
    for leaves in 0..4 {
        let mut liar = Liar(Cell::new(leaves));
        let layout = Layout::of(&liar);
        let _ = (layout.labels().count(), layout.label(0), layout.path(0..layout.len()));
        let _ = (layout.view(&vec![0.0; layout.len()], &path("[1]")), layout.index("[0]"));
        if let Ok(part) = layout.select(&"**".parse().unwrap()) {
            let _ = (part.ravel(&liar), part.unravel_into(&[0.0], &mut liar));
        }
        let _ = (tree_get(&liar, &path("[0]")).is_ok(), tree_get_mut(&mut liar, &path("[0]")));
        let _ = (layout.check(&liar), layout.ravel(&liar));
    }
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
