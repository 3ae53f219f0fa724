//! Leaves, elements and parts of the vector by path.

use std::cell::Cell;
use std::collections::BTreeMap;

use indexmap::IndexMap;
use ndarray::{Array1, Array2, ArrayD, ArrayViewMut1, Axis, Slice, array};
use proptest::prelude::*;
use pytree::walk::{Node, Visitor, VisitorMut};
use pytree::{
    KeyPath, Layout, Leaf, Pattern, PyTree, PyTreeMut, ravel_pytree, tree_flatten, tree_get,
    tree_get_mut, tree_leaves, tree_leaves_with_path, tree_map_mut,
};
use tests::{config, layers, message, trees, xor};

fn path(text: &str) -> KeyPath {
    text.parse().expect("a path")
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
}

#[test]
fn a_path_is_a_text_or_a_key_path() {
    let mut layers = layers();
    let layout = Layout::of(&layers);
    let (text, path) = ("[1].w".to_string(), path("[1].w"));
    let range = layout.range("[1].w").unwrap();
    for other in [layout.range(&text), layout.range(text), layout.range(&path)] {
        assert_eq!(other, Ok(range.clone()));
    }
    assert_eq!(layout.range(path), Ok(range));
    let mlp = xor();
    for text in [".layers[0].w", "layers[0].w"] {
        assert_eq!(tree_get(&mlp, text).unwrap(), mlp.layers[0].w.view().into_dyn());
    }
    assert_eq!(layout.index(KeyPath::root()).ok(), None);
    let message = |error: pytree::Error| error.to_string();
    let parsed = "[0".parse::<KeyPath>().map_err(message).unwrap_err();
    assert_eq!(layout.range("[0").map_err(message).unwrap_err(), parsed);
    assert_eq!(tree_get(&layers, "[0").map_err(message).unwrap_err(), parsed);
    assert_eq!(tree_get_mut(&mut layers, "[0").map_err(message).unwrap_err(), parsed);
    let matrix = Array2::<f64>::zeros((16, 16));
    assert_eq!(layout.block(&matrix, "[1]", "[0").map_err(message).unwrap_err(), parsed);
}

#[test]
fn a_pattern_is_a_text_or_a_pattern_or_a_key_path() {
    let layout = Layout::of(&layers());
    let pattern: Pattern = "[1].w".parse().unwrap();
    let part = layout.select("[1].w");
    assert_eq!(part, layout.select(&pattern));
    assert_eq!(part, layout.select(pattern));
    assert_eq!(part, layout.select(path("[1].w")));
    assert_eq!(part, layout.select("[1].w".to_string()));
    assert_eq!(
        message(layout.select("[1].w |")),
        "not a pattern: \"[1].w |\" ends where a name, `[` or `**` is expected"
    );
}

