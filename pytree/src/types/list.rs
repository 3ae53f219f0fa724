use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use crate::build::from_leaves::FromLeaves;
use crate::build::leaf_source::{LeafSource, Reported};
use crate::build::list_builder::{ArrayBuilder, ArraysBuilder, ListBuilder, VecBuilder};
use crate::path::key::KeyRef;
use crate::walk::deep::{deep, deep_with};
use crate::walk::lockstep::{Lockstep, LockstepMut};
use crate::walk::node::Node;
use crate::walk::pytree::{PyTree, PyTreeMut, with_axis};
use crate::walk::visit::{Visitor, VisitorMut};

/// A leaf if the elements are numbers, a list otherwise.
#[diagnostic::do_not_recommend]
impl<P: PyTree> PyTree for [P] {
    type Elem = P::Elem;

    #[inline]
    fn walk<'a, V: Visitor<'a, P::Elem>>(&'a self, visitor: &mut V) {
        P::walk_list(self, &[self.len()], visitor);
    }

    #[inline]
    fn lockstep<'a, const N: usize, V>(trees: [&'a Self; N], visitor: &mut V) -> bool
    where
        V: Lockstep<'a, P::Elem, N>,
    {
        let len = trees.first().map_or(0, |tree| tree.len());
        trees.iter().all(|tree| tree.len() == len) && P::lockstep_list(trees, &[len], visitor)
    }
}

#[diagnostic::do_not_recommend]
impl<P: PyTreeMut> PyTreeMut for [P] {
    #[inline]
    fn walk_mut<'a, V: VisitorMut<'a, P::Elem>>(&'a mut self, visitor: &mut V) {
        let len = self.len();
        P::walk_list_mut(self, &[len], visitor);
    }

    #[inline]
    fn lockstep_mut<'a, const N: usize, V>(
        tree: &'a mut Self,
        others: [&'a Self; N],
        visitor: &mut V,
    ) where
        V: LockstepMut<'a, P::Elem, N>,
    {
        let len = tree.len();
        P::lockstep_list_mut(tree, others, &[len], visitor);
    }
}

/// As a slice.
#[diagnostic::do_not_recommend]
impl<P: PyTree> PyTree for Vec<P> {
    type Elem = P::Elem;

    #[inline]
    fn walk<'a, V: Visitor<'a, P::Elem>>(&'a self, visitor: &mut V) {
        self.as_slice().walk(visitor);
    }

    #[inline]
    fn lockstep<'a, const N: usize, V>(trees: [&'a Self; N], visitor: &mut V) -> bool
    where
        V: Lockstep<'a, P::Elem, N>,
    {
        <[P]>::lockstep(trees.map(Vec::as_slice), visitor)
    }
}

#[diagnostic::do_not_recommend]
impl<P: PyTreeMut> PyTreeMut for Vec<P> {
    #[inline]
    fn walk_mut<'a, V: VisitorMut<'a, P::Elem>>(&'a mut self, visitor: &mut V) {
        self.as_mut_slice().walk_mut(visitor);
    }

    #[inline]
    fn lockstep_mut<'a, const N: usize, V>(
        tree: &'a mut Self,
        others: [&'a Self; N],
        visitor: &mut V,
    ) where
        V: LockstepMut<'a, P::Elem, N>,
    {
        <[P]>::lockstep_mut(tree, others.map(Vec::as_slice), visitor);
    }
}

#[diagnostic::do_not_recommend]
impl<L, R: FromLeaves<L>> FromLeaves<L> for Vec<R> {
    #[inline]
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
        R::list_from_leaves(source, &[None], VecBuilder)
    }
}

/// As a slice. A list of arrays of numbers is one leaf with one axis more than an array.
#[diagnostic::do_not_recommend]
impl<P: PyTree, const N: usize> PyTree for [P; N] {
    type Elem = P::Elem;

    #[inline]
    fn walk<'a, V: Visitor<'a, P::Elem>>(&'a self, visitor: &mut V) {
        self.as_slice().walk(visitor);
    }

    #[inline]
    fn walk_list<'a, V>(list: &'a [Self], shape: &[usize], visitor: &mut V)
    where
        V: Visitor<'a, P::Elem>,
    {
        with_axis(shape, N, |shape| P::walk_list(list.as_flattened(), shape, visitor));
    }

    #[inline]
    fn lockstep<'a, const M: usize, V>(trees: [&'a Self; M], visitor: &mut V) -> bool
    where
        V: Lockstep<'a, P::Elem, M>,
    {
        P::lockstep_list(trees.map(<[P; N]>::as_slice), &[N], visitor)
    }

    #[inline]
    fn lockstep_list<'a, const M: usize, V>(
        lists: [&'a [Self]; M],
        shape: &[usize],
        visitor: &mut V,
    ) -> bool
    where
        V: Lockstep<'a, P::Elem, M>,
    {
        let lists = lists.map(<[Self]>::as_flattened);
        with_axis(shape, N, |shape| P::lockstep_list(lists, shape, visitor))
    }
}

