use crate::build::from_leaves::{FromLeaves, build};
use crate::error::error::{Error, ErrorKind};
use crate::error::from_text::ToPattern;
use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::error::print::count;
use crate::path::key::KeyPath;
use crate::structure::diff::differences;
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

    /// Pairs the leaves of two trees of the same structure. Chain calls to zip more trees.
    ///
    /// Only structures are compared. [`tree_map2`](crate::tree_map2) compares the shapes of the leaves too.
    ///
    /// # Errors
    /// If the structures differ: every path at which they do.
    ///
    /// ```
    /// use pytree::tree_flatten;
    /// let (a, b, c) = ((1.0, 2.0), (3.0, 4.0), (5, 6));
    /// let three = tree_flatten(&a).zip(tree_flatten(&b))?.zip(tree_flatten(&c))?;
    /// let sums: (f64, f64) = three.map(|((a, b), c)| a[[]] + b[[]] + f64::from(c[[]])).unflatten()?;
    /// assert_eq!(sums, (9.0, 12.0));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn zip<M>(self, other: Flat<M>) -> Result<Flat<(L, M)>, Error> {
        if self.treedef != other.treedef {
            let mismatches = differences(&self.treedef, &other.treedef, &|_, _| None);
            return Err(Error::mismatch("the second tree does not match the first", mismatches));
        }
        let leaves = self.leaves.into_iter().zip(other.leaves).collect();
        Ok(Flat { treedef: self.treedef, leaves })
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

    /// Applies `f` to each leaf that `pattern` selects, and keeps the others.
    ///
    /// `f` must return the type that it takes, so map views to owned arrays first;
    /// [`tree_map_where`](crate::tree_map_where) does that for you.
    ///
    /// # Errors
    /// If `pattern` is not a valid pattern, if one of its alternatives matches no leaf (the error names the
    /// nearest path), or if its exclusions (`!`) leave no leaf.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use ndarray::{Array1, array};
    /// use pytree::tree_flatten;
    ///
    /// let states = ["HH_h", "HH_m", "v"].map(|key| (key.to_string(), array![0.5]));
    /// let closed: BTreeMap<String, Array1<f64>> = tree_flatten(&BTreeMap::from(states))
    ///     .map(|leaf| leaf.to_owned())
    ///     .map_where("['HH_*']", |gate| gate * 0.0)?
    ///     .unflatten()?;
    /// assert_eq!((&closed["HH_m"], &closed["v"]), (&array![0.0], &array![0.5]));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[doc(alias = "masked")]
    pub fn map_where(
        self,
        pattern: impl ToPattern,
        mut f: impl FnMut(L) -> L,
    ) -> Result<Flat<L>, Error> {
        let mut selected = pattern.to_pattern()?.select(&self.treedef)?.into_iter();
        Ok(self.map(|leaf| if selected.next() == Some(true) { f(leaf) } else { leaf }))
    }

    /// Splits the tree in two: the leaves that `pattern` selects, and the others. Both halves have the whole
    /// structure, with `None` for each leaf of the other half. [`combine`](Flat::combine) is the inverse.
    ///
    /// To train the weights of a network and keep its biases:
    ///
    /// ```
    /// use ndarray::{Array1, array};
    /// use pytree::{PyTree, tree_flatten};
    ///
    /// #[derive(PyTree)]
    /// struct Dense { w: Array1<f64>, b: Array1<f64> }
    /// #[derive(PyTree)]
    /// struct Mlp { layers: Vec<Dense> }
    ///
    /// let layers = vec![Dense { w: array![1.0, 2.0], b: array![3.0] }];
    /// let mlp = Mlp { layers };
    /// let (frozen, trained) = tree_flatten(&mlp).map(|leaf| leaf.to_owned()).partition("layers[*].b")?;
    /// let trained = trained.map(|leaf| leaf.map(|w| w * 0.5)); // the biases are not in `trained`
    /// let mlp: Mlp = trained.combine(frozen)?.unflatten()?;
    /// assert_eq!((&mlp.layers[0].w, &mlp.layers[0].b), (&array![0.5, 1.0], &array![3.0]));
    ///
    /// let error = tree_flatten(&mlp).partition("layer[*].b").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the pattern does not match the tree: \
    ///      no leaf matches \".layer[*].b\"; the nearest is .layers[0].b",
    /// );
    /// # Ok::<(), pytree::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `pattern` is not a valid pattern, if one of its alternatives matches no leaf (the error names the
    /// nearest path), or if its exclusions (`!`) leave no leaf.
    #[doc(alias = "tree_partition")]
    #[allow(clippy::type_complexity, reason = "the signature shows both halves")]
    pub fn partition(
        self,
        pattern: impl ToPattern,
    ) -> Result<(Flat<Option<L>>, Flat<Option<L>>), Error> {
        let mut selected = pattern.to_pattern()?.select(&self.treedef)?.into_iter();
        Ok(self.partition_by(|_, _| selected.next() == Some(true)))
    }

    /// Splits the tree in two, as [`partition`](Self::partition) does: the leaves for which `first` returns
    /// true, and the others.
    ///
    /// ```
    /// let tree = (1.0, -1.0);
    /// let (positive, others) = pytree::tree_flatten(&tree).partition_by(|_, leaf| leaf[[]] > 0.0);
    /// assert!(positive.leaves()[0].is_some() && positive.leaves()[1].is_none());
    /// assert_eq!(others.combine(positive)?.unflatten::<(f64, f64)>()?, tree);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn partition_by(
        self,
        mut first: impl FnMut(&KeyPath, &L) -> bool,
    ) -> (Flat<Option<L>>, Flat<Option<L>>) {
        let halves = self.map_with_path(|path, leaf| {
            if first(path, &leaf) { (Some(leaf), None) } else { (None, Some(leaf)) }
        });
        let (first, second) = halves.leaves.into_iter().unzip();
        let treedef = halves.treedef;
        (Flat { treedef: treedef.clone(), leaves: first }, Flat { treedef, leaves: second })
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

impl<L> Flat<Option<L>> {
    /// Merges two halves of the same structure: the inverse of [`partition`](Flat::partition).
    ///
    /// # Errors
    /// If the structures differ, or a leaf is in both halves or in neither: the path of every such leaf.
    ///
    /// ```
    /// use pytree::{Flat, tree_structure};
    /// let half = |leaves| Flat::new(tree_structure(&(0.0, 0.0, 0.0)), leaves);
    /// let whole = half(vec![Some(1), None, None])?.combine(half(vec![None, Some(2), Some(3)])?)?;
    /// assert_eq!(whole.leaves(), [1, 2, 3]);
    ///
    /// let error = half(vec![Some(1), None, None])?.combine(half(vec![None, None, Some(3)])?);
    /// assert_eq!(
    ///     error.unwrap_err().to_string(),
    ///     "the halves do not make a tree: at [1]: the leaf is in neither half",
    /// );
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn combine(self, other: Flat<Option<L>>) -> Result<Flat<L>, Error> {
        let mut wrong = Vec::new();
        let whole = self.zip(other)?.map_with_path(|path, halves| {
            let kind = match halves {
                (Some(leaf), None) | (None, Some(leaf)) => return Some(leaf),
                (Some(_), Some(_)) => MismatchKind::other("the leaf is in both halves"),
                (None, None) => MismatchKind::other("the leaf is in neither half"),
            };
            wrong.push(Mismatch { path: path.clone(), kind });
            None
        });
        if !wrong.is_empty() {
            return Err(Error::mismatch("the halves do not make a tree", wrong));
        }
        let leaves = whole.leaves.into_iter().flatten().collect();
        Ok(Flat::from_parts(whole.treedef, leaves))
    }
}

/// The error of a function that cannot fail.
enum Never {}
