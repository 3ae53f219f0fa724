//! A container and two leaf types that are written outside the crate: each is one file.

use std::ops::Range;

use ndarray::{Array1, ArrayD, ArrayViewD, array, aview0};
use pytree::error::MismatchKind;
use pytree::walk::{KeyRef, LeafSource, ListBuilder, Node, Reported, Visitor, VisitorMut};
use pytree::{
    FromLeaves, PyTree, PyTreeMut, ravel_pytree, tree_flatten, tree_leaves_with_path, tree_map,
    tree_map_mut, tree_structure,
};
use tests::message;

/// The last trees of a run; the oldest is at `first`.
#[derive(Clone, Debug, PartialEq)]
struct Ring<P> {
    trees: Vec<P>,
    first: usize,
}

impl<P> Ring<P> {
    /// The trees from the oldest to the newest.
    fn order(&self) -> [Range<usize>; 2] {
        [self.first..self.trees.len(), 0..self.first]
    }
}

impl<P: PyTree> PyTree for Ring<P> {
    type Elem = P::Elem;

    fn walk<'a, V: Visitor<'a, P::Elem>>(&'a self, visitor: &mut V) {
        visitor.node(Node::List(self.trees.len()));
        for (index, place) in self.order().into_iter().flatten().enumerate() {
            visitor.key(KeyRef::Sequence(index));
            self.trees[place].walk(visitor);
        }
    }
}

impl<P: PyTreeMut> PyTreeMut for Ring<P> {
    fn walk_mut<'a, V: VisitorMut<'a, P::Elem>>(&'a mut self, visitor: &mut V) {
        let (newer, older) = self.trees.split_at_mut(self.first);
        older.iter_mut().chain(newer).for_each(|tree| tree.walk_mut(visitor));
    }
}

impl<L, P: FromLeaves<L>> FromLeaves<L> for Ring<P> {
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
        let len = source.list()?;
        let trees: Vec<_> = (0..len).map(|_| P::from_leaves(source)).collect();
        Ok(Ring { trees: trees.into_iter().collect::<Result<_, _>>()?, first: 0 })
    }
}

/// A probability, as its logit: a leaf around an array.
#[derive(Clone, Debug, PartialEq)]
struct Logit(Array1<f64>);

impl PyTree for Logit {
    type Elem = f64;

    fn walk<'a, V: Visitor<'a, f64>>(&'a self, visitor: &mut V) {
        self.0.walk(visitor);
    }
}

impl PyTreeMut for Logit {
    fn walk_mut<'a, V: VisitorMut<'a, f64>>(&'a mut self, visitor: &mut V) {
        self.0.walk_mut(visitor);
    }
}

