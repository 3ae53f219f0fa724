//! Masks, groups of leaves, and subtrees at the leaves of a prefix.

use ndarray::{Array1, ArrayD, ArrayViewD, array};
use proptest::prelude::*;
use pytree::path::Select;
use pytree::{
    Flat, KeyPath, Layout, Leaf, Pattern, PyTree, Tree, tree_flatten, tree_groups, tree_leaves,
    tree_leaves_with_path, tree_map, tree_map_or_zero, tree_map_where, tree_structure,
};
use tests::{config, exact, layers, message, same, trees};

type Arrays = Tree<ArrayD<f64>>;

/// Patterns that match some leaf of `tree`: parts of its paths, and exclusions of them.
fn patterns(tree: &Arrays, picks: &[(usize, u8)]) -> Vec<String> {
    let paths: Vec<KeyPath> =
        tree_leaves_with_path(tree).into_iter().map(|(path, _)| path).collect();
    let pattern = |(pick, kind): &(usize, u8)| {
        let path = paths.get(pick % paths.len().max(1))?;
        let parent: KeyPath =
            path.keys().iter().take(path.keys().len().max(1) - 1).cloned().collect();
        let [path, parent] = [path, &parent].map(|path| Pattern::from(path).to_string());
        Some(match kind % 4 {
            0 => path,
            1 => format!("{parent}.**"),
            2 => format!("!{path}"),
            _ => format!("{parent}.** | !{path}"),
        })
        // The path of the root is empty, and `!` alone is not a pattern.
        .filter(|text| !text.ends_with('!'))
    };
    picks.iter().filter_map(pattern).chain(["**".to_string()]).collect()
}