#[diagnostic::do_not_recommend]
impl<P: PyTreeMut, const N: usize> PyTreeMut for [P; N] {
    #[inline]
    fn walk_mut<'a, V: VisitorMut<'a, P::Elem>>(&'a mut self, visitor: &mut V) {
        self.as_mut_slice().walk_mut(visitor);
    }

    #[inline]
    fn walk_list_mut<'a, V>(list: &'a mut [Self], shape: &[usize], visitor: &mut V)
    where
        V: VisitorMut<'a, P::Elem>,
    {
        let list = list.as_flattened_mut();
        with_axis(shape, N, |shape| P::walk_list_mut(list, shape, visitor));
    }

    #[inline]
    fn lockstep_mut<'a, const M: usize, V>(
        tree: &'a mut Self,
        others: [&'a Self; M],
        visitor: &mut V,
    ) where
        V: LockstepMut<'a, P::Elem, M>,
    {
        P::lockstep_list_mut(tree, others.map(<[P; N]>::as_slice), &[N], visitor);
    }

    #[inline]
    fn lockstep_list_mut<'a, const M: usize, V>(
        list: &'a mut [Self],
        others: [&'a [Self]; M],
        shape: &[usize],
        visitor: &mut V,
    ) where
        V: LockstepMut<'a, P::Elem, M>,
    {
        let (list, others) = (list.as_flattened_mut(), others.map(<[Self]>::as_flattened));
        with_axis(shape, N, |shape| P::lockstep_list_mut(list, others, shape, visitor));
    }
}

#[diagnostic::do_not_recommend]
impl<L, R: FromLeaves<L>, const N: usize> FromLeaves<L> for [R; N] {
    #[inline]
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
        R::list_from_leaves(source, &[Some(N)], ArrayBuilder::<N>)
    }

    #[inline]
    fn list_from_leaves<B: ListBuilder<Self>>(
        source: &mut LeafSource<'_, L>,
        shape: &[Option<usize>],
        builder: B,
    ) -> Result<B::List, Reported> {
        with_axis(shape, Some(N), |shape| {
            R::list_from_leaves(source, shape, ArraysBuilder::<N, B>(builder))
        })
    }
}

macro_rules! boxed_slice {
    ($($Pointer:ident),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<L, R: FromLeaves<L>> FromLeaves<L> for $Pointer<[R]> {
            fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
                Vec::from_leaves(source).map($Pointer::from)
            }
        }
    )*};
}

boxed_slice!(Box, Rc, Arc);

/// Always a list, also of numbers, since these may lie in two pieces of memory.
#[diagnostic::do_not_recommend]
impl<P: PyTree> PyTree for VecDeque<P> {
    type Elem = P::Elem;

    fn walk<'a, V: Visitor<'a, P::Elem>>(&'a self, visitor: &mut V) {
        visitor.node(Node::List(self.len()));
        deep(|| {
            for (index, child) in self.iter().enumerate() {
                visitor.key(KeyRef::Sequence(index));
                child.walk(visitor);
            }
        });
    }
}

#[diagnostic::do_not_recommend]
impl<P: PyTreeMut> PyTreeMut for VecDeque<P> {
    fn walk_mut<'a, V: VisitorMut<'a, P::Elem>>(&'a mut self, visitor: &mut V) {
        deep(|| self.iter_mut().for_each(|child| child.walk_mut(visitor)));
    }
}

#[diagnostic::do_not_recommend]
impl<L, R: FromLeaves<L>> FromLeaves<L> for VecDeque<R> {
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
        let len = source.list()?;
        deep_with::<R, _>(|| all_children(len, || R::from_leaves(source)))
    }
}

/// Builds `len` children with `child`. All are built even if one fails, because each may report errors of its
/// own.
pub(crate) fn all_children<C, T: FromIterator<C>>(
    len: usize,
    mut child: impl FnMut() -> Result<C, Reported>,
) -> Result<T, Reported> {
    let mut children = Vec::with_capacity(len);
    let mut outcome = Ok(());
    for _ in 0..len {
        match child() {
            Ok(child) => children.push(child),
            Err(reported) => outcome = Err(reported),
        }
    }
    outcome.map(|()| children.into_iter().collect())
}
