//! Paths, patterns, structures, layouts and trees come back from JSON and from a binary format, and
//! what is none is refused.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::fmt::{Debug, Display};
use std::hash::{Hash, Hasher};

use indexmap::IndexMap;
use ndarray::{Array1, ArrayD, array};
use proptest::prelude::*;
use pytree::{
    Fields, Key, KeyPath, KeyRef, Layout, Node, Pattern, PyTree, StructDef, Tree, TreeDef, Visitor,
    VisitorMut, ravel_pytree, tree_flatten, tree_leaves, tree_map, tree_structure,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tests::{config, key_paths, trees};

/// What is read from each format that `value` is written in.
fn read_back<T: Serialize + DeserializeOwned>(value: &T) -> [T; 2] {
    let text = serde_json::to_string(value).unwrap();
    let bytes = postcard::to_stdvec(value).unwrap();
    [serde_json::from_str(&text).unwrap(), postcard::from_bytes(&bytes).unwrap()]
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn comes_back<T: Serialize + DeserializeOwned + Debug + PartialEq + Hash>(value: &T) {
    for read in read_back(value) {
        assert_eq!(&read, value);
        assert_eq!(value, &read);
        assert_eq!(hash(&read), hash(value));
        // It is written alike, so that it may go on from hand to hand.
        assert_eq!(serde_json::to_string(&read).unwrap(), serde_json::to_string(value).unwrap());
    }
}

/// The message of an error, without the place in the text that JSON adds to it.
fn text(error: &impl Display) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_string()
}

/// Why `value` is not read as a `T`.
fn refused<T: DeserializeOwned>(value: &Value) -> String {
    let error = serde_json::from_str::<T>(&value.to_string()).err();
    text(&error.unwrap_or_else(|| panic!("{value} was read")))
}

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

    /// A layout that was read accepts the trees that the one that was written accepts.
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

    /// Whatever nodes, keys and shapes there are, they are a layout or an error.
    #[test]
    fn any_nodes_are_a_layout_or_an_error(
        nodes in proptest::collection::vec(nodes(), 0..6),
        keys in proptest::collection::vec("\\['[ab]'\\]|\\[[01]\\]|\\.w", 0..3),
        statics in proptest::collection::vec("[ab]", 0..2),
        shapes in proptest::collection::vec(proptest::collection::vec(axes(), 0..4), 0..4),
    ) {
        let treedef = json!({"nodes": nodes, "keys": keys, "statics": statics});
        let value = json!({"treedef": treedef, "shapes": shapes});
        if let Ok(read) = serde_json::from_value::<TreeDef>(treedef.clone()) {
            prop_assert_eq!(serde_json::to_value(&read)?, treedef);
            prop_assert_eq!(read.num_nodes(), nodes.len());
        }
        if let Ok(read) = serde_json::from_value::<Layout>(value.clone()) {
            prop_assert_eq!(serde_json::to_value(&read)?, value);
            prop_assert!(read.label(read.len()).is_err());
            if read.len() < 100 {
                prop_assert_eq!(read.labels().count(), read.len());
                let flat = vec![1.5; read.len()];
                let back: Tree<ArrayD<f64>> = read.unravel(&flat)?;
                prop_assert_eq!(ravel_pytree(&back).0.to_vec(), flat);
            }
        }
    }

    /// One entry less or more, anywhere: if that is a layout still, it is the one that was written.
    #[test]
    fn a_layout_with_a_mistake_is_a_layout_or_an_error(
        tree in trees(), list in 0..3_usize, place in any::<usize>(), remove in any::<bool>(),
    ) {
        let mut value = serde_json::to_value(Layout::of(&tree))?;
        let list = ["/treedef/nodes", "/treedef/keys", "/shapes"][list];
        let list = value.pointer_mut(list).and_then(Value::as_array_mut).expect("a list");
        if let Some(entry) = list.get(place % list.len().max(1)).cloned() {
            let place = place % list.len();
            if remove { list.remove(place); } else { list.insert(place, entry); }
            match serde_json::from_value::<Layout>(value.clone()) {
                Ok(read) => prop_assert_eq!(serde_json::to_value(&read)?, value),
                Err(error) => prop_assert!(error.to_string().starts_with("not "), "{}", error),
            }
        }
    }

    #[test]
    fn any_bytes_are_a_value_or_an_error(bytes in proptest::collection::vec(0..12_u8, 0..24)) {
        let _ = postcard::from_bytes::<Layout>(&bytes);
        let _ = postcard::from_bytes::<TreeDef>(&bytes);
        let _ = postcard::from_bytes::<Tree<u8>>(&bytes);
        let _ = postcard::from_bytes::<KeyPath>(&bytes);
        let _ = postcard::from_bytes::<Pattern>(&bytes);
    }
}

