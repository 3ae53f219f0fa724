//! Items that the code of `#[derive(PyTree)]` uses, in addition to the public ones.

use std::fmt::Display;

use ndarray::{ArrayView, ArrayViewMut, Dimension};

use crate::build::leaf_source::{LeafSource, Reported};
use crate::error::mismatch::MismatchKind;
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::{Skipped, Static, Visitor, VisitorMut};

pub use crate::types::number::{
    lockstep_values, lockstep_values_mut, visit_value, visit_value_mut,
};
pub use crate::walk::lockstep::{Lockstep, LockstepMut, all};
pub use ndarray::ArrayD;

/// Calls `build` of the module of a `#[pytree(with = module)]` field with the leaf that was taken last.
///
/// # Errors
/// That of `leaf` or of `build`, with the path of the field.
pub fn build_with<L, E, T, M: Display>(
    leaf: Result<ArrayD<E>, Reported>,
    source: &mut LeafSource<'_, L>,
    build: impl FnOnce(ArrayD<E>) -> Result<T, M>,
) -> Result<T, Reported> {
    build(leaf?).map_err(|message| source.report(MismatchKind::other(message.to_string())))
}

/// Calls `f`, once: so the closure may pass on what it borrows.
#[inline]
pub fn call<R>(f: impl FnOnce() -> R) -> R {
    f()
}

/// Declares traits for "a tree with the element type `E`" that differ in their messages. The derive chooses one by the
/// syntax of the type of a field.
///
/// `do_not_recommend` makes rustc report the type of the field, and not a part of it, the reason, and a list of impls.
macro_rules! tree_of {
    ($($(#[$attribute:meta])* $TreeOf:ident)*) => {$(
        $(#[$attribute])*
        pub trait $TreeOf<E: 'static> {
            /// As [`PyTree::walk`].
            fn walk<'a, V: Visitor<'a, E>>(&'a self, visitor: &mut V);

            /// As [`PyTree::lockstep`].
            fn lockstep<'a, const N: usize, V>(trees: [&'a Self; N], visitor: &mut V) -> bool
            where
                V: Lockstep<'a, E, N>;
        }

        #[diagnostic::do_not_recommend]
        impl<E: 'static, P: PyTree<Elem: ElemIs<E>>> $TreeOf<E> for P {
            #[inline]
            fn walk<'a, V: Visitor<'a, E>>(&'a self, visitor: &mut V) {
                P::Elem::walk(self, visitor);
            }

            #[inline]
            fn lockstep<'a, const N: usize, V>(trees: [&'a Self; N], visitor: &mut V) -> bool
            where
                V: Lockstep<'a, E, N>,
            {
                P::Elem::lockstep(trees, visitor)
            }
        }
    )*};
}

tree_of! {
    /// A field of any type.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is not a pytree with elements of type `{E}`",
        label = "not a pytree of `{E}`",
        note = "all leaves of a tree share one element type",
        note = "add `#[derive(pytree::PyTree)]` to a struct or enum of your own, or mark the field \
                `#[pytree(static)]` (part of the structure) or `#[pytree(skip)]` (copied, never compared)"
    )]
    TreeOf

    /// A field of a type with arguments, which may contain the derived type. See `Hint` in the derive.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is not a pytree with elements of type `{E}`",
        label = "not a pytree of `{E}`",
        note = "all leaves of a tree share one element type",
        note = "add `#[derive(pytree::PyTree)]` to a struct or enum of your own, or mark the field \
                `#[pytree(static)]` (part of the structure) or `#[pytree(skip)]` (copied, never compared)"
    )]
    TreeOrMarkedRecursive

    /// A text, a path, a time, a set.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is not a pytree with elements of type `{E}`",
        label = "not an array of `{E}`",
        note = "mark the field `#[pytree(static)]` (part of the structure: compared and printed) or \
                `#[pytree(skip)]` (copied, never compared)"
    )]
    ValueOf

    /// A value in a cell or behind a lock.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is not a pytree with elements of type `{E}`",
        label = "the value inside cannot be borrowed without a guard",
        note = "put the whole tree into the cell or the lock instead, as in `Mutex<State>`",
        note = "or share the field between trees: `#[pytree(skip)]` and a type such as `Arc<Mutex<f64>>`"
    )]
    CellOf

    /// A trait object or a function.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is not a pytree with elements of type `{E}`",
        label = "its fields are not known to the compiler",
        note = "if it has no parameters, mark the field `#[pytree(skip)]`, as an `Arc<dyn Trait + Send + Sync>` or a `fn`",
        note = "if it has some, write an enum of the types, with `#[derive(pytree::PyTree)]`"
    )]
    ObjectOf

    /// A long tuple.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is not a pytree with elements of type `{E}`",
        label = "a tuple of more than 12 types",
        note = "use a struct with `#[derive(pytree::PyTree)]`, or an array if all types are the same"
    )]
    TupleOf

    /// A number whose impl is a feature.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is not a pytree with elements of type `{E}`",
        label = "not a pytree of `{E}`",
        note = "all leaves of a tree share one element type",
        note = "complex numbers are leaves with the feature `num-complex` of pytree, dual numbers with `num-dual`, `f16` and \
                `bf16` with `half`"
    )]
    NumberOf

    /// A map.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is not a pytree with elements of type `{E}`",
        label = "not a pytree of `{E}`",
        note = "the keys can be strings, `char`, integers of at most 64 bits, and enums with `#[derive(pytree::MapKey)]`",
        note = "the values are trees with elements of type `{E}`"
    )]
    MapOf
}

