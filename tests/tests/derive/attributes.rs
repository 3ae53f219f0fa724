//! Every attribute of the derive, and names that could be in its way.
#![deny(warnings, missing_docs, clippy::pedantic)]

use std::marker::PhantomData;

use ndarray::{Array1, array};
use pytree::{PyTree, ravel_pytree, tree_map, tree_map_mut, tree_map2, tree_structure};
use tests::parts;

#[derive(PyTree, Clone, Debug)]
struct Run<T> {
    #[pytree(skip)]
    name: String,
    v: Array1<T>,
    #[pytree(static)]
    solver: u8,
    #[pytree(skip)]
    steps: usize,
}

#[test]
fn static_fields_are_compared_and_skipped_ones_carried_along() {
    let a = Run { name: "a".into(), v: array![1.0], solver: 1, steps: 10 };
    let b = Run { name: "b".into(), v: array![2.0], solver: 1, steps: 20 };
    let sum: Run<f64> = tree_map2(|a, b| &a + &b, &a, &b).unwrap();
    assert_eq!((sum.name.as_str(), sum.v, sum.solver, sum.steps), ("a", array![3.0], 1, 10));
    assert_eq!(tree_structure(&a), tree_structure(&b));

    let c = Run { solver: 2, ..b };
    assert_ne!(tree_structure(&a), tree_structure(&c));
    let sum: Result<Run<f64>, _> = tree_map2(|a, b| &a + &b, &a, &c);
    assert_eq!(
        sum.unwrap_err().to_string(),
        "the second tree does not match the first: at the root: static field solver: \
         expected 1, found 2"
    );
}

/// A unit of measurement, which is a type parameter only.
#[derive(Clone, Debug, PartialEq)]
enum Millivolt {}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Voltage<T, U> {
    unit: PhantomData<U>,
    v: Array1<T>,
    kept: std::marker::PhantomData<fn() -> U>,
}

#[test]
fn phantom_data() {
    let voltage: Voltage<f64, Millivolt> =
        Voltage { unit: PhantomData, v: array![1.0], kept: PhantomData };
    assert_eq!(parts(&voltage).1, "PyTreeDef(CustomNode(Voltage[()], [*]))");
}

#[derive(PyTree, Clone, Debug, PartialEq)]
#[pytree(transparent)]
struct Volts<T>(Vec<Array1<T>>, PhantomData<Millivolt>);

#[derive(PyTree, Clone, Debug, PartialEq)]
#[pytree(transparent)]
struct Seconds {
    #[pytree(leaf)]
    value: f64,
}

#[test]
fn transparent_structs_are_no_nodes() {
    let volts = Volts(vec![array![1.0], array![2.0]], PhantomData);
    assert_eq!(parts(&volts).1, "PyTreeDef([*, *])");
    let plain: Vec<Array1<f64>> = tree_map(|leaf| leaf.to_owned(), &volts).unwrap();
    assert_eq!(plain, volts.0);
    assert_eq!(parts(&Seconds { value: 1.0 }), (vec![String::new()], "PyTreeDef(*)".into()));
}

#[derive(PyTree, Clone, Debug, PartialEq)]
#[pytree(rename = "HH")]
struct Channel {
    #[pytree(rename = "type")]
    kind: f64,
    r#in: f64,
    #[pytree(static)]
    r#static: u8,
}

