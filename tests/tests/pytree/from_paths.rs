//! Trees from leaves with their paths, in any order.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use ndarray::ArrayD;
use proptest::prelude::*;
use pytree::path::Key;
use pytree::{
    Flat, KeyPath, Leaf, PyTree, Tree, tree_flatten, tree_leaves_with_path, tree_structure,
};
use tests::{config, key_paths, message, trees};

/// The paths of the leaves, each with a number, in an order that `seed` decides.
fn shuffled(tree: &Tree<ArrayD<f64>>, seed: u64) -> Vec<(KeyPath, usize)> {
    let paths = tree_leaves_with_path(tree).into_iter().map(|(path, _)| path);
    let mut pairs: Vec<_> = paths.zip(0..).collect();
    pairs.sort_by_key(|(_, index)| seed.wrapping_mul(2 * *index as u64 + 1).rotate_left(17));
    pairs
}

/// For the path of each node above a leaf, the keys of its children.
fn children(paths: &[KeyPath]) -> BTreeMap<Vec<Key>, BTreeSet<Key>> {
    let mut children: BTreeMap<Vec<Key>, BTreeSet<Key>> = BTreeMap::new();
    for path in paths {
        for (depth, key) in path.keys().iter().enumerate() {
            children.entry(path.keys()[..depth].to_vec()).or_default().insert(key.clone());
        }
    }
    children
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_structure_takes_its_leaves_in_any_order(tree in trees(), seed in any::<u64>()) {
        let treedef = tree_structure(&tree);
        let pairs = shuffled(&tree, seed);
        let flat = Flat::from_paths(&treedef, pairs.clone())?;
        prop_assert!(flat.leaves().iter().copied().eq(0..treedef.num_leaves()));

        // Every missing leaf and every repeated leaf is listed.
        let (missing, twice): (Vec<_>, Vec<_>) = pairs.iter().partition(|(_, index)| index % 2 == 0);
        let doubled = twice.iter().chain(&twice).map(|(path, index)| (path, index));
        let expected = missing.iter().map(|(path, _)| (path.clone(), "the leaf is missing"));
        let repeated = twice.iter().map(|(path, _)| (path.clone(), "there are 2 leaves with this path"));
        let expected: BTreeMap<_, _> = expected.chain(repeated).collect();
        match Flat::from_paths(&treedef, doubled) {
            Ok(_) => prop_assert!(expected.is_empty()),
            Err(error) => {
                let found = error.mismatches().iter().map(|m| (m.path.clone(), m.kind.to_string()));
                let found: BTreeMap<_, _> = found.collect();
                prop_assert!(found.iter().map(|(p, k)| (p.clone(), k.as_str())).eq(expected));
            }
        }
    }

    /// Without a structure, the leaves make a tree if and only if every list has all positions from 0 on.
    #[test]
    fn leaves_make_a_tree_if_no_position_is_missing(tree in trees(), seed in any::<u64>()) {
        let pairs = shuffled(&tree, seed);
        let paths: Vec<_> = tree_leaves_with_path(&tree).into_iter().map(|(path, _)| path).collect();
        let complete = |keys: &BTreeSet<Key>| {
            let positions = keys.iter().all(|key| matches!(key, Key::Sequence(_)));
            !positions || keys.iter().cloned().eq((0..keys.len()).map(Key::Sequence))
        };
        let built = Tree::from_paths(pairs);
        prop_assert_eq!(built.is_ok(), children(&paths).values().all(complete));
        if let Ok(built) = built {
            let leaves: Tree<Leaf<usize>> = tree_flatten(&built).map(|leaf| Leaf(leaf[[]])).unflatten()?;
            let found = tree_leaves_with_path(&leaves).into_iter().map(|(path, leaf)| (path, leaf[[]]));
            prop_assert!(found.eq(paths.into_iter().zip(0..)));
        }
    }

    /// Any paths make a tree with these leaves, or an error.
    #[test]
    fn any_paths_make_a_tree_or_an_error(paths in proptest::collection::vec(key_paths(), 0..6)) {
        let built = Tree::from_paths(paths.iter().zip(0_usize..));
        match built {
            Ok(tree) => {
                let names = |path: &KeyPath| path.simple("/");
                let found: BTreeSet<_> = tree_leaves_with_path(&tree).iter().map(|(path, _)| names(path)).collect();
                prop_assert_eq!(found, paths.iter().map(names).collect::<BTreeSet<_>>());
            }
            Err(error) => prop_assert!(!error.mismatches().is_empty()),
        }
    }
}

