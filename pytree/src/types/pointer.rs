use std::rc::Rc;
use std::sync::Arc;

use crate::build::from_leaves::FromLeaves;
use crate::build::leaf_source::{LeafSource, Reported};
use crate::walk::deep::{deep, deep_with};
use crate::walk::lockstep::{Lockstep, LockstepMut, all};
use crate::walk::node::Node;
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::{Visitor, VisitorMut};

#[diagnostic::do_not_recommend]
impl<P: PyTree> PyTree for Option<P> {
    type Elem = P::Elem;

    #[inline]
    fn walk<'a, V: Visitor<'a, P::Elem>>(&'a self, visitor: &mut V) {
        match self {
            Some(tree) => tree.walk(visitor),
            None => visitor.node(Node::None),
        }
    }

    #[inline]
    fn lockstep<'a, const N: usize, V>(trees: [&'a Self; N], visitor: &mut V) -> bool
    where
        V: Lockstep<'a, P::Elem, N>,
    {
        match all(trees, Option::as_ref) {
            Some(trees) => P::lockstep(trees, visitor),
            None => trees.iter().all(|tree| tree.is_none()),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<P: PyTreeMut> PyTreeMut for Option<P> {
    #[inline]
    fn walk_mut<'a, V: VisitorMut<'a, P::Elem>>(&'a mut self, visitor: &mut V) {
        if let Some(tree) = self {
            tree.walk_mut(visitor);
        }
    }

    #[inline]
    fn lockstep_mut<'a, const N: usize, V>(
        tree: &'a mut Self,
        others: [&'a Self; N],
        visitor: &mut V,
    ) where
        V: LockstepMut<'a, P::Elem, N>,
    {
        if let (Some(tree), Some(others)) = (tree, all(others, Option::as_ref)) {
            P::lockstep_mut(tree, others, visitor);
        }
    }
}

#[diagnostic::do_not_recommend]
impl<L, R: FromLeaves<L>> FromLeaves<L> for Option<R> {
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
        match source.peek() {
            Node::None => source.expect(Node::None).map(|()| None),
            _ => R::from_leaves(source).map(Some),
        }
    }
}

/// A pointer is the tree that it points to. Recursive types pass through here, so the stack may have to grow.
macro_rules! pointer {
    ($([$($generics:tt)*] $Pointer:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)* P: PyTree + ?Sized> PyTree for $Pointer {
            type Elem = P::Elem;

            #[inline]
            fn walk<'a, V: Visitor<'a, P::Elem>>(&'a self, visitor: &mut V) {
                deep(|| (**self).walk(visitor));
            }

            #[inline]
            fn lockstep<'a, const N: usize, V>(trees: [&'a Self; N], visitor: &mut V) -> bool
            where
                V: Lockstep<'a, P::Elem, N>,
            {
                deep(|| P::lockstep(trees.map(|tree| &**tree), visitor))
            }
        }
    )*};
}

pointer!(['b,] &'b P, ['b,] &'b mut P, [] Box<P>, [] Rc<P>, [] Arc<P>);

macro_rules! owner {
    ($([$($generics:tt)*] $Pointer:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)* P: PyTreeMut + ?Sized> PyTreeMut for $Pointer {
            #[inline]
            fn walk_mut<'a, V: VisitorMut<'a, P::Elem>>(&'a mut self, visitor: &mut V) {
                deep(|| (**self).walk_mut(visitor));
            }

            #[inline]
            fn lockstep_mut<'a, const N: usize, V>(
                tree: &'a mut Self,
                others: [&'a Self; N],
                visitor: &mut V,
            ) where
                V: LockstepMut<'a, P::Elem, N>,
            {
                deep(|| P::lockstep_mut(&mut **tree, others.map(|other| &**other), visitor));
            }
        }
    )*};
}

owner!(['b,] &'b mut P, [] Box<P>);

macro_rules! shared {
    ($($Shared:ident),*) => {$(
        /// Clones the tree before writing to it if another pointer shares it.
        #[diagnostic::do_not_recommend]
        impl<P: PyTreeMut + Clone> PyTreeMut for $Shared<P> {
            fn walk_mut<'a, V: VisitorMut<'a, P::Elem>>(&'a mut self, visitor: &mut V) {
                deep(|| $Shared::make_mut(self).walk_mut(visitor));
            }

            fn lockstep_mut<'a, const N: usize, V>(
                tree: &'a mut Self,
                others: [&'a Self; N],
                visitor: &mut V,
            ) where
                V: LockstepMut<'a, P::Elem, N>,
            {
                let others = others.map(|other| &**other);
                deep(|| P::lockstep_mut($Shared::make_mut(tree), others, visitor));
            }
        }
    )*};
}

shared!(Rc, Arc);

macro_rules! built {
    ($($Pointer:ident),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<L, R: FromLeaves<L>> FromLeaves<L> for $Pointer<R> {
            fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
                deep_with::<R, _>(|| R::from_leaves(source).map($Pointer::new))
            }
        }
    )*};
}

built!(Box, Rc, Arc);
