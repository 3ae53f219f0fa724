//! What the code that `#[derive(PyTree)]` writes needs beside the public names.

use crate::build::leaf_source::{LeafSource, Reported};
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::{Skipped, Static, Visitor, VisitorMut};

pub use crate::types::number::{visit_value, visit_value_mut};

/// A tree by its element type: rustc tells of a field with another one in these terms.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a pytree with elements of type `{E}`",
    label = "not a pytree of `{E}`",
    note = "add `#[derive(pytree::PyTree)]` to a struct or enum of your own",
    note = "a field that is no array can be `#[pytree(static)]` (part of the structure), \
            `#[pytree(skip)]` (carried along) or `#[pytree(leaf)]` (one leaf)",
    note = "dual numbers are leaves with the feature `num-dual` of pytree"
)]
pub trait TreeOf<E: 'static> {
    /// As [`PyTree::walk`].
    fn walk<'a, V: Visitor<'a, E>>(&'a self, visitor: &mut V);
}

impl<P: PyTree> TreeOf<P::Elem> for P {
    #[inline]
    fn walk<'a, V: Visitor<'a, P::Elem>>(&'a self, visitor: &mut V) {
        PyTree::walk(self, visitor);
    }
}

/// A tree that can be written to, by its element type.
///
/// The lifetime stands for nothing. A bound `for<'x> Field: TreeMutOf<'x, E>` has rustc leave an impl out
/// that does not hold, where the plain `Field: PyTreeMut` of a field without parameters would be an error.
#[diagnostic::on_unimplemented(
    message = "the leaves of `{Self}` cannot be written to",
    label = "not a `PyTreeMut`"
)]
pub trait TreeMutOf<'x, E: 'static> {
    /// As [`PyTreeMut::walk_mut`].
    fn walk_mut<'a, V: VisitorMut<'a, E>>(&'a mut self, visitor: &mut V);
}

impl<P: PyTreeMut> TreeMutOf<'_, P::Elem> for P {
    #[inline]
    fn walk_mut<'a, V: VisitorMut<'a, P::Elem>>(&'a mut self, visitor: &mut V) {
        PyTreeMut::walk_mut(self, visitor);
    }
}

/// A static field: as [`Static`], but with a message of its own where it is none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a `#[pytree(static)]` field",
    label = "not `Clone + PartialEq + Debug + Send + Sync + 'static`",
    note = "a static field is part of the structure: it is compared, printed, and carried over",
    note = "use `#[pytree(skip)]` for a field that is carried over and never compared"
)]
pub trait StaticField: Sized {
    /// Tells `visitor` of the field.
    fn tell<'a, E: 'a, V: Visitor<'a, E>>(&self, visitor: &mut V);

    /// Takes the field `name` from `source`.
    ///
    /// # Errors
    /// As [`LeafSource::static_field`].
    fn take<L>(source: &mut LeafSource<'_, L>, name: &'static str) -> Result<Self, Reported>;
}

#[diagnostic::do_not_recommend]
impl<S: Static> StaticField for S {
    #[inline]
    fn tell<'a, E: 'a, V: Visitor<'a, E>>(&self, visitor: &mut V) {
        visitor.static_field(self);
    }

    fn take<L>(source: &mut LeafSource<'_, L>, name: &'static str) -> Result<Self, Reported> {
        source.static_field(name)
    }
}

/// A skipped field: as [`Skipped`], but with a message of its own where it is none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a `#[pytree(skip)]` field",
    label = "not `Clone + Send + Sync + 'static`",
    note = "a skipped field is carried over from tree to tree, along with the structure"
)]
pub trait SkippedField: Sized {
    /// Tells `visitor` of the field.
    fn tell<'a, E: 'a, V: Visitor<'a, E>>(&self, visitor: &mut V);

    /// Takes the field `name` from `source`.
    ///
    /// # Errors
    /// As [`LeafSource::skipped_field`].
    fn take<L>(source: &mut LeafSource<'_, L>, name: &'static str) -> Result<Self, Reported>;
}

#[diagnostic::do_not_recommend]
impl<S: Skipped> SkippedField for S {
    #[inline]
    fn tell<'a, E: 'a, V: Visitor<'a, E>>(&self, visitor: &mut V) {
        visitor.skipped_field(self);
    }

    fn take<L>(source: &mut LeafSource<'_, L>, name: &'static str) -> Result<Self, Reported> {
        source.skipped_field(name)
    }
}

/// The name of an element type that cannot be written down.
pub trait Named {
    /// The element type.
    type Elem;
}
