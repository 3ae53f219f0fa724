//! Twelve mistakes that users of trees make, with the exact texts of the errors. Beside each, the errors of JAX 0.10.2
//! and optree 0.20.0 in short.

use std::collections::BTreeMap;

use ndarray::{Array1, Array2, ArrayD, array};
use pytree::{Error, FromLeaves, Layout, PyTree, ravel_pytree, tree_get, tree_map, tree_map2};

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Dense {
    w: Array2<f64>,
    b: Array1<f64>,
    #[pytree(static)]
    activation: &'static str,
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Mlp {
    layers: Vec<Dense>,
    scale: f64,
    mask: Option<Array1<f64>>,
}

fn mlp() -> Mlp {
    let dense = Dense { w: Array2::ones((2, 2)), b: Array1::ones(2), activation: "tanh" };
    Mlp { layers: vec![dense.clone(), dense], scale: 1.0, mask: Some(array![1.0]) }
}

/// The text of the error of `result`.
#[track_caller]
fn said<T>(result: Result<T, Error>) -> String {
    result.err().expect("an error").to_string()
}

/// What a step of gradient descent with these trees says.
#[track_caller]
fn step<P, G>(params: &P, grads: &G) -> String
where
    P: PyTree<Elem = f64> + FromLeaves<ArrayD<f64>>,
    G: PyTree<Elem = f64>,
{
    said(tree_map2::<_, _, _, P>(|p, g| &p - &(&g * 0.1), params, grads))
}

/// JAX: an error of its `split`, about the sum of the sizes and the dimension of an operand; and a
/// tree without leaves takes a vector of any length. optree: the two shapes.
#[test]
fn a_vector_of_another_length() {
    let (_, unravel) = ravel_pytree(&mlp());
    assert_eq!(
        said(unravel.unravel::<f64, Mlp>(&[0.0; 13])),
        "the vector does not match the layout: expected length 14, found 13"
    );
}

/// JAX: the two classes and the place. optree: the two classes and all values, without the place.
#[test]
fn gradients_of_another_structure() {
    assert_eq!(
        step(&mlp(), &mlp().layers),
        "the second tree does not match the first: at the root: expected Mlp, found a list of 2"
    );
}

/// JAX: all keys of both sides, as metadata that differ. optree: missing and extra keys apart, with
/// all values and without the place.
#[test]
fn a_key_that_is_missing_and_one_too_many() {
    let dict = |keys: [&str; 3]| {
        vec![BTreeMap::from(keys.map(|key| (key.to_string(), 1.0))), BTreeMap::new()]
    };
    assert_eq!(
        step(&dict(["b", "scale", "w"]), &dict(["bias", "scale", "w"])),
        "the second tree does not match the first in 2 places:\n  \
         at [0]: missing key 'b'\n  \
         at [0]: extra key 'bias'"
    );
}

/// JAX, optree: nothing; the sum of a column and a row is a matrix, and training goes on with it.
#[test]
fn a_column_for_a_vector() {
    let (column, vector) = (vec![array![[1.0], [2.0]]], vec![array![1.0, 2.0]]);
    assert_eq!(
        said(Layout::of(&vector).check(&column)),
        "the tree does not match the layout: at [0]: expected shape [2], found [2, 1]"
    );
    assert_eq!(
        step(&vector, &column),
        "the second tree does not match the first: at [0]: expected shape [2], found [2, 1]"
    );
}

/// JAX: the lengths and the place. optree: the lengths and the whole list, without the place.
#[test]
fn a_list_of_another_length() {
    let mut grads = mlp();
    grads.layers.pop();
    assert_eq!(
        step(&mlp(), &grads),
        "the second tree does not match the first: \
         at .layers: expected a list of 2, found a list of 1"
    );
}

/// JAX, optree: a `TypeError` of the `-` of Python, without the path. If the first tree has the `None`, the error of JAX is
/// good.
#[test]
fn none_for_a_leaf() {
    let grads = Mlp { mask: None, ..mlp() };
    assert_eq!(
        step(&mlp(), &grads),
        "the second tree does not match the first: at .mask: expected a leaf, found None"
    );
    assert_eq!(
        step(&grads, &mlp()),
        "the second tree does not match the first: at .mask: expected None, found a leaf"
    );
}

/// JAX, optree: have no enums; of two classes they say what they say of gradients of another
/// structure.
#[test]
fn another_variant() {
    #[derive(PyTree)]
    enum Synapse {
        Exp { s: f64 },
        Alpha(f64, f64),
    }
    let (exp, alpha) = ([Synapse::Exp { s: 0.1 }], [Synapse::Alpha(0.1, 0.2)]);
    assert_eq!(
        step(&exp, &alpha),
        "the second tree does not match the first: \
         at [0]: expected Synapse::Exp, found Synapse::Alpha"
    );
}

/// JAX: both values and the place, but not which field. optree: both values with the field, without
/// the place.
#[test]
fn a_static_field_that_differs() {
    let mut grads = mlp();
    grads.layers[1].activation = "relu";
    assert_eq!(
        step(&mlp(), &grads),
        "the second tree does not match the first: \
         at .layers[1]: static field activation: expected \"tanh\", found \"relu\""
    );
}

/// JAX, optree: nothing, as there is no type to be built.
#[test]
fn another_type_to_be_built() {
    let tree = (array![1.0, 2.0], array![3.0]);
    assert_eq!(
        said(tree_map::<_, _, Vec<Array1<f64>>>(|leaf| leaf.to_owned(), &tree)),
        "the tree does not match the type to be built: \
         at the root: expected a list, found a tuple of 2"
    );
    // A sum is a number, but the fields are still arrays.
    assert_eq!(
        said(tree_map::<_, _, (f64, Array1<f64>)>(|leaf| leaf.sum_axis(ndarray::Axis(0)), &tree)),
        "the tree does not match the type to be built: at [1]: expected an array of 1 axis, found a number"
    );
}

/// equinox (`tree_at`): the `AttributeError` of Python, with the class and the attribute. optree
/// (accessors): its `KeyError`, with the key alone.
#[test]
fn a_typo_in_a_path() {
    assert_eq!(
        said(tree_get(&mlp(), ".layers[1].W")),
        "the path does not match the tree: \
         at .layers[1]: there is no .W; the keys are .w, .b; did you mean .layers[1].w?"
    );
    assert_eq!(
        said(Layout::of(&mlp()).range(".layers[2].w")),
        "the path does not match the layout: at .layers: there is no [2]; the keys are [0], [1]"
    );
}

/// JAX, equinox, optree: have no patterns; a predicate of the path that holds for no leaf selects
/// nothing, and nothing is trained.
#[test]
fn a_typo_in_a_pattern() {
    assert_eq!(
        said(Layout::of(&mlp()).select("layer[*].w")),
        "the pattern does not match the tree: \
         no leaf matches \".layer[*].w\"; the nearest is .layers[0].w"
    );
}

/// JAX: the two classes and the place. optree: the class and the list, without the place.
#[test]
fn a_tuple_for_a_list() {
    let (params, grads) = ([vec![array![1.0], array![2.0]]], [(array![1.0], array![2.0])]);
    assert_eq!(
        step(&params, &grads),
        "the second tree does not match the first: \
         at [0]: expected a list of 2, found a tuple of 2"
    );
}

/// JAX and optree stop at the first of them.
#[test]
fn all_at_once() {
    let mut grads = mlp();
    grads.layers[0].activation = "relu";
    grads.layers.pop();
    grads.mask = None;
    assert_eq!(
        step(&mlp(), &grads),
        "the second tree does not match the first in 3 places:\n  \
         at .layers: expected a list of 2, found a list of 1\n  \
         at .layers[0]: static field activation: expected \"tanh\", found \"relu\"\n  \
         at .mask: expected a leaf, found None"
    );
}
