//! Trees of 100,000 levels, on the stack of two megabytes that a test has.

use indexmap::IndexMap;
use ndarray::{ArrayD, ArrayViewD, arr0};
use pytree::path::Key;
use pytree::{
    FromLeaves, KeyPath, Layout, Pattern, PyTree, PyTreeMut, Tree, ravel_pytree, tree_all_close,
    tree_broadcast, tree_compare, tree_equal, tree_flatten, tree_format, tree_get_as, tree_groups,
    tree_leaves, tree_map, tree_map_mut, tree_set, tree_size, tree_stack, tree_structure,
    tree_unstack, tree_zeros_like,
};
use std::collections::{HashMap, VecDeque};
use std::fmt::Debug;
use std::sync::Arc;

const DEPTH: usize = 100_000;

/// The subtree comes after the number.
#[derive(PyTree)]
struct Last {
    x: f64,
    rest: Option<Box<Last>>,
}

/// The subtree comes before the number.
#[derive(PyTree)]
struct First {
    rest: Vec<First>,
    x: f64,
}

/// Rust itself drops such a type level by level on the stack.
impl Drop for Last {
    fn drop(&mut self) {
        let mut rest = self.rest.take();
        while let Some(mut node) = rest {
            rest = node.rest.take();
        }
    }
}

impl Drop for First {
    fn drop(&mut self) {
        let mut rest = std::mem::take(&mut self.rest);
        while let Some(mut node) = rest.pop() {
            rest.append(&mut node.rest);
        }
    }
}

fn last(x: f64) -> Last {
    let node = |x, rest| Last { x, rest: Some(Box::new(rest)) };
    (1..DEPTH).fold(Last { x, rest: None }, |rest, _| node(x, rest))
}

fn first(x: f64) -> First {
    (1..DEPTH).fold(First { rest: vec![], x }, |rest, _| First { rest: vec![rest], x })
}

/// Lists, tuples and dicts in turn.
fn dynamic(x: f64) -> Tree<ArrayD<f64>> {
    let leaf = || Tree::Leaf(arr0(x).into_dyn());
    (1..DEPTH).fold(leaf(), |rest, level| match level % 3 {
        0 => Tree::List(vec![rest, leaf()]),
        1 => Tree::Tuple(vec![leaf(), rest]),
        _ => Tree::Dict([("a".to_string(), rest), ("b".to_string(), leaf())].into()),
    })
}

/// Calls every function of trees with a deep tree, and with another of the same structure. `deepest` is its deepest path.
fn laws<P>(mut tree: P, other: &P, deepest: &str)
where
    P: PyTreeMut<Elem = f64> + for<'a> FromLeaves<ArrayViewD<'a, f64>> + FromLeaves<ArrayD<f64>>,
{
    let (flat, layout) = ravel_pytree(&tree);
    assert_eq!(flat.len(), DEPTH);
    assert_eq!(tree_size(&tree), DEPTH);
    let treedef = tree_structure(&tree);
    assert_eq!(treedef.num_leaves(), DEPTH);
    assert_eq!(treedef.to_string().matches('*').count(), DEPTH);
    assert_eq!(layout, Layout::of(other));

    let back: P = layout.unravel(&flat).unwrap();
    assert!(tree_equal(&tree, &back) && tree_all_close(&tree, &back).unwrap());
    layout.unravel_into(&(&flat * 2.0), &mut tree).unwrap();
    tree_map_mut(|mut leaf| leaf *= 2.0, &mut tree);
    assert_eq!(layout.ravel(&tree).unwrap(), &flat * 4.0);

    let halved: P = tree_map(|leaf| &leaf * 0.5, &tree).unwrap();
    assert_eq!(layout.ravel(&halved).unwrap(), &flat * 2.0);
    let zeros: P = tree_zeros_like(&tree).unwrap();
    let sums = tree_flatten(&tree).zip(tree_flatten(&zeros)).unwrap().map(|(a, b)| &a + &b);
    assert!(tree_equal(&sums.unflatten::<P>().unwrap(), &tree));
    let shapes: Tree<Vec<usize>> = tree_map(|leaf| leaf.shape().to_vec(), &tree).unwrap();
    assert_eq!(shapes.clone(), shapes);

    let path: KeyPath = deepest.parse().unwrap();
    assert_eq!(layout.range(&path).unwrap().len(), 1);
    assert_eq!(path.to_string(), deepest);
    let everything: Pattern = "**".parse().unwrap();
    let (all, none) = tree_flatten(&tree).partition(&everything).unwrap();
    assert!(tree_equal(&all.combine(none).unwrap().unflatten::<P>().unwrap(), &tree));
    assert_eq!(tree_broadcast(&1.0, &tree).unwrap().leaves().len(), DEPTH);
    assert_eq!(tree_structure(&0.0).compose(&treedef), treedef);
    assert!(tree_structure(&0.0).is_prefix_of(&treedef));
    let retained = tree_flatten(&tree).retain(|path, _| path.keys().len() < DEPTH / 2);
    assert!(retained.leaves().len() < DEPTH);
    let mut typo = path.clone();
    typo.push(Key::GetAttr("y".into()));
    let error = layout.range(&typo).unwrap_err();
    assert!(error.to_string().ends_with("there is no .y, because the node has no children"));
    let error = tree_flatten(&tree).partition("z").unwrap_err();
    assert!(error.to_string().contains("no leaf matches \".z\"; the nearest is "));
    assert!(tree_format(&tree).max_depth(1).to_string().contains("elements"));
    assert_eq!(treedef.children().map(|(_, child)| child.num_leaves()).sum::<usize>(), DEPTH);
    parts(tree, &path);
}

