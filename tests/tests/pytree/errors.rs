//! Every kind of error of `pytree`, provoked once, with its exact text.

use std::collections::BTreeMap;

use ndarray::{Array1, Array2, ArrayD, ArrayView1, array};
use pytree::error::ErrorKind;
use pytree::{
    Error, Flat, KeyPath, Layout, Leaf, PyTree, PyTreeMut, Tree, ravel_pytree, tree_flatten,
    tree_map, tree_map2, tree_structure,
};

/// The text of the error of `result`.
fn message<T>(result: Result<T, Error>) -> String {
    let error = result.err().expect("an error");
    assert_eq!(error.mismatches().is_empty(), error.kind() == ErrorKind::Parse);
    error.to_string()
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Dense<A> {
    w: A,
    #[pytree(static)]
    activation: &'static str,
}

#[derive(PyTree, Clone, Debug, PartialEq)]
enum Synapse {
    Exp { s: Array1<f64> },
    Alpha(Array1<f64>, Array1<f64>),
}

fn dict<const N: usize>(keys: [&str; N]) -> BTreeMap<String, f64> {
    keys.into_iter().map(|key| (key.to_string(), 1.0)).collect()
}

/// What two trees of these structures say when they are mapped together.
fn together<P: PyTree, Q: PyTree>(first: &P, second: &Q) -> String {
    message(tree_map2::<_, _, (), Tree<()>>(|_, _| (), first, second))
}

#[test]
fn structures_that_differ() {
    assert_eq!(
        together(&dict(["a", "b", "c", "d"]), &dict(["b", "it's", "d", "e"])),
        "the second tree does not match the first in 2 places:\n  \
         at the root: missing keys 'a', 'c'\n  \
         at the root: extra keys 'e', \"it's\""
    );
    assert_eq!(
        together(&[vec![Leaf(1.0); 2]], &[vec![Leaf(1.0)]]),
        "the second tree does not match the first: at [0]: expected a list of 2, found a list of 1"
    );
    assert_eq!(
        together(&(1.0, dict(["k"])), &(1.0, Some(1.0))),
        "the second tree does not match the first: at [1]: expected a dict of 1, found a leaf"
    );
    assert_eq!(
        together(&(1.0, (1.0, 2.0)), &(None::<f64>, [Leaf(1.0); 2])),
        "the second tree does not match the first in 2 places:\n  \
         at [0]: expected a leaf, found None\n  \
         at [1]: expected a tuple of 2, found a list of 2"
    );
    let (exp, alpha) = (Synapse::Exp { s: array![0.1] }, Synapse::Alpha(array![0.1], array![0.2]));
    assert_eq!(
        together(&vec![exp.clone()], &vec![alpha]),
        "the second tree does not match the first: at [0]: expected Synapse::Exp, found Synapse::Alpha"
    );
    assert_eq!(
        together(&Dense { w: 1.0, activation: "relu" }, &Dense { w: 1.0, activation: "tanh" }),
        "the second tree does not match the first: \
         at the root: static field activation: expected \"relu\", found \"tanh\""
    );
}

#[test]
fn sides_that_look_alike() {
    #[derive(PyTree)]
    struct Order<S: pytree::walk::Static> {
        x: f64,
        #[pytree(static)]
        order: S,
    }
    mod other {
        #[derive(pytree::PyTree)]
        pub struct Dense {
            pub w: f64,
            pub b: f64,
            #[pytree(static)]
            pub activation: &'static str,
        }
    }
    let (a, b) =
        (Dense { w: 1.0, activation: "relu" }, other::Dense { w: 1.0, b: 1.0, activation: "relu" });
    assert_eq!(
        together(&a, &b),
        "the second tree does not match the first: at the root: \
         expected Dense of {w, static activation}, found Dense of {w, b, static activation}"
    );

    assert_eq!(
        together(&Order { x: 1.0, order: 2_u8 }, &Order { x: 1.0, order: 2_i8 }),
        "the second tree does not match the first: \
         at the root: static field order: expected 2 of type u8, found 2 of type i8"
    );
}

#[test]
fn more_mismatches_than_are_printed() {
    let (a, b) = (vec![Some(1.0); 20], vec![None::<f64>; 20]);
    let error = tree_map2::<_, _, (), Tree<()>>(|_, _| (), &a, &b).unwrap_err();
    assert_eq!(error.mismatches().len(), 20);
    let text = error.to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "the second tree does not match the first in 20 places:");
    assert_eq!(lines[12], "  at [11]: expected a leaf, found None");
    assert_eq!(lines[13..], ["  and 8 more"]);
    assert_eq!(format!("{error:?}"), text);
}

