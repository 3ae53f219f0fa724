//! Serializes structures as lists of nodes, keys and static fields, and checks them when they are deserialized.

use std::collections::HashSet;
use std::fmt::{self, Display};
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Error as _, Serialize, Serializer};

use crate::error::print::{cut, quote};
use crate::path::key::{Key, KeyRef};
use crate::serialize::definition::Definition;
use crate::structure::field_value::ReadBack;
use crate::structure::treedef::{Arena, Position, TreeDef};
use crate::walk::node::Node;
use crate::walk::visit::Visitor;

/// The serialized form of a structure.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename = "TreeDef", deny_unknown_fields)]
struct Written {
    nodes: Vec<WrittenNode>,
    keys: Vec<Key>,
    statics: Vec<String>,
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename = "Node", rename_all = "lowercase")]
enum WrittenNode {
    Leaf,
    None,
    List(usize),
    Tuple(usize),
    Dict(usize),
    Struct(Box<Definition>),
}

/// Serializes three lists: the nodes, depth first; the keys of all dicts, each as a path with one key; and the static
/// fields, each as its `Debug` text. Keys and static fields are in the order of their nodes.
///
/// ```
/// use ndarray::{Array1, array};
/// use pytree::{PyTree, TreeDef, tree_structure};
/// use serde_json::json;
///
/// #[derive(PyTree)]
/// struct Layer { w: Array1<f64>, b: f64, #[pytree(static)] activation: &'static str }
///
/// let layers = vec![Layer { w: array![1.0, 2.0], b: 3.0, activation: "tanh" }];
/// let tree = std::collections::BTreeMap::from([("mlp".to_string(), layers)]);
/// let written = json!({
///     "nodes": [
///         {"dict": 1},
///         {"list": 1},
///         {"struct": {
///             "name": "Layer",
///             "fields": {"named": ["w", "b"]},
///             "statics": ["activation"],
///             "skipped": [],
///         }},
///         "leaf",
///         "leaf",
///     ],
///     "keys": ["['mlp']"],
///     "statics": ["\"tanh\""],
/// });
/// assert_eq!(serde_json::to_value(tree_structure(&tree))?, written);
/// assert_eq!(serde_json::from_value::<TreeDef>(written)?, tree_structure(&tree));
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// The other nodes are `"none"` and `{"tuple": 2}`. A tuple struct has `"fields": {"unnamed": 2}`.
///
/// # Errors
/// If the type of the tree breaks the laws of [`PyTree`](trait@crate::PyTree), so that the result could not be
/// deserialized.
impl Serialize for TreeDef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = Written::from(self);
        written.check().map_err(S::Error::custom)?;
        written.serialize(serializer)
    }
}

/// The deserialized structure equals the original, and its layout has the same labels, ranges and blocks.
///
/// It has only the `Debug` text of each static field, and compares it with the `Debug` text of another value. Two
/// different values with the same text therefore both match, and a value whose text varies, such as a `HashMap`, may
/// not match. Skipped fields are not serialized. So a type with static or skipped fields cannot be built from a
/// deserialized structure; write into an existing tree with [`Layout::unravel_into`](crate::Layout::unravel_into).
///
/// The definition of each struct is kept until the program ends, up to 16 MiB in total.
///
/// # Errors
/// If the nodes are not those of one tree, if the number of keys or static fields is not that of the nodes, if a dict has
/// a key twice, or if the program has deserialized more than 16 MiB of different structs.
impl<'de> Deserialize<'de> for TreeDef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        written.check().map_err(D::Error::custom)?;
        written.build().map_err(|problem| D::Error::custom(invalid(problem)))
    }
}

impl From<&TreeDef> for Written {
    fn from(treedef: &TreeDef) -> Self {
        let arena = treedef.root().arena;
        let nodes = (0..).map_while(|node| arena.node(Position { node, ..Position::default() }));
        let keys = (0..).map_while(|key| arena.key(Position { key, ..Position::default() }));
        let statics = (0..).map_while(|index| arena.static_value(index));
        Written {
            nodes: nodes.map(WrittenNode::from).collect(),
            keys: keys.map(Key::from).collect(),
            statics: statics.map(|value| format!("{value:?}")).collect(),
        }
    }
}

impl From<Node> for WrittenNode {
    fn from(node: Node) -> Self {
        match node {
            Node::Leaf => WrittenNode::Leaf,
            Node::None => WrittenNode::None,
            Node::List(len) => WrittenNode::List(len),
            Node::Tuple(len) => WrittenNode::Tuple(len),
            Node::Dict(len) => WrittenNode::Dict(len),
            Node::Struct(def) => WrittenNode::Struct(Box::new(def.into())),
        }
    }
}

impl WrittenNode {
    fn arity(&self) -> usize {
        match self {
            WrittenNode::Leaf | WrittenNode::None => 0,
            WrittenNode::List(len) | WrittenNode::Tuple(len) | WrittenNode::Dict(len) => *len,
            WrittenNode::Struct(definition) => definition.arity(),
        }
    }
}

