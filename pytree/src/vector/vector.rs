use std::cmp::Ordering;
use std::ops::{Add, Deref, DerefMut, Mul};

use num_traits::{FromPrimitive, Zero};

use crate::build::from_leaves::FromLeaves;
use crate::build::leaf_source::{LeafSource, Reported};
use crate::error::error::{Error, ErrorKind};
use crate::map::reduce::tree_size;
use crate::vector::elements::{each, each_mut, sum, sum_of, update};
use crate::vector::magnitude::{Magnitude, max};
use crate::walk::lockstep::{Lockstep, LockstepMut};
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::{Visitor, VisitorMut};

/// A tree as an element of a vector space: your own struct as the state of a solver, or the parameter of an optimiser.
///
/// Dereferences to the tree. Has `+`, `-`, `*` and `/` by a number, negation, and the assigning forms. The result takes
/// the memory of an operand that is passed by value. Two vectors must have the same structure, including static fields,
/// and the same shapes: methods return an error with every path at which they do not, and operators panic with the same
/// text.
///
/// ```
/// use pytree::{PyTree, Vector};
///
/// #[derive(PyTree, Clone, Debug, PartialEq)]
/// struct Web { prey: Vec<f64>, predators: f64 }
///
/// let mut y = Vector(Web { prey: vec![3.0, 0.0], predators: 4.0 });
/// let k = &y * 2.0;
/// y.add_scaled(0.5, &k)?; // y + 0.5 k
/// assert_eq!(y.prey, [6.0, 0.0]);
/// assert_eq!(y.norm(), 10.0);
/// assert_eq!((y - k).0, Web { prey: vec![0.0, 0.0], predators: 0.0 });
/// # Ok::<(), pytree::Error>(())
/// ```
///
/// The assigning forms do not allocate, with three exceptions whose structures are recorded to compare them: a
/// `HashMap`, a `VecDeque`, and a type whose `PyTree` is implemented by hand. For the methods that only read, `P` may
/// also be `&Params` or a struct of views:
///
/// ```
/// # use pytree::Vector;
/// let params = (3.0, vec![4.0]);
/// assert_eq!(Vector(&params).norm(), 5.0);
/// ```
///
/// # Solvers and optimisers
/// A solver does not set the slope to zero between calls, so a right-hand side writes every field with `=`.
///
/// - `argmin` (feature `argmin`): a `Vector<P>` is a parameter and a gradient.
/// - `differential-equations` (feature `differential-equations`): a `Vector<P>` is a state.
/// - `diffsol`, `ode_solvers`, and other solvers of slices: [`rhs`](crate::rhs()).
///
/// [`solvers`](crate::guide::solvers) has a program for each, and says which methods of `differential-equations` do not
/// work. [`recipes`](crate::guide::recipes) has Adam.
///
/// # Panics
/// The operators, if the structures or the shapes differ:
///
/// ```should_panic
/// # use pytree::Vector;
/// // the other vector does not match this one: at [0]: expected shape [2], found [1]
/// let sum = Vector((vec![1.0, 2.0], 3.0)) + Vector((vec![1.0], 3.0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
#[doc(alias = "argmin")]
#[doc(alias = "differential-equations")]
#[doc(alias = "optimiser")]
#[doc(alias = "optimizer")]
#[doc(alias = "solver")]
#[doc(alias = "tree_add")]
#[doc(alias = "tree_sub")]
#[doc(alias = "tree_scale")]
#[doc(alias = "tree_scalar_mul")]
pub struct Vector<P>(pub P);

impl<P> Deref for Vector<P> {
    type Target = P;

    #[inline]
    fn deref(&self) -> &P {
        &self.0
    }
}

impl<P> DerefMut for Vector<P> {
    #[inline]
    fn deref_mut(&mut self) -> &mut P {
        &mut self.0
    }
}

/// A vector has the structure of the tree in it.
impl<P: PyTree> PyTree for Vector<P> {
    type Elem = P::Elem;

    #[inline]
    fn walk<'a, V: Visitor<'a, P::Elem>>(&'a self, visitor: &mut V) {
        self.0.walk(visitor);
    }

    #[inline]
    fn lockstep<'a, const N: usize, V>(trees: [&'a Self; N], visitor: &mut V) -> bool
    where
        V: Lockstep<'a, P::Elem, N>,
    {
        P::lockstep(trees.map(|tree| &tree.0), visitor)
    }
}

