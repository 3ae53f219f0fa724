use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BinaryHeap};
use std::fmt::{self, Debug, Display};
use std::iter::zip;

use ndarray::ArrayViewD;
use num_traits::Float;

use crate::error::error::Error;
use crate::error::print::{SHOWN, cut_middle};
use crate::layout::label::index_text;
use crate::map::compare::Tolerance;
use crate::map::flat::Flat;
use crate::map::flatten::tree_flatten;
use crate::map::pair::matching;
use crate::structure::paths::Paths;
use crate::walk::pytree::PyTree;

/// Compares all elements of two trees of the same structure and shapes. The result prints as a report: the number of
/// elements that are not close, and the worst of these elements with their labels and both values.
///
/// Two elements are close if `|a - b| <= atol + rtol * |b|`, or if they are equal infinities. The default is that of
/// `numpy.allclose`: `rtol` 1e-5 and `atol` 1e-8, and a NaN is not close to anything. The entries of dicts are compared
/// by key.
///
/// # Errors
/// If the structures, including static fields, or the shapes differ: every path at which they do.
///
/// ```
/// use ndarray::array;
/// use pytree::tree_compare;
/// let expected = (1.0, array![[2.0, 3.0], [4.0, 5.0]]);
/// let found = (1.0, array![[2.0, 3.5], [4.0 + 1e-9, f64::NAN]]);
/// let report = tree_compare(&expected, &found)?;
/// assert!(!report.all_close());
/// assert_eq!(
///     report.to_string(),
///     "2 of 5 elements differ (rtol 1e-5, atol 1e-8):
///   [1][1,1]: 5.0 and NaN
///   [1][0,1]: 3.0 and 3.5, by 0.5
/// the first NaN is [1][1,1]"
/// );
/// assert_eq!(report.rtol(0.5).num_different(), 1);
/// # Ok::<(), pytree::Error>(())
/// ```
#[doc(alias = "assert_allclose")]
#[doc(alias = "allclose")]
#[doc(alias = "diff")]
pub fn tree_compare<'a, P, Q>(first: &'a P, second: &'a Q) -> Result<Comparison<'a, P::Elem>, Error>
where
    P: PyTree<Elem: Float>,
    Q: PyTree<Elem = P::Elem>,
{
    let (first, second) = (tree_flatten(first), tree_flatten(second));
    let second = matching(&first, second, "the second tree does not match the first")?;
    Ok(Comparison { first, second, tolerance: Tolerance::default() })
}

/// The comparison of two trees, made by [`tree_compare`](crate::tree_compare).
///
/// Some methods set the tolerances and return the comparison. The other methods compare with these tolerances.
#[derive(Clone, Debug)]
pub struct Comparison<'a, E> {
    first: Flat<ArrayViewD<'a, E>>,
    second: Flat<ArrayViewD<'a, E>>,
    tolerance: Tolerance<E>,
}

/// An element that differs between two trees.
///
/// ```
/// use pytree::tree_compare;
/// let worst = tree_compare(&[1.0, 2.0], &[1.0, 2.5])?.worst(1);
/// assert_eq!((worst[0].label.as_str(), worst[0].first, worst[0].second), ("[1]", 2.0, 2.5));
/// # Ok::<(), pytree::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Difference<E> {
    /// The name of the element, as of [`Layout::label`](crate::Layout::label).
    pub label: String,
    /// The value in the first tree.
    pub first: E,
    /// The value in the second tree.
    pub second: E,
}

