use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use crate::build::from_leaves::FromLeaves;
use crate::build::leaf_source::{LeafSource, Reported};
use crate::path::map_key::{FromKey, MapKey};
use crate::types::list::all_children;
use crate::walk::deep::{deep, deep_with};
use crate::walk::lockstep::{Lockstep, LockstepMut, next};
use crate::walk::node::Node;
use crate::walk::pytree::{PyTree, PyTreeMut};
use crate::walk::visit::{Visitor, VisitorMut};

/// Visits the node of a map, and each child after its key, in the order of the map.
macro_rules! walk_map {
    () => {
        type Elem = P::Elem;

        fn walk<'a, V: Visitor<'a, P::Elem>>(&'a self, visitor: &mut V) {
            visitor.node(Node::Dict(self.len()));
            deep(|| {
                for (key, child) in self {
                    key.with_key(|key| visitor.key(key));
                    child.walk(visitor);
                }
            });
        }

        fn lockstep<'a, const N: usize, V>(trees: [&'a Self; N], visitor: &mut V) -> bool
        where
            V: Lockstep<'a, P::Elem, N>,
        {
            let len = trees.first().map_or(0, |tree| tree.len());
            if trees.iter().any(|tree| tree.len() != len) {
                return false;
            }
            let mut entries = trees.map(|tree| tree.iter());
            deep(|| {
                (0..len).all(|_| {
                    let Some(entries) = next(&mut entries) else { return false };
                    let key = entries.first().map(|(key, _)| key);
                    entries.iter().all(|(other, _)| Some(other) == key)
                        && P::lockstep(entries.map(|(_, child)| child), visitor)
                })
            })
        }
    };
}

/// Visits the values of a map, in the order of the map.
macro_rules! walk_map_mut {
    () => {
        fn walk_mut<'a, V: VisitorMut<'a, P::Elem>>(&'a mut self, visitor: &mut V) {
            deep(|| self.values_mut().for_each(|child| child.walk_mut(visitor)));
        }

        fn lockstep_mut<'a, const N: usize, V>(
            tree: &'a mut Self,
            others: [&'a Self; N],
            visitor: &mut V,
        ) where
            V: LockstepMut<'a, P::Elem, N>,
        {
            let mut others = others.map(|other| other.values());
            deep(|| {
                for child in tree.values_mut() {
                    if let Some(others) = next(&mut others) {
                        P::lockstep_mut(child, others, visitor);
                    }
                }
            });
        }
    };
}

/// A dict in the order of its keys.
#[diagnostic::do_not_recommend]
impl<K: MapKey, P: PyTree> PyTree for BTreeMap<K, P> {
    walk_map!();
}

#[diagnostic::do_not_recommend]
impl<K: MapKey, P: PyTreeMut> PyTreeMut for BTreeMap<K, P> {
    walk_map_mut!();
}

/// The dict that a `BTreeMap` of the same entries is. Each walk allocates a `Vec` to sort the keys.
#[diagnostic::do_not_recommend]
impl<K: MapKey, P: PyTree, S: BuildHasher> PyTree for HashMap<K, P, S> {
    type Elem = P::Elem;

    fn walk<'a, V: Visitor<'a, P::Elem>>(&'a self, visitor: &mut V) {
        visitor.node(Node::Dict(self.len()));
        let mut entries: Vec<_> = self.iter().collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        deep(|| {
            for (key, child) in entries {
                key.with_key(|key| visitor.key(key));
                child.walk(visitor);
            }
        });
    }
}

#[diagnostic::do_not_recommend]
impl<K: MapKey, P: PyTreeMut, S: BuildHasher> PyTreeMut for HashMap<K, P, S> {
    fn walk_mut<'a, V: VisitorMut<'a, P::Elem>>(&'a mut self, visitor: &mut V) {
        let mut entries: Vec<_> = self.iter_mut().collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        deep(|| entries.into_iter().for_each(|(_, child)| child.walk_mut(visitor)));
    }
}

/// Takes a dict and collects its entries into a map.
fn entries<L, K: FromKey, R: FromLeaves<L>, M: FromIterator<(K, R)>>(
    source: &mut LeafSource<'_, L>,
) -> Result<M, Reported> {
    let len = source.dict()?;
    deep_with::<(K, R), _>(|| {
        all_children(len, || {
            // The child is built even if its key fails, because both may report an error.
            let (key, child) = (source.dict_key(), R::from_leaves(source));
            Ok((key?, child?))
        })
    })
}

#[diagnostic::do_not_recommend]
impl<L, K: FromKey, R: FromLeaves<L>> FromLeaves<L> for BTreeMap<K, R> {
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
        entries(source)
    }
}

#[diagnostic::do_not_recommend]
impl<L, K, R, S> FromLeaves<L> for HashMap<K, R, S>
where
    K: FromKey + Hash,
    R: FromLeaves<L>,
    S: BuildHasher + Default,
{
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
        entries(source)
    }
}

/// A dict in insertion order.
#[cfg(feature = "indexmap")]
#[diagnostic::do_not_recommend]
impl<K: MapKey, P: PyTree, S> PyTree for indexmap::IndexMap<K, P, S> {
    walk_map!();
}

#[cfg(feature = "indexmap")]
#[diagnostic::do_not_recommend]
impl<K: MapKey, P: PyTreeMut, S> PyTreeMut for indexmap::IndexMap<K, P, S> {
    walk_map_mut!();
}

#[cfg(feature = "indexmap")]
#[diagnostic::do_not_recommend]
impl<L, K, R, S> FromLeaves<L> for indexmap::IndexMap<K, R, S>
where
    K: FromKey + Hash,
    R: FromLeaves<L>,
    S: BuildHasher + Default,
{
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
        entries(source)
    }
}
