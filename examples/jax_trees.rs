//! Reads trees as JSON and prints, as JSON, what JAX's `tree_util` computes for them.
//!
//! `cargo run --release -p examples --example jax_trees -- cases.json`

mod command;

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;

use lexopt::ValueExt;
use ndarray::{Array1, ArrayD, IxDyn};
use pytree::path::Key;
use pytree::{KeyPath, Layout, Tree, tree_flatten, tree_leaves_with_path, tree_map};
use serde::Deserialize;
use serde_json::{Value, json};
use serde_with::rust::maps_duplicate_key_is_error;

const USAGE: &str = "usage: jax_trees cases.json";

/// A tree as it is in the file.
#[derive(Deserialize)]
#[serde(
    rename_all = "lowercase",
    expecting = "a tree: an object with one of dict, list, tuple, none and array"
)]
enum Node {
    Dict(#[serde(with = "maps_duplicate_key_is_error")] BTreeMap<String, Node>),
    List(Vec<Node>),
    Tuple(Vec<Node>),
    None(()),
    Array { shape: Vec<usize>, data: Vec<Option<f64>> },
}

/// A case of the file. Other fields than the tree are ignored.
#[derive(Deserialize)]
#[serde(expecting = "a case: an object with the field 'tree'")]
struct Case {
    tree: Node,
}

fn main() -> ExitCode {
    command::run(USAGE, path, |path| {
        let text = command::read(path)?;
        let cases: Vec<Case> =
            serde_json::from_str(&text).map_err(|error| format!("{path}: {}", short(&error)))?;
        let described = cases.into_iter().enumerate().map(|(index, case)| {
            let tree = tree(case.tree, &mut KeyPath::root());
            tree.and_then(|tree| Ok(describe(&tree)?))
                .map_err(|error| format!("case {index}: {error}").into())
        });
        described.collect()
    })
}

/// What is wrong with the JSON. `serde_json` quotes a text of another type whole: of a long
/// message, only the start and the position remain.
fn short(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.chars().count() <= 400 {
        return text;
    }
    let start: String = text.chars().take(80).collect();
    format!("{start}... at line {} column {}", error.line(), error.column())
}

fn path(parser: &mut lexopt::Parser) -> Result<String, lexopt::Error> {
    let mut path = None;
    while let Some(argument) = parser.next()? {
        match argument {
            lexopt::Arg::Value(value) if path.is_none() => path = Some(value.string()?),
            argument => return Err(argument.unexpected()),
        }
    }
    path.ok_or_else(|| "no file of cases is given".into())
}

/// The tree at `path`.
fn tree(node: Node, path: &mut KeyPath) -> Result<Tree<ArrayD<f64>>, Box<dyn Error + Send + Sync>> {
    let mut child = |key, node| {
        path.push(key);
        let child = tree(node, path)?;
        path.pop();
        Ok::<_, Box<dyn Error + Send + Sync>>(child)
    };
    let list = |children: Vec<Node>, child: &mut dyn FnMut(Key, Node) -> _| {
        let children = children.into_iter().enumerate();
        children.map(|(index, node)| child(Key::Sequence(index), node)).collect::<Result<_, _>>()
    };
    Ok(match node {
        Node::Dict(children) => {
            let children = children.into_iter();
            let entries =
                children.map(|(key, node)| Ok((key.clone(), child(Key::Dict(key.into()), node)?)));
            Tree::Dict(entries.collect::<Result<_, Box<dyn Error + Send + Sync>>>()?)
        }
        Node::List(children) => Tree::List(list(children, &mut child)?),
        Node::Tuple(children) => Tree::Tuple(list(children, &mut child)?),
        Node::None(()) => Tree::None,
        Node::Array { shape, data } => {
            let data: Vec<_> = data.into_iter().map(|x| x.unwrap_or(f64::NAN)).collect();
            let len = data.len();
            let array = ArrayD::from_shape_vec(IxDyn(&shape), data).map_err(|_| {
                format!(
                    "the array at {path} has {len} elements, which does not make shape {shape:?}"
                )
            })?;
            Tree::Leaf(array)
        }
    })
}

fn describe(tree: &Tree<ArrayD<f64>>) -> Result<Value, pytree::Error> {
    let leaves = tree_leaves_with_path(tree).into_iter().map(|(path, leaf)| {
        json!({ "keystr": path.to_string(), "simple": path.simple("/"), "shape": leaf.shape() })
    });
    let layout = Layout::of(tree);
    let flat: Array1<f64> = layout.ravel(tree)?;
    let doubled: Tree<ArrayD<f64>> = tree_map(|leaf| &leaf * 2.0, tree)?;
    Ok(json!({
        "num_leaves": tree_flatten(tree).leaves().len(),
        "num_nodes": layout.treedef().num_nodes(),
        "leaves": leaves.collect::<Vec<_>>(),
        "flat": flat.to_vec(),
        "doubled": layout.ravel(&doubled)?.to_vec(),
    }))
}