/// What is done with subtrees, groups of leaves and lists of trees.
fn parts<P>(mut tree: P, path: &KeyPath)
where
    P: PyTreeMut<Elem = f64> + for<'a> FromLeaves<ArrayViewD<'a, f64>>,
{
    let treedef = tree_structure(&tree);
    let whole: P = tree_get_as(&tree, "").unwrap();
    tree_map_mut(|mut leaf| leaf.fill(0.5), &mut tree);
    tree_set(&mut tree, "", &whole).unwrap();
    assert!(tree_equal(&tree, &whole));
    tree_set(&mut tree, path, &7.0).unwrap();
    assert_eq!(tree_get_as::<_, f64>(&tree, path).unwrap(), 7.0);
    let comparison = tree_compare(&tree, &whole).unwrap();
    assert!(comparison.worst(2).iter().map(|worst| &worst.label).eq([&path.to_string()]));

    let stacked: Tree<ArrayD<f64>> = tree_stack(std::slice::from_ref(&tree)).unwrap();
    let [back] = &tree_unstack::<_, Tree<ArrayD<f64>>>(&stacked).unwrap()[..] else { panic!() };
    // A `Tree` sorts the fields by name.
    let sevens = tree_leaves(back).into_iter().filter(|leaf| leaf[[]] == 7.0).count();
    assert_eq!((tree_leaves(back).len(), sevens), (DEPTH, 1));
    let groups = tree_groups(&tree, [(Pattern::from(path), 1), ("**".parse().unwrap(), 2)]);
    assert_eq!(groups.unwrap().leaves().iter().filter(|group| **group == 1).count(), 1);

    let children = treedef.children().map(|(_, child)| child);
    assert_eq!(treedef.with_children(children).unwrap(), treedef);
    let root = tree_structure(&0.0);
    let below = tree_flatten(&tree).flatten_up_to(&root).unwrap();
    assert_eq!(below.leaves()[0].treedef(), &treedef);
    let each = below.flatten().flatten_up_to(&treedef).unwrap();
    assert_eq!(each.flatten().treedef(), &treedef);
}

/// What is wrong at the very bottom is found there.
fn differs_at_the_bottom<P: PyTree<Elem = f64>, Q: PyTree<Elem = f64>>(tree: &P, other: &Q) {
    let error = Layout::of(tree).check(other).unwrap_err();
    let [mismatch] = error.mismatches() else { panic!("{error}") };
    assert!(mismatch.path.keys().len() >= DEPTH - 1, "{}", mismatch.path.keys().len());
    assert!(tree_flatten(tree).zip(tree_flatten(other)).is_err());
}

#[test]
fn last_child() {
    laws(last(1.0), &last(3.0), &(".rest".repeat(DEPTH - 1) + ".x"));
    let mut longer = last(1.0);
    let mut node = &mut longer;
    while node.rest.is_some() {
        node = node.rest.as_mut().unwrap();
    }
    node.rest = Some(Box::new(Last { x: 2.0, rest: None }));
    differs_at_the_bottom(&last(1.0), &longer);
}

#[test]
fn first_child() {
    laws(first(1.0), &first(3.0), &(".rest[0]".repeat(DEPTH - 1) + ".x"));
    let mut longer = first(1.0);
    let mut node = &mut longer;
    while !node.rest.is_empty() {
        node = &mut node.rest[0];
    }
    node.rest.push(First { x: 2.0, rest: vec![] });
    differs_at_the_bottom(&first(1.0), &longer);
}

