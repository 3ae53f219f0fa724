//! Checkpoints whose arrays do not fit the tree, by name, shape or type, and trees that no checkpoint
//! can hold.

use std::collections::BTreeMap;

use ndarray::{Array1, Array2, array};
use pytree::files::StoredIn;
use pytree::npz::{self, Npz};
use pytree::safetensors::Safetensors;
use pytree::{KeyPath, Leaf, PyTree, PyTreeMut, Tree, tree_equal};
use tests::{checkpoint, npz, read_npz, read_safetensors, safetensors, simple, written};

/// The texts of the errors of both formats, which have to be one, and nothing may be changed.
fn refused<P, Q>(saved: &P, name: fn(&KeyPath) -> String, tree: &Q) -> String
where
    P: PyTree<Elem: StoredIn<Npz> + StoredIn<Safetensors>>,
    Q: PyTreeMut<Elem: StoredIn<Npz> + StoredIn<Safetensors> + PartialEq> + Clone,
{
    let mut loaded = tree.clone();
    let text = read_npz(npz(saved, name), &mut loaded).expect_err("an error");
    assert!(!text.mismatches().is_empty());
    let other = read_safetensors(safetensors(saved, name), &mut loaded);
    assert_eq!(text.to_string(), other.expect_err("an error").to_string());
    assert!(tree_equal(&loaded, tree));
    text.to_string()
}

#[test]
fn all_mismatches_at_once() {
    #[derive(PyTree, Clone, PartialEq)]
    struct Layer<T> {
        w: Array2<T>,
        biases: T,
        gain: Array1<T>,
        rest: Vec<Leaf<T>>,
    }
    let saved = Tree::Dict(BTreeMap::from([
        ("w".to_string(), Tree::Leaf(array![1.0].into_dyn())),
        ("baises".to_string(), Tree::Leaf(array![[1.0]].into_dyn())),
        ("gain".to_string(), Tree::Leaf(array![1.0].into_dyn())),
        ("step".to_string(), Tree::Leaf(array![1.0].into_dyn())),
    ]));
    let layer = Layer { w: array![[0.0]], biases: 0.0, gain: array![0.0], rest: vec![Leaf(0.0)] };
    assert_eq!(
        refused(&saved, simple, &layer),
        "the arrays do not match the tree in 5 places:\n  \
         at .w: expected shape [1, 1], found [1]\n  \
         at .biases: missing array \".biases\" or \"biases\"\n  \
         at .rest[0]: missing array \".rest[0]\" or \"rest.0\"\n  \
         extra array \"baises\"; did you mean .biases?\n  \
         extra array \"step\""
    );
    // Another type, and another shape of the same array.
    let layer = Layer { w: array![[0.0_f32]], biases: 0.0, gain: array![0.0], rest: vec![] };
    assert_eq!(
        refused(&saved, simple, &layer),
        "the arrays do not match the tree in 6 places:\n  \
         at .w: expected f32, found f64; `cast` converts it\n  \
         at .w: expected shape [1, 1], found [1]\n  \
         at .biases: missing array \".biases\" or \"biases\"\n  \
         at .gain: expected f32, found f64; `cast` converts it\n  \
         extra array \"baises\"; did you mean .biases?\n  \
         extra array \"step\""
    );
    assert_eq!(
        refused(&array![1.0], simple, &array![1.0, 2.0]),
        "the arrays do not match the tree: at the root: expected shape [2], found [1]"
    );
    // As many elements are not enough.
    assert_eq!(
        refused(&[array![1.0]], simple, &[Leaf(1.0)]),
        "the arrays do not match the tree: at [0]: expected shape [], found [1]"
    );
    assert_eq!(
        refused(&None::<f64>, simple, &1.0),
        "the arrays do not match the tree: at the root: missing array \"\""
    );
    assert_eq!(
        refused(&None::<f64>, simple, &BTreeMap::from([("it's \"w\"", 1.0)])),
        r#"the arrays do not match the tree: at ['it\'s "w"']: missing array "['it\\'s \"w\"']" or "it's \"w\"""#
    );
}