impl<P: PyTreeMut> PyTreeMut for Vector<P> {
    #[inline]
    fn walk_mut<'a, V: VisitorMut<'a, P::Elem>>(&'a mut self, visitor: &mut V) {
        self.0.walk_mut(visitor);
    }

    #[inline]
    fn lockstep_mut<'a, const N: usize, V>(
        tree: &'a mut Self,
        others: [&'a Self; N],
        visitor: &mut V,
    ) where
        V: LockstepMut<'a, P::Elem, N>,
    {
        P::lockstep_mut(&mut tree.0, others.map(|other| &other.0), visitor);
    }
}

impl<L, P: FromLeaves<L>> FromLeaves<L> for Vector<P> {
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
        P::from_leaves(source).map(Vector)
    }
}

/// The methods that only read the tree.
impl<P: PyTree> Vector<P> {
    /// The sum of the products of corresponding elements. Complex numbers are not conjugated.
    ///
    /// # Errors
    /// If the structures or the shapes differ: every path at which they do.
    ///
    /// ```
    /// use pytree::Vector;
    /// assert_eq!(Vector((1.0_f64, [2.0, 3.0])).dot(&Vector((4.0, [5.0, 6.0])))?, 32.0);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[doc(alias = "tree_vdot")]
    #[doc(alias = "vdot")]
    #[doc(alias = "inner")]
    pub fn dot(&self, other: &Self) -> Result<P::Elem, Error>
    where
        P::Elem: Clone + Zero + Mul<Output = P::Elem>,
    {
        sum([&self.0, &other.0], |[x, y]| x.clone() * y.clone())
    }

    /// The square root of the sum of the squares of the absolute values.
    ///
    /// ```
    /// assert_eq!(pytree::Vector((3.0, [4.0])).norm(), 5.0);
    /// ```
    #[doc(alias = "tree_norm")]
    #[doc(alias = "tree_l2_norm")]
    #[doc(alias = "global_norm")]
    pub fn norm(&self) -> Real<P>
    where
        P::Elem: Magnitude,
    {
        P::Elem::sqrt(sum_of(&self.0, Magnitude::abs_square))
    }

    /// The largest absolute value; 0 if there are no elements, NaN if there is a NaN.
    ///
    /// ```
    /// assert_eq!(pytree::Vector((3.0, [-4.0])).norm_inf(), 4.0);
    /// ```
    #[doc(alias = "max_norm")]
    pub fn norm_inf(&self) -> Real<P>
    where
        P::Elem: Magnitude,
    {
        let mut largest = Real::<P>::zero();
        each(&self.0, |x| largest = max(std::mem::replace(&mut largest, Zero::zero()), x.abs()));
        largest
    }

    /// The square root of the mean of the squares of the absolute values; 0 if there are no elements. Solvers control
    /// the size of their steps by this norm.
    ///
    /// ```
    /// assert_eq!(pytree::Vector((1.0, [7.0])).norm_rms(), 5.0);
    /// ```
    #[doc(alias = "rms_norm")]
    #[allow(clippy::missing_panics_doc, reason = "every count is a real number")]
    pub fn norm_rms(&self) -> Real<P>
    where
        P::Elem: Magnitude,
    {
        let count = tree_size(&self.0);
        if count == 0 {
            return Zero::zero();
        }
        let count = Real::<P>::from_usize(count).expect("a count is a number");
        P::Elem::sqrt(sum_of(&self.0, Magnitude::abs_square) / count)
    }
}

/// The type of the absolute values of the elements of `P`.
type Real<P> = <<P as PyTree>::Elem as Magnitude>::Real;

/// The methods that write to the tree, or to a copy of the tree.
impl<P: PyTreeMut> Vector<P> {
    /// Adds `factor` times `other`: the `axpy` of BLAS. Does not allocate.
    ///
    /// # Errors
    /// If the structures or the shapes differ: every path at which they do. The vector is then unchanged.
    ///
    /// ```
    /// use pytree::Vector;
    /// let (mut y, slope) = (Vector((1.0, vec![2.0])), Vector((10.0, vec![20.0])));
    /// y.add_scaled(0.1, &slope)?;
    /// assert_eq!(y.0, (2.0, vec![4.0]));
    ///
    /// let error = y.add_scaled(0.1, &Vector((10.0, vec![]))).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the other vector does not match this one: at [1]: expected shape [1], found [0]"
    /// );
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[doc(alias = "axpy")]
    #[doc(alias = "add_scale")]
    #[doc(alias = "tree_add_scale")]
    #[doc(alias = "tree_add_scalar_mul")]
    #[doc(alias = "apply_updates")]
    #[allow(clippy::needless_pass_by_value, reason = "a number is written as `0.5`, not `&0.5`")]
    pub fn add_scaled(&mut self, factor: P::Elem, other: &Self) -> Result<(), Error>
    where
        P::Elem: Clone + Add<Output = P::Elem> + Mul<Output = P::Elem>,
    {
        self.zip_mut_with(other, |x, y| *x = x.clone() + factor.clone() * y.clone())
    }