#[test]
fn leaves_that_are_not_there() {
    let mut layers = layers();
    let layout = Layout::of(&layers);
    assert_eq!(
        message(tree_get(&layers, "[1].q")),
        "the path does not match the tree: at [1]: there is no .q; the keys are .w, .b, .gains; \
         did you mean [1].w?"
    );
    assert_eq!(
        message(tree_get_mut(&mut layers, "[0].gains")),
        "the path does not match the tree: at [0].gains: expected a leaf, found a list of 3"
    );
    assert_eq!(
        message(layout.view(&[0.0; 3], "[0].b")),
        "the vector does not match the layout: expected length 16, found 3"
    );
    let vector = Array1::range(0.0, 16.0, 0.5);
    let strided = vector.slice_axis(Axis(0), Slice::new(0, None, 2));
    assert_eq!(layout.view(strided, "[0].b").unwrap(), array![4.0].into_dyn());
    assert_eq!(
        message(layout.view(strided, "[0].w")),
        "the vector cannot be viewed: at [0].w: its elements are not contiguous in \
         memory; copy it with `.to_owned()` first"
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
        "no such element: at [1].w: expected an index within shape [2, 2], found none"
    );
    assert_eq!(
        index("[1].w[3]"),
        "no such element: at [1].w: expected an index within shape [2, 2], found [3]"
    );
    assert_eq!(
        index("[1].b[1]"),
        "no such element: at [1].b: expected an index within shape [1], found [1]"
    );
    assert_eq!(
        index("[1].gains[3]"),
        "no such element: at [1].gains: there is no [3]; the keys are [0], [1], [2]"
    );
    assert_eq!(
        index("[1].v[0,0]"),
        "no such element: at [1]: there is no .v; the keys are .w, .b, .gains; did you mean [1].w[0,0]?"
    );
    assert_eq!(
        index("[1].bb[0]"),
        "no such element: at [1]: there is no .bb; the keys are .w, .b, .gains; did you mean [1].b[0]?"
    );
    // The leaf has no such place.
    assert_eq!(
        index("[1].bb[1]"),
        "no such element: at [1]: there is no .bb; the keys are .w, .b, .gains; did you mean [1].b?"
    );
    // The place is a key.
    assert_eq!(
        index("[1].gain[2]"),
        "no such element: at [1]: there is no .gain; the keys are .w, .b, .gains; did you mean [1].gains[2]?"
    );
    assert_eq!(
        index("[1].bb"),
        "no such element: at [1]: there is no .bb; the keys are .w, .b, .gains; did you mean [1].b?"
    );
    // A number is written in one way, as in a path.
    assert_eq!(
        index("[1].b[+0]"),
        "not a key path: \"[1].b[+0]\" has \"+\" at byte 6; expected a position or a key in quotes"
    );
    assert_eq!(
        index("[1].b[00]"),
        "not a key path: \"[1].b[00]\" has \"00\" at byte 6; expected an integer of at most 128 bits, \
         without leading zeros"
    );
    assert_eq!(
        index("[1].w[0,01]"),
        "not a key path: \"[1].w[0,01]\" has \",\" at byte 7; expected `]`"
    );
    assert_eq!(index("w[0"), "not a key path: \"w[0\" ends where `]` is expected");
    for label in ["w[0]", ".w[0]", "w"] {
        assert_eq!(
            index(label),
            "no such element: at the root: there is no .w; the keys are [0], [1]"
        );
    }
    assert_eq!(
        message(layout.path(10..17)),
        "no such part: expected a part of 0..16, found 10..17"
    );
    assert_eq!(layout.path(3..3), Ok(KeyPath::root()));
}

#[test]
fn a_path_with_a_typo() {
    let layout = Layout::of(&xor());
    let said = |path: &str| message(layout.range(path));
    for (path, error) in [
        (
            ".layer[0].w",
            "at the root: there is no .layer; the keys are .layers, .scale; did you mean .layers[0].w?",
        ),
        (
            ".layer",
            "at the root: there is no .layer; the keys are .layers, .scale; did you mean .layers?",
        ),
        (
            ".layers[1]['b']",
            "at .layers[1]: there is no ['b']; the keys are .w, .b; did you mean .layers[1].b?",
        ),
        // A position past the end is not a typo, and neither is a name that is not similar to any other.
        (".layers[2].w", "at .layers: there is no [2]; the keys are [0], [1]"),
        (".biases", "at the root: there is no .biases; the keys are .layers, .scale"),
    ] {
        assert_eq!(said(path), format!("the path does not match the layout: {error}"));
    }
}

#[test]
fn keys_of_every_kind_are_found() {
    let dict = BTreeMap::from([(-3, array![1.0, 2.0]), (7, array![3.0])]);
    let layout = Layout::of(&dict);
    assert_eq!(layout.range("[7]"), Ok(2..3));
    assert_eq!((layout.index("[-3][1]"), layout.index("[7][0]")), (Ok(1), Ok(2)));
    assert_eq!(
        message(layout.range("[8]")),
        "the path does not match the layout: at the root: there is no [8]; the keys are [-3], [7]"
    );
    let ordered = IndexMap::from([("v", 1.0), ("a.b", 2.0)]);
    let layout = Layout::of(&ordered);
    assert_eq!((layout.index("['a.b']"), layout.label(1)), (Ok(1), Ok("['a.b']".to_string())));
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
        "the vector cannot be viewed: its elements are not contiguous in memory; \
         copy it with `.to_owned()` first"
    );
}

