use crate::build::from_leaves::{FromLeaves, build};
use crate::error::error::{Error, ErrorKind};
use crate::error::print::count;
use crate::path::key::KeyPath;
use crate::structure::paths::Paths;
use crate::structure::treedef::TreeDef;

/// A flattened tree: its structure and its leaves, which may be of any type.
///
/// Maps change the leaves and keep the structure. [`unflatten`](Self::unflatten) builds the tree.
///
/// ```
/// use std::collections::BTreeMap;
/// use ndarray::{Array1, Axis, array};
/// use pytree::tree_flatten;
///
/// let states = BTreeMap::from([("v".to_string(), array![-70.0, -65.0, -60.0])]);
/// let kept = BTreeMap::from([("v".to_string(), array![0, 2])]);
/// let taken: BTreeMap<String, Array1<f64>> = tree_flatten(&states)
///     .zip(tree_flatten(&kept))?
///     .map(|(x, keep)| x.select(Axis(0), keep.as_slice().unwrap()))
///     .unflatten()?;
/// assert_eq!(taken["v"], array![-70.0, -60.0]);
/// # Ok::<(), pytree::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Flat<L> {
    treedef: TreeDef,
    leaves: Vec<L>,
}

impl<L> Flat<L> {
    /// Combines a structure and leaves, which are in the order of the structure.
    ///
    /// # Errors
    /// If `leaves.len() != treedef.num_leaves()`.
    ///
    /// ```
    /// use pytree::{Flat, tree_structure};
    /// let treedef = tree_structure(&(1.0, 2.0));
    /// assert!(Flat::new(treedef.clone(), vec!["a", "b"]).is_ok());
    /// let error = Flat::new(treedef, vec!["a"]).unwrap_err();
    /// assert_eq!(error.to_string(), "the leaves do not match the structure: expected 2 leaves, found 1");
    /// ```
    pub fn new(treedef: TreeDef, leaves: Vec<L>) -> Result<Self, Error> {
        let (expected, found) = (treedef.num_leaves(), leaves.len());
        if expected == found {
            Ok(Flat { treedef, leaves })
        } else {
            let expected = count(expected, "leaf", "leaves");
            let text = format!("expected {expected}, found {found}");
            Err(Error::whole(ErrorKind::Length, "the leaves do not match the structure", text))
        }
    }

    /// [`new`](Self::new), for leaves that are known to be as many as the structure has.
    pub(crate) fn from_parts(treedef: TreeDef, leaves: Vec<L>) -> Self {
        debug_assert_eq!(treedef.num_leaves(), leaves.len());
        Flat { treedef, leaves }
    }

    /// The structure.
    ///
    /// ```
    /// let tree = (1.0, 2.0);
    /// assert_eq!(pytree::tree_flatten(&tree).treedef().num_leaves(), 2);
    /// ```
    pub fn treedef(&self) -> &TreeDef {
        &self.treedef
    }

    /// The leaves, in the order of the structure.
    ///
    /// ```
    /// let tree = (1.0, [2.0, 3.0]);
    /// let flat = pytree::tree_flatten(&tree);
    /// assert!(flat.leaves().iter().map(|leaf| leaf.sum()).eq([1.0, 5.0]));
    /// ```
    pub fn leaves(&self) -> &[L] {
        &self.leaves
    }

    /// Returns the leaves, in the order of the structure, and drops the structure.
    ///
    /// ```
    /// let tree = (1.0, [2.0, 3.0]);
    /// let sums = pytree::tree_flatten(&tree).map(|leaf| leaf.sum());
    /// assert_eq!(sums.into_leaves(), [1.0, 5.0]);
    /// ```
    pub fn into_leaves(self) -> Vec<L> {
        self.leaves
    }

    pub(crate) fn into_parts(self) -> (TreeDef, Vec<L>) {
        (self.treedef, self.leaves)
    }

