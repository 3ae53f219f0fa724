//! Structures are written as their nodes, one after the other, and read with all of them checked.

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

/// A structure as it is written.
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

/// As the nodes depth first, and beside them, in the order of the nodes, the keys of dicts (each as
/// the path of this one key) and the static fields (each as its `Debug` prints it):
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
/// Other nodes are `"none"`, `{"tuple": 2}`, and a struct without names for its fields has
/// `"fields": {"unnamed": 2}`.
///
/// # Errors
/// If the type of the tree breaks the laws of [`PyTree`](trait@crate::PyTree): what it would write could
/// not be read.
impl Serialize for TreeDef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = Written::from(self);
        written.check().map_err(S::Error::custom)?;
        written.serialize(serializer)
    }
}

/// What is read equals what was written, and has the same labels, ranges and blocks.
///
/// It holds the static fields as text, and one is equal to a field that prints as this text. So two
/// values that print alike both equal the text though they do not equal each other, and one that
/// does not print alike twice, such as a `HashMap`, may equal no text. Skipped fields are not written. For both reasons a type that has
/// such fields cannot be built from a structure that was read; write the leaves into a tree that has
/// them, with [`Layout::unravel_into`](crate::Layout::unravel_into).
///
/// Each definition of a struct that is read for the first time is kept for as long as the program
/// runs, up to 16 MiB of them.
///
/// # Errors
/// If the nodes are not those of one tree, a dict has another number of keys than of children or one
/// of them twice, the number of static fields is not that of the structs, or more than 16 MiB of
/// different structs have been read.
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

/// As a [`Node`] prints.
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

/// A node whose children are not all there yet.
struct Open<'w> {
    place: usize,
    children: usize,
    keys: HashSet<&'w Key>,
}

impl Written {
    /// Returns an error unless this is one tree with as many keys and static fields as its nodes need.
    fn check(&self) -> Result<(), String> {
        let mut open: Vec<Open<'_>> = Vec::new();
        let (mut keys, mut statics) = (0, 0);
        for (place, node) in self.nodes.iter().enumerate() {
            if place > 0 {
                let Some(parent) = open.last_mut() else {
                    return Err(invalid(format!(
                        "the tree ends before {}, which is not part of it",
                        self.named(place)
                    )));
                };
                parent.children += 1;
                if let WrittenNode::Dict(_) = self.nodes[parent.place] {
                    self.check_key(keys, parent)?;
                    keys += 1;
                }
            }
            if let WrittenNode::Struct(definition) = node {
                if let Some(name) = definition.repeated() {
                    return Err(invalid(format!(
                        "{} has the field {} twice",
                        self.named(place),
                        cut(name)
                    )));
                }
                if let Some(name) = definition.unparsable() {
                    return Err(invalid(format!(
                        "{} has the field {}, which is not a name in a key path",
                        self.named(place),
                        quote(name)
                    )));
                }
                statics += definition.statics.len();
            }
            open.push(Open { place, children: 0, keys: HashSet::new() });
            while open.pop_if(|open| open.children == self.nodes[open.place].arity()).is_some() {}
        }
        if let Some(Open { place, children, .. }) = open.last() {
            let (node, arity) = (self.named(*place), self.nodes[*place].arity());
            return Err(invalid(format!("{node} has {children} of its {arity} children")));
        }
        if self.nodes.is_empty() {
            return Err(invalid("there are no nodes"));
        }
        let counts = [("keys", keys, self.keys.len()), ("statics", statics, self.statics.len())];
        for (what, expected, found) in counts {
            if expected != found {
                return Err(invalid(format!(
                    "the length of {what} is {found}, and the nodes need {expected}"
                )));
            }
        }
        Ok(())
    }

    /// The structure of what has been checked.
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
                // No `usize` has more than 64 bits.
                Key::Sequence(index) => arena.push_key(KeyRef::Int(index as i128)),
                key => arena.copy_key(&key),
            }
        }
        for text in self.statics {
            Visitor::<()>::static_field(&mut arena, &ReadBack(text.into()));
        }
        Ok(arena.into())
    }

    /// Returns an error unless key `index` can be that of the child that was added last.
    fn check_key<'w>(&'w self, index: usize, parent: &mut Open<'w>) -> Result<(), String> {
        let node = self.named(parent.place);
        match self.keys.get(index) {
            None => {
                let child = parent.children - 1;
                Err(invalid(format!(
                    "there is no keys[{index}], which child {child} of {node} needs"
                )))
            }
            Some(key @ Key::GetAttr(_)) => Err(invalid(format!(
                "keys[{index}] is {}, which is not a key of a dict; {node} needs one as ['v'] or [3]",
                cut(key)
            ))),
            Some(key) if !parent.keys.insert(key) => {
                let key = cut(key);
                Err(invalid(format!("{node} has the key {key} twice, the second as keys[{index}]")))
            }
            Some(_) => Ok(()),
        }
    }

    fn named(&self, place: usize) -> String {
        format!("nodes[{place}] ({})", cut(&self.nodes[place]))
    }
}

fn invalid(problem: impl Display) -> String {
    format!("not the structure of a tree: {problem}")
}
