//! Items that the code of `#[derive(PyTree)]` uses, in addition to the public ones.

use crate::build::leaf_source::{LeafSource, Reported};
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::{Skipped, Static, Visitor, VisitorMut};

pub use crate::types::number::{
    lockstep_values, lockstep_values_mut, visit_value, visit_value_mut,
};
pub use crate::walk::lockstep::{Lockstep, LockstepMut, all};

/// A tree with the element type `E`. Its message is what rustc reports for a field with another element type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a pytree with elements of type `{E}`",
    label = "not a pytree of `{E}`",
    note = "add `#[derive(pytree::PyTree)]` to a struct or enum of your own",
    note = "a field that is not a tree can be `#[pytree(static)]` (part of the structure), \
            `#[pytree(skip)]` (copied, never compared) or `#[pytree(leaf)]` (one leaf)",
    note = "dual numbers are leaves with the feature `num-dual` of pytree"
)]
pub trait TreeOf<E: 'static> {
    /// As [`PyTree::walk`].
    fn walk<'a, V: Visitor<'a, E>>(&'a self, visitor: &mut V);

    /// As [`PyTree::lockstep`].
    fn lockstep<'a, const N: usize, V>(trees: [&'a Self; N], visitor: &mut V) -> bool
    where
        V: Lockstep<'a, E, N>;
}

impl<P: PyTree> TreeOf<P::Elem> for P {
    #[inline]
    fn walk<'a, V: Visitor<'a, P::Elem>>(&'a self, visitor: &mut V) {
        PyTree::walk(self, visitor);
    }

    #[inline]
    fn lockstep<'a, const N: usize, V>(trees: [&'a Self; N], visitor: &mut V) -> bool
    where
        V: Lockstep<'a, P::Elem, N>,
    {
        <P as PyTree>::lockstep(trees, visitor)
    }
}

/// A tree with the element type `E` that can be written to.
///
/// The lifetime is not used. If a field without generic parameters is not a `PyTreeMut`, the bound
/// `Field: PyTreeMut` is an error, whereas rustc only ignores an impl with the bound
/// `for<'x> Field: TreeMutOf<'x, E>`.
#[diagnostic::on_unimplemented(
    message = "the leaves of `{Self}` cannot be written to",
    label = "not a `PyTreeMut`"
)]
pub trait TreeMutOf<'x, E: 'static> {
    /// As [`PyTreeMut::walk_mut`].
    fn walk_mut<'a, V: VisitorMut<'a, E>>(&'a mut self, visitor: &mut V);

    /// As [`PyTreeMut::lockstep_mut`].
    fn lockstep_mut<'a, const N: usize, V>(
        tree: &'a mut Self,
        others: [&'a Self; N],
        visitor: &mut V,
    ) where
        V: LockstepMut<'a, E, N>;
}

impl<P: PyTreeMut> TreeMutOf<'_, P::Elem> for P {
    #[inline]
    fn walk_mut<'a, V: VisitorMut<'a, P::Elem>>(&'a mut self, visitor: &mut V) {
        PyTreeMut::walk_mut(self, visitor);
    }

    #[inline]
    fn lockstep_mut<'a, const N: usize, V>(
        tree: &'a mut Self,
        others: [&'a Self; N],
        visitor: &mut V,
    ) where
        V: LockstepMut<'a, P::Elem, N>,
    {
        <P as PyTreeMut>::lockstep_mut(tree, others, visitor);
    }
}

/// [`Static`], with a message of its own for a type that does not implement it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a `#[pytree(static)]` field",
    label = "not `Clone + PartialEq + Debug + Send + Sync + 'static`",
    note = "a static field is part of the structure: it is compared, printed, and copied to the tree that is built",
    note = "use `#[pytree(skip)]` for a field that is copied and never compared"
)]
pub trait StaticField: Sized {
    /// Passes the field to `visitor`.
    fn visit<'a, E: 'a, V: Visitor<'a, E>>(&self, visitor: &mut V);

    /// Whether the fields of all trees are equal.
    fn equal<const N: usize>(fields: [&Self; N]) -> bool;

    /// Takes the field `name` from `source`.
    ///
    /// # Errors
    /// As [`LeafSource::static_field`].
    fn take<L>(source: &mut LeafSource<'_, L>, name: &'static str) -> Result<Self, Reported>;
}

#[diagnostic::do_not_recommend]
impl<S: Static> StaticField for S {
    #[inline]
    fn visit<'a, E: 'a, V: Visitor<'a, E>>(&self, visitor: &mut V) {
        visitor.static_field(self);
    }

    #[inline]
    fn equal<const N: usize>(fields: [&Self; N]) -> bool {
        fields.windows(2).all(|pair| pair[0] == pair[1])
    }

    fn take<L>(source: &mut LeafSource<'_, L>, name: &'static str) -> Result<Self, Reported> {
        source.static_field(name)
    }
}

/// [`Skipped`], with a message of its own for a type that does not implement it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a `#[pytree(skip)]` field",
    label = "not `Clone + Send + Sync + 'static`",
    note = "a skipped field is copied to the tree that is built"
)]
pub trait SkippedField: Sized {
    /// Passes the field to `visitor`.
    fn visit<'a, E: 'a, V: Visitor<'a, E>>(&self, visitor: &mut V);

    /// Takes the field `name` from `source`.
    ///
    /// # Errors
    /// As [`LeafSource::skipped_field`].
    fn take<L>(source: &mut LeafSource<'_, L>, name: &'static str) -> Result<Self, Reported>;
}

#[diagnostic::do_not_recommend]
impl<S: Skipped> SkippedField for S {
    #[inline]
    fn visit<'a, E: 'a, V: Visitor<'a, E>>(&self, visitor: &mut V) {
        visitor.skipped_field(self);
    }

    fn take<L>(source: &mut LeafSource<'_, L>, name: &'static str) -> Result<Self, Reported> {
        source.skipped_field(name)
    }
}

/// Names the element type of a field whose type is private, for the impl of a public type.
pub trait Named {
    /// The element type.
    type Elem;
}