impl<L> FromLeaves<L> for Logit
where
    Array1<f64>: FromLeaves<L>,
{
    fn from_leaves(source: &mut LeafSource<'_, L>) -> Result<Self, Reported> {
        Array1::from_leaves(source).map(Logit)
    }
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Run {
    #[pytree(rename = "past")]
    history: Ring<State>,
    odds: Logit,
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct State {
    v: Vec<f64>,
    time: f64,
}

/// A run whose ring was turned by one: its memory begins with the newest state.
fn run() -> Run {
    let state = |x: f64| State { v: vec![x, x + 1.0], time: x + 2.0 };
    Run {
        history: Ring { trees: vec![state(4.0), state(1.0)], first: 1 },
        odds: Logit(array![7.0]),
    }
}

#[test]
fn a_container_from_outside_is_a_node_of_derived_structs() {
    let tree = run();
    let paths: Vec<_> =
        tree_leaves_with_path(&tree).iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!(paths, [".past[0].v", ".past[0].time", ".past[1].v", ".past[1].time", ".odds"]);
    let (flat, layout) = ravel_pytree(&tree);
    assert_eq!(flat, array![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    assert_eq!(layout.index(".past[1].v[0]"), Ok(3));

    let back: Run = layout.unravel(&flat).unwrap();
    assert_eq!((back.history.first, &back.history.trees[1]), (0, &tree.history.trees[0]));
    let mut turned = tree.clone();
    tree_map_mut(|mut leaf| leaf *= 2.0, &mut turned);
    assert_eq!(layout.ravel(&turned).unwrap(), &flat * 2.0);
    layout.unravel_into(&flat, &mut turned).unwrap();
    assert_eq!(turned, tree);
    let doubled: Run = tree_map(|leaf| &leaf * 2.0, &tree).unwrap();
    assert_eq!(doubled.odds, Logit(array![14.0]));

    // A `Ring` has the structure of a `Vec`, and its errors are those of a `Vec`.
    assert_eq!(tree_structure(&tree.history), tree_structure(&back.history.trees));
    assert_eq!(
        message(tree_flatten(&(1.0, 2.0)).unflatten::<Ring<f64>>()),
        "the tree does not match the type to be built: at the root: expected a list, found a tuple of 2"
    );
    let mut shorter = tree.clone();
    shorter.history.trees[0].v.pop();
    assert_eq!(
        message(layout.check(&shorter)),
        "the tree does not match the layout: at .past[1].v: expected shape [2], found [1]"
    );
}

/// A number type from outside, whose lists are one leaf as those of `f64` are.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Fixed(i16);

impl PyTree for Fixed {
    type Elem = Fixed;

    fn walk<'a, V: Visitor<'a, Fixed>>(&'a self, visitor: &mut V) {
        visitor.leaf(aview0(self));
    }

    fn walk_list<'a, V: Visitor<'a, Fixed>>(list: &'a [Fixed], shape: &[usize], visitor: &mut V) {
        let view = ArrayViewD::from_shape(shape, list);
        visitor.leaf(view.expect("a list has as many numbers as its shape says"));
    }
}

impl FromLeaves<ArrayD<Fixed>> for Fixed {
    fn from_leaves(source: &mut LeafSource<'_, ArrayD<Fixed>>) -> Result<Self, Reported> {
        take(source, &[]).map(|leaf| leaf[[]])
    }

    fn list_from_leaves<B: ListBuilder<Fixed>>(
        source: &mut LeafSource<'_, ArrayD<Fixed>>,
        shape: &[Option<usize>],
        builder: B,
    ) -> Result<B::List, Reported> {
        let leaf = take(source, shape)?;
        let shape = leaf.shape().to_vec();
        Ok(builder.build(&shape, leaf.into_iter()))
    }
}

/// Takes a leaf of this shape, in which `None` is any length.
fn take(
    source: &mut LeafSource<'_, ArrayD<Fixed>>,
    shape: &[Option<usize>],
) -> Result<ArrayD<Fixed>, Reported> {
    let leaf = source.leaf()?;
    if shape.len() != leaf.ndim() {
        let (expected, found) = (shape.len(), leaf.shape().to_vec());
        return Err(source.report(MismatchKind::Rank { expected, found }));
    }
    let lengths = shape.iter().zip(leaf.shape());
    let expected: Vec<_> = lengths.map(|(asked, found)| asked.unwrap_or(*found)).collect();
    if expected != leaf.shape() {
        let found = leaf.shape().to_vec();
        return Err(source.report(MismatchKind::Shape { expected, found }));
    }
    Ok(leaf)
}

#[test]
fn a_number_from_outside_makes_lists_one_leaf() {
    let tree = (Fixed(1), vec![Fixed(2), Fixed(3)], [[Fixed(4)], [Fixed(5)]]);
    assert_eq!(tree_structure(&tree).to_string(), "PyTreeDef((*, *, *))");
    let (flat, layout) = ravel_pytree(&tree);
    assert_eq!(flat.to_vec(), [1, 2, 3, 4, 5].map(Fixed));
    assert_eq!(layout.label(4).as_deref(), Ok("[2][1,0]"));
    let doubled: (Fixed, Vec<Fixed>, [[Fixed; 1]; 2]) =
        tree_map(|leaf| leaf.mapv(|Fixed(x)| Fixed(2 * x)), &tree).unwrap();
    assert_eq!(doubled, (Fixed(2), vec![Fixed(4), Fixed(6)], [[Fixed(8)], [Fixed(10)]]));
    let wrong: Result<(Fixed, [Fixed; 3], Vec<Fixed>), _> = tree_map(|leaf| leaf.to_owned(), &tree);
    assert_eq!(
        message(wrong),
        "the tree does not match the type to be built in 2 places:\n  \
         at [1]: expected shape [3], found [2]\n  \
         at [2]: expected an array of 1 axis, found shape [2, 1]"
    );
}