fn nodes() -> impl Strategy<Value = Value> {
    let definition = |fields: Value| json!({"struct": {"name": "S", "fields": fields, "statics": ["a"], "skipped": ["s"]}});
    prop_oneof![
        Just(json!("leaf")),
        Just(json!("leaf")),
        Just(json!("leaf")),
        Just(json!("none")),
        (0..3_u64).prop_map(|len| json!({"list": len})),
        (0..3_u64).prop_map(|len| json!({"tuple": len})),
        (0..3_u64).prop_map(|len| json!({"dict": len})),
        Just(definition(json!({"named": ["v"]}))),
        (0..3_u64).prop_map(move |len| definition(json!({"unnamed": len}))),
        Just(json!({"list": u64::MAX})),
    ]
}

fn axes() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0..3_u64, 1 => Just(1 << 31), 1 => Just(1 << 62), 1 => Just(u64::MAX)]
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

fn definition() -> Value {
    json!({"struct": {
        "name": "Dense",
        "fields": {"named": ["w", "b"]},
        "statics": ["activation"],
        "skipped": ["name"],
    }})
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

/// A `Tree` has strings as keys: one of the two would be lost.
#[test]
fn an_integer_and_a_string_of_one_name_are_not_built_as_a_tree() {
    let nodes = json!([{"list": 1}, {"dict": 3}, "leaf", "leaf", "none"]);
    let treedef = structure(&nodes, &json!(["[3]", "['3']", "['4']"]), &json!([]));
    let layout: Layout =
        serde_json::from_value(json!({"treedef": treedef, "shapes": [[], []]})).unwrap();
    assert!(layout.labels().eq(["[0][3]", "[0]['3']"]));
    let error = layout.unravel::<f64, Tree<ArrayD<f64>>>(&[1.0, 2.0]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the tree does not match the type to be built: at [0]: it has the integer 3 and the string \
         '3' as keys, which are one key of a `Tree`; rename one of them"
    );
}

#[test]
fn paths_that_would_be_others_are_not_written() {
    let attribute =
        |name: &'static str| KeyPath::from_iter([Key::Sequence(1), Key::GetAttr(name.into())]);
    let why = "cannot be written, as it does not read back as itself: the name of an attribute is \
               neither empty nor has it spaces, dots, brackets or quotes";
    for name in ["a.b", "", "a b", "a[0]", "it's", "\"", "]", "a\n"] {
        let path = attribute(name);
        let error = serde_json::to_string(&path).unwrap_err();
        assert_eq!(error.to_string(), format!("the path {:?} {why}", path.to_string()));
        let error = serde_json::to_string(&path.keys()[1]).unwrap_err();
        assert_eq!(error.to_string(), format!("the key {:?} {why}", format!(".{name}")));
        assert!(postcard::to_stdvec(&path).is_err());
    }
    let error = serde_json::to_string(&Pattern::from(&attribute(""))).unwrap_err();
    assert_eq!(error.to_string(), format!("the pattern \"[1].\" {why}"));
    // In a pattern a backslash keeps them apart.
    for name in ["a.b", "a b", "a[0]", "it's", "a\n", "**", "|"] {
        comes_back(&Pattern::from(&attribute(name)));
    }
    comes_back(&attribute("type"));
}

#[test]
fn texts_that_are_no_paths_are_refused() {
    assert_eq!(
        refused::<KeyPath>(&json!(".w[")),
        "not a key path: \".w[\" ends where a position or a key in quotes is expected"
    );
    assert_eq!(
        refused::<Pattern>(&json!("layers[*.w")),
        "not a pattern: \"layers[*.w\" has \".\" at byte 8 for `]`"
    );
    assert_eq!(refused::<KeyPath>(&json!(3)), "invalid type: integer `3`, expected a string");
    assert_eq!(
        refused::<Key>(&json!("['a'][0]")),
        "expected a path of one key, found \"['a'][0]\", which has 2"
    );
    assert_eq!(refused::<Key>(&json!("")), "expected a path of one key, found \"\", which has 0");
    assert_eq!(
        refused::<Key>(&json!("a")),
        "not a key path: \"a\" has \"a\" at byte 0 for `.` or `[`; did you mean .a or ['a']?"
    );
}

fn structure(nodes: &Value, keys: &Value, statics: &Value) -> Value {
    json!({"nodes": nodes, "keys": keys, "statics": statics})
}

#[test]
fn nodes_that_are_no_tree_are_refused() {
    let none = json!([]);
    let repeated = |field: &str| {
        let mut definition = definition();
        definition["struct"][field] = match field {
            "fields" => json!({"named": ["w", "w"]}),
            _ => json!(["w", "w"]),
        };
        json!([definition, "leaf", "leaf"])
    };
    let told = [
        (structure(&none, &none, &none), "there are no nodes"),
        (
            structure(&json!(["leaf", {"list": 0}]), &none, &none),
            "the tree ends before nodes[1] (a list of 0), which is no part of it",
        ),
        (
            structure(&json!([{"tuple": 1}, {"list": 3}, "leaf"]), &none, &none),
            "nodes[1] (a list of 3) has 1 of its 3 children",
        ),
        (
            structure(&json!([{"list": u64::MAX}, {"list": u64::MAX}]), &none, &none),
            "nodes[1] (a list of 18446744073709551615) has 0 of its 18446744073709551615 children",
        ),
        (
            structure(&json!([definition(), "leaf"]), &none, &json!(["Relu"])),
            "nodes[0] (Dense) has 1 of its 2 children",
        ),
        (
            structure(&json!([{"dict": 2}, "leaf", "leaf"]), &json!(["['a']"]), &none),
            "there is no keys[1], which child 1 of nodes[0] (a dict of 2) needs",
        ),
        (
            structure(&json!([{"dict": 1}, "leaf"]), &json!([".a"]), &none),
            "keys[0] is .a, which is no key of a dict; nodes[0] (a dict of 1) needs one as ['v'] or [3]",
        ),
        (
            structure(
                &json!([{"dict": 2}, {"dict": 1}, "leaf", "leaf"]),
                &json!(["['a']", "['a']", "['a']"]),
                &none,
            ),
            "nodes[0] (a dict of 2) has the key ['a'] twice, the second as keys[2]",
        ),
        (
            structure(&json!(["leaf"]), &json!(["[3]", "[4]"]), &none),
            "the length of keys is 2, and the nodes need 0",
        ),
        (
            structure(&json!([definition(), "leaf", "leaf"]), &none, &none),
            "the length of statics is 0, and the nodes need 1",
        ),
        (
            structure(&json!(["none"]), &none, &json!(["Relu"])),
            "the length of statics is 1, and the nodes need 0",
        ),
        (structure(&repeated("fields"), &none, &none), "nodes[0] (Dense) has the field w twice"),
        (structure(&repeated("statics"), &none, &none), "nodes[0] (Dense) has the field w twice"),
        (structure(&repeated("skipped"), &none, &none), "nodes[0] (Dense) has the field w twice"),
    ];
    for (value, problem) in told {
        let expected = format!("not the structure of a tree: {problem}");
        assert_eq!(refused::<TreeDef>(&value), expected);
        assert_eq!(refused::<Layout>(&json!({"treedef": value, "shapes": []})), expected);
    }
    assert_eq!(
        refused::<TreeDef>(&structure(&json!(["leave"]), &none, &none)),
        "unknown variant `leave`, expected one of `leaf`, `none`, `list`, `tuple`, `dict`, `struct`"
    );
    assert_eq!(
        refused::<TreeDef>(&structure(&json!([{"list": -1}]), &none, &none)),
        "invalid value: integer `-1`, expected usize"
    );
    assert_eq!(
        refused::<TreeDef>(&json!({"nodes": ["leaf"], "keys": []})),
        "missing field `statics`"
    );
    assert_eq!(
        refused::<TreeDef>(&json!({"node": ["leaf"]})),
        "unknown field `node`, expected one of `nodes`, `keys`, `statics`"
    );
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let layout = |shapes: Value| {
        let nodes = json!([{"list": 2}, "leaf", "leaf"]);
        json!({"treedef": structure(&nodes, &json!([]), &json!([])), "shapes": shapes})
    };
    assert_eq!(
        refused::<Layout>(&layout(json!([[2]]))),
        "not a layout: expected 2 shapes, one a leaf, found 1"
    );
    let long = "which makes the vector longer than one can be";
    let (half, quarter) = (1_u64 << 63, 1_u64 << 62);
    for (shapes, leaf, shape) in [
        (json!([[1], [half]]), 1, format!("[{half}]")),
        (json!([[quarter], [quarter]]), 1, format!("[{quarter}]")),
        (json!([[1_u64 << 32, 1_u64 << 32], []]), 0, "[4294967296, 4294967296]".to_string()),
        // An array with such axes cannot be made though it would be empty.
        (json!([[half, 0, 2], []]), 0, format!("[{half}, 0, 2]")),
    ] {
        assert_eq!(
            refused::<Layout>(&layout(shapes)),
            format!("not a layout: shapes[{leaf}] is {shape}, {long}")
        );
    }
    // Long, but no vector of it is made.
    let read: Layout = serde_json::from_value(layout(json!([[quarter], [2, 0]]))).unwrap();
    assert_eq!((read.len(), read.label(7).unwrap()), (1 << 62, "[0][7]".to_string()));
}

#[test]
fn nodes_that_are_none_of_a_tree_are_refused() {
    assert_eq!(
        refused::<Tree<f64>>(&json!({"set": []})),
        "unknown variant `set`, expected one of `leaf`, `none`, `list`, `tuple`, `dict`"
    );
    assert_eq!(
        refused::<Tree<f64>>(&json!({"list": [{"leaf": "x"}]})),
        "invalid type: string \"x\", expected f64"
    );
    assert_eq!(
        refused::<Tree<f64>>(&json!({"dict": []})),
        "invalid type: sequence, expected the children of a dict by their keys"
    );
    let twice = r#"{"dict": {"it's": {"leaf": 1}, "it's": {"leaf": 2}}}"#;
    let error = serde_json::from_str::<Tree<f64>>(twice).unwrap_err();
    assert_eq!(text(&error), "a dict has the key [\"it's\"] twice");
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
        assert_eq!(read.range(&"[0][1].b".parse().unwrap()), Ok(5..6));
        let square = ndarray::Array2::<f64>::zeros((6, 6));
        let (rows, columns) = ("[0][0]".parse().unwrap(), "[0][1].w".parse().unwrap());
        assert_eq!(read.block(&square, &rows, &columns).unwrap().shape(), [3, 2]);
        let dicts: Tree<ArrayD<f64>> = read.unravel(&flat).unwrap();
        assert_eq!(tree_leaves(&dicts).len(), 4);

        let why = "is carried over, but the structure was read back and does not hold its value; \
                   write into a tree that does, with `Layout::unravel_into`";
        assert_eq!(
            read.unravel::<_, Pair>(&flat).unwrap_err().to_string(),
            format!(
                "the tree does not match the type to be built in 4 places:\n  \
                 at [0][0]: field activation {why}\n  \
                 at [0][0]: field name {why}\n  \
                 at [0][1]: field activation {why}\n  \
                 at [0][1]: field name {why}"
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

/// A struct that tells one key too few is not written as something that cannot be read.
#[test]
fn a_type_that_breaks_the_laws_is_not_written() {
    struct Lawless;
    impl PyTree for Lawless {
        type Elem = f64;
        fn walk<'a, V: Visitor<'a, f64>>(&'a self, visitor: &mut V) {
            visitor.node(Node::Dict(2));
            visitor.key(KeyRef::Dict("a"));
            visitor.leaf(ndarray::aview0(&1.0));
        }
        fn walk_mut<'a, V: VisitorMut<'a, f64>>(&'a mut self, _: &mut V) {}
    }
    let error = serde_json::to_string(&tree_structure(&Lawless)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "not the structure of a tree: nodes[0] (a dict of 2) has 1 of its 2 children"
    );
}

#[test]
fn a_definition_is_made_once() {
    struct Named;
    static NAMED: StructDef = StructDef {
        name: "Named by hand",
        fields: Fields::Named(&["not an identifier"]),
        statics: &[],
        skipped: &[],
    };
    impl PyTree for Named {
        type Elem = f64;
        fn walk<'a, V: Visitor<'a, f64>>(&'a self, visitor: &mut V) {
            visitor.node(Node::Struct(&NAMED));
            visitor.key(KeyRef::GetAttr("not an identifier"));
            visitor.leaf(ndarray::aview0(&1.0));
        }
        fn walk_mut<'a, V: VisitorMut<'a, f64>>(&'a mut self, _: &mut V) {}
    }
    let treedef = tree_structure(&Named);
    comes_back(&treedef);
    let [a, b] = read_back(&treedef).map(|read| {
        let mismatched = tree_flatten(&1.0).broadcast(&read);
        assert!(mismatched.is_ok());
        pytree::tree_unflatten::<f64, f64>(&read, vec![1.0]).unwrap_err().mismatches().to_vec()
    });
    let found = |mismatches: Vec<pytree::Mismatch>| match mismatches[0].kind {
        pytree::MismatchKind::Node { found: Node::Struct(def), .. } => def,
        ref other => panic!("{other:?}"),
    };
    assert!(std::ptr::eq(found(a), found(b)));
}

/// As the documentation says of the limit of `serde_json`.
#[test]
fn trees_are_read_to_the_depth_that_the_format_allows() {
    let nested = |depth| (0..depth).fold(Tree::Leaf(1), |tree, _| Tree::List(vec![tree]));
    let written = |depth| serde_json::to_string(&nested(depth)).unwrap();
    assert_eq!(serde_json::from_str::<Tree<i32>>(&written(63)).unwrap(), nested(63));
    let error = serde_json::from_str::<Tree<i32>>(&written(64)).unwrap_err();
    assert_eq!(text(&error), "recursion limit exceeded");
    let bytes = postcard::to_stdvec(&nested(64)).unwrap();
    assert_eq!(postcard::from_bytes::<Tree<i32>>(&bytes).unwrap(), nested(64));
}
