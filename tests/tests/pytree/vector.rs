//! Trees as elements of a vector space, against the same arithmetic on ravelled vectors.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use allocation_counter::measure;
use indexmap::IndexMap;
use nalgebra::{DMatrix, Vector3};
use ndarray::{Array1, Array2, ArrayView1, ArrayViewMut, Axis, Dimension, array};
use num_complex::Complex64;
use num_dual::Dual64;
use proptest::prelude::*;
use pytree::walk::{KeyRef, Node, Visitor, VisitorMut};
use pytree::{Layout, PyTree, PyTreeMut, Tree, Vector, ravel_pytree, rhs, tree_map_mut};
use tests::{config, stored_trees};

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Dense<T> {
    w: Array2<T>,
    b: Vec<T>,
    #[pytree(static)]
    activation: &'static str,
    #[pytree(skip)]
    name: String,
}

#[derive(PyTree, Clone, Debug, PartialEq)]
enum Synapse<T> {
    Exponential { tau: T, weights: Array1<T> },
    Alpha([T; 2], T),
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Model<T> {
    layers: Vec<Dense<T>>,
    synapses: BTreeMap<String, Synapse<T>>,
    ordered: IndexMap<i64, (T, Option<T>)>,
    shared: Rc<[[T; 2]; 2]>,
    none: Option<T>,
}

fn dense(start: f64) -> Dense<f64> {
    let w = Array2::from_shape_fn((2, 3), |(i, j)| start + i as f64 - 0.5 * j as f64);
    Dense { w, b: vec![start, -start], activation: "tanh", name: "first".into() }
}

fn model(start: f64) -> Model<f64> {
    let exponential = Synapse::Exponential { tau: start, weights: array![1.0, start, -2.0] };
    let synapses = BTreeMap::from([
        ("AMPA".to_string(), exponential),
        ("GABA".to_string(), Synapse::Alpha([0.5, start], 2.0)),
    ]);
    Model {
        layers: vec![dense(start), dense(2.0 * start)],
        synapses,
        ordered: IndexMap::from([(7, (start, Some(1.0))), (-1, (3.0, None))]),
        shared: Rc::new([[start, 1.0], [2.0, 3.0]]),
        none: None,
    }
}

/// A tree whose impls are written by hand, without a lockstep.
#[derive(Clone, Debug, PartialEq)]
struct ByHand(Array1<f64>);

impl PyTree for ByHand {
    type Elem = f64;
    fn walk<'a, V: Visitor<'a, f64>>(&'a self, visitor: &mut V) {
        visitor.node(Node::List(1));
        visitor.key(KeyRef::Sequence(0));
        self.0.walk(visitor);
    }
}

impl PyTreeMut for ByHand {
    fn walk_mut<'a, V: VisitorMut<'a, f64>>(&'a mut self, visitor: &mut V) {
        self.0.walk_mut(visitor);
    }
}

fn flat<P: PyTree<Elem = f64>>(tree: &P) -> Array1<f64> {
    ravel_pytree(tree).0
}

fn bits(x: &Array1<f64>) -> Vec<u64> {
    x.iter().map(|x| x.to_bits()).collect()
}

/// The ravelled result of each operation equals the operation on the ravelled operands.
fn agrees<P: PyTreeMut<Elem = f64> + Clone>(x: &P, y: &P) {
    let (a, b) = (flat(x), flat(y));
    let (x, y) = (Vector(x.clone()), Vector(y.clone()));
    let is = |vector: Vector<P>, expected: Array1<f64>| {
        assert_eq!(bits(&flat(&vector)), bits(&expected));
    };
    is(&x + &y, &a + &b);
    is(x.clone() + &y, &a + &b);
    is(&x + y.clone(), &a + &b);
    is(x.clone() + y.clone(), &a + &b);
    is(&x - &y, &a - &b);
    is(x.clone() - &y, &a - &b);
    is(&x - y.clone(), &a - &b);
    is(x.clone() - y.clone(), &a - &b);
    is(&x * 3.0, &a * 3.0);
    is(0.1 * &x, &a * 0.1);
    is(0.1 * x.clone(), &a * 0.1);
    is(&x / 3.0, &a / 3.0);
    is(-&x, -&a);
    is(-x.clone(), -&a);
    let mut z = x.clone();
    z += &y;
    z -= &(&y * 2.0);
    z *= 0.5;
    z /= 3.0;
    is(z, &((&a + &b) - &b * 2.0) * 0.5 / 3.0);
    let mut z = x.clone();
    z.add_scaled(0.3, &y).unwrap();
    is(z, &a + &(0.3 * &b));
    is(
        x.zip_map(&y, f64::max).unwrap(),
        ndarray::Zip::from(&a).and(&b).map_collect(|x, y| x.max(*y)),
    );
    is(x.map(f64::abs), a.mapv(f64::abs));
    is(x.zeros_like(), Array1::zeros(a.len()));
    let close = |found: f64, expected: f64| {
        let scale = a.iter().chain(&b).fold(1.0_f64, |scale, x| scale + x * x);
        assert!((found - expected).abs() <= 1e-14 * scale, "{found} is not {expected}");
    };
    close(x.dot(&y).unwrap(), a.iter().zip(&b).map(|(x, y)| x * y).sum());
    close(x.norm(), a.iter().map(|x| x * x).sum::<f64>().sqrt());
    assert_eq!(x.norm_inf(), a.iter().fold(0.0, |largest, x| x.abs().max(largest)));
    if !a.is_empty() {
        close(x.norm_rms(), (a.iter().map(|x| x * x).sum::<f64>() / a.len() as f64).sqrt());
    }
}

#[test]
fn every_operation_agrees_with_that_of_the_ravelled_vectors() {
    agrees(&model(1.5), &model(-0.25));
    agrees(&(1.0, [2.0, 3.0]), &(4.0, [5.0, -6.0]));
    agrees(&vec![array![[1.0, 2.0]]; 3], &vec![array![[-3.0, 0.5]]; 3]);
    agrees(&Box::new([[1.0, 2.0], [3.0, 4.0]]), &Box::new([[0.1, 0.2], [0.3, 0.4]]));
    agrees(&vec![[[1.0, 2.0]; 2]; 3], &vec![[[4.0, 5.0]; 2]; 3]);
    agrees(
        &(DMatrix::from_element(2, 3, 1.5), Vector3::new(1.0, 2.0, 3.0)),
        &(DMatrix::from_element(2, 3, -1.0), Vector3::new(3.0, 2.0, 1.0)),
    );
    // Without a lockstep: by hand, and a `HashMap`.
    agrees(&ByHand(array![1.0, 2.0]), &ByHand(array![3.0, -4.0]));
    agrees(&(1.0, vec![ByHand(array![2.0])]), &(0.0, vec![ByHand(array![3.0])]));
    let map = |x: f64| HashMap::from([("a", x), ("b", 2.0 * x), ("c", -x)]);
    agrees(&map(1.0), &map(3.0));
    // Several rounds of the partial sums of a dot product, and a remainder.
    let long = |x: f64| Array1::from_shape_fn(83, |i| x * i as f64);
    agrees(&long(0.25), &long(-0.5));
    agrees::<Vec<f64>>(&vec![], &vec![]);
}

proptest! {
    #![proptest_config(config())]

    /// Any memory order of either operand. NaNs are replaced by numbers, because `same` compares bits.
    #[test]
    fn trees_in_any_memory_order_agree(tree in stored_trees(), columns in any::<bool>()) {
        let mut x = tree;
        let mut count = 0.0;
        tree_map_mut(|mut leaf| leaf.mapv_inplace(|_| { count += 1.0; (count * 0.7_f64).sin() }), &mut x);
        let mut y = x.clone();
        tree_map_mut(|mut leaf| {
            if columns { leaf.swap_axes_in_place(); }
            leaf.mapv_inplace(|x| 1.0 - x * x);
        }, &mut y);
        agrees(&x, &y);
    }
}

trait SwapInPlace {
    fn swap_axes_in_place(&mut self);
}

impl<D: Dimension> SwapInPlace for ArrayViewMut<'_, f64, D> {
    fn swap_axes_in_place(&mut self) {
        if self.ndim() > 1 {
            self.invert_axis(Axis(0));
        }
    }
}

