use std::cell::RefCell;

use ndarray::{ArrayView, Dimension};

use crate::build::from_leaves::{FromLeaves, build};
use crate::build::mapped::{Elements, Mapped};
use crate::error::error::Error;
use crate::map::flatten::{KeepLeaf, keep};
use crate::structure::spare::SpareTreeDef;
use crate::walk::pytree::PyTree;

/// A tree that is taken apart once, to build several trees of its structure element by element.
pub(crate) struct Elementwise<'a, E> {
    treedef: SpareTreeDef,
    leaves: Vec<Elements<'a, E>>,
}

impl<'a, E: Clone> Elementwise<'a, E> {
    #[inline]
    pub(crate) fn of<P: PyTree<Elem = E>>(tree: &'a P) -> Self {
        let mut leaves = Vec::new();
        let treedef = SpareTreeDef::new(|arena| leaves = keep(AsElements, tree, arena));
        Elementwise { treedef, leaves }
    }

    /// Builds a tree of the return type from `f` of each element. The elements are passed in order.
    #[inline]
    pub(crate) fn build<T, R>(&self, f: impl FnMut(E) -> T) -> Result<R, Error>
    where
        R: for<'s> FromLeaves<Mapped<'s, E, T>>,
    {
        let f = RefCell::new(f);
        build(&self.treedef, &mut self.leaves.iter().map(|elements| Mapped { elements, f: &f }))
    }
}

/// Keeps the elements of each leaf.
struct AsElements;

impl<'a, E: 'a> KeepLeaf<'a, E> for AsElements {
    type Kept = Elements<'a, E>;

    #[inline]
    fn keep<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) -> Elements<'a, E> {
        Elements::new(leaf)
    }
}