#[test]
fn what_does_not_make_a_tree_is_listed() {
    let paths =
        ["a", "a[0]", "b[1]", "b[4]", "c[0]", "c.x", ".d", "['d']", "e[-1]", "e[3]", "f", "f"];
    assert_eq!(
        message(Tree::from_paths(paths.iter().zip(0..))),
        "the leaves do not make a tree in 6 places:\n  \
         at the root: the keys .d and ['d'] are the same in a `Tree`\n  \
         at .a: there is a leaf with this path, and a node [0] under it\n  \
         at .b: positions 0, 2, 3 are missing\n  \
         at .c: [0] is a position and .x is not; a node has one or the other\n  \
         at .e: [3] is a position and [-1] is not; a node has one or the other\n  \
         at .f: there are 2 leaves with this path"
    );
    assert_eq!(
        message(Tree::from_paths([("a[", 1)])),
        "not a key path: \"a[\" ends where a position or a key in quotes is expected"
    );
    let one = Tree::from_paths([("", 1.0)]).unwrap();
    assert_eq!(one, Tree::Leaf(1.0));
    let none: [(KeyPath, f64); 0] = [];
    assert_eq!(Tree::from_paths(none).unwrap(), Tree::None);
    let far = message(Tree::from_paths([("[18446744073709551614]", 1.0)]));
    assert!(far.ends_with("8, 9, 10, 11 and 18446744073709551602 more are missing"), "{far}");
}

#[derive(PyTree, Debug, PartialEq)]
struct Dense {
    w: f64,
    b: Option<f64>,
    #[pytree(static)]
    name: &'static str,
}

#[test]
fn leaves_of_another_structure_are_listed() {
    let dense =
        vec![Dense { w: 0.0, b: Some(0.0), name: "d" }, Dense { w: 0.0, b: None, name: "e" }];
    let treedef = tree_structure(&dense);
    let built: Vec<Dense> =
        Flat::from_paths(&treedef, [("[1].w", 3.0), ("[0].b", 2.0), ("[0].w", 1.0)])
            .unwrap()
            .unflatten()
            .unwrap();
    assert_eq!(built[1], Dense { w: 3.0, b: None, name: "e" });
    let leaves = [
        ("[0]", 1.0),
        ("[0].w[0]", 1.0),
        ("[0].b", 1.0),
        ("[1].b", 1.0),
        ("[2].w", 1.0),
        ("[1].W", 1.0),
    ];
    assert_eq!(
        message(Flat::from_paths(&treedef, leaves)),
        "the leaves do not match the structure in 7 places:\n  \
         at [0]: expected no leaf, because the node is Dense\n  \
         at [0].w: the leaf is missing\n  \
         at [1].w: the leaf is missing\n  \
         at [1].b: expected no leaf, because the node is None\n  \
         at [0].w[0]: there is no such leaf\n  \
         at [2].w: there is no such leaf\n  \
         at [1].W: there is no such leaf; did you mean [1].w?"
    );
}

/// As long as the paths, whatever they are.
#[test]
fn hostile_paths_take_linear_time() {
    let start = Instant::now();
    let deep: KeyPath = (0..300_000).map(|_| Key::Sequence(0)).collect();
    let tree = Tree::from_paths([(&deep, 1.0)]).unwrap();
    assert_eq!(Flat::from_paths(&tree_structure(&tree), [(&deep, 1.0)]).unwrap().leaves(), [1.0]);
    let wide = |index: usize| KeyPath::from_iter([Key::Sequence(index)]);
    let pairs = || (0..200_000).rev().map(|index| (wide(index), index));
    let tree = Tree::from_paths(pairs()).unwrap();
    assert!(Flat::from_paths(&tree_structure(&tree), pairs()).is_ok());
    assert!(Tree::from_paths(pairs().skip(1).step_by(2)).is_err());
    assert!(
        Flat::from_paths(&tree_structure(&tree), pairs().map(|(_, index)| (wide(index + 1), 1.0)))
            .is_err()
    );
    // Each node on the way lacks position 0, so the paths of all mistakes together have a length of depth squared.
    let gaps: KeyPath = (0..300_000).map(|_| Key::Sequence(1)).collect();
    assert!(Tree::from_paths([(&gaps, 1.0)]).is_err());
    // Linear time is far below this limit, and quadratic time is far above it.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}
