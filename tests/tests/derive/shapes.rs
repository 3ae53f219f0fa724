//! Every shape that a type can have, derived, taken apart and put together.
#![deny(warnings, missing_docs, clippy::pedantic)]

use std::collections::BTreeMap;
use std::marker::PhantomData;

use ndarray::{Array, Array1, Array2, ArrayViewMut1, Ix2, array};
use num_dual::Dual64;
use pytree::{PyTree, tree_flatten, tree_leaves_with_path, tree_map, tree_map_mut, tree_map2};
use tests::parts;

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Dense<T> {
    w: Array2<T>,
    b: Array1<T>,
    #[pytree(static)]
    activation: &'static str,
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Mlp<T> {
    layers: Vec<Dense<T>>,
    scale: T,
}

fn mlp() -> Mlp<f64> {
    let w = array![[1.0, 2.0], [3.0, 4.0]];
    let first = Dense { w, b: array![5.0, 6.0], activation: "tanh" };
    let last = Dense { w: array![[1.0, 2.0]], b: array![7.0], ..first };
    Mlp { layers: vec![first, last], scale: 8.0 }
}

#[test]
fn named_fields() {
    let (paths, treedef) = parts(&mlp());
    assert_eq!(paths, [".layers[0].w", ".layers[0].b", ".layers[1].w", ".layers[1].b", ".scale"]);
    assert_eq!(
        treedef,
        "PyTreeDef(CustomNode(Mlp[()], [[CustomNode(Dense[('tanh',)], [*, *]), \
         CustomNode(Dense[('tanh',)], [*, *])], *]))"
            .replace('\'', "\"")
    );
}

#[test]
fn another_element_type() {
    let dual: Mlp<Dual64> = tree_map(|leaf| leaf.mapv(Dual64::from), &mlp()).unwrap();
    assert_eq!(dual.scale, Dual64::from(8.0));
    assert_eq!(dual.layers[1].b, array![Dual64::from(7.0)]);
    let back: Mlp<f64> = tree_map(|leaf| leaf.mapv(|x| x.re), &dual).unwrap();
    assert_eq!(back, mlp());
}

#[test]
fn in_place() {
    let mut tree = mlp();
    tree_map_mut(|mut leaf| leaf *= 2.0, &mut tree);
    let doubled: Mlp<f64> = tree_map(|leaf| &leaf * 2.0, &mlp()).unwrap();
    assert_eq!(tree, doubled);
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Lotka {
    prey: f64,
    predators: f64,
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Pair(f64, #[pytree(static)] u8, Array1<f64>);

#[derive(PyTree, Clone, Debug, PartialEq)]
#[pytree(elem = f64)]
struct Nothing;

#[derive(PyTree, Clone, Debug, PartialEq)]
#[pytree(elem = f64)]
struct Braces {}

#[test]
fn without_type_parameters() {
    let (paths, treedef) = parts(&Lotka { prey: 1.0, predators: 2.0 });
    assert_eq!(paths, [".prey", ".predators"]);
    assert_eq!(treedef, "PyTreeDef(CustomNode(Lotka[()], [*, *]))");
}

#[test]
fn positions_count_the_trees_alone() {
    let (paths, treedef) = parts(&Pair(1.0, 3, array![2.0]));
    assert_eq!(paths, ["[0]", "[1]"]);
    assert_eq!(treedef, "PyTreeDef(CustomNode(Pair[(3,)], [*, *]))");
}

#[test]
fn structs_without_fields() {
    assert_eq!(parts(&Nothing), (vec![], "PyTreeDef(CustomNode(Nothing[()], []))".to_string()));
    assert_eq!(parts(&Braces {}), (vec![], "PyTreeDef(CustomNode(Braces[()], []))".to_string()));
}

#[derive(PyTree, Clone, Debug, PartialEq)]
enum Synapse<T> {
    Exp {
        s: Array1<T>,
    },
    Alpha(Array1<T>, Array1<T>),
    #[pytree(rename = "Off")]
    Silent,
}

#[test]
fn the_variant_is_structure() {
    let exp = Synapse::Exp { s: array![1.0] };
    let alpha = Synapse::Alpha(array![1.0], array![2.0]);
    assert_eq!(parts(&exp).0, [".s"]);
    assert_eq!(parts(&alpha).0, ["[0]", "[1]"]);
    assert_eq!(parts(&alpha).1, "PyTreeDef(CustomNode(Synapse::Alpha[()], [*, *]))");
    assert_eq!(parts(&Synapse::<f64>::Silent).1, "PyTreeDef(CustomNode(Synapse::Off[()], []))");
    let mixed: Result<Synapse<f64>, _> = tree_map2(|a, b| &a + &b, &exp, &alpha);
    assert_eq!(
        mixed.unwrap_err().to_string(),
        "the second tree does not match the first: at the root: expected Synapse::Exp, \
         found Synapse::Alpha"
    );
    let other: Result<Vec<Synapse<f64>>, _> =
        tree_map(|leaf| leaf.to_owned(), &vec![Lotka { prey: 1.0, predators: 2.0 }]);
    assert_eq!(
        other.unwrap_err().to_string(),
        "the tree does not match the type to be built: at [0]: expected a variant of \
         Synapse, found Lotka"
    );
    let mut alpha = alpha;
    tree_map_mut(|mut leaf| leaf *= 3.0, &mut alpha);
    assert_eq!(alpha, Synapse::Alpha(array![3.0], array![6.0]));
}

#[derive(PyTree, Clone, Debug, PartialEq)]
enum Only {
    One(f64),
}

#[test]
fn an_enum_of_one_variant() {
    assert_eq!(parts(&Only::One(1.0)).1, "PyTreeDef(CustomNode(Only::One[()], [*]))");
}

/// Generic in the array itself.
#[derive(PyTree, Clone, Debug, PartialEq)]
struct Gates<A> {
    v: A,
    m: A,
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Cell<A>
where
    A: Clone,
{
    soma: Gates<A>,
    branches: BTreeMap<String, Gates<A>>,
}

#[test]
fn generic_in_the_array() {
    let soma = Gates { v: array![1.0], m: array![2.0] };
    let branches = BTreeMap::from([("axon".to_string(), soma.clone())]);
    let cell = Cell { soma, branches };
    assert_eq!(
        parts(&cell).0,
        [".soma.v", ".soma.m", ".branches['axon'].v", ".branches['axon'].m"]
    );
    let flat = tree_flatten(&cell.soma);
    let views: Gates<ndarray::ArrayView1<'_, f64>> = flat.unflatten().unwrap();
    assert!(std::ptr::eq(&raw const views.m[0], &raw const cell.soma.m[0]));
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Dendrite<T> {
    v: Array1<T>,
    children: Vec<Dendrite<T>>,
    twin: Option<Box<Self>>,
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Branch {
    children: Vec<Self>,
    v: f64,
}

/// A key that is a number is no element.
#[test]
fn maps_with_numbers_as_keys() {
    #[derive(PyTree, Debug, PartialEq)]
    struct Gates {
        open: BTreeMap<u8, BTreeMap<i64, f64>>,
        v: Array1<f64>,
    }

    #[derive(PyTree, Debug, PartialEq)]
    struct Alone(BTreeMap<i64, f64>);

    let open = BTreeMap::from([(3, BTreeMap::from([(-2, 1.0)]))]);
    let (paths, _) = parts(&Gates { open, v: array![2.0] });
    assert_eq!(paths, [".open[3][-2]", ".v"]);
    assert_eq!(parts(&Alone(BTreeMap::from([(-2, 1.0)]))).0, ["[0][-2]"]);
}

#[test]
fn types_that_contain_themselves() {
    let tip = Dendrite { v: array![2.0], children: vec![], twin: None };
    let tree =
        Dendrite { v: array![1.0], children: vec![tip.clone()], twin: Some(Box::new(tip.clone())) };
    let (paths, treedef) = parts(&tree);
    assert_eq!(paths, [".v", ".children[0].v", ".twin.v"]);
    let tip = "CustomNode(Dendrite[()], [*, [], None])";
    assert_eq!(treedef, format!("PyTreeDef(CustomNode(Dendrite[()], [*, [{tip}], {tip}]))"));

    let branch = Branch { children: vec![Branch { children: vec![], v: 2.0 }], v: 1.0 };
    assert_eq!(parts(&branch).0, [".children[0].v", ".v"]);
}

/// Two types that contain each other: one of them says so.
#[derive(PyTree, Clone, Debug, PartialEq)]
struct Neuron {
    v: f64,
    out: Vec<Axon>,
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Axon {
    delay: f64,
    #[pytree(recursive)]
    target: Option<Box<Neuron>>,
}

#[test]
fn two_types_that_contain_each_other() {
    let target = Some(Box::new(Neuron { v: 2.0, out: vec![] }));
    let neuron = Neuron { v: 1.0, out: vec![Axon { delay: 3.0, target }] };
    assert_eq!(parts(&neuron).0, [".v", ".out[0].delay", ".out[0].target.v"]);
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Stages<T, const N: usize = 2>([Array1<T>; N]);

#[test]
fn const_generics() {
    let stages = Stages([array![1.0], array![2.0]]);
    assert_eq!(parts(&stages).0, ["[0][0]", "[0][1]"]);
}

#[derive(PyTree)]
struct Borrowed<'a, T: 'static> {
    v: ArrayViewMut1<'a, T>,
    #[pytree(skip)]
    #[allow(dead_code, reason = "only carried along")]
    step: u8,
}

#[test]
fn lifetimes() {
    let mut v = array![1.0, 2.0];
    let mut borrowed = Borrowed { v: v.view_mut(), step: 0 };
    tree_map_mut(|mut leaf| leaf *= 2.0, &mut borrowed);
    assert_eq!(tree_leaves_with_path(&borrowed)[0].0.to_string(), ".v");
    assert_eq!(v, array![2.0, 4.0]);
}

mod private {
    use pytree::PyTree;

    #[derive(PyTree, Clone, Debug, PartialEq)]
    struct Layer {
        w: f64,
    }

    /// A public type that is made from a private one.
    #[derive(PyTree, Clone, Debug, PartialEq)]
    pub struct Model {
        layers: Vec<Layer>,
    }

    #[derive(PyTree, Clone, Debug, PartialEq)]
    struct Generic<T> {
        w: T,
    }

    /// The same, with a type parameter.
    #[derive(PyTree, Clone, Debug, PartialEq)]
    pub struct Models<T> {
        first: Generic<T>,
        second: Vec<Generic<T>>,
    }

    pub fn model() -> (Model, Models<f64>) {
        let model = Model { layers: vec![Layer { w: 1.0 }] };
        (model, Models { first: Generic { w: 1.0 }, second: vec![] })
    }
}

#[test]
fn private_parts() {
    let (model, models) = private::model();
    assert_eq!(parts(&model).0, [".layers[0].w"]);
    assert_eq!(parts(&models).0, [".first.w"]);
}

type Matrix = Array2<f64>;
type Table<T> = Array<T, Ix2>;

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Aliased {
    w: Matrix,
    kin: Vec<Aliased>,
}

/// An alias hides the element type, so the struct has the attribute `elem`.
#[derive(PyTree, Clone, Debug, PartialEq)]
#[pytree(elem = T)]
struct Tables<T> {
    first: Table<T>,
    bias: T,
}

#[test]
fn aliases() {
    assert_eq!(parts(&Aliased { w: array![[1.0]], kin: vec![] }).0, [".w"]);
    assert_eq!(parts(&Tables { first: array![[1.0]], bias: 2.0 }).0, [".first", ".bias"]);
}

#[test]
fn a_local_type_from_a_macro() {
    macro_rules! state {
        ($Name:ident { $($field:ident: $Type:ty),* }) => {
            #[derive(PyTree, Clone, Debug, PartialEq)]
            struct $Name { $($field: $Type),* }
        };
    }
    state!(State { v: f64, inner: Lotka, marker: PhantomData<u8> });
    let inner = Lotka { prey: 1.0, predators: 2.0 };
    let state = State { v: 0.0, inner, marker: PhantomData };
    assert_eq!(parts(&state).0, [".v", ".inner.prey", ".inner.predators"]);
}

#[test]
fn every_mismatch_is_reported() {
    let lists = BTreeMap::from([("v".to_string(), vec![1.0]), ("m".to_string(), vec![2.0])]);
    let gates: Result<Gates<f64>, _> =
        tree_map(|leaf| leaf.to_owned(), &Gates { v: lists.clone(), m: lists });
    assert_eq!(
        gates.unwrap_err().to_string(),
        "the tree does not match the type to be built in 2 places:\n  \
         at .v: expected a leaf, found a dict of 2\n  \
         at .m: expected a leaf, found a dict of 2"
    );
}

/// Lifetimes and constants alone, without a type parameter.
#[derive(PyTree)]
struct Window<'a> {
    v: ArrayViewMut1<'a, f64>,
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Fixed<const N: usize> {
    v: [f64; N],
    w: [Array1<f64>; N],
}

#[test]
fn parameters_that_are_no_types() {
    let mut v = array![1.0, 2.0];
    tree_map_mut(|mut leaf| leaf *= 2.0, &mut Window { v: v.view_mut() });
    assert_eq!(v, array![2.0, 4.0]);
    let fixed = Fixed { v: [1.0, 2.0], w: [array![3.0], array![4.0]] };
    assert_eq!(parts(&fixed).0, [".v", ".w[0]", ".w[1]"]);
}
