//! What holds for every tree, tried on random ones.

use std::collections::{BTreeMap, HashMap, VecDeque};

use ndarray::{Array1, ArrayD, ArrayViewD, Axis, Slice};
use proptest::prelude::*;
use pytree::error::{Mismatch, MismatchKind};
use pytree::walk::Node;
use pytree::{
    Error, KeyPath, Layout, Leaf, Tree, ravel_pytree, tree_flatten, tree_leaves,
    tree_leaves_with_path, tree_map, tree_map_mut, tree_map2, tree_structure,
};
use tests::{Stored, config, key_paths, same, stored_trees, trees};

const EVEN: Slice = Slice { start: 0, end: Some(-1), step: 2 };
const ODD: Slice = Slice { start: 1, end: None, step: 2 };

type Arrays = Tree<ArrayD<f64>>;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn unflatten_after_flatten_is_the_identity(tree in stored_trees()) {
        let back: Arrays = tree_flatten(&tree).map(|leaf| leaf.to_owned()).unflatten()?;
        prop_assert!(same(&tree, &back));
    }

    #[test]
    fn unravel_after_ravel_is_the_identity(tree in stored_trees()) {
        let (flat, layout) = ravel_pytree(&tree);
        prop_assert_eq!(flat.len(), layout.len());
        let back: Arrays = layout.unravel(&flat)?;
        prop_assert!(same(&tree, &back));
        let views: Tree<ArrayViewD<'_, f64>> = layout.views(&flat)?;
        prop_assert!(same(&tree, &views));

        // In place, into a tree of other values, which may have another memory order.
        let mut back = tree.clone();
        tree_map_mut(|mut leaf| leaf.fill(7.0), &mut back);
        layout.unravel_into(&flat, &mut back)?;
        prop_assert!(same(&tree, &back));
    }

    /// The loop one would write without a layout is the reference for all ways to ravel.
    #[test]
    fn every_way_to_ravel_gives_the_leaves_in_row_major_order(tree in stored_trees()) {
        let expected: Vec<u64> =
            tree_leaves(&tree).iter().flat_map(|leaf| leaf.iter().map(|x| x.to_bits())).collect();
        let (flat, layout) = ravel_pytree(&tree);
        prop_assert_eq!(bits(&flat), &expected[..]);
        prop_assert_eq!(bits(&layout.ravel(&tree)?), &expected[..]);

        let mut slice = vec![0.5; layout.len()];
        layout.ravel_into(&tree, &mut slice)?;
        prop_assert_eq!(bits(&slice.into()), &expected[..]);

        let mut strided = Array1::from_elem(2 * layout.len() + 1, 0.5);
        layout.ravel_into(&tree, strided.slice_axis_mut(Axis(0), EVEN))?;
        prop_assert_eq!(bits(&strided.slice_axis(Axis(0), EVEN).to_owned()), &expected[..]);
        prop_assert!(strided.slice_axis(Axis(0), ODD).iter().all(|x| *x == 0.5));

        let mut back = tree.clone();
        tree_map_mut(|mut leaf| leaf.fill(7.0), &mut back);
        layout.unravel_into(strided.slice_axis(Axis(0), EVEN), &mut back)?;
        prop_assert!(same(&tree, &back));
    }

    #[test]
    fn labels_and_ranges_agree_with_the_leaves(tree in stored_trees()) {
        let layout = Layout::of(&tree);
        let labels: Vec<String> = layout.labels().collect();
        prop_assert_eq!(labels.len(), layout.len());
        for (index, label) in labels.iter().enumerate() {
            prop_assert_eq!(&layout.label(index)?, label);
        }
        prop_assert!(layout.label(layout.len()).is_err());
        let mut start = 0;
        for (path, leaf) in tree_leaves_with_path(&tree) {
            prop_assert_eq!(layout.range(&path)?, start..start + leaf.len());
            start += leaf.len();
        }
        prop_assert_eq!(layout.range(KeyPath::root())?, 0..layout.len());
    }

    /// However it is stored, a leaf is the array of its elements.
    #[test]
    fn a_leaf_is_its_array(tree in stored_trees()) {
        let arrays = edit(&tree, &mut |leaf: &Stored| Tree::Leaf(leaf.to_array()));
        prop_assert!(same(&tree, &arrays));
        prop_assert_eq!(Layout::of(&tree), Layout::of(&arrays));
        prop_assert!(Layout::of(&arrays).check(&tree).is_ok());
        prop_assert_eq!(bits(&ravel_pytree(&tree).0), bits(&ravel_pytree(&arrays).0));
    }

    #[test]
    fn map_by_the_identity_changes_nothing_and_maps_compose(tree in stored_trees()) {
        let same_tree: Arrays = tree_map(|leaf| leaf.to_owned(), &tree)?;
        prop_assert!(same(&tree, &same_tree));

        let (f, g) = (|x: f64| x * 3.0, |x: f64| x + 1.0);
        let both: Arrays = tree_map(|leaf| leaf.mapv(|x| g(f(x))), &tree)?;
        let first: Arrays = tree_map(|leaf| leaf.mapv(f), &tree)?;
        let then: Arrays = tree_map(|leaf| leaf.mapv(g), &first)?;
        prop_assert!(same(&both, &then));
    }

    /// `zip` accepts another tree just when the two structures are equal, `tree_map2` just when the
    /// shapes are equal too.
    #[test]
    fn two_trees_map_together_if_their_layouts_are_equal(a in stored_trees(), b in trees()) {
        let zipped = tree_flatten(&a).zip(tree_flatten(&b));
        prop_assert_eq!(zipped.is_ok(), tree_structure(&a) == tree_structure(&b));
        let together: Result<Tree<()>, _> = tree_map2(|_, _| (), &a, &b);
        prop_assert_eq!(together.is_ok(), Layout::of(&a) == Layout::of(&b));
        if let Err(error) = together {
            prop_assert!(!error.mismatches().is_empty());
        }
    }

    #[test]
    fn a_layout_accepts_the_trees_of_its_structure_and_shapes(a in stored_trees(), b in stored_trees()) {
        let (layout, other) = (Layout::of(&a), Layout::of(&b));
        prop_assert!(layout.check(&a).is_ok());
        prop_assert_eq!(layout.check(&b).is_ok(), layout == other);
    }

    /// Every leaf that is changed is reported with its path, and no other leaf is.
    #[test]
    fn every_difference_is_reported(tree in trees(), picks in proptest::collection::vec(any::<bool>(), 40)) {
        let picked = |index: usize| picks[index % picks.len()];
        let leaves = tree_leaves_with_path(&tree);
        let changed = leaves.iter().enumerate().filter(|(index, _)| picked(*index));
        let changed: Vec<_> = changed.map(|(_, (path, leaf))| (path.clone(), leaf.shape())).collect();

        let mut index = 0..;
        let without = edit(&tree, &mut |leaf| {
            if index.next().is_some_and(picked) { Tree::None } else { Tree::Leaf(leaf.clone()) }
        });
        let expected = changed.iter().map(|(path, _)| {
            let kind = MismatchKind::Node { expected: Node::Leaf, found: Node::None };
            Mismatch { path: path.clone(), kind }
        });
        let together: Result<Tree<()>, _> = tree_map2(|_, _| (), &tree, &without);
        prop_assert_eq!(mismatches(together), expected.collect::<Vec<_>>());

        let mut index = 0..;
        let grown = edit(&tree, &mut |leaf| {
            let grow = index.next().is_some_and(picked);
            Tree::Leaf(if grow { leaf.clone().insert_axis(Axis(0)) } else { leaf.clone() })
        });
        let expected = changed.iter().map(|(path, shape)| {
            let found = [1].iter().chain(*shape).copied().collect();
            let kind = MismatchKind::Shape { expected: shape.to_vec(), found };
            Mismatch { path: path.clone(), kind }
        });
        let check = Layout::of(&tree).check(&grown);
        prop_assert_eq!(mismatches(check), expected.collect::<Vec<_>>());
    }

    #[test]
    fn dropping_leaves_keeps_the_others(tree in trees()) {
        let mut index = 0;
        let kept = tree_flatten(&tree).retain(|_, _| {
            index += 1;
            index % 2 == 0
        });
        let expected: Vec<_> = tree_leaves(&tree).into_iter().skip(1).step_by(2).collect();
        prop_assert_eq!(kept.leaves().len(), expected.len());
        let pairs = kept.leaves().iter().zip(&expected);
        prop_assert!(pairs.into_iter().all(|(a, b)| a.mapv(f64::to_bits) == b.mapv(f64::to_bits)));
        let rebuilt: Arrays = kept.clone().map(|leaf| leaf.to_owned()).unflatten()?;
        prop_assert_eq!(&tree_structure(&rebuilt), kept.treedef());
    }

    #[test]
    fn a_key_path_parses_as_it_prints(path in key_paths()) {
        prop_assert_eq!(path.to_string().parse::<KeyPath>()?, path);
    }

    /// Whatever is parsed, it is a path or an error that shows the text; nothing panics.
    #[test]
    fn any_text_is_a_key_path_or_an_error(text in "[.\\['\"\\]\\\\a-zéxuU0-9 ]{0,12}") {
        match text.parse::<KeyPath>() {
            Ok(path) => prop_assert_eq!(path.to_string().parse::<KeyPath>()?, path),
            Err(error) => {
                let (message, shown) = (error.to_string(), format!("{text:?}"));
                prop_assert!(message.contains(&shown), "{}", message);
            }
        }
    }

    /// A list of `Leaf`s, or a `VecDeque`, is the list of leaves that a `Tree` holds.
    #[test]
    fn a_list_of_leaves_has_a_leaf_for_each_number(
        numbers in proptest::collection::vec(tests::any_f64(), 0..9)
    ) {
        let tree = Tree::List(numbers.iter().map(|x| Tree::Leaf(*x)).collect());
        let list: Vec<Leaf<f64>> = numbers.iter().copied().map(Leaf).collect();
        let ring: VecDeque<f64> = numbers.iter().copied().collect();
        let (flat, layout) = ravel_pytree(&tree);
        prop_assert_eq!(&layout, &Layout::of(&list));
        prop_assert_eq!(&layout, &Layout::of(&ring));
        prop_assert_eq!(bits(&ravel_pytree(&list).0), bits(&flat));
        prop_assert_eq!(bits(&ravel_pytree(&ring).0), bits(&flat));
        prop_assert_eq!(bits(&flat), bits(&numbers.into()));
    }

    #[test]
    fn a_hash_map_is_the_tree_that_its_b_tree_map_is(
        entries in proptest::collection::btree_map(any::<String>(), tests::any_f64(), 0..20)
    ) {
        let hashed: HashMap<_, _> = entries.clone().into_iter().collect();
        prop_assert_eq!(Layout::of(&hashed), Layout::of(&entries));
        let (flat, unravel) = ravel_pytree(&hashed);
        prop_assert_eq!(bits(&flat), bits(&ravel_pytree(&entries).0));
        let back: BTreeMap<String, f64> = unravel.unravel(&flat)?;
        prop_assert!(back.values().map(|x| x.to_bits()).eq(entries.values().map(|x| x.to_bits())));
    }
}

fn bits(flat: &Array1<f64>) -> Vec<u64> {
    flat.iter().map(|x| x.to_bits()).collect()
}

fn mismatches<T>(result: Result<T, Error>) -> Vec<Mismatch> {
    result.err().map(|error| error.mismatches().to_vec()).unwrap_or_default()
}

/// The tree with each leaf replaced.
fn edit<L>(tree: &Tree<L>, leaf: &mut dyn FnMut(&L) -> Arrays) -> Arrays {
    match tree {
        Tree::Leaf(array) => leaf(array),
        Tree::None => Tree::None,
        Tree::List(children) => {
            Tree::List(children.iter().map(|child| edit(child, leaf)).collect())
        }
        Tree::Tuple(children) => {
            Tree::Tuple(children.iter().map(|child| edit(child, leaf)).collect())
        }
        Tree::Dict(children) => {
            let children = children.iter().map(|(key, child)| (key.clone(), edit(child, leaf)));
            Tree::Dict(children.collect())
        }
    }
}
