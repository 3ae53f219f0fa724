use crate::build::from_leaves::FromLeaves;
use crate::build::leaf_source::{LeafSource, Reported};
use crate::path::key::KeyRef;
use crate::walk::lockstep::{Lockstep, LockstepMut};
use crate::walk::node::Node;
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::{Visitor, VisitorMut};

macro_rules! tuple {
    ($len:literal: $First:ident $first:tt $(, $Rest:ident $rest:tt)*) => {
        #[diagnostic::do_not_recommend]
        impl<$First: PyTree, $($Rest: PyTree<Elem = $First::Elem>),*> PyTree for ($First, $($Rest,)*) {
            type Elem = $First::Elem;

            #[inline]
            fn walk<'a, V: Visitor<'a, $First::Elem>>(&'a self, visitor: &mut V) {
                visitor.node(Node::Tuple($len));
                visitor.key(KeyRef::Sequence($first));
                self.$first.walk(visitor);
                $(visitor.key(KeyRef::Sequence($rest)); self.$rest.walk(visitor);)*
            }

            #[inline]
            fn lockstep<'a, const N: usize, V>(trees: [&'a Self; N], visitor: &mut V) -> bool
            where
                V: Lockstep<'a, $First::Elem, N>,
            {
                $First::lockstep(trees.map(|tree| &tree.$first), visitor)
                    $(&& $Rest::lockstep(trees.map(|tree| &tree.$rest), visitor))*
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$First: PyTreeMut, $($Rest: PyTreeMut<Elem = $First::Elem>),*> PyTreeMut for ($First, $($Rest,)*) {
            #[inline]
            fn walk_mut<'a, V: VisitorMut<'a, $First::Elem>>(&'a mut self, visitor: &mut V) {
                self.$first.walk_mut(visitor);
                $(self.$rest.walk_mut(visitor);)*
            }

            #[inline]
            fn lockstep_mut<'a, const N: usize, V>(
                tree: &'a mut Self,
                others: [&'a Self; N],
                visitor: &mut V,
            ) where
                V: LockstepMut<'a, $First::Elem, N>,
            {
                $First::lockstep_mut(&mut tree.$first, others.map(|other| &other.$first), visitor);
                $($Rest::lockstep_mut(&mut tree.$rest, others.map(|other| &other.$rest), visitor);)*
            }
        }

        #[diagnostic::do_not_recommend]
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