impl<E: Float> Comparison<'_, E> {
    /// Sets the relative tolerance.
    ///
    /// ```
    /// assert!(pytree::tree_compare(&[100.0], &[101.0])?.rtol(0.01).all_close());
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[must_use]
    pub fn rtol(mut self, rtol: E) -> Self {
        self.tolerance.rtol = rtol;
        self
    }

    /// Sets the absolute tolerance.
    ///
    /// ```
    /// assert!(pytree::tree_compare(&[0.0], &[0.1])?.atol(0.1).all_close());
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[must_use]
    pub fn atol(mut self, atol: E) -> Self {
        self.tolerance.atol = atol;
        self
    }

    /// Makes a NaN close to a NaN.
    ///
    /// ```
    /// let padded = [1.0, f64::NAN];
    /// assert!(!pytree::tree_compare(&padded, &padded)?.all_close());
    /// assert!(pytree::tree_compare(&padded, &padded)?.equal_nan().all_close());
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[must_use]
    pub fn equal_nan(mut self) -> Self {
        self.tolerance.equal_nan = true;
        self
    }

    /// Whether all elements are close.
    ///
    /// ```
    /// assert!(pytree::tree_compare(&[1.0], &[1.0 + 1e-9])?.all_close());
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn all_close(&self) -> bool {
        zip(self.first.leaves(), self.second.leaves()).all(|(a, b)| self.tolerance.all_close(a, b))
    }

    /// The number of elements that are not close.
    ///
    /// ```
    /// assert_eq!(pytree::tree_compare(&[1.0, 2.0], &[1.0, 3.0])?.num_different(), 1);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn num_different(&self) -> usize {
        self.different().count()
    }

    /// The worst `count` elements that are not close, the worst first.
    ///
    /// The worse of two elements has the larger `|a - b| / (atol + rtol * |b|)` or, if both tolerances are 0, the
    /// larger `|a - b|`. A NaN, or an infinity in one tree, is worse than any finite difference.
    ///
    /// ```
    /// let worst = pytree::tree_compare(&[1.0, 2.0, 3.0], &[1.5, 2.0, 30.0])?.worst(12);
    /// assert!(worst.iter().map(|element| &element.label).eq(["[2]", "[0]"]));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn worst(&self, count: usize) -> Vec<Difference<E>> {
        // The least bad of the worst elements so far is at the top of the heap, and is replaced first.
        let mut worst = BinaryHeap::new();
        for element in self.different() {
            worst.push(Reverse(Ranked::new(element, &self.tolerance)));
            if worst.len() > count {
                worst.pop();
            }
        }
        let worst = worst.into_sorted_vec().into_iter();
        self.named(worst.map(|Reverse(ranked)| ranked.element).collect())
    }

    /// The first element that is NaN in one of the trees or, unless NaNs are [equal](Self::equal_nan), in both.
    ///
    /// ```
    /// let comparison = pytree::tree_compare(&[1.0, f64::NAN], &[2.0, 3.0])?;
    /// assert_eq!(comparison.first_nan().unwrap().label, "[1]");
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[doc(alias = "debug_nans")]
    #[doc(alias = "isnan")]
    pub fn first_nan(&self) -> Option<Difference<E>> {
        let first = self.different().find(|element| element.a.is_nan() || element.b.is_nan());
        self.named(first.into_iter().collect()).pop()
    }

    /// The elements that are not close, in order.
    fn different(&self) -> impl Iterator<Item = Element<E>> {
        let leaves = zip(self.first.leaves(), self.second.leaves()).enumerate();
        leaves.flat_map(|(leaf, (first, second))| {
            let elements = zip(first, second).enumerate();
            let elements = elements.filter(|(_, (a, b))| !self.tolerance.close(**a, **b));
            elements.map(move |(offset, (a, b))| Element { leaf, offset, a: *a, b: *b })
        })
    }

    /// The elements with their labels. Visits each path once.
    fn named(&self, elements: Vec<Element<E>>) -> Vec<Difference<E>> {
        let leaves = elements.iter().map(|element| (element.leaf, String::new()));
        let mut names: BTreeMap<usize, String> = leaves.collect();
        let mut paths = Paths::new(self.first.treedef());
        let mut next = 0;
        for (leaf, name) in &mut names {
            while next < *leaf {
                paths.next_leaf();
                next += 1;
            }
            *name = paths.next_leaf().map(ToString::to_string).unwrap_or_default();
            next += 1;
        }
        let named = elements.into_iter().map(|Element { leaf, offset, a, b }| {
            let index = index_text(offset, self.first.leaves()[leaf].shape());
            Difference { label: format!("{}{index}", names[&leaf]), first: a, second: b }
        });
        named.collect()
    }
}

/// The index of a leaf, an index in the leaf in row-major order, and the values of both trees.
struct Element<E> {
    leaf: usize,
    offset: usize,
    a: E,
    b: E,
}

/// An element, ordered by its difference. Of two elements with equal differences, the first is the worse.
struct Ranked<E> {
    /// The difference divided by the allowed one.
    ratio: f64,
    difference: f64,
    element: Element<E>,
}

impl<E: Float> Ranked<E> {
    fn new(element: Element<E>, tolerance: &Tolerance<E>) -> Self {
        let Element { a, b, .. } = element;
        let [difference, allowed] = [(a - b).abs(), tolerance.allowed(b)]
            .map(|x| x.to_f64().filter(|x| !x.is_nan()).unwrap_or(f64::INFINITY));
        // Infinity / infinity is NaN.
        let ratio = difference / allowed;
        let ratio = if ratio.is_nan() { f64::INFINITY } else { ratio };
        Ranked { ratio, difference, element }
    }
}

impl<E> Ord for Ranked<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        let position = |ranked: &Self| Reverse((ranked.element.leaf, ranked.element.offset));
        let by_ratio = self.ratio.total_cmp(&other.ratio);
        by_ratio
            .then(self.difference.total_cmp(&other.difference))
            .then(position(self).cmp(&position(other)))
    }
}

impl<E> PartialOrd for Ranked<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Ranked<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<E> Eq for Ranked<E> {}

impl<E: Float + Debug> Display for Comparison<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tolerance { rtol, atol, .. } = self.tolerance;
        let count: usize = self.first.leaves().iter().map(ArrayViewD::len).sum();
        match self.num_different() {
            0 => write!(f, "all {count} elements are close (rtol {rtol:?}, atol {atol:?})")?,
            differ => {
                let verb = if differ == 1 { "differs" } else { "differ" };
                write!(f, "{differ} of {count} elements {verb} (rtol {rtol:?}, atol {atol:?}):")?;
                for Difference { label, first, second } in self.worst(SHOWN) {
                    write!(f, "\n  {}: {first:?} and {second:?}", cut_middle(label))?;
                    let by = (first - second).abs();
                    if by.is_finite() {
                        write!(f, ", by {by:?}")?;
                    }
                }
                if differ > SHOWN {
                    write!(f, "\n  and {} more", differ - SHOWN)?;
                }
            }
        }
        match self.first_nan() {
            Some(nan) => write!(f, "\nthe first NaN is {}", cut_middle(nan.label)),
            None => Ok(()),
        }
    }
}
