//! What the code that `#[derive(PyTree)]` writes needs beside the public names.

use crate::pytree::PyTree;
use crate::visit::{Visitor, VisitorMut};

pub use crate::leaf::{visit_value, visit_value_mut};

/// A tree by its element type: rustc tells of a field with another one in these terms.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a pytree with elements of type `{E}`",
    label = "not a pytree of `{E}`",
    note = "add `#[derive(pytree::PyTree)]` to a struct or enum of your own",
    note = "a field that is no array can be `#[pytree(static)]` (part of the structure), \
            `#[pytree(skip)]` (carried along) or `#[pytree(leaf)]` (one leaf)"
)]
pub trait TreeOf<E: 'static> {
    /// As [`PyTree::walk`].
    fn walk<'a, V: Visitor<'a, E>>(&'a self, visitor: &mut V);

    /// As [`PyTree::walk_mut`].
    fn walk_mut<'a, V: VisitorMut<'a, E>>(&'a mut self, visitor: &mut V);
}

impl<P: PyTree> TreeOf<P::Elem> for P {
    #[inline]
    fn walk<'a, V: Visitor<'a, P::Elem>>(&'a self, visitor: &mut V) {
        PyTree::walk(self, visitor);
    }

    #[inline]
    fn walk_mut<'a, V: VisitorMut<'a, P::Elem>>(&'a mut self, visitor: &mut V) {
        PyTree::walk_mut(self, visitor);
    }
}

/// The name of an element type that cannot be written down.
pub trait Named {
    /// The element type.
    type Elem;
}
