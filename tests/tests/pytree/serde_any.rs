//! Whatever is read as a structure, a layout or a tree is one, or an error.

use ndarray::ArrayD;
use proptest::prelude::*;
use pytree::{KeyPath, Layout, Pattern, Tree, TreeDef, ravel_pytree};
use serde_json::{Value, json};
use tests::{config, trees};

proptest! {
    #![proptest_config(config())]

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

    /// An entry is removed or added anywhere: the text is an error, or the layout that was written.
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