#[test]
fn names_of_several_leaves_and_leaves_of_several_names() {
    #[derive(PyTree, Clone)]
    struct Weight {
        w: f64,
    }
    let nested = || Tree::Dict(BTreeMap::from([("b".to_string(), Tree::Leaf(1.0))]));
    let tree = Tree::Dict(BTreeMap::from([
        ("a.b".to_string(), Tree::Leaf(1.0)),
        ("a".to_string(), nested()),
    ]));
    // Their key paths differ; the names of their keys do not.
    let mut loaded = tree.clone();
    read_npz(npz(&tree, KeyPath::to_string), &mut loaded).expect("our own file");
    let shared = "\"a.b\" names more than one leaf: ['a']['b'], ['a.b']; name each by its key path";
    assert_eq!(
        written::<Npz, _>(&tree, simple).expect_err("an error").to_string(),
        format!("the leaves cannot be saved under their names: {shared}")
    );
    assert_eq!(
        written::<Safetensors, _>(&tree, simple).expect_err("an error").to_string(),
        format!("the leaves cannot be saved under their names: {shared}")
    );
    let saved = BTreeMap::from([("a.b", 1.0)]);
    assert_eq!(
        refused(&saved, simple, &tree),
        format!("the arrays do not match the tree: {shared}")
    );

    let saved = BTreeMap::from([("w", 1.0), (".w", 1.0)]);
    assert_eq!(
        refused(&saved, simple, &Weight { w: 0.0 }),
        "the arrays do not match the tree: at .w: expected one array, found \".w\" and \"w\""
    );
    // A key path is that of its leaf alone, also where it is the key of another.
    let keys = BTreeMap::from([("k", 1.0), ("['k']", 2.0)]);
    let mut loaded = BTreeMap::from([("k", 0.0), ("['k']", 0.0)]);
    read_npz(npz(&keys, KeyPath::to_string), &mut loaded).expect("our own file");
    assert_eq!(loaded, keys);
    assert_eq!(
        refused(&keys, simple, &loaded),
        "the arrays do not match the tree in 2 places:\n  \
         at [\"['k']\"]: missing array \"[\\\"['k']\\\"]\" or \"['k']\"\n  \
         at ['k']: expected one array, found \"['k']\" and \"k\""
    );
}

#[test]
fn names_that_no_array_can_have() {
    let write = |name: &str| written::<Npz, _>(&[Leaf(1.0)], |_| name.to_string());
    assert_eq!(
        write("a\0b").expect_err("an error").to_string(),
        "the leaves cannot be saved under their names: at [0]: no array can be named \"a\\0b\": \
         Python cuts a name in a zip file at the first NUL"
    );
    let longest = "é".repeat(65_530 / 2) + "a";
    write(&longest).expect("a name that fits");
    let text = write(&(longest + "a")).expect_err("an error").to_string();
    assert!(text.ends_with("a name in a zip file has at most 65535 bytes"), "{text}");
    let error = written::<Safetensors, _>(&[Leaf(1.0)], |_| "__metadata__".to_string());
    assert_eq!(
        error.expect_err("an error").to_string(),
        "the leaves cannot be saved under their names: at [0]: \
         no array can be named \"__metadata__\": the format reserves this name"
    );
}

#[test]
fn types_that_are_not_loaded() {
    #[derive(PyTree)]
    struct Others {
        date: f64,
        half: Array1<f64>,
        long: Array1<f64>,
        objects: Array1<f64>,
        record: Array1<f64>,
        text: Array1<f64>,
    }
    let two = Array1::<f64>::zeros(2);
    let [half, long, objects, record, text] = [(); 5].map(|()| two.clone());
    let mut others = Others { date: 0.0, half, long, objects, record, text };
    let error = npz::load(checkpoint("other_types.npz"), &mut others).expect_err("an error");
    let expected = "the arrays do not match the tree in 7 places:\n  \
        at .date: expected f64, found dtype '<M8[s]'\n  \
        at .date: expected shape [], found [2]\n  \
        at .half: expected f64, found f16; `cast` converts it\n  \
        at .long: expected f64, found dtype '<f16'\n  \
        at .objects: expected f64, found Python objects, which are never unpickled\n  \
        at .record: expected f64, found dtype [('x', '<f8'), ('y', '<i4', (2,))]\n  \
        at .text: expected f64, found dtype '<U2'";
    assert_eq!(
        error.to_string(),
        format!("{}: {expected}", checkpoint("other_types.npz").display())
    );
    let error = npz::load(checkpoint("alone.npy"), &mut array![0.0, 0.0]).expect_err("an error");
    assert_eq!(
        error.to_string(),
        format!(
            "{}: the file is malformed: it is not an .npz file, or is truncated: invalid Zip archive: Could not find EOCD",
            checkpoint("alone.npy").display()
        )
    );
}