fn mismatch<P: PyTreeMut<Elem = f64> + Clone + PartialEq + std::fmt::Debug>(
    x: &P,
    y: &P,
) -> String {
    let (mut target, other) = (Vector(x.clone()), Vector(y.clone()));
    let text = target.add_scaled(2.0, &other).unwrap_err().to_string();
    assert_eq!(target.0, *x, "nothing was written");
    assert_eq!(target.zip_mut_with(&other, |x, _| *x = 7.0).unwrap_err().to_string(), text);
    assert_eq!(target.0, *x, "nothing was written");
    assert_eq!(target.dot(&other).unwrap_err().to_string(), text);
    assert_eq!(target.zip_map(&other, |x, _| x).map(|_| ()).unwrap_err().to_string(), text);
    for operate in [
        (|x: Vector<P>, y: Vector<P>| drop(x + y)) as fn(_, _),
        |x, y| drop(&x + y),
        |x, y| drop(x - &y),
        |x, y| drop(&x - &y),
        |mut x, y| x += y,
    ] {
        let (x, y) = (target.clone(), other.clone());
        let panic =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| operate(x, y))).unwrap_err();
        assert_eq!(*panic.downcast::<String>().unwrap(), text);
    }
    text
}

#[test]
fn what_does_not_match_is_reported_with_its_path_and_nothing_is_written() {
    let subject = "the other vector does not match this one";
    assert_eq!(
        mismatch(&(1.0, vec![1.0, 2.0]), &(1.0, vec![3.0])),
        format!("{subject}: at [1]: expected shape [2], found [1]")
    );
    let mut other = model(1.0);
    other.layers[1].activation = "relu";
    other.layers[0].b = vec![];
    assert_eq!(
        mismatch(&model(1.0), &other),
        format!(
            "{subject} in 2 places:\n  at .layers[0].b: expected shape [2], found [0]\n  \
             at .layers[1]: static field activation: expected \"tanh\", found \"relu\""
        )
    );
    let mut other = model(1.0);
    other.synapses.insert("GABA".into(), Synapse::Exponential { tau: 1.0, weights: array![] });
    other.none = Some(1.0);
    other.ordered.insert(8, (1.0, None));
    let text = mismatch(&model(1.0), &other);
    for place in [
        "at .synapses['GABA']: expected Synapse::Alpha, found Synapse::Exponential",
        "at .none: expected None, found a leaf",
        "at .ordered: extra key 8",
    ] {
        assert!(text.contains(place), "{text}");
    }
    assert_eq!(
        mismatch(&ByHand(array![1.0]), &ByHand(array![1.0, 2.0])),
        format!("{subject}: at [0]: expected shape [1], found [2]")
    );
    assert_eq!(
        mismatch(&vec![array![1.0], array![2.0]], &vec![array![1.0]]),
        format!("{subject}: at the root: expected a list of 2, found a list of 1")
    );
}