#[test]
fn names() {
    let channel = Channel { kind: 1.0, r#in: 2.0, r#static: 3 };
    let (paths, treedef) = parts(&channel);
    assert_eq!(paths, [".type", ".in"]);
    assert_eq!(treedef, "PyTreeDef(CustomNode(HH[(3,)], [*, *]))");
    let other = Channel { r#static: 4, ..channel.clone() };
    let sum: Result<Channel, _> = tree_map2(|a, b| &a + &b, &channel, &other);
    assert!(sum.unwrap_err().to_string().ends_with("static field static: expected 3, found 4"));
}

/// A number for which the library has no impl.
#[derive(Clone, Debug, PartialEq)]
struct Rational(i32, i32);

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Fractions {
    many: Array1<Rational>,
    #[pytree(leaf)]
    one: Rational,
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Leaves<X> {
    #[pytree(leaf)]
    x: X,
    xs: Vec<Array1<X>>,
}

#[test]
fn leaves_of_any_type() {
    let tree = Fractions { many: array![Rational(1, 2)], one: Rational(1, 3) };
    let inverse = |leaf: ndarray::ArrayViewD<'_, Rational>| leaf.mapv(|x| Rational(x.1, x.0));
    let inverted: Fractions = tree_map(inverse, &tree).unwrap();
    assert_eq!(inverted, Fractions { many: array![Rational(2, 1)], one: Rational(3, 1) });
    let mut changed = tree.clone();
    tree_map_mut(|mut leaf| leaf.fill(Rational(0, 1)), &mut changed);
    assert_eq!(changed.one, Rational(0, 1));

    let tree = Leaves { x: "a".to_string(), xs: vec![array!["b".to_string()]] };
    let longer: Leaves<usize> = tree_map(|leaf| leaf.mapv(|x| x.len()), &tree).unwrap();
    assert_eq!(longer, Leaves { x: 1, xs: vec![array![1]] });
}

/// Bounds and defaults on the type, bounds that replace those that are inferred.
#[derive(PyTree, Clone, Debug, PartialEq)]
#[pytree(bound = "A: Recorded, A::Array: PyTree<Elem = f64>", elem = f64)]
struct Recording<A: Recorded = f64>
where
    A::Array: Clone,
{
    samples: A::Array,
}

/// What can be recorded.
trait Recorded {
    /// All samples of it.
    type Array;
}

impl Recorded for f64 {
    type Array = Array1<f64>;
}

#[test]
fn given_bounds() {
    let recording: Recording = Recording { samples: array![1.0] };
    assert_eq!(parts(&recording).0, [".samples"]);
}

mod reexport {
    pub use pytree as trees;
}

#[derive(PyTree, Clone, Debug, PartialEq)]
#[pytree(crate = crate::attributes::reexport::trees)]
struct Elsewhere {
    v: f64,
    #[pytree(static)]
    n: u8,
}

#[test]
fn another_path_to_the_library() {
    assert_eq!(parts(&Elsewhere { v: 1.0, n: 2 }).0, [".v"]);
}

/// Fields with the names of variables in the generated code.
#[derive(PyTree, Clone, Debug, PartialEq)]
struct Elem<V, L> {
    visitor: V,
    source: L,
    walk: Option<Box<Elem<V, L>>>,
}

#[derive(PyTree, Clone, Debug, PartialEq)]
enum Shape {
    Elem(f64),
    Error { visitor: f64, source: f64 },
}

mod other {
    /// Another type of the same name.
    #[derive(pytree::PyTree, Clone, Debug, PartialEq)]
    pub struct Config {
        pub x: f64,
    }
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Config {
    base: other::Config,
}

#[test]
fn names_in_the_way() {
    let walk = Some(Box::new(Elem { visitor: 1.0, source: 2.0, walk: None }));
    let tree = Elem { visitor: 3.0, source: 4.0, walk };
    assert_eq!(parts(&tree).0, [".visitor", ".source", ".walk.visitor", ".walk.source"]);
    assert_eq!(parts(&Shape::Elem(1.0)).0, ["[0]"]);
    assert_eq!(parts(&Shape::Error { visitor: 1.0, source: 2.0 }).0, [".visitor", ".source"]);
    assert_eq!(parts(&Config { base: other::Config { x: 1.0 } }).0, [".base.x"]);
}

#[test]
fn an_error_about_a_struct_with_the_same_fields_names_rename() {
    #[derive(PyTree)]
    struct State<T> {
        v: Vec<T>,
    }
    #[derive(PyTree, Debug)]
    struct Views<'a> {
        v: &'a [f64],
    }
    #[derive(PyTree, Debug)]
    #[pytree(rename = "State")]
    struct Renamed<'a> {
        v: &'a [f64],
    }
    let (vector, layout) = ravel_pytree(&State { v: vec![1.0, 2.0] });
    let error = layout.views::<f64, Views<'_>>(&vector).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the tree does not match the type to be built: at the root: expected Views, found State, \
         which has the same fields: `#[pytree(rename = \"..\")]` gives both structs one name"
    );
    let views: Renamed<'_> = layout.views(&vector).unwrap();
    assert_eq!(views.v, [1.0, 2.0]);
}