/// Prints the text of the [`Node`].
impl Display for WrittenNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WrittenNode::Leaf => Display::fmt(&Node::Leaf, f),
            WrittenNode::None => Display::fmt(&Node::None, f),
            WrittenNode::List(len) => Display::fmt(&Node::List(*len), f),
            WrittenNode::Tuple(len) => Display::fmt(&Node::Tuple(*len), f),
            WrittenNode::Dict(len) => Display::fmt(&Node::Dict(*len), f),
            WrittenNode::Struct(definition) => f.write_str(&definition.name),
        }
    }
}

/// An inner node some of whose children are still to come.
struct Open<'w> {
    /// The index of the node.
    index: usize,
    /// The number of children so far.
    children: usize,
    /// The keys so far, if the node is a dict.
    keys: HashSet<&'w Key>,
}

impl Written {
    /// Returns an error unless the nodes are those of one tree, with the right numbers of keys and static fields.
    fn check(&self) -> Result<(), String> {
        let mut open: Vec<Open<'_>> = Vec::new();
        let (mut keys, mut statics) = (0, 0);
        for (index, node) in self.nodes.iter().enumerate() {
            if index > 0 {
                let Some(parent) = open.last_mut() else {
                    return Err(invalid(format!(
                        "the tree is complete before {}",
                        self.named(index)
                    )));
                };
                parent.children += 1;
                if let WrittenNode::Dict(_) = self.nodes[parent.index] {
                    self.check_key(keys, parent)?;
                    keys += 1;
                }
            }
            if let WrittenNode::Struct(definition) = node {
                if let Some(name) = definition.repeated() {
                    return Err(invalid(format!(
                        "{} has the field {} twice",
                        self.named(index),
                        cut(name)
                    )));
                }
                if let Some(name) = definition.unparsable() {
                    return Err(invalid(format!(
                        "{} has the field {}, which is not a name in a key path",
                        self.named(index),
                        quote(name)
                    )));
                }
                statics += definition.statics.len();
            }
            open.push(Open { index, children: 0, keys: HashSet::new() });
            while open.pop_if(|open| open.children == self.nodes[open.index].arity()).is_some() {}
        }
        if let Some(Open { index, children, .. }) = open.last() {
            let (node, arity) = (self.named(*index), self.nodes[*index].arity());
            return Err(invalid(format!("{node} has {children} of its {arity} children")));
        }
        if self.nodes.is_empty() {
            return Err(invalid("there are no nodes"));
        }
        let counts = [("keys", keys, self.keys.len()), ("statics", statics, self.statics.len())];
        for (what, expected, found) in counts {
            if expected != found {
                return Err(invalid(format!(
                    "expected {expected} {what} for the nodes, found {found}"
                )));
            }
        }
        Ok(())
    }

    /// Builds the structure after the check.
    fn build(self) -> Result<TreeDef, String> {
        let mut arena = Arena::default();
        let nothing = ReadBack(Arc::from(""));
        for node in self.nodes {
            let node = match node {
                WrittenNode::Leaf => {
                    arena.push_leaf();
                    continue;
                }
                WrittenNode::None => Node::None,
                WrittenNode::List(len) => Node::List(len),
                WrittenNode::Tuple(len) => Node::Tuple(len),
                WrittenNode::Dict(len) => Node::Dict(len),
                WrittenNode::Struct(definition) => {
                    for _ in &definition.skipped {
                        Visitor::<()>::skipped_field(&mut arena, &nothing);
                    }
                    Node::Struct(definition.intern()?)
                }
            };
            Visitor::<()>::node(&mut arena, node);
        }
        for key in self.keys {
            match key {
                // Lossless: a `usize` has at most 64 bits.
                Key::Sequence(index) => arena.push_key(KeyRef::Int(index as i128)),
                key => arena.copy_key(&key),
            }
        }
        for text in self.statics {
            Visitor::<()>::static_field(&mut arena, &ReadBack(text.into()));
        }
        Ok(arena.into())
    }

    /// Returns an error unless `keys[index]` can be the key of the last child of `parent`.
    fn check_key<'w>(&'w self, index: usize, parent: &mut Open<'w>) -> Result<(), String> {
        let node = self.named(parent.index);
        match self.keys.get(index) {
            None => {
                let child = parent.children - 1;
                Err(invalid(format!(
                    "keys[{index}] is missing: the key of child {child} of {node}"
                )))
            }
            Some(key @ Key::GetAttr(_)) => Err(invalid(format!(
                "keys[{index}] is {}, which is not a key of a dict; expected a key of {node}, such as ['v'] or [3]",
                cut(key)
            ))),
            Some(key) if !parent.keys.insert(key) => {
                let key = cut(key);
                Err(invalid(format!("{node} has the key {key} twice, the second as keys[{index}]")))
            }
            Some(_) => Ok(()),
        }
    }

    /// A node in a message.
    fn named(&self, index: usize) -> String {
        format!("nodes[{index}] ({})", cut(&self.nodes[index]))
    }
}

fn invalid(problem: impl Display) -> String {
    format!("not the structure of a tree: {problem}")
}
