//! The algebra of structures, and what is said of whole trees: laws on random trees, and the exact
//! texts of errors.

use ndarray::{ArrayD, array};
use proptest::prelude::*;
use pytree::{
    Flat, Leaf, PyTree, Tree, tree_all_close, tree_broadcast, tree_equal, tree_flatten,
    tree_format, tree_leaves, tree_mapv, tree_size, tree_structure, tree_zeros_like,
};
use tests::{config, trees};

type Arrays = Tree<ArrayD<f64>>;

proptest! {
    #![proptest_config(config())]

    /// A structure put into another has the leaves of both, and the outer one is a prefix of it.
    #[test]
    fn a_composed_structure_has_leaves_of_leaves(outer in trees(), inner in trees()) {
        let (outer, inner) = (tree_structure(&outer), tree_structure(&inner));
        let composed = outer.compose(&inner);
        prop_assert_eq!(composed.num_leaves(), outer.num_leaves() * inner.num_leaves());
        prop_assert!(outer.is_prefix_of(&composed));
        let expected: Vec<_> = outer
            .leaf_paths()
            .flat_map(|path| inner.leaf_paths().map(move |below| format!("{path}{below}")).collect::<Vec<_>>())
            .collect();
        prop_assert!(composed.leaf_paths().map(|path| path.to_string()).eq(expected));

        let leaf = tree_structure(&1.0);
        prop_assert_eq!(&outer.compose(&leaf), &outer);
        prop_assert_eq!(&leaf.compose(&outer), &outer);
        prop_assert!(leaf.is_prefix_of(&outer) && outer.is_prefix_of(&outer));
    }

    #[test]
    fn a_tree_is_put_together_from_its_children(tree in trees()) {
        let treedef = tree_structure(&tree);
        let leaves: usize = treedef.children().map(|(_, child)| child.num_leaves()).sum();
        let is_leaf = treedef.num_nodes() == 1 && treedef.num_leaves() == 1;
        prop_assert_eq!(leaves + usize::from(is_leaf), treedef.num_leaves());
        let paths = treedef.children().flat_map(|(key, child)| {
            child.leaf_paths().map(|path| format!("{key}{path}")).collect::<Vec<_>>()
        });
        if !is_leaf {
            prop_assert!(treedef.leaf_paths().map(|path| path.to_string()).eq(paths));
        }
    }

    /// Each leaf of the prefix is found at every leaf whose path begins with its own.
    #[test]
    fn a_leaf_of_a_prefix_stands_for_all_under_it(outer in trees(), inner in trees()) {
        let prefix = tree_flatten(&outer).map_with_path(|path, _| path.to_string());
        let full = tree_structure(&outer).compose(&tree_structure(&inner));
        let paths: Vec<_> = full.leaf_paths().map(|path| path.to_string()).collect();
        let broadcast = prefix.broadcast(&full)?;
        prop_assert_eq!(broadcast.treedef(), &full);
        prop_assert!(broadcast.leaves().iter().zip(&paths).all(|(start, path)| path.starts_with(start)));
    }

    #[test]
    fn a_structure_is_a_prefix_just_if_it_broadcasts(a in trees(), b in trees()) {
        let (prefix, full) = (tree_flatten(&a), tree_structure(&b));
        prop_assert_eq!(prefix.treedef().is_prefix_of(&full), prefix.clone().broadcast(&full).is_ok());
    }

    #[test]
    fn to_transpose_twice_changes_nothing(outer in trees(), inner in trees()) {
        let (outer, inner) = (tree_structure(&outer), tree_structure(&inner));
        let composed = outer.compose(&inner);
        let flat = Flat::new(composed.clone(), (0..composed.num_leaves()).collect())?;
        let there = flat.clone().transpose(&outer, &inner)?;
        prop_assert_eq!(there.treedef(), &inner.compose(&outer));
        for (j, column) in there.leaves().chunks(outer.num_leaves().max(1)).enumerate() {
            let expected = (0..outer.num_leaves()).map(|i| i * inner.num_leaves() + j);
            prop_assert!(column.iter().copied().eq(expected));
        }
        prop_assert_eq!(there.transpose(&inner, &outer)?, flat);
    }

    #[test]
    fn trees_like_another_have_its_shapes(tree in trees()) {
        let zeros: Arrays = tree_zeros_like(&tree)?;
        let ones: Arrays = tree_mapv(|_| 1.0, &tree)?;
        prop_assert_eq!(tree_structure(&zeros), tree_structure(&tree));
        let sum: f64 = tree_leaves(&ones).iter().map(|leaf| leaf.sum()).sum();
        prop_assert_eq!(sum, tree_size(&tree) as f64);
        prop_assert_eq!(tree_equal(&zeros, &ones), tree_size(&tree) == 0);
        prop_assert!(tree_equal(&ones, &ones) && tree_all_close(&ones, &ones)?);

        let is_number = tree_leaves(&tree).iter().all(|leaf| leaf.iter().all(|x| !x.is_nan()));
        prop_assert_eq!(tree_equal(&tree, &tree), is_number);
    }
}

