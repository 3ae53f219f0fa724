use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use crate::build::from_leaves::FromLeaves;
use crate::build::leaf_source::{LeafSource, Reported};
use crate::error::mismatch::MismatchKind;
use crate::path::key::KeyRef;
use crate::walk::deep::{deep, deep_with};
use crate::walk::node::Node;
use crate::walk::pytree::PyTree;
use crate::walk::visit::{Visitor, VisitorMut};

/// Tells of a sequence: its node and each child under its position.
macro_rules! walk_sequence {
    () => {
        fn walk<'a, V: Visitor<'a, P::Elem>>(&'a self, visitor: &mut V) {
            visitor.node(Node::List(self.len()));
            deep(|| P::walk_list(self, visitor));
        }

        fn walk_mut<'a, V: VisitorMut<'a, P::Elem>>(&'a mut self, visitor: &mut V) {
            deep(|| P::walk_list_mut(self, visitor));
        }
    };
}

impl<P: PyTree> PyTree for Vec<P> {
    type Elem = P::Elem;
    walk_sequence!();
}

impl<P: PyTree, const N: usize> PyTree for [P; N] {
    type Elem = P::Elem;
    walk_sequence!();
}

impl<L, R: FromLeaves<L>> FromLeaves<L> for Vec<R> {
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
        let len = source.list()?;
        deep_with::<R, _>(|| all(len, || R::from_leaves(source)))
    }
}

impl<L, R: FromLeaves<L>, const N: usize> FromLeaves<L> for [R; N] {
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
        source.expect(Node::List(N))?;
        let children: Vec<R> = all(N, || R::from_leaves(source))?;
        // There are N of them, so that this error cannot come up.
        children.try_into().map_err(|found: Vec<R>| {
            let (expected, found) = (Node::List(N), Node::List(found.len()));
            source.report(MismatchKind::Node { expected, found })
        })
    }
}

/// As a `Vec`; one whose elements lie in two parts in memory is walked one by one.
impl<P: PyTree> PyTree for VecDeque<P> {
    type Elem = P::Elem;

    fn walk<'a, V: Visitor<'a, P::Elem>>(&'a self, visitor: &mut V) {
        visitor.node(Node::List(self.len()));
        if let (list, []) = self.as_slices() {
            return deep(|| P::walk_list(list, visitor));
        }
        deep(|| {
            for (index, child) in self.iter().enumerate() {
                visitor.key(KeyRef::Sequence(index));
                child.walk(visitor);
            }
        });
    }

    fn walk_mut<'a, V: VisitorMut<'a, P::Elem>>(&'a mut self, visitor: &mut V) {
        let (front, back) = self.as_mut_slices();
        if back.is_empty() {
            return deep(|| P::walk_list_mut(front, visitor));
        }
        deep(|| front.iter_mut().chain(back).for_each(|child| child.walk_mut(visitor)));
    }
}

impl<L, R: FromLeaves<L>> FromLeaves<L> for VecDeque<R> {
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
        Vec::from_leaves(source).map(VecDeque::from)
    }
}

/// `len` children; every one is asked for even where one fails, so that each can report.
pub(crate) fn all<C, T: FromIterator<C>>(
    len: usize,
    mut child: impl FnMut() -> Result<C, Reported>,
) -> Result<T, Reported> {
    let children: Vec<_> = (0..len).map(|_| child()).collect();
    children.into_iter().collect()
}

impl<P: PyTree> PyTree for Option<P> {
    type Elem = P::Elem;

    fn walk<'a, V: Visitor<'a, P::Elem>>(&'a self, visitor: &mut V) {
        match self {
            Some(tree) => tree.walk(visitor),
            None => visitor.node(Node::None),
        }
    }

    fn walk_mut<'a, V: VisitorMut<'a, P::Elem>>(&'a mut self, visitor: &mut V) {
        if let Some(tree) = self {
            tree.walk_mut(visitor);
        }
    }
}

impl<L, R: FromLeaves<L>> FromLeaves<L> for Option<R> {
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
        match source.peek() {
            Node::None => source.expect(Node::None).map(|()| None),
            _ => R::from_leaves(source).map(Some),
        }
    }
}

impl<P: PyTree> PyTree for Box<P> {
    type Elem = P::Elem;

    fn walk<'a, V: Visitor<'a, P::Elem>>(&'a self, visitor: &mut V) {
        deep(|| (**self).walk(visitor));
    }

    fn walk_mut<'a, V: VisitorMut<'a, P::Elem>>(&'a mut self, visitor: &mut V) {
        deep(|| (**self).walk_mut(visitor));
    }
}

impl<L, R: FromLeaves<L>> FromLeaves<L> for Box<R> {
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
        deep_with::<R, _>(|| R::from_leaves(source).map(Box::new))
    }
}

macro_rules! shared {
    ($($Shared:ident),*) => {$(
        /// What is inside; a tree that is shared is cloned before it is written to, and one that is
        /// built is shared with none.
        impl<P: PyTree + Clone> PyTree for $Shared<P> {
            type Elem = P::Elem;

            fn walk<'a, V: Visitor<'a, P::Elem>>(&'a self, visitor: &mut V) {
                deep(|| (**self).walk(visitor));
            }

            fn walk_mut<'a, V: VisitorMut<'a, P::Elem>>(&'a mut self, visitor: &mut V) {
                deep(|| $Shared::make_mut(self).walk_mut(visitor));
            }
        }

        impl<L, R: FromLeaves<L>> FromLeaves<L> for $Shared<R> {
            fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
                deep_with::<R, _>(|| R::from_leaves(source).map($Shared::new))
            }
        }
    )*};
}

shared!(Rc, Arc);

macro_rules! tuple {
    ($len:literal: $First:ident $first:tt $(, $Rest:ident $rest:tt)*) => {
        impl<$First: PyTree, $($Rest: PyTree<Elem = $First::Elem>),*> PyTree for ($First, $($Rest,)*) {
            type Elem = $First::Elem;

            fn walk<'a, V: Visitor<'a, $First::Elem>>(&'a self, visitor: &mut V) {
                visitor.node(Node::Tuple($len));
                visitor.key(KeyRef::Sequence($first));
                self.$first.walk(visitor);
                $(visitor.key(KeyRef::Sequence($rest)); self.$rest.walk(visitor);)*
            }

            fn walk_mut<'a, V: VisitorMut<'a, $First::Elem>>(&'a mut self, visitor: &mut V) {
                self.$first.walk_mut(visitor);
                $(self.$rest.walk_mut(visitor);)*
            }
        }

        impl<L, $First: FromLeaves<L>, $($Rest: FromLeaves<L>),*> FromLeaves<L> for ($First, $($Rest,)*) {
            fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
                source.expect(Node::Tuple($len))?;
                let children = ($First::from_leaves(source), $($Rest::from_leaves(source),)*);
                Ok((children.$first?, $(children.$rest?,)*))
            }
        }
    };
}

tuple!(1: A 0);
tuple!(2: A 0, B 1);
tuple!(3: A 0, B 1, C 2);
tuple!(4: A 0, B 1, C 2, D 3);
tuple!(5: A 0, B 1, C 2, D 3, E 4);
tuple!(6: A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(7: A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(8: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuple!(9: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuple!(10: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuple!(11: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuple!(12: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, M 11);
