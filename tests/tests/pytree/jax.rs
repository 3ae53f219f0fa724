//! Parity with JAX: key paths, shapes and vectors of the sixty trees of `data/jax_tree_cases.json`.

use std::collections::BTreeMap;

use ndarray::{Array1, ArrayD};
use pytree::{KeyPath, Tree, ravel_pytree, tree_leaves_with_path, tree_map, tree_structure};
use serde_json::Value;

fn tree(json: &Value) -> Tree<ArrayD<f64>> {
    let (kind, content) = json.as_object().and_then(|node| node.iter().next()).expect("a node");
    let children = || content.as_array().expect("a list").iter().map(tree).collect();
    match kind.as_str() {
        "none" => Tree::None,
        "list" => Tree::List(children()),
        "tuple" => Tree::Tuple(children()),
        "dict" => {
            let entries = content.as_object().expect("a dict").iter();
            Tree::Dict(
                entries.map(|(key, child)| (key.clone(), tree(child))).collect::<BTreeMap<_, _>>(),
            )
        }
        "array" => {
            let shape: Vec<usize> =
                serde_json::from_value(content["shape"].clone()).expect("a shape");
            Tree::Leaf(ArrayD::from_shape_vec(shape, numbers(&content["data"])).expect("an array"))
        }
        kind => panic!("a node of kind {kind}"),
    }
}

fn numbers(json: &Value) -> Vec<f64> {
    serde_json::from_value(json.clone()).expect("numbers")
}

#[test]
fn trees_are_those_of_jax() {
    let cases: Vec<Value> = serde_json::from_str(&tests::jax_trees()).expect("a list of cases");
    assert_eq!(cases.len(), 60);
    for (index, case) in cases.iter().enumerate() {
        let tree = tree(&case["tree"]);
        let treedef = tree_structure(&tree);
        assert_eq!(treedef.num_leaves(), case["num_leaves"], "leaves of case {index}");
        assert_eq!(treedef.num_nodes(), case["num_nodes"], "nodes of case {index}");

        let leaves = tree_leaves_with_path(&tree);
        let expected = case["leaves"].as_array().expect("a list of leaves");
        assert_eq!(leaves.len(), expected.len());
        for ((path, leaf), expected) in leaves.iter().zip(expected) {
            let keystr = expected["keystr"].as_str().expect("a path");
            assert_eq!(path.to_string(), keystr, "case {index}");
            assert_eq!(path.simple("/"), expected["simple"], "case {index}");
            assert_eq!(
                serde_json::json!(leaf.shape()),
                expected["shape"],
                "{path} of case {index}"
            );
            assert_eq!(keystr.parse::<KeyPath>().as_ref(), Ok(path), "case {index}");
        }

        let (flat, layout) = ravel_pytree(&tree);
        assert_eq!(flat.to_vec(), numbers(&case["flat"]), "vector of case {index}");
        let doubled: Tree<ArrayD<f64>> =
            tree_map(|leaf| &leaf * 2.0, &tree).expect("the same shapes");
        let doubled: Array1<f64> = layout.ravel(&doubled).expect("the same layout");
        assert_eq!(doubled.to_vec(), numbers(&case["doubled"]), "doubled case {index}");
    }
}

/// What JAX 0.10.2 prints for these trees (`jax.tree_util.tree_structure`).
#[test]
fn structures_print_as_in_jax() {
    let leaf = || Tree::Leaf(1.0);
    let dict = |entries: Vec<(&str, Tree<f64>)>| {
        Tree::Dict(entries.into_iter().map(|(key, child)| (key.to_string(), child)).collect())
    };
    let empty = || Tree::Tuple(vec![]);
    let inner = vec![leaf(), Tree::Tuple(vec![leaf()]), Tree::None, empty(), dict(vec![])];
    let cases = [
        (leaf(), "PyTreeDef(*)"),
        (Tree::None, "PyTreeDef(None)"),
        (
            dict(vec![("a", leaf()), ("b", Tree::List(inner))]),
            "PyTreeDef({'a': *, 'b': [*, (*,), None, (), {}]})",
        ),
        (
            dict(vec![("it's", leaf()), ("a\"b", leaf()), ("b'\"c", leaf()), ("n\nl\t\\", leaf())]),
            "PyTreeDef({'a\"b': *, 'b\\'\"c': *, \"it's\": *, 'n\\nl\\t\\\\': *})",
        ),
    ];
    for (tree, expected) in cases {
        assert_eq!(tree_structure(&tree).to_string(), expected);
    }
}

/// What JAX 0.10.2 gives as `keystr` for these dict keys.
#[test]
fn dict_keys_print_as_in_jax() {
    let cases = [
        ("it's", r#"["it's"]"#),
        ("a\"b", r#"['a"b']"#),
        ("b'\"c", r#"['b\'"c']"#),
        ("n\nl\t\\", r"['n\nl\t\\']"),
        (
            "\0\u{7f}\u{200b}e\u{301}\u{1f600}\u{e000}",
            "['\\x00\\x7f\\u200be\u{301}\u{1f600}\\ue000']",
        ),
    ];
    for (key, expected) in cases {
        let tree = BTreeMap::from([(key.to_string(), 1.0)]);
        assert_eq!(tree_leaves_with_path(&tree)[0].0.to_string(), expected);
    }
}
