use std::fmt::Debug;

use ndarray::ArrayD;
use pytree::{FromLeaves, PyTree, tree_flatten, tree_leaves_with_path, tree_structure};

/// The paths of the leaves and the structure; the tree is put together again from its parts.
///
/// # Panics
/// If that gives another tree.
pub fn parts<P>(tree: &P) -> (Vec<String>, String)
where
    P: PyTree<Elem = f64> + FromLeaves<ArrayD<f64>> + PartialEq + Debug,
{
    let leaves = tree_leaves_with_path(tree);
    let back: P = tree_flatten(tree).map(|leaf| leaf.to_owned()).unflatten().unwrap();
    assert_eq!(&back, tree);
    let paths = leaves.iter().map(|(path, _)| path.to_string()).collect();
    (paths, tree_structure(tree).to_string())
}
