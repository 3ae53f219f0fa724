//! Pairs the leaves of trees of the same structure, and takes the pairs apart.

use std::iter::zip;

use ndarray::ArrayViewD;

use crate::error::error::Error;
use crate::error::mismatch::MismatchKind;
use crate::map::flat::Flat;
use crate::structure::align::align;
use crate::structure::diff::differences_by_key;
use crate::structure::treedef::TreeDef;

const NO_SECOND: &str = "the second tree does not match the first";
const NO_THIRD: &str = "the third tree does not match the first";

impl<L> Flat<L> {
    /// Pairs the leaves of two trees of the same structure. Chain calls to zip more trees.
    ///
    /// The entries of dicts are paired by key, even if two `IndexMap`s have their keys in different orders. The result
    /// has the order of `self`. Only structures are compared; [`tree_map2`](crate::tree_map2) compares shapes too.
    ///
    /// # Errors
    /// If the structures differ: every path at which they do.
    ///
    /// ```
    /// use pytree::tree_flatten;
    /// let (params, grads) = ((1.0, 2.0), (10.0, 20.0));
    /// let stepped: (f64, f64) = tree_flatten(&params)
    ///     .zip(tree_flatten(&grads))?
    ///     .map(|(p, g)| &p - &(&g * 0.1))
    ///     .unflatten()?;
    /// assert_eq!(stepped, (0.0, 0.0));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn zip<M>(self, other: Flat<M>) -> Result<Flat<(L, M)>, Error> {
        let other = other.by_keys_of(self.treedef(), NO_SECOND)?;
        let (treedef, leaves) = self.into_parts();
        Ok(Flat::from_parts(treedef, zip(leaves, other.into_leaves()).collect()))
    }

    /// Pairs the leaves of three trees of the same structure, as [`zip`](Self::zip) does for two.
    ///
    /// A step of Adam maps the parameters, the gradient and both moments once, and [`unzip`](Flat::unzip) takes the
    /// three results apart:
    ///
    /// ```
    /// use ndarray::{Array1, array};
    /// use pytree::{PyTree, tree_flatten};
    ///
    /// #[derive(PyTree)]
    /// struct Dense { w: Array1<f64>, b: f64 }
    ///
    /// let params = Dense { w: array![1.0, 2.0], b: 3.0 };
    /// let grads = Dense { w: array![0.5, -0.5], b: 1.0 };
    /// let zeros: [Dense; 2] = [pytree::tree_zeros_like(&params)?, pytree::tree_zeros_like(&params)?];
    ///
    /// let (rate, b1, b2, t) = (0.1, 0.9, 0.999, 1);
    /// let (params, mean, square) = tree_flatten(&params)
    ///     .zip(tree_flatten(&grads))?
    ///     .zip3(tree_flatten(&zeros[0]), tree_flatten(&zeros[1]))?
    ///     .map(|((p, g), m, v)| {
    ///         let m = &m * b1 + &g * (1.0 - b1);
    ///         let v = &v * b2 + &(&g * &g) * (1.0 - b2);
    ///         let (m1, v1) = (&m / (1.0 - f64::powi(b1, t)), &v / (1.0 - f64::powi(b2, t)));
    ///         (&p - &(m1 / (v1.sqrt() + 1e-8) * rate), m, v)
    ///     })
    ///     .unzip();
    /// let params: Dense = params.unflatten()?;
    /// let (mean, square): (Dense, Dense) = (mean.unflatten()?, square.unflatten()?);
    /// assert!((params.w[0] - 0.9).abs() < 1e-6 && (params.w[1] - 2.1).abs() < 1e-6);
    /// assert!((mean.b - 0.1).abs() < 1e-15 && (square.b - 0.001).abs() < 1e-15);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the structures differ: every path at which they do.
    #[doc(alias = "adam")]
    pub fn zip3<M, N>(self, second: Flat<M>, third: Flat<N>) -> Result<Flat<(L, M, N)>, Error> {
        let second = second.by_keys_of(self.treedef(), NO_SECOND)?.into_leaves();
        let third = third.by_keys_of(self.treedef(), NO_THIRD)?.into_leaves();
        let (treedef, leaves) = self.into_parts();
        let leaves = zip(leaves, zip(second, third)).map(|(l, (m, n))| (l, m, n));
        Ok(Flat::from_parts(treedef, leaves.collect()))
    }

    /// The leaves in the order of `treedef`, which may have the keys of dicts in another order.
    ///
    /// # Errors
    /// If the structures differ otherwise: an error about `subject`.
    fn by_keys_of(self, treedef: &TreeDef, subject: &'static str) -> Result<Flat<L>, Error> {
        self.aligned(treedef).map_err(|other| {
            let mismatches = differences_by_key(treedef, other.treedef(), &|_, _| None);
            Error::mismatch(subject, mismatches)
        })
    }

    /// The leaves in the order of `treedef`, which may have the keys of dicts in another order; `self` if the
    /// structures differ otherwise.
    pub(crate) fn aligned(self, treedef: &TreeDef) -> Result<Flat<L>, Flat<L>> {
        if self.treedef() == treedef {
            return Ok(self);
        }
        match align(treedef, self.treedef()) {
            Some(order) => Ok(self.in_order(treedef, order)),
            None => Err(self),
        }
    }

    /// The leaves with these indices, each of which occurs once, as the leaves of `treedef`.
    fn in_order(self, treedef: &TreeDef, order: Vec<usize>) -> Flat<L> {
        let mut leaves: Vec<_> = self.into_leaves().into_iter().map(Some).collect();
        let leaves = order.into_iter().filter_map(|index| leaves[index].take()).collect();
        Flat::from_parts(treedef.clone(), leaves)
    }
}