/// The element type `E`, as a trait: so that rustc reports a leaf with another one as a bound that fails, and not as a
/// "type mismatch".
#[diagnostic::on_unimplemented(
    message = "the leaves of this tree have elements of type `{E}`, but this view has elements of type `{Self}`",
    label = "not a view of `{E}`",
    note = "all leaves of a tree share one element type"
)]
pub trait ElemIs<E: 'static>: Sized + 'static {
    /// As [`PyTree::walk`].
    fn walk<'a, P: PyTree<Elem = Self>, V: Visitor<'a, E>>(tree: &'a P, visitor: &mut V);

    /// As [`PyTree::lockstep`].
    fn lockstep<'a, const N: usize, P, V>(trees: [&'a P; N], visitor: &mut V) -> bool
    where
        P: PyTree<Elem = Self>,
        V: Lockstep<'a, E, N>;

    /// The same view. For `view` of the module of a `#[pytree(with = module)]` field.
    fn view<D: Dimension>(view: ArrayView<'_, Self, D>) -> ArrayView<'_, E, D>;

    /// The same view. For `view_mut` of that module.
    fn view_mut<D: Dimension>(view: ArrayViewMut<'_, Self, D>) -> ArrayViewMut<'_, E, D>;

    /// The same array. For `build` of that module.
    fn array(array: ArrayD<E>) -> ArrayD<Self>;
}

#[diagnostic::do_not_recommend]
impl<E: 'static> ElemIs<E> for E {
    #[inline]
    fn walk<'a, P: PyTree<Elem = E>, V: Visitor<'a, E>>(tree: &'a P, visitor: &mut V) {
        tree.walk(visitor);
    }

    #[inline]
    fn lockstep<'a, const N: usize, P, V>(trees: [&'a P; N], visitor: &mut V) -> bool
    where
        P: PyTree<Elem = E>,
        V: Lockstep<'a, E, N>,
    {
        P::lockstep(trees, visitor)
    }

    #[inline]
    fn view<D: Dimension>(view: ArrayView<'_, E, D>) -> ArrayView<'_, E, D> {
        view
    }

    #[inline]
    fn view_mut<D: Dimension>(view: ArrayViewMut<'_, E, D>) -> ArrayViewMut<'_, E, D> {
        view
    }

    #[inline]
    fn array(array: ArrayD<E>) -> ArrayD<E> {
        array
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
    note = "a skipped field is copied to the tree that is built; an `Arc` shares a value that is not `Clone`, such as \
            an `Arc<dyn Trait + Send + Sync>` or an `Arc<Mutex<f64>>`"
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

/// Names the element type of a field whose type may be private, for the impl of a public type.
///
/// The derive implements it if the field is a tree. It writes the path to this trait with the span of the field, so that
/// rustc marks the field.
#[diagnostic::on_unimplemented(
    message = "the type of this field is not a pytree",
    label = "not a pytree",
    note = "add `#[derive(pytree::PyTree)]` to a struct or enum of your own, or mark the field \
            `#[pytree(static)]` (part of the structure) or `#[pytree(skip)]` (copied, never compared)"
)]
pub trait Named {
    /// The element type.
    type Elem: 'static;
}

/// A tree. The lifetime has the purpose of that of [`TreeMutOf`].
pub trait AnyTree<'x> {
    /// The element type.
    type Elem: 'static;
}

impl<P: PyTree> AnyTree<'_> for P {
    type Elem = P::Elem;
}
