//! The half of `rivals.py` that is written in Rust: a server that builds the tree of a description and
//! times an operation on it, while Python times the same operation on the same tree.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::hint::black_box;
use std::io::{self, BufRead};

use pytree::{
    FromLeaves, Leaf, PyTree, Tree, tree_flatten, tree_leaves_with_path, tree_map, tree_structure,
    tree_unflatten,
};
use serde::Deserialize;
use tests::{calls, sample};

/// A line of standard input.
#[derive(Deserialize)]
struct Request {
    tree: Shape,
    /// As a type that Rust knows when it compiles, not as a [`Tree`].
    typed: bool,
    operation: Operation,
}

/// A tree, as `{"list": 2, "of": {"dict": 3, "of": 1.0}}`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Shape {
    List { list: usize, of: Box<Shape> },
    Dict { dict: usize, of: Box<Shape> },
    Leaf(f64),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Operation {
    Flatten,
    FlattenWithPath,
    Unflatten,
    Hash,
}

impl Shape {
    fn tree(&self) -> Tree<f64> {
        match self {
            Shape::List { list, of } => Tree::List((0..*list).map(|_| of.tree()).collect()),
            Shape::Dict { dict, of } => {
                Tree::Dict((0..*dict).map(|key| (format!("key {key}"), of.tree())).collect())
            }
            Shape::Leaf(number) => Tree::Leaf(*number),
        }
    }
}

/// Answers each line of standard input with the nanoseconds of one call.
pub fn serve() {
    for line in io::stdin().lock().lines() {
        let line = line.expect("a line of text");
        let request: Request = serde_json::from_str(&line).expect("a request");
        println!("{}", request.time());
    }
}

impl Request {
    fn time(&self) -> f64 {
        let (tree, operation) = (self.tree.tree(), &self.operation);
        if !self.typed {
            return time(&tree, operation);
        }
        match &self.tree {
            Shape::Dict { .. } => time(&typed::<Dict<Leaf<f64>>>(&tree), operation),
            Shape::List { of, .. } => match &**of {
                Shape::Dict { of, .. } if matches!(**of, Shape::Leaf(_)) => {
                    time(&typed::<Vec<Dict<Leaf<f64>>>>(&tree), operation)
                }
                Shape::Dict { .. } => time(&typed::<Vec<Dict<Vec<Leaf<f64>>>>>(&tree), operation),
                _ => time(&typed::<Vec<Vec<Leaf<f64>>>>(&tree), operation),
            },
            Shape::Leaf(_) => panic!("a tree, not a leaf"),
        }
    }
}

type Dict<P> = BTreeMap<String, P>;

/// The tree as a type of its own.
fn typed<P: FromLeaves<f64>>(tree: &Tree<f64>) -> P {
    tree_map(|leaf| leaf[[]], tree).expect("a tree of that type")
}

fn time<P: PyTree<Elem = f64> + FromLeaves<f64>>(tree: &P, operation: &Operation) -> f64 {
    let treedef = tree_structure(tree);
    match operation {
        Operation::Flatten => once(|| tree_flatten(black_box(tree))),
        Operation::FlattenWithPath => once(|| tree_leaves_with_path(black_box(tree))),
        Operation::Unflatten => {
            let leaves = vec![1.0; treedef.num_leaves()];
            once(|| tree_unflatten::<f64, P>(black_box(&treedef), leaves.clone()))
        }
        Operation::Hash => once(|| {
            let mut hasher = DefaultHasher::new();
            black_box(&treedef).hash(&mut hasher);
            hasher.finish()
        }),
    }
}

fn once<A>(mut f: impl FnMut() -> A) -> f64 {
    let calls = calls(&mut f);
    sample(&mut f, calls)
}