#[test]
fn static_fields_with_nan_match_and_skipped_fields_are_those_of_the_first() {
    #[derive(PyTree, Clone, Debug)]
    struct State {
        v: f64,
        #[pytree(static)]
        limit: f64,
        #[pytree(skip)]
        step: u32,
    }
    let x = Vector(State { v: 1.0, limit: f64::NAN, step: 1 });
    let y = Vector(State { v: 2.0, limit: f64::NAN, step: 2 });
    let sum = &x + &y;
    assert_eq!((sum.v, sum.step), (3.0, 1));
    assert_eq!(x.dot(&y).unwrap(), 2.0);
}

#[test]
fn a_shared_array_is_not_written_through() {
    let shared = Rc::new(array![1.0, 2.0]);
    let mut x = Vector((shared.clone(), 1.0));
    x *= 2.0;
    x += &Vector((shared.clone(), 1.0));
    assert_eq!((x.0.0.to_vec(), shared.to_vec()), (vec![3.0, 6.0], vec![1.0, 2.0]));
}

#[test]
fn references_and_views_are_vectors_where_nothing_is_written() {
    #[derive(PyTree)]
    struct Web<A> {
        prey: A,
        predators: A,
    }
    let web = Web { prey: array![3.0, 0.0], predators: array![-4.0] };
    let (flat, layout) = ravel_pytree(&web);
    let views: Web<ArrayView1<'_, f64>> = layout.views(&flat).unwrap();
    assert_eq!((Vector(&web).norm(), Vector(&views).norm()), (5.0, 5.0));
    assert_eq!((Vector(&web).norm_inf(), Vector(views).norm_inf()), (4.0, 4.0));
    assert_eq!(Vector(&web).dot(&Vector(&web)).unwrap(), 25.0);
}