#[test]
fn more_keys_than_are_printed() {
    let list = vec![Leaf(0.0); 14];
    assert_eq!(
        message(Layout::of(&list).range("[20]")),
        "the path does not match the layout: at the root: there is no [20]; the keys are [0], [1], [2], [3], \
         [4], [5], [6], [7], [8], [9], [10], [11] and 2 more"
    );
    let dict: BTreeMap<i32, f64> = (0..14).map(|key| (key, 0.0)).collect();
    assert_eq!(
        message(Layout::of(&dict).check(&BTreeMap::<i32, f64>::new())),
        "the tree does not match the layout: at the root: \
         missing keys 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more"
    );
}

/// Types that break the laws get values in the wrong place, and no panic.
#[test]
fn types_that_break_the_laws() {
    use pytree::walk::{Fields, KeyRef, Node, StructDef, Visitor, VisitorMut};
    static DEF: StructDef =
        StructDef::new("Lawless", Fields::Unnamed(1)).with_statics(&["n"]).with_skipped(&["s"]);
    struct Lawless(f64, f64);
    impl PyTree for Lawless {
        type Elem = f64;
        fn walk<'a, V: Visitor<'a, f64>>(&'a self, visitor: &mut V) {
            visitor.node(Node::Struct(&DEF)); // visits neither the static nor the skipped field
            visitor.key(KeyRef::Sequence(0));
            self.0.walk(visitor);
        }
    }
    impl PyTreeMut for Lawless {
        fn walk_mut<'a, V: VisitorMut<'a, f64>>(&'a mut self, visitor: &mut V) {
            self.0.walk_mut(visitor);
            self.1.walk_mut(visitor); // one leaf too many
        }
    }
    let mut tree = vec![Lawless(1.0, 2.0), Lawless(3.0, 4.0)];
    let (flat, layout) = ravel_pytree(&tree);
    assert_eq!(layout.unravel_into(&(flat * 10.0), &mut tree), Ok(()));
    assert!(layout.treedef().to_string().contains("Lawless"));
    assert_eq!(tree_flatten(&tree).retain(|_, _| true).leaves().len(), 2);
}

/// A type that takes fewer nodes than its list has.
#[test]
fn nodes_that_are_left_behind() {
    #[derive(Debug)]
    struct First;
    impl<L> pytree::FromLeaves<L> for First {
        fn from_leaves(
            source: &mut pytree::walk::LeafSource<'_, L>,
        ) -> Result<Self, pytree::walk::Reported> {
            source.list()?;
            source.leaf().map(|_| First)
        }
    }
    let first: Result<First, _> = tree_map(|leaf| leaf.sum(), &[Leaf(1.0); 2]);
    assert_eq!(
        message(first),
        "the tree does not match the type to be built: \
         at [0]: the type to be built takes fewer nodes than the tree has"
    );
}

#[test]
fn trees_of_another_layout() {
    let layout = Layout::of(&vec![array![[1.0, 2.0]], array![[3.0]]]);
    let expected = "the tree does not match the layout in 2 places:\n  \
                    at [0]: expected shape [1, 2], found [2, 1]\n  \
                    at [1]: expected shape [1, 1], found [0, 1]";
    let mut other = vec![array![[1.0], [2.0]], Array2::zeros((0, 1))];
    let before = other.clone();
    let mut vector = vec![7.0; 3];
    assert_eq!(message(layout.check(&other)), expected);
    assert_eq!(message(layout.ravel(&other)), expected);
    assert_eq!(message(layout.ravel_into(&other, &mut vector)), expected);
    assert_eq!(message(layout.unravel_into(&vector, &mut other)), expected);
    assert_eq!(vector, [7.0; 3]);
    assert_eq!(other, before);
    // An axis more is another shape, even where the elements are as many.
    let flat = vec![array![1.0, 2.0], array![3.0]];
    assert_eq!(
        message(layout.check(&flat)),
        "the tree does not match the layout in 2 places:\n  \
         at [0]: expected shape [1, 2], found [2]\n  \
         at [1]: expected shape [1, 1], found [1]"
    );
}

