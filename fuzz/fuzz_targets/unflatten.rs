//! Trees and structures of any shape, built as types that they do or do not fit: a tree with the same
//! leaves, or an error.
#![no_main]

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use arbitrary::{Result, Unstructured};
use fuzz::{array, dict_key, leaves, leaves_of, short, tree};
use indexmap::IndexMap;
use libfuzzer_sys::fuzz_target;
use nalgebra::{DMatrix, DVector, Matrix2, RowDVector, Vector3};
use ndarray::{Array1, Array2, Array3, ArrayD, ArrayView1, ArrayViewD};
use pytree::{
    Flat, FromLeaves, Layout, Leaf, Pattern, PyTree, Tree, TreeDef, ravel_pytree, tree_format,
    tree_structure,
};

#[derive(PyTree)]
struct Dense {
    w: Array2<f64>,
    b: Array1<f64>,
}

#[derive(PyTree)]
enum Synapse {
    Exp { s: f64 },
    Alpha(ArrayD<f64>, f64),
    Silent,
}

#[derive(PyTree)]
enum Chain {
    End,
    Link(f64, Box<Chain>),
}

#[derive(PyTree)]
struct Dendrite {
    v: Array1<f64>,
    children: Vec<Dendrite>,
}

#[derive(PyTree)]
struct Cell {
    dense: Vec<Dense>,
    synapses: BTreeMap<String, Synapse>,
    chain: Option<Box<Chain>>,
    dendrite: Option<Dendrite>,
    by_age: HashMap<u8, [f64; 2]>,
    rest: (Tree<ArrayD<f64>>, f64),
}

/// With fields that are no trees, which a structure that was read does not hold.
#[derive(PyTree)]
struct Carried {
    cell: Cell,
    #[pytree(static)]
    order: u8,
    #[pytree(skip)]
    steps: u32,
}

/// Larger vectors are not made, and larger structures not put into one another.
const MOST: usize = 1 << 12;

fuzz_target!(|data: &[u8]| {
    let Some((kind, data)) = data.split_first() else { return };
    match kind {
        b'j' => serde_json::from_slice(data).iter().for_each(any_layout),
        b'p' => postcard::from_bytes(data).iter().for_each(any_layout),
        b'J' => serde_json::from_slice(data).iter().for_each(|treedef| any_pair(treedef, treedef)),
        b'P' => postcard::from_bytes(data).iter().for_each(|(a, b)| any_pair(a, b)),
        _ => drop(random(*kind, &mut Unstructured::new(data))),
    }
});

fn random(kind: u8, u: &mut Unstructured<'_>) -> Result<()> {
    match kind % 4 {
        0 => {
            let cell = cell(u)?;
            let layout = built_and_read(&cell);
            let carried = Carried { cell, order: u.arbitrary()?, steps: 1 };
            built_and_read(&carried);
            any_pair(layout.treedef(), &tree_structure(&carried));
        }
        1 => drop(built_and_read(&tree(u, 5)?)),
        2 => {
            let (a, b) = (tree_structure(&tree(u, 3)?), tree_structure(&tree(u, 3)?));
            any_pair(&a, &b);
        }
        _ => {
            // A layout as it is written, with bytes changed.
            let mut bytes = if u.arbitrary()? {
                postcard::to_stdvec(&Layout::of(&cell(u)?))
            } else {
                postcard::to_stdvec(&Layout::of(&tree(u, 3)?))
            }
            .expect("a layout is written");
            while !u.is_empty() {
                let (place, byte): (u16, u8) = u.arbitrary()?;
                let place = usize::from(place) % bytes.len();
                bytes[place] = byte;
            }
            postcard::from_bytes(&bytes).iter().for_each(any_layout);
        }
    }
    Ok(())
}

fn cell(u: &mut Unstructured<'_>) -> Result<Cell> {
    let mut cell = Cell {
        dense: Vec::new(),
        synapses: BTreeMap::new(),
        chain: None,
        dendrite: None,
        by_age: HashMap::new(),
        rest: (tree(u, 2)?, 0.5),
    };
    for _ in 0..u.int_in_range(0..=3)? {
        let (inputs, outputs) = (u.int_in_range(0..=2)?, u.int_in_range(0..=2)?);
        let (w, b) = (Array2::ones((inputs, outputs)), Array1::ones(outputs));
        cell.dense.push(Dense { w, b });
        let synapse = match u.int_in_range(0..=2)? {
            0 => Synapse::Exp { s: 1.0 },
            1 => Synapse::Alpha(array(u)?, 2.0),
            _ => Synapse::Silent,
        };
        cell.synapses.insert(dict_key(u)?, synapse);
        let chain = cell.chain.take().unwrap_or(Box::new(Chain::End));
        cell.chain = Some(Box::new(Chain::Link(3.0, chain)));
        let children = cell.dendrite.take().into_iter().collect();
        cell.dendrite = Some(Dendrite { v: Array1::ones(inputs), children });
        cell.by_age.insert(u.arbitrary()?, [4.0, 5.0]);
    }
    Ok(cell)
}

