//! Paths, patterns, structures, layouts and trees come back from JSON and from a binary format.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use ndarray::{Array1, ArrayD, array};
use proptest::prelude::*;
use pytree::walk::{Fields, KeyRef, Node, StructDef, Visitor};
use pytree::{
    Layout, Pattern, PyTree, Tree, ravel_pytree, tree_flatten, tree_leaves, tree_map,
    tree_structure,
};
use serde_json::json;
use tests::{comes_back, config, definition, hash, key_paths, read_back, trees};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn structures_and_layouts_come_back(tree in trees()) {
        comes_back(&tree_structure(&tree));
        let (flat, layout) = ravel_pytree(&tree);
        comes_back(&layout);
        for read in read_back(&layout) {
            prop_assert!(read.check(&tree).is_ok());
            prop_assert_eq!(read.len(), layout.len());
            prop_assert!(read.labels().eq(layout.labels()));
            let mut buffer = vec![0.5; layout.len()];
            read.ravel_into(&tree, &mut buffer)?;
            prop_assert!(buffer.iter().map(|x| x.to_bits()).eq(flat.iter().map(|x| x.to_bits())));
            let back: Tree<ArrayD<f64>> = read.unravel(&flat)?;
            prop_assert_eq!(&Layout::of(&back), &layout);
        }
    }

    /// A layout that was read accepts the same trees as the layout that was written.
    #[test]
    fn a_layout_that_was_read_checks(a in trees(), b in trees()) {
        let layout = Layout::of(&a);
        for read in read_back(&layout) {
            prop_assert_eq!(read.check(&b), layout.check(&b));
            prop_assert_eq!(read == Layout::of(&b), layout == Layout::of(&b));
        }
    }

    #[test]
    fn trees_come_back(tree in trees()) {
        let bits: Tree<ArrayD<u64>> = tree_map(|leaf| leaf.mapv(f64::to_bits), &tree)?;
        for read in read_back(&bits) {
            prop_assert_eq!(&read, &bits);
        }
    }

    #[test]
    fn paths_keys_and_patterns_come_back(path in key_paths()) {
        comes_back(&path);
        path.keys().iter().for_each(comes_back);
        comes_back(&Pattern::from(&path));
    }

    #[test]
    fn lists_of_numbers_come_back(lists in proptest::collection::vec(proptest::collection::vec(any::<f32>(), 0..4), 0..4)) {
        let layout = Layout::of(&lists);
        comes_back(&layout);
        let mut buffer = vec![0.0; layout.len()];
        for read in read_back(&layout) {
            prop_assert!(read.ravel_into(&lists, &mut buffer).is_ok());
            prop_assert!(read.labels().eq(layout.labels()));
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Activation {
    Relu,
    Leaky(f64),
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Dense {
    w: Array1<f64>,
    b: f64,
    #[pytree(static)]
    activation: Activation,
    #[pytree(skip)]
    name: String,
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Pair(Vec<Dense>, Option<f64>);

fn dense(activation: Activation) -> Dense {
    Dense { w: array![1.0, 2.0], b: 3.0, activation, name: "first".into() }
}

fn pair() -> Pair {
    Pair(vec![dense(Activation::Leaky(0.5)), dense(Activation::Relu)], None)
}

#[test]
fn the_format_is_as_documented() {
    let written = json!({
        "treedef": {
            "nodes": [
                {"struct": {
                    "name": "Pair", "fields": {"unnamed": 2}, "statics": [], "skipped": [],
                }},
                {"list": 2},
                definition(),
                "leaf",
                "leaf",
                definition(),
                "leaf",
                "leaf",
                "none",
            ],
            "keys": [],
            "statics": ["Leaky(0.5)", "Relu"],
        },
        "shapes": [[2], [], [2], []],
    });
    assert_eq!(serde_json::to_value(Layout::of(&pair())).unwrap(), written);
    comes_back(&Layout::of(&pair()));
    comes_back(&tree_structure(&pair()));

    let tree: Tree<usize> = tree_map(|leaf| leaf.len(), &pair()).unwrap();
    let dense = json!({"dict": {"b": {"leaf": 1}, "w": {"leaf": 2}}});
    let written = json!({"tuple": [{"list": [dense, dense]}, "none"]});
    assert_eq!(serde_json::to_value(&tree).unwrap(), written);
}

#[test]
fn keys_of_every_kind_come_back() {
    let odd =
        ["", " ", "it's", "\"", "'\"", "\\", "[0]", ".w", "\n\u{7f}\u{200b}", "é", "\u{1f600}"];
    let tree: IndexMap<_, _> = odd.iter().rev().map(|key| (*key, 1.0)).collect();
    comes_back(&Layout::of(&tree));
    comes_back(&Layout::of(&BTreeMap::from([(-3_i64, 1.0), (i64::MAX, 2.0)])));
    comes_back(&Layout::of(&BTreeMap::from([(0_u64, 1.0), (u64::MAX, 2.0)])));
    comes_back(&Layout::of(&IndexMap::from([("3", vec![1.0]), ("-3", vec![])])));
    assert_ne!(
        read_back(&Layout::of(&BTreeMap::from([(3, 1.0)])))[0],
        Layout::of(&BTreeMap::from([("3", 1.0)])),
        "an integer is no string"
    );
    let patterns = [
        "",
        "!**.b | a",
        ".!a | !b",
        "**",
        "**.b",
        "[*]",
        "['HH_*'] | .a\\*b?.**",
        "a\\ b",
        "['\\*\\?\\'*']",
    ];
    for pattern in patterns {
        comes_back(&pattern.parse::<Pattern>().unwrap());
    }
}

#[test]
fn a_static_field_that_was_read_equals_one_that_prints_alike() {
    let (relu, leaky) = (dense(Activation::Relu), dense(Activation::Leaky(0.5)));
    let [read, binary] = read_back(&tree_structure(&relu));
    assert_eq!(read, binary);
    assert_eq!(read.to_string(), tree_structure(&relu).to_string());
    for structure in [tree_structure(&leaky), read_back(&tree_structure(&leaky))[0].clone()] {
        assert_ne!(read, structure);
        assert_ne!(structure, read);
    }
    assert_ne!(
        read_back(&tree_structure(&dense(Activation::Leaky(0.25))))[0],
        tree_structure(&leaky)
    );
    // A text of which the other is only the beginning.
    assert_ne!(
        read_back(&tree_structure(&dense(Activation::Leaky(0.55))))[0],
        tree_structure(&leaky)
    );

    let [layout, _] = read_back(&Layout::of(&relu));
    assert_eq!(
        layout.check(&leaky).unwrap_err().to_string(),
        "the tree does not match the layout: at the root: static field activation: expected Relu, \
         found Leaky(0.5)"
    );
    assert_eq!(
        Layout::of(&leaky).treedef().compose(&read).to_string(),
        tree_structure(&leaky).compose(&tree_structure(&relu)).to_string()
    );
    assert_eq!(hash(&read), hash(&tree_structure(&relu)));
}

#[test]
fn a_type_with_carried_fields_is_written_into_and_not_built() {
    let tree = pair();
    let (flat, layout) = ravel_pytree(&tree);
    for read in read_back(&layout) {
        let mut back = tree.clone();
        back.0[0].w.fill(0.0);
        back.0[1].name = "kept".to_string();
        read.unravel_into(&flat, &mut back).unwrap();
        assert_eq!(back.0[0], tree.0[0]);
        assert_eq!(back.0[1].name, "kept");
        assert_eq!(read.ravel(&tree).unwrap(), flat);
        assert_eq!(read.range("[0][1].b"), Ok(5..6));
        let square = ndarray::Array2::<f64>::zeros((6, 6));
        let (rows, columns) = ("[0][0]", "[0][1].w");
        assert_eq!(read.block(&square, rows, columns).unwrap().shape(), [3, 2]);
        let dicts: Tree<ArrayD<f64>> = read.unravel(&flat).unwrap();
        assert_eq!(tree_leaves(&dicts).len(), 4);

        let why = "is unknown, because the structure was deserialized; \
                   write into an existing tree with `Layout::unravel_into` instead";
        assert_eq!(
            read.unravel::<_, Pair>(&flat).unwrap_err().to_string(),
            format!(
                "the tree does not match the type to be built in 4 places:\n  \
                 at [0][0]: the value of field activation {why}\n  \
                 at [0][0]: the value of field name {why}\n  \
                 at [0][1]: the value of field activation {why}\n  \
                 at [0][1]: the value of field name {why}"
            )
        );
    }

    // Fields that are there are found beside such that are not.
    let [outer, _] = read_back(&tree_structure(&dense(Activation::Relu)));
    let inner = dense(Activation::Leaky(2.0));
    let composed = outer.compose(&tree_structure(&inner));
    let (_, child) = composed.children().next().unwrap();
    let leaves = tree_flatten(&inner).map(|leaf| leaf.to_owned()).into_leaves();
    assert_eq!(pytree::tree_unflatten::<_, Dense>(&child, leaves), Ok(inner));
}

#[test]
fn a_definition_is_made_once() {
    struct Named;
    static NAMED: StructDef = StructDef::new("Named by hand", Fields::Named(&["identifier"]));
    impl PyTree for Named {
        type Elem = f64;
        fn walk<'a, V: Visitor<'a, f64>>(&'a self, visitor: &mut V) {
            visitor.node(Node::Struct(&NAMED));
            visitor.key(KeyRef::GetAttr("not an identifier"));
            visitor.leaf(ndarray::aview0(&1.0));
        }
    }
    let treedef = tree_structure(&Named);
    comes_back(&treedef);
    let [a, b] = read_back(&treedef).map(|read| {
        let mismatched = tree_flatten(&1.0).broadcast(&read);
        assert!(mismatched.is_ok());
        pytree::tree_unflatten::<f64, f64>(&read, vec![1.0]).unwrap_err().mismatches().to_vec()
    });
    let found = |mismatches: Vec<pytree::error::Mismatch>| match mismatches[0].kind {
        pytree::error::MismatchKind::Node { found: Node::Struct(def), .. } => def,
        ref other => panic!("{other:?}"),
    };
    assert!(std::ptr::eq(found(a), found(b)));
}
