use ndarray::{ArrayD, ArrayViewD, IxDyn};
use proptest::array::{uniform2, uniform3};
use proptest::collection::vec;
use proptest::prelude::*;
use pytree::walk::{Visitor, VisitorMut};
use pytree::{PyTree, PyTreeMut, Tree};

use crate::random::{any_f64, arrays, trees_of};

/// One leaf, in each of the ways in which its numbers can be stored.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the types say it")]
pub enum Stored {
    Array(ArrayD<f64>),
    Number(f64),
    Vec(Vec<f64>),
    Boxed(Box<[f64]>),
    Fixed([f64; 3]),
    Rows(Vec<[f64; 2]>),
    EmptyRows(Vec<[f64; 0]>),
    Matrix([[f64; 2]; 3]),
    Cubes(Vec<[[f64; 2]; 3]>),
}

/// Does the same with the field of each variant.
macro_rules! each {
    ($stored:expr, $field:ident => $do:expr) => {
        match $stored {
            Stored::Array($field) => $do,
            Stored::Number($field) => $do,
            Stored::Vec($field) => $do,
            Stored::Boxed($field) => $do,
            Stored::Fixed($field) => $do,
            Stored::Rows($field) => $do,
            Stored::EmptyRows($field) => $do,
            Stored::Matrix($field) => $do,
            Stored::Cubes($field) => $do,
        }
    };
}

impl PyTree for Stored {
    type Elem = f64;

    fn walk<'a, V: Visitor<'a, f64>>(&'a self, visitor: &mut V) {
        each!(self, field => field.walk(visitor));
    }
}

impl PyTreeMut for Stored {
    fn walk_mut<'a, V: VisitorMut<'a, f64>>(&'a mut self, visitor: &mut V) {
        each!(self, field => field.walk_mut(visitor));
    }
}

impl Stored {
    /// The same leaf as an array, by way of the elements alone.
    ///
    /// # Panics
    /// If this function says another shape than the elements have.
    pub fn to_array(&self) -> ArrayD<f64> {
        let shape = match self {
            Stored::Array(array) => return array.clone(),
            Stored::Number(_) => vec![],
            Stored::Vec(list) => vec![list.len()],
            Stored::Boxed(list) => vec![list.len()],
            Stored::Fixed(_) => vec![3],
            Stored::Rows(rows) => vec![rows.len(), 2],
            Stored::EmptyRows(rows) => vec![rows.len(), 0],
            Stored::Matrix(_) => vec![3, 2],
            Stored::Cubes(cubes) => vec![cubes.len(), 3, 2],
        };
        let elements: &[f64] = match self {
            Stored::Array(_) | Stored::EmptyRows(_) => &[],
            Stored::Number(number) => std::slice::from_ref(number),
            Stored::Vec(list) => list,
            Stored::Boxed(list) => list,
            Stored::Fixed(list) => list,
            Stored::Rows(rows) => rows.as_flattened(),
            Stored::Matrix(rows) => rows.as_flattened(),
            Stored::Cubes(cubes) => cubes.as_flattened().as_flattened(),
        };
        let view = ArrayViewD::from_shape(IxDyn(&shape), elements);
        view.expect("as many elements as the shape says").to_owned()
    }
}

fn stored() -> impl Strategy<Value = Stored> {
    let row = || uniform2(any_f64());
    prop_oneof![
        arrays().prop_map(Stored::Array),
        any_f64().prop_map(Stored::Number),
        vec(any_f64(), 0..5).prop_map(Stored::Vec),
        vec(any_f64(), 0..5).prop_map(|list| Stored::Boxed(list.into())),
        uniform3(any_f64()).prop_map(Stored::Fixed),
        vec(row(), 0..4).prop_map(Stored::Rows),
        vec(Just([]), 0..4).prop_map(Stored::EmptyRows),
        uniform3(row()).prop_map(Stored::Matrix),
        vec(uniform3(row()), 0..3).prop_map(Stored::Cubes),
    ]
}

/// Trees whose leaves are stored in every way.
pub fn stored_trees() -> impl Strategy<Value = Tree<Stored>> {
    trees_of(stored())
}