proptest! {
    #![proptest_config(config())]

    /// For each leaf, the first of the patterns that matches its path alone is the reference.
    #[test]
    fn each_leaf_is_in_the_first_group_that_matches(
        tree in trees(),
        picks in proptest::collection::vec((0..40_usize, any::<u8>()), 0..5),
    ) {
        let texts = patterns(&tree, &picks);
        let parsed: Vec<Pattern> = texts.iter().map(|text| tests::pattern(text)).collect();
        let expected: Vec<_> = tree_leaves_with_path(&tree)
            .iter()
            .map(|(path, _)| parsed.iter().position(|pattern| pattern.matches(path)).unwrap())
            .collect();
        let every_rule_has_a_leaf = (0..texts.len()).all(|rule| expected.contains(&rule));
        let groups = tree_groups(&tree, texts.iter().zip(0..));
        prop_assert_eq!(groups.is_ok(), every_rule_has_a_leaf);
        match groups {
            Ok(groups) => prop_assert_eq!(groups.leaves(), &expected),
            Err(error) => {
                let unused = (0..texts.len()).filter(|rule| !expected.contains(rule)).count();
                prop_assert_eq!(error.mismatches().len(), unused);
            }
        }
    }

    /// Every function that takes a mask selects the same leaves as a loop over its flags.
    #[test]
    fn a_mask_selects_by_its_flags(tree in trees(), flags in proptest::collection::vec(any::<bool>(), 1..9)) {
        let mut next = flags.iter().cycle();
        let mask = tree_flatten(&tree).map(|_| *next.next().unwrap());
        let chosen = |index: usize| mask.leaves()[index];
        prop_assert_eq!((&mask).mask(mask.treedef())?, mask.leaves());

        let mapped: Arrays = tree_map_where(&mask, |leaf| &leaf * 2.0, &tree)?;
        let zeroed: Arrays = tree_map_or_zero(&mask, |leaf| &leaf * 2.0, &tree)?;
        for (index, leaf) in tree_leaves(&tree).iter().enumerate() {
            let doubled = leaf * 2.0;
            let (kept, zeros) = (leaf.view(), ArrayD::zeros(leaf.shape()));
            let expected = if chosen(index) { doubled.view() } else { kept };
            prop_assert_eq!(exact(&tree_leaves(&mapped)[index]), exact(&expected));
            let expected = if chosen(index) { doubled.view() } else { zeros.view() };
            prop_assert_eq!(exact(&tree_leaves(&zeroed)[index]), exact(&expected));
        }

        let mut index = 0..;
        let retained = tree_flatten(&tree).retain(|_, _| chosen(index.next().unwrap()));
        let selected = tree_flatten(&tree).select(&mask)?;
        let part = Layout::of(&tree).select(&mask)?;
        prop_assert_eq!(selected.treedef(), retained.treedef());
        prop_assert_eq!(part.layout().treedef(), retained.treedef());
        prop_assert!(selected.leaves().iter().map(exact).eq(retained.leaves().iter().map(exact)));
        prop_assert_eq!(part.len(), retained.leaves().iter().map(ArrayViewD::len).sum::<usize>());

        let (first, second) = tree_flatten(&tree).partition(&mask)?;
        prop_assert!(first.leaves().iter().map(Option::is_some).eq(mask.leaves().iter().copied()));
        let back: Arrays = first.combine(second)?.map(|leaf| leaf.to_owned()).unflatten()?;
        prop_assert!(same(&back, &tree));
    }

    /// A tree that is taken apart at the leaves of a prefix comes back, and each part is the subtree there.
    #[test]
    fn a_tree_is_its_subtrees_at_a_prefix(outer in trees(), inner in trees()) {
        let (outer, inner) = (tree_structure(&outer), tree_structure(&inner));
        let full = outer.compose(&inner);
        let flat = Flat::new(full.clone(), (0..full.num_leaves()).collect())?;
        let below = flat.clone().flatten_up_to(&outer)?;
        prop_assert_eq!(below.treedef(), &outer);
        for (index, below) in below.leaves().iter().enumerate() {
            prop_assert_eq!(below.treedef(), &inner);
            let start = index * inner.num_leaves();
            prop_assert!(below.leaves().iter().copied().eq(start..start + inner.num_leaves()));
        }
        prop_assert_eq!(&below.flatten(), &flat);
        prop_assert_eq!(&flat.clone().flatten_up_to(&full)?.flatten(), &flat);
        prop_assert_eq!(&flat.clone().flatten_up_to(&tree_structure(&0.0))?.flatten(), &flat);
    }

    #[test]
    fn a_structure_is_put_together_from_its_children(tree in trees(), other in trees()) {
        let treedef = tree_structure(&tree);
        let children = || treedef.children().map(|(_, child)| child);
        prop_assert_eq!(&treedef.with_children(children())?, &treedef);
        let others = treedef.with_children(children().map(|_| tree_structure(&other)))?;
        prop_assert!(others.children().map(|(key, _)| key).eq(treedef.children().map(|(key, _)| key)));
        prop_assert!(others.children().all(|(_, child)| child == tree_structure(&other)));
        prop_assert!(treedef.with_children(children().chain([tree_structure(&other)])).is_err());
    }
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Dense {
    w: Array1<f64>,
    b: f64,
    #[pytree(static)]
    name: &'static str,
}

#[test]
fn static_fields_stay_with_their_subtrees() {
    let layer = |name| Dense { w: array![1.0], b: 2.0, name };
    let tree = vec![layer("first"), layer("second")];
    let below = tree_flatten(&tree).flatten_up_to(&tree_structure(&[Leaf(0.0); 2])).unwrap();
    let second: Dense = below.leaves()[1].clone().unflatten().unwrap();
    assert_eq!(second, tree[1]);
    let back: Vec<Dense> = below.flatten().unflatten().unwrap();
    assert_eq!(back, tree);
    assert_eq!(
        message(tree_flatten(&tree).flatten_up_to(&tree_structure(&[Leaf(0.0); 3]))),
        "the prefix does not match the tree: at the root: expected a list of 3, found a list of 2"
    );
}

#[test]
fn a_mask_of_another_structure_is_refused() {
    let params = (array![1.0], (array![2.0], array![3.0]));
    let prefix = tree_flatten(&(true, false)).map(|flag| flag[[]]);
    assert_eq!((&prefix).mask(&tree_structure(&params)).unwrap(), [true, false, false]);
    let mask = tree_flatten(&(true, (true, (true, false)))).map(|flag| flag[[]]);
    assert_eq!(
        message(tree_flatten(&params).partition(&mask)),
        "the mask does not match the tree: at [1][1]: expected a tuple of 2, found a leaf"
    );
    let doubled: Result<Arrays, _> = tree_map_where(mask, |leaf| &leaf * 2.0, &params);
    assert!(doubled.is_err());
}

#[test]
fn leaves_without_a_group_and_groups_without_a_leaf_are_listed() {
    let tree = layers();
    assert_eq!(
        message(tree_groups(
            &tree,
            [("**.b", 1), ("[0].**", 2), ("[9].w", 3), ("[1].b | [0].c", 4)]
        )),
        "the groups do not match the tree (a last rule \"**\" takes all leaves that are left) in 6 places:\n  \
         at [1].w: the leaf is in no group\n  \
         at [1].gains[0]: the leaf is in no group\n  \
         at [1].gains[1]: the leaf is in no group\n  \
         at [1].gains[2]: the leaf is in no group\n  \
         no leaf matches \"[9].w\"; the nearest is [0].w\n  \
         no leaf matches \"[0].c\"; the nearest is [0].w"
    );
    assert_eq!(
        message(tree_groups(&tree, [("[*].w", 1), ("**", 2), ("**.b | **.gains.**", 3)])),
        "the groups do not match the tree: \
         no leaf for \"**.b | **.gains.**\": earlier rules have all that it matches"
    );
    let many: Vec<_> = (0..20).map(|index| (format!("x{index}"), index)).collect();
    let text = message(tree_groups(&tree, many));
    assert!(text.contains(" in 30 places:") && text.ends_with("\n  and 18 more"), "{text}");
    let error = tree_groups(&tree, [("**.b | ]", 1)]).unwrap_err();
    assert_eq!(error.kind(), pytree::error::ErrorKind::Parse);
    let none: [(&str, f64); 0] = [];
    assert!(tree_groups(&tree, none).is_err());
    assert!(tree_groups(&Tree::<f64>::None, none).unwrap().leaves().is_empty());
}

/// The trap in the docs of `tree_map_where`.
#[test]
fn zeroed_updates_leave_frozen_parameters_where_they_are() {
    let params = Dense { w: array![1.0], b: 2.0, name: "d" };
    let grads = Dense { w: array![10.0], b: 10.0, name: "d" };
    let step = |updates: Result<Dense, pytree::Error>| -> Dense {
        pytree::tree_map2(|p, u| &p + &u, &params, &updates.unwrap()).unwrap()
    };
    let descent = |leaf: ndarray::ArrayViewD<'_, f64>| &leaf * -0.1;
    let moved = step(tree_map_where("w", descent, &grads));
    assert_eq!((moved.w, moved.b), (array![0.0], 12.0));
    let kept = step(tree_map_or_zero("w", descent, &grads));
    assert_eq!((kept.w, kept.b), (array![0.0], 2.0));
    let halved: Dense = tree_map(|leaf| &leaf * 0.5, &params).unwrap();
    assert_eq!(halved.b, 1.0);
}
