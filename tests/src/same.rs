use ndarray::ArrayViewD;
use pytree::{PyTree, tree_leaves, tree_structure};

/// Whether two trees have the same structure, and leaves that are equal to the bit.
pub fn same(a: &impl PyTree<Elem = f64>, b: &impl PyTree<Elem = f64>) -> bool {
    tree_structure(a) == tree_structure(b)
        && tree_leaves(a).iter().map(exact).eq(tree_leaves(b).iter().map(exact))
}

/// The shape of a leaf, and the bits of its elements in row-major order.
pub fn exact(leaf: &ArrayViewD<'_, f64>) -> (Vec<usize>, Vec<u64>) {
    (leaf.shape().to_vec(), leaf.iter().map(|x| x.to_bits()).collect())
}
