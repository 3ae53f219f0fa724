//! Reads and writes everything under a node.

use ndarray::{ArrayViewD, ArrayViewMut, Dimension};

use crate::build::from_leaves::FromLeaves;
use crate::error::error::Error;
use crate::error::from_text::ToPath;
use crate::layout::get::{NOT_THERE, narrow, tree_get_mut};
use crate::layout::within::Within;
use crate::map::flat::Flat;
use crate::map::flatten::{tree_flatten, tree_structure};
use crate::map::pair::matching;
use crate::path::key::KeyPath;
use crate::structure::find::find_within;
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::VisitorMut;

/// Builds a tree of the return type from the node at `path` and everything under it. Indices after the path of a leaf
/// select a row or an element of the leaf.
///
/// If the return type has views (`Dense<ArrayView1<f64>>`), nothing is copied. Each call walks the whole tree.
///
/// # Errors
/// If `path` is not a valid path, if the tree has no node at `path` (the error lists the keys that exist and the most
/// similar path), or if `R` does not have the structure of the node or cannot have the shape of a leaf.
///
/// ```
/// use ndarray::{Array1, array};
/// use pytree::{PyTree, tree_get_as};
///
/// #[derive(PyTree, Clone, Debug, PartialEq)]
/// struct Dense { w: Array1<f64>, b: f64 }
/// #[derive(PyTree)]
/// struct Mlp { layers: Vec<Dense> }
///
/// let layers = vec![Dense { w: array![1.0], b: 2.0 }, Dense { w: array![3.0], b: 4.0 }];
/// let mlp = Mlp { layers };
/// let last: Dense = tree_get_as(&mlp, "layers[1]")?;
/// assert_eq!(last, mlp.layers[1]);
/// let bias: f64 = tree_get_as(&mlp, "layers[0].b")?;
/// assert_eq!(bias, 2.0);
///
/// let error = tree_get_as::<_, (f64, f64)>(&mlp, "layers[0]").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the tree does not match the type to be built: at .layers[0]: expected a tuple of 2, found Dense"
/// );
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "subtree")]
#[doc(alias = "tree_at")]
#[doc(alias = "accessor")]
pub fn tree_get_as<'a, P, R>(tree: &'a P, path: impl ToPath) -> Result<R, Error>
where
    P: PyTree,
    R: FromLeaves<ArrayViewD<'a, P::Elem>>,
{
    let path = path.to_path()?;
    let Below { flat, .. } = below(tree, &path)?;
    flat.unflatten().map_err(|error| error.under(path.keys()))
}

/// Writes `value` to the node at `path` and everything under it. Indices after the path of a leaf select a row or an
/// element of the leaf.
///
/// The node keeps its structure and its shapes, so `value` must have them too. The entries of dicts are paired by key.
///
/// # Errors
/// If `path` is not a valid path, if the tree has no node at `path` (the error lists the keys that exist and the most
/// similar path), or if the structure or the shapes of `value` differ: every path at which they do. `tree` is then
/// unchanged.
///
/// ```
/// use ndarray::{Array1, array};
/// use pytree::{PyTree, tree_set};
///
/// #[derive(PyTree, Clone, Debug, PartialEq)]
/// struct Dense { w: Array1<f64>, b: f64 }
///
/// let mut layers = vec![Dense { w: array![1.0, 1.0], b: 2.0 }, Dense { w: array![3.0], b: 4.0 }];
/// tree_set(&mut layers, "[0]", &Dense { w: array![5.0, 6.0], b: 7.0 })?;
/// tree_set(&mut layers, "[1].w", &array![8.0])?;
/// tree_set(&mut layers, "[0].w[1]", &9.0)?;
/// assert_eq!(layers, [Dense { w: array![5.0, 9.0], b: 7.0 }, Dense { w: array![8.0], b: 4.0 }]);
///
/// let error = tree_set(&mut layers, "[1]", &Dense { w: array![1.0, 2.0], b: 3.0 }).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the new value does not match the tree: at [1].w: expected shape [1], found [2]"
/// );
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "tree_at")]
#[doc(alias = "at")]
pub fn tree_set<P, Q>(tree: &mut P, path: impl ToPath, value: &Q) -> Result<(), Error>
where
    P: PyTreeMut<Elem: Clone>,
    Q: PyTree<Elem = P::Elem>,
{
    let path = path.to_path()?;
    let Below { first, flat } = below(&*tree, &path)?;
    let value = matching(&flat, tree_flatten(value), "the new value does not match the tree")
        .map_err(|error| error.under(path.keys()))?
        .into_leaves();
    match first {
        Some(first) => tree.walk_mut(&mut Assign { before: first, values: value.into_iter() }),
        // A row or an element of a leaf, so `value` is one leaf.
        None => value
            .iter()
            .try_for_each(|value| tree_get_mut(tree, &*path).map(|mut part| part.assign(value)))?,
    }
    Ok(())
}

/// A node and everything under it as a tree of its own.
struct Below<'a, E> {
    /// The index of the first leaf in the whole tree; `None` for a row or an element of a leaf.
    first: Option<usize>,
    flat: Flat<ArrayViewD<'a, E>>,
}

/// The node, the row or the element at `path`.
fn below<'a, P: PyTree>(tree: &'a P, path: &KeyPath) -> Result<Below<'a, P::Elem>, Error> {
    let (treedef, leaves) = tree_flatten(tree).into_parts();
    let (subtree, depth) = find_within(&treedef, path, NOT_THERE)?;
    if depth < path.keys().len() {
        let within = Within::find(&treedef, path, NOT_THERE)?;
        let leaf = leaves.into_iter().nth(within.leaf);
        let part = leaf.into_iter().map(|leaf| narrow(leaf, &within)).collect::<Result<_, _>>()?;
        return Ok(Below { first: None, flat: Flat::new(tree_structure(&0.0), part)? });
    }
    let first = subtree.at.leaf;
    let count = subtree.at.past(subtree.arena).leaf - first;
    let leaves = leaves.into_iter().skip(first).take(count).collect();
    Ok(Below { first: Some(first), flat: Flat::new(subtree.to_treedef(), leaves)? })
}

/// Assigns the values to consecutive leaves of a tree.
struct Assign<I> {
    /// The number of leaves still to come before the first one to assign to.
    before: usize,
    values: I,
}

impl<'a, 'v, E, I> VisitorMut<'a, E> for Assign<I>
where
    E: Clone + 'a + 'v,
    I: Iterator<Item = ArrayViewD<'v, E>>,
{
    fn leaf<D: Dimension>(&mut self, leaf: ArrayViewMut<'a, E, D>) {
        match self.before.checked_sub(1) {
            Some(before) => self.before = before,
            None => {
                if let Some(value) = self.values.next() {
                    leaf.into_dyn().assign(&value);
                }
            }
        }
    }
}