    /// Calls `f` with each element, to change it, and the corresponding element of `other`. Named after
    /// ndarray's method. Does not allocate.
    ///
    /// # Errors
    /// As [`add_scaled`](Self::add_scaled).
    ///
    /// ```
    /// use pytree::Vector;
    /// let mut mean = Vector((1.0, vec![2.0]));
    /// mean.zip_mut_with(&Vector((3.0, vec![4.0])), |mean, x| *mean = 0.5 * *mean + 0.5 * x)?;
    /// assert_eq!(mean.0, (2.0, vec![3.0]));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn zip_mut_with(
        &mut self,
        other: &Self,
        mut f: impl FnMut(&mut P::Elem, &P::Elem),
    ) -> Result<(), Error> {
        update(&mut self.0, [&other.0], |x, [y]| f(x, y))
    }

    /// A vector of the results of `f` for each element.
    ///
    /// ```
    /// assert_eq!(pytree::Vector((4.0, vec![9.0])).map(f64::sqrt).0, (2.0, vec![3.0]));
    /// ```
    #[must_use]
    pub fn map(&self, mut f: impl FnMut(P::Elem) -> P::Elem) -> Self
    where
        P: Clone,
        P::Elem: Clone,
    {
        let mut mapped = self.clone();
        each_mut(&mut mapped.0, |x| *x = f(x.clone()));
        mapped
    }

    /// A vector of the results of `f` for the corresponding elements of two vectors.
    ///
    /// # Errors
    /// As [`add_scaled`](Self::add_scaled).
    ///
    /// ```
    /// use pytree::Vector;
    /// let (rate, time) = (Vector((2.0, vec![3.0])), Vector((5.0, vec![7.0])));
    /// assert_eq!(rate.zip_map(&time, |rate, time| rate * time)?.0, (10.0, vec![21.0]));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[doc(alias = "tree_mul")]
    #[doc(alias = "where")]
    #[doc(alias = "tree_div")]
    pub fn zip_map(
        &self,
        other: &Self,
        mut f: impl FnMut(P::Elem, P::Elem) -> P::Elem,
    ) -> Result<Self, Error>
    where
        P: Clone,
        P::Elem: Clone,
    {
        let mut mapped = self.clone();
        mapped.zip_mut_with(other, |x, y| *x = f(x.clone(), y.clone()))?;
        Ok(mapped)
    }

    /// A vector of the same structure and shapes in which every element is 0.
    ///
    /// ```
    /// assert_eq!(pytree::Vector((4.0, vec![9.0])).zeros_like().0, (0.0, vec![0.0]));
    /// ```
    #[must_use]
    #[doc(alias = "tree_zeros_like")]
    pub fn zeros_like(&self) -> Self
    where
        P: Clone,
        P::Elem: Clone + Zero,
    {
        self.map(|_| P::Elem::zero())
    }

    /// Scales the vector down to the norm `max_norm` if its [`norm`](Self::norm) is larger, and returns the norm
    /// before that. If the norm is NaN, the vector is unchanged.
    ///
    /// # Errors
    /// If `max_norm` is negative or NaN.
    ///
    /// ```
    /// use pytree::Vector;
    /// let mut gradient = Vector((30.0_f64, vec![40.0]));
    /// assert_eq!(gradient.clip_by_norm(5.0)?, 50.0);
    /// assert_eq!(gradient.0, (3.0, vec![4.0]));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[doc(alias = "clip_by_global_norm")]
    pub fn clip_by_norm(&mut self, max_norm: Real<P>) -> Result<Real<P>, Error>
    where
        P::Elem: Magnitude,
    {
        if max_norm.partial_cmp(&Zero::zero()).is_none_or(Ordering::is_lt) {
            return Err(Error::new(
                ErrorKind::Value,
                "clip_by_norm: `max_norm` is negative or NaN",
            ));
        }
        let norm = self.norm();
        if norm > max_norm {
            let factor = max_norm / norm.clone();
            each_mut(&mut self.0, |x| *x = x.clone() * factor.clone());
        }
        Ok(norm)
    }
}