    /// Applies `f` to each leaf, in order; the structure stays the same.
    ///
    /// ```
    /// use pytree::{Tree, tree_flatten};
    /// let sizes = tree_flatten(&[ndarray::array![1.0, 2.0]]).map(|leaf| leaf.len());
    /// assert_eq!(sizes.unflatten::<Tree<usize>>()?, Tree::List(vec![Tree::Leaf(2)]));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn map<M>(self, f: impl FnMut(L) -> M) -> Flat<M> {
        Flat { treedef: self.treedef, leaves: self.leaves.into_iter().map(f).collect() }
    }

    /// Applies `f` to the path and the value of each leaf, in order; the structure stays the same.
    ///
    /// ```
    /// let names = pytree::tree_flatten(&(1.0, 2.0)).map_with_path(|path, _| path.to_string());
    /// assert_eq!(names.leaves(), ["[0]", "[1]"]);
    /// ```
    pub fn map_with_path<M>(self, mut f: impl FnMut(&KeyPath, L) -> M) -> Flat<M> {
        let mapped = self.try_map_with_path(|path, leaf| Ok::<M, Never>(f(path, leaf)));
        mapped.unwrap_or_else(|never| match never {})
    }

    /// [`map_with_path`](Self::map_with_path) with a function that may fail.
    ///
    /// # Errors
    /// The first error that `f` returns. `f` is not called for the leaves after it.
    ///
    /// ```
    /// let tree = (1.0_f64, -1.0);
    /// let roots = pytree::tree_flatten(&tree).try_map_with_path(|path, leaf| {
    ///     if leaf[[]] < 0.0 { Err(format!("{path} is negative")) } else { Ok(leaf[[]].sqrt()) }
    /// });
    /// assert_eq!(roots, Err("[1] is negative".to_string()));
    /// ```
    pub fn try_map_with_path<M, E>(
        self,
        mut f: impl FnMut(&KeyPath, L) -> Result<M, E>,
    ) -> Result<Flat<M>, E> {
        let mut paths = Paths::new(&self.treedef);
        let mut mapped = Vec::with_capacity(self.leaves.len());
        for leaf in self.leaves {
            // `Some` for every leaf, since there are as many paths as leaves.
            if let Some(path) = paths.next_leaf() {
                mapped.push(f(path, leaf)?);
            }
        }
        Ok(Flat { treedef: self.treedef, leaves: mapped })
    }

    /// Iterates over the leaves with their paths, in order.
    ///
    /// ```
    /// let tree = (1.0, 2.0);
    /// let flat = pytree::tree_flatten(&tree);
    /// let (path, leaf) = flat.iter_with_path().nth(1).unwrap();
    /// assert_eq!((path.to_string(), leaf[[]]), ("[1]".to_string(), 2.0));
    /// ```
    pub fn iter_with_path(&self) -> impl Iterator<Item = (KeyPath, &L)> {
        let mut paths = Paths::new(&self.treedef);
        let mut leaves = self.leaves.iter();
        std::iter::from_fn(move || Some((paths.next_leaf()?.clone(), leaves.next()?)))
    }

    /// Removes the leaves for which `keep` returns false. In a dict the key is removed too; elsewhere
    /// `None` replaces the leaf.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use ndarray::{Array1, array};
    /// use pytree::tree_flatten;
    ///
    /// let states = ["i_HH", "v"].map(|key| (key.to_string(), array![0.0]));
    /// let dynamic: BTreeMap<String, Array1<f64>> = tree_flatten(&BTreeMap::from(states))
    ///     .retain(|path, _| path.last_name().as_deref() != Some("i_HH"))
    ///     .unflatten()?;
    /// assert!(dynamic.keys().eq(["v"]));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[doc(alias = "filter")]
    #[must_use]
    pub fn retain(self, mut keep: impl FnMut(&KeyPath, &L) -> bool) -> Flat<L> {
        let mut paths = Paths::new(&self.treedef);
        let mut kept = |leaf| paths.next_leaf().is_some_and(|path| keep(path, leaf));
        let flags: Vec<_> = self.leaves.iter().map(&mut kept).collect();
        let treedef = self.treedef.retain(&flags);
        let leaves =
            self.leaves.into_iter().zip(flags).filter_map(|(leaf, keep)| keep.then_some(leaf));
        Flat { treedef, leaves: leaves.collect() }
    }

    /// Builds a tree of the return type, as `collect()` builds a collection.
    ///
    /// # Errors
    /// If `R` does not have this structure, or cannot have the shape of a leaf: every path at which it does not.
    ///
    /// ```
    /// let tree = vec![1.0, 2.0];
    /// let same: [f64; 2] = pytree::tree_flatten(&tree).unflatten()?;
    /// assert_eq!(same, [1.0, 2.0]);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn unflatten<R: FromLeaves<L>>(self) -> Result<R, Error> {
        build(&self.treedef, &mut self.leaves.into_iter())
    }
}

/// The error of a function that cannot fail.
enum Never {}