/// A tree is what is built from its own structure, and its layout what is read of what is written.
fn built_and_read<P>(tree: &P) -> Layout
where
    P: PyTree<Elem = f64> + for<'a> FromLeaves<ArrayViewD<'a, f64>>,
{
    let (vector, layout) = ravel_pytree(tree);
    let back: P = layout.unravel(&vector).expect("the tree itself");
    assert_eq!(leaves(&back), leaves(tree));
    assert!(layout.check(&back).is_ok());
    let text = serde_json::to_vec(&layout).expect("a layout is written");
    let bytes = postcard::to_stdvec(&layout).expect("a layout is written");
    let read: [Layout; 2] = [
        serde_json::from_slice(&text).expect("a layout is read"),
        postcard::from_bytes(&bytes).expect("a layout is read"),
    ];
    for read in &read {
        assert_eq!(*read, layout);
        assert!(read.check(tree).is_ok());
    }
    any_layout(&read[0]);
    layout
}

/// Builds every type here from a layout and its vector.
fn any_layout(layout: &Layout) {
    let text = serde_json::to_vec(layout).expect("a layout is written");
    assert_eq!(serde_json::from_slice::<Layout>(&text).expect("a layout is read"), *layout);
    let middle = layout.len() / 2;
    assert_eq!(
        layout.label(middle).and_then(|label| layout.index(&label)).ok(),
        (!layout.is_empty()).then_some(middle)
    );
    if layout.len() > MOST || layout.treedef().num_nodes() > MOST {
        return;
    }
    let vector: Vec<f64> = (0..layout.len()).map(|i| i as f64).collect();
    let expected = leaves_of(layout, &vector);
    let same = |built: Vec<_>| assert_eq!(built, expected);
    macro_rules! build {
        ($($Type:ty),* $(,)?) => {$(
            match layout.unravel::<f64, $Type>(&vector) {
                Ok(tree) => {
                    same(leaves(&tree));
                    let (vector, layout) = ravel_pytree(&tree);
                    let again: $Type = layout.unravel(&vector).expect("the tree itself");
                    same(leaves(&again));
                }
                Err(error) => short(&error),
            }
        )*};
    }
    build!(f64, Leaf<f64>, ArrayD<f64>, Array1<f64>, Array2<f64>, Array3<f64>);
    build!(DVector<f64>, DMatrix<f64>, RowDVector<f64>, Vector3<f64>, Matrix2<f64>);
    build!(Vec<f64>, [f64; 2], Box<[f64]>, Vec<[f64; 2]>, [[f64; 1]; 2], Vec<[[f64; 2]; 1]>);
    build!(Vec<Leaf<f64>>, [[Leaf<f64>; 1]; 2], VecDeque<f64>, Vec<[Option<f64>; 2]>, Rc<[f64]>);
    build!(VecDeque<ArrayD<f64>>, Vec<DMatrix<f64>>, Vec<Vec<Vec<f64>>>);
    build!((f64,), (f64, Vec<f64>), (ArrayD<f64>, ArrayD<f64>, Option<f64>));
    build!(Option<f64>, Vec<Option<Box<ArrayD<f64>>>>, Rc<Vec<f64>>, Arc<ArrayD<f64>>);
    build!(BTreeMap<String, f64>, HashMap<String, ArrayD<f64>>, IndexMap<String, ArrayD<f64>>);
    build!(BTreeMap<char, ArrayD<f64>>, HashMap<Box<str>, Vec<f64>>, BTreeMap<Arc<str>, f64>);
    build!(BTreeMap<i8, f64>, HashMap<i16, ArrayD<f64>>, IndexMap<i32, f64>, BTreeMap<i64, f64>);
    build!(BTreeMap<u8, f64>, HashMap<u16, ArrayD<f64>>, IndexMap<u32, f64>, BTreeMap<u64, f64>);
    build!(IndexMap<usize, Tree<ArrayD<f64>>>, IndexMap<isize, Tree<ArrayD<f64>>>);
    build!(Dense, Synapse, Chain, Dendrite, Cell, Carried, Vec<Dense>, Option<Vec<Dendrite>>);
    build!(Tree<ArrayD<f64>>, Vec<Tree<ArrayD<f64>>>, Tree<Array1<f64>>, Tree<Array2<f64>>);
    match layout.views::<f64, Vec<ArrayView1<'_, f64>>>(&vector) {
        Ok(views) => assert!(views.iter().flatten().eq(&vector)),
        Err(error) => short(&error),
    }
    if let Ok(tree) = layout.unravel::<f64, Tree<ArrayD<f64>>>(&vector) {
        parts(tree);
    }
}