impl<A, B> Flat<(A, B)> {
    /// Takes pairs apart: the inverse of [`zip`](Flat::zip). Both trees have the structure of this one.
    ///
    /// ```
    /// use ndarray::{Array1, array};
    /// use pytree::tree_flatten;
    /// let tree = [array![1.0, 4.0]];
    /// let (smallest, largest) = tree_flatten(&tree)
    ///     .map(|leaf| (leaf.fold(f64::MAX, |a, b| a.min(*b)), leaf.fold(f64::MIN, |a, b| a.max(*b))))
    ///     .unzip();
    /// assert_eq!((smallest.leaves(), largest.leaves()), (&[1.0][..], &[4.0][..]));
    /// ```
    pub fn unzip(self) -> (Flat<A>, Flat<B>) {
        let (treedef, leaves) = self.into_parts();
        let (a, b) = leaves.into_iter().unzip();
        (Flat::from_parts(treedef.clone(), a), Flat::from_parts(treedef, b))
    }
}

impl<A, B, C> Flat<(A, B, C)> {
    /// Takes triples apart: the inverse of [`zip3`](Flat::zip3), which has an example.
    #[allow(clippy::type_complexity, reason = "the signature shows the three trees")]
    pub fn unzip(self) -> (Flat<A>, Flat<B>, Flat<C>) {
        let (first, rest) = self.map(|(a, b, c)| (a, (b, c))).unzip();
        let (second, third) = rest.unzip();
        (first, second, third)
    }
}

/// The leaves of `second`, in the order of those of `first`.
///
/// # Errors
/// If the structures or the shapes differ: an error about `subject`.
pub(crate) fn matching<'a, E, F>(
    first: &Flat<ArrayViewD<'_, E>>,
    second: Flat<ArrayViewD<'a, F>>,
    subject: &'static str,
) -> Result<Flat<ArrayViewD<'a, F>>, Error> {
    let shapes = |p: &ArrayViewD<'_, E>, q: &ArrayViewD<'_, F>| p.shape() == q.shape();
    if first.treedef() == second.treedef() {
        if zip(first.leaves(), second.leaves()).all(|(p, q)| shapes(p, q)) {
            return Ok(second);
        }
    } else if let Some(order) = align(first.treedef(), second.treedef())
        && zip(first.leaves(), &order).all(|(p, q)| shapes(p, &second.leaves()[*q]))
    {
        return Ok(second.in_order(first.treedef(), order));
    }
    let mismatches = differences_by_key(first.treedef(), second.treedef(), &|p, q| {
        let [expected, found] = [first.leaves()[p].shape(), second.leaves()[q].shape()];
        let (expected, found) = (expected.to_vec(), found.to_vec());
        (expected != found).then_some(MismatchKind::Shape { expected, found })
    });
    Err(Error::mismatch(subject, mismatches))
}
