//! Every shape a type can have, derived.
#![deny(warnings, missing_docs, clippy::pedantic)]

use ndarray::{Array1, Array2, ArrayViewMut1, array};
use num_dual::Dual64;
use pytree::{PyTree, tree_leaves_with_path, tree_map, tree_structure};
use std::marker::PhantomData;

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Dense<T> {
    w: Array2<T>,
    b: Array1<T>,
    #[pytree(static)]
    activation: String,
}
#[derive(PyTree, Clone, Debug, PartialEq)]
struct Mlp<T> {
    layers: Vec<Dense<T>>,
    scale: T,
    p: PhantomData<u8>,
}
#[derive(PyTree, Clone, Debug, PartialEq)]
enum Synapse<T> {
    Exp { s: Array1<T> },
    Alpha(Array1<T>, Array1<T>),
    Silent,
}
#[derive(PyTree, Clone, Debug, PartialEq)]
struct Dendrite<T> {
    v: Array1<T>,
    children: Vec<Self>,
}
#[derive(PyTree, Clone, Debug, PartialEq)]
struct Lotka {
    prey: f64,
    predators: f64,
}
#[derive(PyTree, Clone, Debug, PartialEq)]
struct Gates<A> {
    v: A,
    m: A,
}
#[derive(PyTree)]
struct V<'a, T: 'static> {
    v: ArrayViewMut1<'a, T>,
}
#[derive(PyTree)]
struct C<T, const N: usize = 3>([Array1<T>; N]);
#[derive(PyTree)]
#[pytree(elem = f64)]
struct U;

#[test]
fn t() {
    let d = Dense { w: array![[1.0, 2.0]], b: array![3.0], activation: "relu".into() };
    let mlp = Mlp { layers: vec![d], scale: 2.0, p: PhantomData };
    let paths: Vec<_> = tree_leaves_with_path(&mlp).iter().map(|p| p.0.to_string()).collect();
    assert_eq!(paths, [".layers[0].w", ".layers[0].b", ".scale"]);
    let back: Mlp<f64> = tree_map(|x| x.to_owned(), &mlp).unwrap();
    assert_eq!(back, mlp);
    let dual: Mlp<Dual64> = tree_map(|x| x.mapv(Dual64::from), &mlp).unwrap();
    assert_eq!(dual.scale.re, 2.0);
    println!("{}", tree_structure(&mlp));
}
type Mat = Array2<f64>;
#[derive(PyTree)]
struct Al {
    m: Mat,
    r: Vec<Al>,
}
#[derive(PyTree)]
/// x
pub struct Priv {
    m: Vec<Al>,
}