#[test]
fn a_vector_that_is_strided_is_viewed_where_it_can_be() {
    let layout = Layout::of(&(array![0.0, 0.0, 0.0], array![[0.0, 0.0]]));
    let mut matrix = Array2::from_shape_fn((5, 2), |(i, j)| (2 * i + j) as f64);
    let view = layout.view(matrix.column(1), "[0]").unwrap();
    assert_eq!(view, array![1.0, 3.0, 5.0].into_dyn());
    layout.view_mut(matrix.column_mut(1), "[0]").unwrap().fill(0.5);
    assert_eq!(matrix.column(1), array![0.5, 0.5, 0.5, 7.0, 9.0]);
    assert!(layout.view(matrix.column(0), "[1]").is_err());
}

#[test]
fn trees_without_leaves() {
    let none: (Option<f64>, Vec<Leaf<f64>>) = (None, vec![]);
    let layout = Layout::of(&none);
    assert_eq!(layout.path(0..0), Ok(KeyPath::root()));
    assert_eq!(layout.labels().count(), 0);
    assert_eq!(
        message(layout.select("**")),
        "the pattern does not match the tree: no leaf matches \"**\"; there are no leaves"
    );
    assert_eq!(
        message(tree_get(&none, "[0]")),
        "the path does not match the tree: at [0]: expected a leaf, found None"
    );
    assert_eq!(tree_get(&1.5, KeyPath::root()).unwrap()[[]], 1.5);
    let batch = vec![none.clone(), none];
    let matrix = layout.ravel_batch(&batch).unwrap();
    assert_eq!(matrix.dim(), (2, 0));
    assert_eq!(layout.unravel_batch::<_, (Option<f64>, Vec<Leaf<f64>>)>(&matrix).unwrap(), batch);
    assert_eq!(
        message(layout.unravel_batch::<f64, (Option<f64>, Vec<Leaf<f64>>)>(&Array2::zeros((2, 1)))),
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
    }
    impl PyTreeMut for Liar {
        fn walk_mut<'a, V: VisitorMut<'a, f64>>(&'a mut self, _: &mut V) {}
    }
    for leaves in 0..4 {
        let mut liar = Liar(Cell::new(leaves));
        let layout = Layout::of(&liar);
        let _ = (layout.labels().count(), layout.label(0), layout.path(0..layout.len()));
        let _ = (layout.view(&vec![0.0; layout.len()], "[1]"), layout.index("[0]"));
        if let Ok(part) = layout.select("**") {
            let _ = (part.ravel(&liar), part.unravel_into(&[0.0], &mut liar));
        }
        let _ = (tree_get(&liar, "[0]").is_ok(), tree_get_mut(&mut liar, "[0]"));
        let _ = (layout.check(&liar), layout.ravel(&liar));
    }
}

#[test]
fn the_label_of_an_element_is_a_path_and_the_path_of_an_element_a_label() {
    let tree = (1.0, [[2.0, 3.0], [4.0, 5.0]]);
    let (vector, layout) = ravel_pytree(&tree);
    for index in 0..layout.len() {
        let label = layout.label(index).unwrap();
        assert_eq!(layout.range(&label), Ok(index..index + 1), "{label}");
        assert_eq!(tree_get(&tree, &label).unwrap().sum(), vector[index], "{label}");
    }
    assert_eq!(layout.index("[1][1][0]"), layout.index("[1][1,0]"));
    assert_eq!(layout.range("[1][1]"), Ok(3..5));

    let within = "at [1]: expected an index within shape [2, 2], found";
    for (path, found) in [("[1][-1]", "[-1]"), ("[1][2]", "[2]"), ("[1][0][0][0]", "[0, 0, 0]")] {
        assert_eq!(
            message(layout.range(path)),
            format!("the path does not match the layout: {within} {found}")
        );
    }
    assert_eq!(message(layout.index("[1][1]")), format!("no such element: {within} [1]"));
    assert_eq!(message(layout.index("[1][2][0]")), format!("no such element: {within} [2, 0]"));
    for result in [layout.range("[0][0]").map(drop), layout.index("[0][0]").map(drop)] {
        assert!(message(result).ends_with("at [0]: there is no [0], because the leaf is a number"));
    }
}

#[test]
fn a_wide_dict_is_searched_fast() {
    let dict: BTreeMap<String, f64> = (0..20_000).map(|i| (format!("k{i:05}"), 0.0)).collect();
    let layout = Layout::of(&dict);
    let start = std::time::Instant::now();
    for _ in 0..100 {
        assert_eq!(layout.index("['k19999']"), Ok(19_999));
    }
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}