#[test]
fn other_numbers_are_elements_too() {
    let single = Vector((3.0_f32, vec![4.0_f32]));
    assert_eq!((single.norm(), (2.0_f32 * &single).0.1), (5.0, vec![8.0]));

    let complex = Vector(vec![Complex64::new(3.0, 4.0), Complex64::new(0.0, 12.0)]);
    assert_eq!((complex.norm(), complex.norm_inf()), (13.0, 12.0));
    assert_eq!(complex.dot(&complex).unwrap(), Complex64::new(-151.0, 24.0));
    assert_eq!((&complex * Complex64::i()).0[0], Complex64::new(-4.0, 3.0));

    // d norm / dx = x / norm
    let dual = Vector((Dual64::from_re(3.0).derivative(), [Dual64::from_re(4.0)]));
    let norm = dual.norm();
    assert!(norm.re == 5.0 && (norm.eps - 0.6).abs() < 1e-15);
    assert_eq!(dual.norm_inf(), Dual64::from_re(4.0));
    assert_eq!((dual + dual).0.0.eps, 2.0);
    assert_eq!(dual.norm_rms().re, 12.5_f64.sqrt());
}

#[test]
fn no_nan_is_hidden_and_empty_vectors_have_the_norm_0() {
    for nan in [[f64::NAN, 1.0], [1.0, f64::NAN]] {
        let mut vector = Vector(nan);
        assert!(vector.norm().is_nan() && vector.norm_inf().is_nan() && vector.norm_rms().is_nan());
        assert!(vector.clip_by_norm(1.0).unwrap().is_nan());
        assert_eq!(vector.0.iter().filter(|x| **x == 1.0).count(), 1, "unchanged");
    }
    let empty = Vector((None::<f64>, Vec::<f64>::new()));
    assert_eq!((empty.norm(), empty.norm_inf(), empty.norm_rms()), (0.0, 0.0, 0.0));
}

#[test]
fn clipping_changes_only_what_is_too_long() {
    let mut vector = Vector((3.0, vec![4.0]));
    assert_eq!((vector.clip_by_norm(5.0), &vector.0), (Ok(5.0), &(3.0, vec![4.0])));
    assert_eq!((vector.clip_by_norm(0.0), &vector.0), (Ok(5.0), &(0.0, vec![0.0])));
    for wrong in [-1.0, f64::NAN] {
        let text = vector.clip_by_norm(wrong).unwrap_err().to_string();
        assert_eq!(text, "clip_by_norm: `max_norm` is negative or NaN");
    }
}