#[test]
fn vectors_of_another_length() {
    let mut tree = vec![array![1.0, 2.0], array![3.0]];
    let before = tree.clone();
    let layout = Layout::of(&tree);
    let expected = "the vector does not match the layout: expected length 3, found 4";
    let mut vector = vec![7.0; 4];
    assert_eq!(message(layout.unravel::<_, Vec<Array1<f64>>>(&vector)), expected);
    assert_eq!(message(layout.views::<_, Vec<ArrayView1<'_, f64>>>(&vector)), expected);
    assert_eq!(message(layout.ravel_into(&tree, &mut vector)), expected);
    assert_eq!(message(layout.unravel_into(&vector, &mut tree)), expected);
    assert_eq!(vector, [7.0; 4]);
    assert_eq!(tree, before);

    // JAX unravels a tree without leaves from any vector.
    let (flat, empty) = ravel_pytree(&None::<f64>);
    assert_eq!(flat.len(), 0);
    assert_eq!(empty.unravel::<_, Option<f64>>(&flat), Ok(None));
    assert_eq!(
        message(empty.unravel::<f64, Option<f64>>(&[1.0])),
        "the vector does not match the layout: expected length 0, found 1"
    );
}

#[test]
fn views_of_a_vector_with_gaps() {
    let flat = array![[1.0, 2.0], [3.0, 4.0]];
    let layout = Layout::of(&vec![array![1.0, 2.0]]);
    let views = layout.views::<_, Vec<ArrayView1<'_, f64>>>(flat.column(0));
    assert_eq!(
        message(views),
        "the vector cannot be viewed: its elements are not contiguous in memory; \
         copy it with `.to_owned()` first"
    );
    let owned: Vec<Array1<f64>> = layout.unravel(flat.column(0)).expect("a copy");
    assert_eq!(owned, [array![1.0, 3.0]]);
}

#[test]
fn elements_and_paths_that_are_not_there() {
    let layout = Layout::of(&(1.0, array![2.0, 3.0]));
    assert_eq!(
        message(layout.label(3)),
        "no such element: index 3 is past the end of the vector of length 3"
    );
    let range = |path: &str| layout.range(path);
    assert_eq!(range("[1]"), Ok(1..3));
    assert_eq!(
        message(range("[2]")),
        "the path does not match the layout: at the root: there is no [2]; the keys are [0], [1]"
    );
    assert_eq!(
        message(range("[0][0]")),
        "the path does not match the layout: at [0]: there is no [0], because the leaf is a number"
    );
}

#[test]
fn structures_that_are_not_those_of_the_type_to_be_built() {
    fn build<R: pytree::FromLeaves<ArrayD<f64>>>(tree: &impl PyTree<Elem = f64>) -> String {
        message(tree_flatten(tree).map(|leaf| leaf.to_owned()).unflatten::<R>())
    }
    let subject = "the tree does not match the type to be built";
    assert_eq!(
        build::<Vec<Leaf<f64>>>(&(1.0, 2.0)),
        format!("{subject}: at the root: expected a list, found a tuple of 2")
    );
    assert_eq!(
        build::<BTreeMap<String, f64>>(&1.0),
        format!("{subject}: at the root: expected a dict, found a leaf")
    );
    assert_eq!(
        build::<[Leaf<f64>; 2]>(&[Leaf(1.0)]),
        format!("{subject}: at the root: expected a list of 2, found a list of 1")
    );
    assert_eq!(
        build::<(f64, f64)>(&[Leaf(1.0); 2]),
        format!("{subject}: at the root: expected a tuple of 2, found a list of 2")
    );
    assert_eq!(
        build::<Vec<Leaf<f64>>>(&vec![None::<f64>]),
        format!("{subject}: at [0]: expected a leaf, found None")
    );
    assert_eq!(
        build::<Vec<Synapse>>(&vec![Leaf(1.0)]),
        format!("{subject}: at [0]: expected a variant of Synapse, found a leaf")
    );
    // Every mismatch is reported, also after a node that is skipped.
    assert_eq!(
        build::<(Vec<Leaf<f64>>, f64, Array1<f64>, Array1<f64>)>(&(
            dict(["a", "b"]),
            1.0,
            array![1.0],
            2.0
        )),
        format!(
            "{subject} in 2 places:\n  \
             at [0]: expected a list, found a dict of 2\n  \
             at [3]: expected an array of 1 axis, found a number"
        )
    );
}

#[test]
fn leaves_of_another_rank() {
    let tree = vec![array![1.0, 2.0], array![3.0]];
    let grown: Result<Vec<Array1<f64>>, _> =
        tree_map(|leaf| leaf.to_owned().insert_axis(ndarray::Axis(0)), &tree);
    assert_eq!(
        message(grown),
        "the tree does not match the type to be built in 2 places:\n  \
         at [0]: expected an array of 1 axis, found shape [1, 2]\n  \
         at [1]: expected an array of 1 axis, found shape [1, 1]"
    );
}

#[test]
fn fields_that_are_carried_over_to_another_type() {
    #[derive(PyTree)]
    struct From {
        x: f64,
        #[pytree(static)]
        order: u8,
        #[pytree(skip)]
        step: u32,
    }
    mod other {
        #[derive(pytree::PyTree)]
        pub struct From {
            x: f64,
            #[pytree(static)]
            order: i16,
            #[pytree(skip)]
            step: u32,
        }
    }
    let from = From { x: 1.0, order: 2, step: 3 };
    let same: From = tree_map(|leaf| &leaf * 2.0, &from).expect("the same type");
    assert_eq!((same.x, same.order, same.step), (2.0, 2, 3));
    assert_eq!(
        message(tree_map::<_, _, other::From>(|leaf| leaf.to_owned(), &from)),
        "the tree does not match the type to be built: \
         at the root: field order: expected type i16, found u8"
    );
}

#[test]
fn leaves_that_are_too_many_or_too_few() {
    let treedef = tree_structure(&(1.0, 2.0));
    assert_eq!(
        message(Flat::new(treedef.clone(), vec![1.0])),
        "the leaves do not match the structure: expected 2 leaves, found 1"
    );
    assert_eq!(
        message(Flat::new(treedef, vec![1.0; 3])),
        "the leaves do not match the structure: expected 2 leaves, found 3"
    );
}

#[test]
fn texts_that_are_no_key_paths() {
    let cases = [
        ("w[", r#""w[" ends where a position or a key in quotes is expected"#),
        ("a b", r#""a b" has " " at byte 1; expected `.` or `[`"#),
        ("'w'", r#""'w'" has "'" at byte 0; expected a name, `.` or `[`"#),
        ("]", r#""]" has "]" at byte 0; expected a name, `.` or `[`"#),
        ("..w", r#""..w" has "." at byte 1; expected a name"#),
        (".w.", r#"".w." ends where a name is expected"#),
        (".w]", r#"".w]" has "]" at byte 2; expected `.` or `[`"#),
        ("[", r#""[" ends where a position or a key in quotes is expected"#),
        (
            "[a]",
            r#""[a]" has "a" at byte 1; expected a position or a key in quotes; did you mean ['a']?"#,
        ),
        (
            ".w[HH m][0].v[x]",
            r#"".w[HH m][0].v[x]" has "H" at byte 3; expected a position or a key in quotes"#,
        ),
        (
            ".w[it's][0]",
            r#"".w[it's][0]" has "i" at byte 3; expected a position or a key in quotes; did you mean .w["it's"][0]?"#,
        ),
        (
            "[-0]",
            r#""[-0]" has "-0" at byte 1; expected an integer of at most 128 bits, without leading zeros"#,
        ),
        ("[1", r#""[1" ends where `]` is expected"#),
        ("[1.5]", r#""[1.5]" has "." at byte 2; expected `]`"#),
        (
            "[007]",
            r#""[007]" has "007" at byte 1; expected an integer of at most 128 bits, without leading zeros"#,
        ),
        (
            "[999999999999999999999999999999999999999]",
            r#""[999999999999999999999999999999999999999]" has "999999999999999999999999999999999999999" at byte 1; expected an integer of at most 128 bits, without leading zeros"#,
        ),
        ("['a]", r#""['a]" ends where the closing quote is expected"#),
        ("['a'", r#""['a'" ends where `]` is expected"#),
        (r"['\q']", r#""['\\q']" has "q" at byte 3; expected an escape"#),
        (r"['\x4']", r#""['\\x4']" has "'" at byte 5; expected a hexadecimal digit"#),
        (r"['\ud800']", r#""['\\ud800']" has "ud800" at byte 3; expected a code point"#),
    ];
    for (text, expected) in cases {
        assert_eq!(message(text.parse::<KeyPath>()), format!("not a key path: {expected}"));
    }
}