#[test]
fn equality_looks_at_structures_shapes_and_elements() {
    let tree = (1.0, vec![2.0]);
    assert!(tree_equal(&tree, &tree));
    assert!(!tree_equal(&tree, &(1.0, [2.0, 3.0])));
    assert!(!tree_equal(&array![1.0, 1.0], &array![[1.0, 1.0]]));
    assert!(!tree_equal(&[0.0], &[f64::NAN]));
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Gates<A> {
    v: A,
    m: A,
}

#[test]
fn a_list_of_states_becomes_a_state_of_lists() {
    let states = vec![Gates { v: 1.0, m: 2.0 }, Gates { v: 3.0, m: 4.0 }];
    let (outer, inner) = (tree_structure(&[Leaf(0.0); 2]), tree_structure(&states[0]));
    let swapped = tree_flatten(&states).transpose(&outer, &inner).unwrap();
    let lists: Gates<[Leaf<f64>; 2]> = swapped.unflatten().unwrap();
    assert_eq!(lists, Gates { v: [1.0, 3.0].map(Leaf), m: [2.0, 4.0].map(Leaf) });

    let first = states[..1].to_vec();
    let wrong = tree_flatten(&first).transpose(&outer, &inner);
    assert_eq!(
        wrong.unwrap_err().to_string(),
        "the tree does not match outer of inner: at the root: expected a list of 2, found a list of 1"
    );
}

#[test]
fn trees_print_with_types_and_shapes() {
    let tree = std::collections::BTreeMap::from([
        ("it's".to_string(), Some((array![[1_u8, 2]], 3_u8))),
        ("none".to_string(), None),
    ]);
    assert_eq!(
        tree_format(&tree).to_string(),
        "dict of 2\n  [\"it's\"]: tuple of 2\n    [0]: u8[1,2]\n    [1]: u8[]\n  ['none']: None"
    );
    assert_eq!(
        tree_format(&tree).max_depth(1).max_children(1).to_string(),
        "dict of 2\n  [\"it's\"]: tuple of 2 with 3 elements\n  ... 1 more"
    );
    let dual = num_dual::Dual64::from(1.0);
    assert_eq!(tree_format(&[dual]).to_string(), "Dual<f64>[1]");
    assert_eq!(tree_format(&[Leaf(dual)]).to_string(), "list of 1\n  [0]: Dual<f64>[]");
}

#[test]
fn trees_print_with_statistics_on_request() {
    let text = |leaf: &[f32]| tree_format(&leaf.to_vec()).statistics().to_string();
    let nan = f32::NAN;
    assert_eq!(text(&[]), "f32[0]");
    assert_eq!(text(&[0.25]), "f32[1] = 0.25");
    assert_eq!(text(&[nan]), "f32[1] = NaN");
    assert_eq!(text(&[nan, nan]), "f32[2] 2 NaN");
    assert_eq!(text(&[nan, 0.5]), "f32[2] min 0.5 mean 0.5 max 0.5, 1 NaN");
    assert_eq!(text(&[1.0, f32::INFINITY, -1e9]), "f32[3] min -1.000e9 mean inf max inf");
    let counts = vec![array![[1_u8, 2]], array![[254, 255]]];
    assert_eq!(
        tree_format(&counts).statistics().max_children(1).to_string(),
        "list of 2\n  [0]: u8[1,2] min 1 mean 1.5 max 2\n  ... 1 more"
    );
}

#[test]
fn what_is_no_prefix_is_refused() {
    let full = Gates { v: [1.0, 2.0].map(Leaf).to_vec(), m: vec![Leaf(3.0)] };
    let rates = tree_broadcast(&Gates { v: 0.1, m: 0.2 }, &full).unwrap();
    assert!(rates.leaves().iter().map(|leaf| leaf.sum()).eq([0.1, 0.1, 0.2]));
    assert_eq!(tree_broadcast(&0.1, &full).unwrap().leaves().len(), 3);

    let deeper = Gates { v: vec![Some(0.1), None], m: vec![Some(0.1); 2] };
    assert_eq!(
        tree_broadcast(&deeper, &full).unwrap_err().to_string(),
        "the prefix does not match the tree in 2 places:\n  \
         at .v[1]: expected None, found a leaf\n  \
         at .m: expected a list of 2, found a list of 1"
    );
}
