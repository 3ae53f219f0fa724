//! What there is without a feature: trees of the standard types and types written by hand.

use ndarray::{Array1, array};
use pytree::{Layout, Tree, ravel_pytree, tree_leaves_with_path, tree_map};
use std::collections::BTreeMap;

#[test]
fn trees_are_taken_apart_and_put_together() {
    let tree = (1.0, BTreeMap::from([("v".to_string(), array![2.0, 3.0])]), Some(vec![4.0]));
    let (flat, unravel) = ravel_pytree(&tree);
    assert_eq!(flat, array![1.0, 2.0, 3.0, 4.0]);
    let back: (f64, BTreeMap<String, Array1<f64>>, Option<Vec<f64>>) =
        unravel.unravel(&flat).unwrap();
    assert_eq!(back, tree);
    assert_eq!(tree_leaves_with_path(&tree)[1].0.to_string(), "[1]['v']");
    let shapes: Tree<usize> = tree_map(|leaf| leaf.len(), &tree).unwrap();
    assert_eq!(format!("{shapes:?}"), "Tuple([Leaf(1), Dict({\"v\": Leaf(2)}), Leaf(1)])");
    assert_eq!(unravel, Layout::of(&tree));
}
