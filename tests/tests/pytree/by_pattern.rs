//! Leaves by pattern: a tree is parted and put together again, a part of it is the vector, and what is
//! said of a pattern that selects nothing.

use std::collections::BTreeMap;

use ndarray::{Array1, ArrayD, Axis, Slice, array};
use proptest::prelude::*;
use pytree::{
    Flat, Layout, Leaf, Pattern, Tree, tree_flatten, tree_leaves, tree_leaves_with_path,
    tree_structure,
};
use tests::{config, layers, message, pattern, trees, xor};

proptest! {
    #![proptest_config(config())]

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

    #[test]
    fn combine_after_partition_is_the_identity(tree in trees(), swap in any::<bool>()) {
        let flat = tree_flatten(&tree).map(|leaf| leaf.mapv(f64::to_bits));
        let (first, second) = flat.clone().partition_by(|_, leaf| leaf.len() % 2 == 0);
        for (one, other) in first.leaves().iter().zip(second.leaves()) {
            prop_assert!(one.is_some() != other.is_some());
        }
        let back = if swap { second.combine(first)? } else { first.combine(second)? };
        prop_assert_eq!(back, flat);
    }

    /// By the path of each leaf, that leaf alone is changed.
    #[test]
    fn a_path_selects_its_leaf(tree in trees()) {
        for (path, _) in tree_leaves_with_path(&tree) {
            let flat = tree_flatten(&tree).map(|_| false);
            let marked = flat.map_where(&Pattern::from(&path), |_| true)?;
            for (other, marked) in marked.iter_with_path() {
                prop_assert_eq!(*marked, other == path);
            }
        }
    }
}

#[test]
fn a_pattern_that_selects_nothing() {
    let said = |text: &str| message(tree_flatten(&xor()).partition(text));
    assert_eq!(
        said("layer[*].w"),
        "the pattern does not match the tree: \
         no leaf matches \".layer[*].w\"; the nearest is .layers[0].w"
    );
    assert_eq!(
        said("layers[*]['b']"),
        "the pattern does not match the tree: \
         no leaf matches \".layers[*]['b']\"; the nearest is .layers[0].b"
    );
    assert_eq!(
        said("layers[2].b | **.scales | **.b | layers[*]"),
        "the pattern does not match the tree in 3 places:\n  \
         no leaf matches \".layers[2].b\"; the nearest is .layers[0].b\n  \
         no leaf matches \"**.scales\"; the nearest is .scale\n  \
         \".layers[*]\" matches Dense at .layers[0], which is not a leaf; \
         to select the leaves under it, write \".layers[*].**\""
    );
    assert_eq!(
        said("**.w | !**.bias | !.layers[1]"),
        "the pattern does not match the tree in 2 places:\n  \
         no leaf matches \"**.bias\"; the nearest is .layers[0].b\n  \
         \".layers[1]\" matches Dense at .layers[1], which is not a leaf; \
         to select the leaves under it, write \".layers[1].**\""
    );
    assert_eq!(
        said("!layers[*].* | layers[*].w"),
        "the pattern does not match the tree: \
         no leaf is left: \".layers[*].w | !.layers[*].*\" excludes every leaf that it matches"
    );
    assert_eq!(
        said("!**"),
        "the pattern does not match the tree: no leaf is left: \"!**\" excludes every leaf that it matches"
    );
    assert_eq!(
        message(tree_flatten(&1.0).map_where(&pattern("w"), |leaf| leaf)),
        "the pattern does not match the tree: no leaf matches \".w\"; the only leaf is the root"
    );
    assert_eq!(
        message(tree_flatten(&None::<f64>).partition("**")),
        "the pattern does not match the tree: no leaf matches \"**\"; there are no leaves"
    );
}

#[test]
fn what_is_excluded_is_not_selected() {
    let selected = |text: &str| -> Vec<String> {
        let layout = Layout::of(&xor()).select(text).unwrap();
        layout.layout().leaves().map(|(path, ..)| path.to_string()).collect()
    };
    assert_eq!(selected("!**.b"), [".layers[0].w", ".layers[1].w", ".scale"]);
    assert_eq!(selected("layers.** | !**.b"), [".layers[0].w", ".layers[1].w"]);
    assert_eq!(selected("!layers[0].** | **.b | scale"), [".layers[1].b", ".scale"]);

    let mlp = xor();
    let (frozen, trained) = tree_flatten(&mlp).partition("!**.w").unwrap();
    assert!(frozen.leaves().iter().map(Option::is_some).eq([false, true, false, true, true]));
    assert!(trained.leaves().iter().map(Option::is_some).eq([true, false, true, false, false]));
}

#[test]
fn halves_that_do_not_make_a_tree() {
    let half = |leaves| Flat::new(tree_structure(&xor()), leaves).unwrap();
    let first = half(vec![Some(0), Some(1), None, None, None]);
    let second = half(vec![Some(0), None, Some(2), None, Some(4)]);
    assert_eq!(
        message(first.clone().combine(second)),
        "the halves do not make a tree in 2 places:\n  \
         at .layers[0].w: the leaf is in both halves\n  \
         at .layers[1].b: the leaf is in neither half"
    );
    let other = Flat::new(tree_structure(&[Leaf(0.0); 2]), vec![None, None]).unwrap();
    assert_eq!(
        message(first.combine(other)),
        "the second tree does not match the first: at the root: expected Mlp, found a list of 2"
    );
}

#[test]
fn weights_are_trained_and_biases_kept() {
    let mut layers = layers();
    let part = Layout::of(&layers).select("[*].w | **.gains[1]").unwrap();
    let vector = part.ravel(&layers).unwrap();
    assert_eq!(vector, array![0.0, 1.0, 2.0, 3.0, 6.0, 10.0, 11.0, 12.0, 13.0, 16.0]);
    assert_eq!(part.layout().label(4).unwrap(), "[0].gains[1]");
    part.unravel_into(&(vector * -1.0), &mut layers).unwrap();
    assert_eq!(layers[1].w, array![[-10.0, -11.0], [-12.0, -13.0]]);
    assert_eq!(layers[1].b, array![14.0]);
    assert_eq!(layers[1].gains, [15.0, -16.0, 17.0].map(Leaf));

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
    let part = layout.select("[1].w | **.gains[1]").unwrap();
    assert_eq!((part.len(), part.is_empty(), part.index("[1].w[1,0]")), (6, false, Ok(3)));
    let index = |label: &str| message(part.index(label));
    assert_eq!(
        index("[1].b[0]"),
        "no such element: at [1].b: the leaf is in the whole tree, but not in this part"
    );
    assert_eq!(
        index("[0].gains[2]"),
        "no such element: at [0].gains[2]: the leaf is in the whole tree, but not in this part"
    );
    assert_eq!(
        index("[1].ww[0,1]"),
        "no such element: at [1]: there is no .ww; the keys are .w, .b, .gains; did you mean [1].w[0,1]?"
    );
    // The layout of the part has no element at .b, so it does not suggest .b.
    assert_eq!(
        message(part.layout().index("[1].b[0]")),
        "no such element: at [1].b: there is no [0], because the node has no children"
    );

    let dict = BTreeMap::from([("m", array![1.0]), ("n", array![2.0])]);
    let part = Layout::of(&dict).select("['n']").unwrap();
    assert_eq!(
        message(part.index("['m'][0]")),
        "no such element: at ['m']: the leaf is in the whole tree, but not in this part"
    );
}