#[test]
fn known_at_run_time() {
    fn length(text: &impl Debug) -> usize {
        format!("{text:?}").len()
    }
    let key = |level| match level % 3 {
        0 => "[0]",
        1 => "[1]",
        _ => "['a']",
    };
    laws(dynamic(1.0), &dynamic(3.0), &(1..DEPTH).rev().map(key).collect::<String>());
    let tree = dynamic(1.0);
    assert_eq!(tree.clone(), tree);
    assert_ne!(tree, dynamic(2.0));
    assert!(length(&tree) > DEPTH && format!("{tree:#?}").len() > DEPTH);
}

/// In an `Arc`, a map and a queue, with many elements in each node.
#[test]
fn in_every_container() {
    // Few levels, because Rust drops the type recursively.
    const DEPTH: usize = 2000;

    #[derive(PyTree, Clone)]
    struct Wide {
        x: [f64; 512],
        rest: Option<Arc<Wide>>,
        others: HashMap<String, Wide>,
        queue: VecDeque<Wide>,
    }
    fn wide(rest: Wide, level: usize) -> Wide {
        let mut node = leaf();
        match level % 3 {
            0 => node.rest = Some(Arc::new(rest)),
            1 => drop(node.others.insert("a".into(), rest)),
            _ => node.queue.push_back(rest),
        }
        node
    }
    fn leaf() -> Wide {
        Wide { x: [1.0; 512], rest: None, others: HashMap::new(), queue: VecDeque::new() }
    }
    let tree = (1..DEPTH).fold(leaf(), wide);
    let (flat, layout) = ravel_pytree(&tree);
    assert_eq!(flat.len(), 512 * DEPTH);
    let back: Wide = layout.unravel(&flat).unwrap();
    assert!(tree_equal(&tree, &back));
    std::mem::forget((tree, back));
}

/// Maps whose keys are in another order at each level.
#[test]
fn dicts_of_another_order() {
    #[derive(PyTree)]
    struct Node {
        x: f64,
        below: IndexMap<char, Node>,
    }
    let leaf = |x| Node { x, below: IndexMap::new() };
    let tree = |by: f64, reverse: bool| {
        (1..DEPTH).fold(leaf(0.0), |rest, level| {
            let mut below = IndexMap::from([('l', leaf(level as f64)), ('r', rest)]);
            if reverse {
                below.reverse();
            }
            Node { x: by, below }
        })
    };
    let (first, second, other) = (tree(1.0, false), tree(1.0, true), tree(2.0, true));
    assert_ne!(tree_structure(&first), tree_structure(&second));
    assert!(tree_equal(&first, &second) && !tree_equal(&first, &other));
    // Not dropped, because Rust drops the type recursively.
    std::mem::forget((first, second, other));
}

/// The error for a leaf at the bottom has its path.
#[test]
fn not_built_at_the_bottom() {
    #[derive(PyTree)]
    enum Nest {
        Leaf(f64),
    }
    let mut tree = dynamic(1.0);
    let mut node = &mut tree;
    loop {
        node = match node {
            Tree::List(children) => &mut children[0],
            Tree::Tuple(children) => &mut children[1],
            Tree::Dict(children) => children.get_mut("a").unwrap(),
            Tree::Leaf(_) | Tree::None => break,
        };
    }
    *node = Tree::Leaf(ArrayD::zeros(vec![2, 2]));
    let error = tree_flatten(&tree).map(|leaf| leaf.to_owned()).unflatten::<Nest>().err().unwrap();
    assert!(error.to_string().contains("at the root: expected"), "{error}");
    assert!(Layout::of(&dynamic(1.0)).check(&tree).unwrap_err().mismatches().len() == 1);
    let part = Layout::of(&tree).select("**").unwrap();
    assert_eq!(part.ravel(&tree).unwrap(), part.whole().ravel(&tree).unwrap());
}

#[test]
fn read_from_data() {
    let tree = (1..DEPTH).fold(Tree::Leaf(7_u8), |rest, _| Tree::List(vec![rest, Tree::None]));
    let bytes = postcard::to_stdvec(&tree).unwrap();
    assert_eq!(postcard::from_bytes::<Tree<u8>>(&bytes).unwrap(), tree);
    let layout = Layout::of(&tree);
    let bytes = postcard::to_stdvec(&layout).unwrap();
    assert_eq!(postcard::from_bytes::<Layout>(&bytes).unwrap(), layout);
}

#[test]
fn structure_of_another_type() {
    let error = tree_map::<_, _, First>(|leaf| leaf[[]], &last(1.0)).err().unwrap();
    assert_eq!(
        error.to_string(),
        "the tree does not match the type to be built: at the root: expected First, found Last"
    );
}