/// A part of a tree is taken out and put back.
fn parts(mut tree: Tree<ArrayD<f64>>) {
    let (vector, layout) = ravel_pytree(&tree);
    let last = layout.treedef().leaf_paths().last();
    for pattern in last.iter().map(Pattern::from).chain("**[*] | *.**".parse()) {
        let Ok(part) = layout.select(&pattern) else { continue };
        let selected = part.ravel(&tree).expect("the tree itself");
        assert_eq!(selected.len(), part.layout().len());
        let back: Tree<ArrayD<f64>> = part.unravel(&selected, &tree).expect("the tree itself");
        assert_eq!(back, tree);
        part.unravel_into(&selected, &mut tree).expect("the tree itself");
        let _: Tree<ArrayD<f64>> = part.layout().unravel(&selected).expect("a tree");
    }
    assert_eq!(layout.ravel(&tree).ok(), Some(vector));
    assert!(!tree_format(&tree).max_depth(usize::MAX).to_string().is_empty());
}

/// What is done with two structures.
fn any_pair(a: &TreeDef, b: &TreeDef) {
    one(a);
    one(b);
    assert_eq!(numbers(a).zip(numbers(b)).inspect_err(short).is_ok(), a == b);
    let spread = numbers(a).broadcast(b).inspect_err(short);
    assert_eq!(spread.is_ok(), a.is_prefix_of(b));
    if a.num_nodes() * b.num_nodes() > MOST {
        return;
    }
    let (both, other) = (a.compose(b), b.compose(a));
    assert_eq!(both.num_leaves(), a.num_leaves() * b.num_leaves());
    assert!(a.is_prefix_of(&both));
    let spread = numbers(a).broadcast(&both).expect("a prefix").into_leaves();
    assert!(spread.into_iter().eq((0..both.num_leaves()).map(|leaf| leaf / b.num_leaves())));
    let there = numbers(&both).transpose(a, b).expect("a of b");
    assert_eq!(*there.treedef(), other);
    assert!(there.transpose(b, a).expect("b of a") == numbers(&both));
    drop(numbers(a).transpose(a, b).inspect_err(short));
    drop(numbers(&both).transpose(b, a).inspect_err(short));
}

/// What is done with one structure.
fn one(treedef: &TreeDef) {
    assert!(!treedef.to_string().is_empty());
    let flat = numbers(treedef);
    let (odd, even) = flat.clone().partition_by(|_, leaf| leaf % 2 == 1);
    assert_eq!(odd.clone().combine(odd.clone()).is_ok(), treedef.num_leaves() == 0);
    assert!(odd.combine(even).expect("two halves") == flat);
    let kept = flat.clone().retain(|path, leaf| path.keys().len() % 2 == 0 || leaf % 3 == 0);
    assert_eq!(kept.treedef().num_leaves(), kept.leaves().len());
    assert!(flat.clone().retain(|_, _| true) == flat);
    assert!(kept.iter_with_path().count() == kept.leaves().len());
    let below: usize = treedef.children().map(|(_, child)| child.num_nodes()).sum();
    assert_eq!(below + 1, treedef.num_nodes());
    if let Ok(tree) = flat.unflatten::<Tree<usize>>() {
        assert_eq!(count(&tree), treedef.num_leaves());
    }
}

fn numbers(treedef: &TreeDef) -> Flat<usize> {
    Flat::new(treedef.clone(), (0..treedef.num_leaves()).collect()).expect("one a leaf")
}

fn count(tree: &Tree<usize>) -> usize {
    match tree {
        Tree::Leaf(_) => 1,
        Tree::None => 0,
        Tree::List(children) | Tree::Tuple(children) => children.iter().map(count).sum(),
        Tree::Dict(children) => children.values().map(count).sum(),
    }
}