#[test]
fn the_assigning_forms_do_not_allocate() {
    let (mut x, y) = (Vector(model(1.0)), Vector(model(2.0)));
    let many: Vec<Array1<f64>> = (0..32).map(Array1::ones).collect();
    let (mut leaves, other) = (Vector(many.clone()), Vector(many));
    let count = measure(|| {
        x += &y;
        x -= &y;
        x *= 0.5;
        x /= 2.0;
        x.add_scaled(0.5, &y).unwrap();
        x.zip_mut_with(&y, |x, y| *x += y).unwrap();
        x.clip_by_norm(1.0).unwrap();
        assert!(x.dot(&y).unwrap() + x.norm() + x.norm_inf() + x.norm_rms() > 0.0);
        leaves += &other;
        leaves.add_scaled(0.5, &other).unwrap();
        assert!(leaves.dot(&other).unwrap() > 0.0);
    });
    assert_eq!(count.count_total, 0);
    let by_value = measure(|| {
        let z = std::mem::replace(&mut leaves, Vector(vec![])) + &other;
        leaves = -(z * 2.0);
    });
    assert_eq!(by_value.count_total, 0, "a by-value operand lends its memory");
}

#[test]
fn deep_trees_are_vectors() {
    let deep = |x: f64| (0..100_000).fold(Tree::Leaf(x), |tree, _| Tree::Tuple(vec![tree]));
    let mut sum = Vector(deep(1.0));
    sum += &Vector(deep(2.0));
    assert_eq!((sum.norm(), sum.dot(&sum).unwrap()), (3.0, 9.0));
}

#[test]
fn a_vector_is_the_tree_in_it() {
    let vector = Vector(dense(1.0));
    assert_eq!(Layout::of(&vector).labels().nth(7).unwrap(), ".b[1]");
    let (flat, layout) = ravel_pytree(&vector);
    let back: Vector<Dense<f64>> = layout.unravel(&flat).unwrap();
    assert_eq!(back, vector);
    assert_eq!(serde_json::to_string(&Vector((1.0, [2.0]))).unwrap(), "[1.0,[2.0]]");
}

mod rhs_of_trees {
    use super::*;

    #[derive(PyTree, Clone)]
    struct Web {
        prey: Array1<f64>,
        predators: f64,
    }

    fn web() -> Web {
        Web { prey: array![1.0, 2.0], predators: 3.0 }
    }

    #[test]
    fn reads_and_writes_slices_without_an_allocation() {
        let slope = rhs(&web(), |t, y: &Web, dy: &mut Web| {
            dy.prey.assign(&y.prey);
            dy.prey *= t;
            dy.predators += y.predators;
        });
        let mut out = [0.0; 3];
        let count = measure(|| slope(2.0, &[4.0, 5.0, 6.0], &mut out));
        assert_eq!((out, count.count_total), ([8.0, 10.0, 9.0], 0));
        // `dy` has the values of the call before.
        slope(2.0, &[4.0, 5.0, 6.0], &mut out);
        assert_eq!(out, [8.0, 10.0, 15.0]);
    }

    #[test]
    #[should_panic(
        expected = "rhs: the state: the vector does not match the layout: expected length 3, found 2"
    )]
    fn panics_for_a_state_of_another_length() {
        rhs(&web(), |_, _: &Web, _: &mut Web| {})(0.0, &[1.0, 2.0], &mut [0.0; 3]);
    }

    #[test]
    #[should_panic(
        expected = "rhs: the slope: the vector does not match the layout: expected length 3, found 4"
    )]
    fn panics_for_a_slope_of_another_length() {
        rhs(&web(), |_, _: &Web, _: &mut Web| {})(0.0, &[1.0; 3], &mut [0.0; 4]);
    }

    #[test]
    #[should_panic(
        expected = "rhs: the slope: the tree does not match the layout: at .prey: expected shape [2], found [1]"
    )]
    fn panics_if_the_slope_has_changed_its_shape() {
        let slope = rhs(&web(), |_, _: &Web, dy: &mut Web| dy.prey = array![0.0]);
        slope(0.0, &[1.0; 3], &mut [0.0; 3]);
    }
}
