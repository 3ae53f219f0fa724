//! What is no path, pattern, structure, layout or tree is neither read nor written.

use std::fmt::Display;

use ndarray::ArrayD;
use pytree::path::Key;
use pytree::walk::{KeyRef, Node, Visitor};
use pytree::{KeyPath, Layout, Pattern, PyTree, Tree, TreeDef, tree_structure};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tests::{comes_back, definition};

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
        "the tree does not match the type to be built: at [0]: the integer key 3 and the string key \
         '3' are the same key in a `Tree`; rename one of them"
    );
}

#[test]
fn paths_that_would_be_others_are_not_written() {
    let attribute =
        |name: &'static str| KeyPath::from_iter([Key::Sequence(1), Key::GetAttr(name.into())]);
    let why = "cannot be serialized, because its text does not parse back to it: the name of an \
               attribute must not be empty or have spaces, dots, brackets or quotes";
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
        "not a pattern: \"layers[*.w\" has \".\" at byte 8; expected `]`"
    );
    assert_eq!(refused::<KeyPath>(&json!(3)), "invalid type: integer `3`, expected a string");
    assert_eq!(
        refused::<Key>(&json!("['a'][0]")),
        "expected a path with one key, found \"['a'][0]\", which has 2"
    );
    assert_eq!(refused::<Key>(&json!("")), "expected a path with one key, found \"\", which has 0");
    assert_eq!(
        refused::<Key>(&json!("a b")),
        "not a key path: \"a b\" has \" \" at byte 1; expected `.` or `[`"
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
    let problems = [
        (structure(&none, &none, &none), "there are no nodes"),
        (
            structure(&json!(["leaf", {"list": 0}]), &none, &none),
            "the tree is complete before nodes[1] (a list of 0)",
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
            "keys[1] is missing: the key of child 1 of nodes[0] (a dict of 2)",
        ),
        (
            structure(&json!([{"dict": 1}, "leaf"]), &json!([".a"]), &none),
            "keys[0] is .a, which is not a key of a dict; expected a key of nodes[0] (a dict of 1), such as ['v'] or [3]",
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
            "expected 0 keys for the nodes, found 2",
        ),
        (
            structure(&json!([definition(), "leaf", "leaf"]), &none, &none),
            "expected 1 statics for the nodes, found 0",
        ),
        (
            structure(&json!(["none"]), &none, &json!(["Relu"])),
            "expected 0 statics for the nodes, found 1",
        ),
        (structure(&repeated("fields"), &none, &none), "nodes[0] (Dense) has the field w twice"),
        (structure(&repeated("statics"), &none, &none), "nodes[0] (Dense) has the field w twice"),
        (structure(&repeated("skipped"), &none, &none), "nodes[0] (Dense) has the field w twice"),
    ];
    for (value, problem) in problems {
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

/// A label with such a field would not lead back to its element.
#[test]
fn field_names_that_do_not_parse_are_refused() {
    for name in ["", "a b", "a.b", "a[0]", "it's", "a\nb", "\u{a0}"] {
        let mut definition = definition();
        definition["struct"]["fields"] = json!({"named": ["w", name]});
        let nodes = json!([definition, "leaf", "leaf"]);
        assert_eq!(
            refused::<TreeDef>(&structure(&nodes, &json!([]), &json!(["1"]))),
            format!(
                "not the structure of a tree: nodes[0] (Dense) has the field {name:?}, which is not a \
                 name in a key path"
            )
        );
    }
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let layout = |shapes: Value| {
        let nodes = json!([{"list": 2}, "leaf", "leaf"]);
        json!({"treedef": structure(&nodes, &json!([]), &json!([])), "shapes": shapes})
    };
    assert_eq!(
        refused::<Layout>(&layout(json!([[2]]))),
        "not a layout: expected 2 shapes, one for each leaf, found 1"
    );
    let long = format!("the vector would have more than {} elements", isize::MAX);
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
            format!("not a layout: with shapes[{leaf}], which is {shape}, {long}")
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

/// A struct that visits too few keys is an error, because what would be written could not be read.
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
    }
    let error = serde_json::to_string(&tree_structure(&Lawless)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "not the structure of a tree: nodes[0] (a dict of 2) has 1 of its 2 children"
    );
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
