use ndarray::ArrayViewD;
use pytree::{KeyPath, Layout, PyTree, tree_leaves_with_path};

/// A leaf: the names of its keys, its shape, and the bits of its elements.
pub type Listed = (Vec<String>, Vec<usize>, Vec<u64>);

/// The leaves of a tree, sorted. A type that sorts its keys, or has other kinds of keys, has the same
/// leaves.
pub fn leaves<P: PyTree<Elem = f64>>(tree: &P) -> Vec<Listed> {
    let leaves = tree_leaves_with_path(tree);
    sorted(leaves.iter().map(|(path, leaf)| listed(path, leaf)))
}

/// The leaves of a layout in its vector, sorted.
pub fn leaves_of(layout: &Layout, vector: &[f64]) -> Vec<Listed> {
    let paths: Vec<_> = layout.treedef().leaf_paths().collect();
    sorted(paths.iter().map(|path| listed(path, &layout.view(vector, path).expect("a leaf"))))
}

fn listed(path: &KeyPath, leaf: &ArrayViewD<'_, f64>) -> Listed {
    let names = path.keys().iter().map(|key| key.name().into_owned()).collect();
    (names, leaf.shape().to_vec(), leaf.iter().map(|x| x.to_bits()).collect())
}

fn sorted(leaves: impl Iterator<Item = Listed>) -> Vec<Listed> {
    let mut leaves: Vec<_> = leaves.collect();
    leaves.sort();
    leaves
}
