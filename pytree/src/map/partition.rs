//! Changes some leaves of a tree, drops them, or splits the tree in two and merges the halves.

use crate::error::error::Error;
use crate::error::mismatch::{MismatchKind, Mismatches};
use crate::map::flat::Flat;
use crate::map::select::Select;
use crate::path::key::KeyPath;

impl<L> Flat<L> {
    /// Applies `f` to each leaf that a pattern or a mask [selects](Select), and keeps the others.
    ///
    /// `f` must return the type that it takes, so map views to owned arrays first;
    /// [`tree_map_where`](crate::tree_map_where) does that for you.
    ///
    /// # Errors
    /// If `leaves` is not a valid pattern, if one of its alternatives matches no leaf (the error names the
    /// nearest path), if its exclusions (`!`) leave no leaf, or if a mask does not match the tree.
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
        leaves: impl Select,
        mut f: impl FnMut(L) -> L,
    ) -> Result<Flat<L>, Error> {
        let mut selected = leaves.mask(self.treedef())?.into_iter();
        Ok(self.map(|leaf| if selected.next() == Some(true) { f(leaf) } else { leaf }))
    }

    /// Drops the leaves that a pattern or a mask does not [select](Select), as [`retain`](Self::retain) does: a dict
    /// loses their keys, and elsewhere `None` replaces them.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use ndarray::{Array1, array};
    /// use pytree::tree_flatten;
    /// let states = ["HH_h", "HH_m", "v"].map(|key| (key.to_string(), array![0.5]));
    /// let gates: BTreeMap<String, Array1<f64>> =
    ///     tree_flatten(&BTreeMap::from(states)).select("['HH_*']")?.unflatten()?;
    /// assert!(gates.keys().eq(["HH_h", "HH_m"]));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`map_where`](Self::map_where).
    #[doc(alias = "filter")]
    pub fn select(self, leaves: impl Select) -> Result<Flat<L>, Error> {
        let mut selected = leaves.mask(self.treedef())?.into_iter();
        Ok(self.retain(|_, _| selected.next() == Some(true)))
    }

    /// Splits the tree in two: the leaves that a pattern or a mask [selects](Select), and the others. Both halves have
    /// the whole structure, with `None` for each leaf of the other half. [`combine`](Flat::combine) is the inverse.
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
    /// If `leaves` is not a valid pattern, if one of its alternatives matches no leaf (the error names the
    /// nearest path), if its exclusions (`!`) leave no leaf, or if a mask does not match the tree.
    #[doc(alias = "tree_partition")]
    #[allow(clippy::type_complexity, reason = "the signature shows both halves")]
    pub fn partition(
        self,
        leaves: impl Select,
    ) -> Result<(Flat<Option<L>>, Flat<Option<L>>), Error> {
        let mut selected = leaves.mask(self.treedef())?.into_iter();
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
        halves.unzip()
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
        let mut wrong = Mismatches::default();
        let whole = self.zip(other)?.map_with_path(|path, halves| {
            let kind = match halves {
                (Some(leaf), None) | (None, Some(leaf)) => return Some(leaf),
                (Some(_), Some(_)) => MismatchKind::other("the leaf is in both halves"),
                (None, None) => MismatchKind::other("the leaf is in neither half"),
            };
            wrong.push(path, kind);
            None
        });
        if !wrong.is_empty() {
            return Err(Error::mismatch("the halves do not make a tree", wrong.into_vec()));
        }
        let (treedef, leaves) = whole.into_parts();
        Ok(Flat::from_parts(treedef, leaves.into_iter().flatten().collect()))
    }
}
