//! Serializes run-time trees as nested nodes.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, Deserializer, EnumAccess, Error as _, MapAccess, VariantAccess, Visitor,
};
use serde::ser::{Serialize, Serializer};

use crate::path::key::Key;
use crate::types::tree::Tree;
use crate::walk::deep::deep;

const NAME: &str = "Tree";
const KINDS: [&str; 5] = ["leaf", "none", "list", "tuple", "dict"];

/// Serializes each node as an enum whose variant is the kind of the node:
///
/// ```
/// use pytree::Tree;
/// use serde_json::json;
///
/// let written = json!({"dict": {
///     "b": {"leaf": 0.5},
///     "layers": {"list": [{"tuple": [{"leaf": 1.0}]}, "none"]},
/// }});
/// let tree: Tree<f64> = serde_json::from_value(written.clone())?;
/// let layers = Tree::List(vec![Tree::Tuple(vec![Tree::Leaf(1.0)]), Tree::None]);
/// assert_eq!(tree, Tree::Dict([("b".into(), Tree::Leaf(0.5)), ("layers".into(), layers)].into()));
/// assert_eq!(serde_json::to_value(&tree)?, written);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// If the leaves are arrays, enable the feature `serde` of `ndarray`. Formats limit the depth of nesting (`serde_json`
/// reads 63 levels by default); serialize a deeper tree as a `Layout` and a vector.
impl<L: Serialize> Serialize for Tree<L> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        deep(|| match self {
            Tree::Leaf(leaf) => serializer.serialize_newtype_variant(NAME, 0, KINDS[0], leaf),
            Tree::None => serializer.serialize_unit_variant(NAME, 1, KINDS[1]),
            Tree::List(list) => serializer.serialize_newtype_variant(NAME, 2, KINDS[2], list),
            Tree::Tuple(tuple) => serializer.serialize_newtype_variant(NAME, 3, KINDS[3], tuple),
            Tree::Dict(dict) => serializer.serialize_newtype_variant(NAME, 4, KINDS[4], dict),
        })
    }
}

/// # Errors
/// If the kind of a node is unknown, or a dict has a key twice.
impl<'de, L: Deserialize<'de>> Deserialize<'de> for Tree<L> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deep(|| deserializer.deserialize_enum(NAME, &KINDS, Nodes(PhantomData)))
    }
}

/// In the order of [`KINDS`].
#[derive(serde::Deserialize)]
#[serde(variant_identifier, rename_all = "lowercase")]
enum Kind {
    Leaf,
    None,
    List,
    Tuple,
    Dict,
}

struct Nodes<L>(PhantomData<L>);

impl<'de, L: Deserialize<'de>> Visitor<'de> for Nodes<L> {
    type Value = Tree<L>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a node of a tree, as {\"leaf\": ..} or \"none\"")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, node: A) -> Result<Tree<L>, A::Error> {
        let (kind, content) = node.variant()?;
        match kind {
            Kind::Leaf => content.newtype_variant().map(Tree::Leaf),
            Kind::None => content.unit_variant().map(|()| Tree::None),
            Kind::List => content.newtype_variant().map(Tree::List),
            Kind::Tuple => content.newtype_variant().map(Tree::Tuple),
            Kind::Dict => content.newtype_variant().map(|Children(dict)| Tree::Dict(dict)),
        }
    }
}

/// The children of a dict. A plain `BTreeMap` would silently keep the last of several children with the same key.
struct Children<L>(BTreeMap<String, Tree<L>>);

impl<'de, L: Deserialize<'de>> Deserialize<'de> for Children<L> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

struct Entries<L>(PhantomData<L>);

impl<'de, L: Deserialize<'de>> Visitor<'de> for Entries<L> {
    type Value = Children<L>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the children of a dict by their keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Children<L>, A::Error> {
        let mut children = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            match children.entry(key) {
                Entry::Vacant(entry) => entry.insert(map.next_value()?),
                Entry::Occupied(entry) => {
                    let key = Key::Dict(entry.key().as_str().into());
                    return Err(A::Error::custom(format!("a dict has the key {key} twice")));
                }
            };
        }
        Ok(Children(children))
    }
}
