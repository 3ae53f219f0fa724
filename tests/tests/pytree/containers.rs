//! The containers of the standard library as trees: the laws on each, the order, the paths, the errors.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Debug;
use std::rc::Rc;
use std::sync::Arc;

use indexmap::IndexMap;
use ndarray::{Array1, ArrayViewD, array};
use num_complex::Complex;
use proptest::prelude::*;
use pytree::{
    FromLeaves, KeyPath, Layout, Leaf, PyTree, PyTreeMut, Tree, ravel_pytree, tree_flatten,
    tree_leaves, tree_leaves_with_path, tree_map, tree_map_mut, tree_map2, tree_map3,
    tree_structure, tree_unflatten,
};

/// Every law on `tree`: it comes back from its leaves and from its vector, in place too, and each
/// path leads to its leaf.
fn obeys_the_laws<P>(tree: &P)
where
    P: PyTreeMut<Elem = f64> + for<'a> FromLeaves<ArrayViewD<'a, f64>> + Clone + PartialEq + Debug,
{
    let (treedef, leaves) = (tree_structure(tree), tree_leaves(tree));
    assert_eq!(&tree_unflatten::<_, P>(&treedef, leaves).unwrap(), tree);

    let (flat, layout) = ravel_pytree(tree);
    assert_eq!(&layout.unravel::<_, P>(&flat).unwrap(), tree);
    let mut buffer = vec![0.5; layout.len()];
    layout.ravel_into(tree, &mut buffer).unwrap();
    assert_eq!(buffer, flat.to_vec());

    let mut back = tree.clone();
    tree_map_mut(|mut leaf| leaf.fill(7.5), &mut back);
    assert!(ravel_pytree(&back).0.iter().all(|x| *x == 7.5));
    assert_eq!(ravel_pytree(tree).0, flat, "a clone is not written to");
    layout.unravel_into(&flat, &mut back).unwrap();
    assert_eq!(&back, tree);

    let mut start = 0;
    for (path, leaf) in tree_leaves_with_path(tree) {
        let parsed: KeyPath = path.to_string().parse().unwrap();
        assert_eq!(parsed, path);
        assert_eq!(layout.range(&parsed).unwrap(), start..start + leaf.len());
        start += leaf.len();
    }
    let kept = tree_flatten(tree).retain(|_, _| true);
    assert_eq!(kept.treedef(), &treedef);
}

/// The paths and first elements of all leaves.
fn listed<P: PyTree<Elem = f64>>(tree: &P) -> String {
    let leaves = tree_leaves_with_path(tree);
    let leaves = leaves.iter().map(|(path, leaf)| format!("{path}={}", leaf.first().unwrap()));
    leaves.collect::<Vec<_>>().join(" ")
}

/// The entries under the keys, as the maps of both kinds.
fn maps<K, const N: usize>(keys: [K; N]) -> (BTreeMap<K, Array1<f64>>, HashMap<K, Array1<f64>>)
where
    K: Ord + std::hash::Hash + Clone,
{
    let entries = keys.into_iter().zip([1.0, 2.0, 3.0, 4.0, 5.0].map(|x| array![x, -x]));
    (entries.clone().collect(), entries.collect())
}

/// Checks maps of these keys; `expected` is what they list.
macro_rules! check_maps {
    ($keys:expr, $expected:expr) => {{
        let (sorted, hashed) = maps($keys);
        obeys_the_laws(&sorted);
        obeys_the_laws(&hashed);
        assert_eq!(listed(&sorted), $expected);
        assert_eq!(Layout::of(&sorted), Layout::of(&hashed));
        assert!(Layout::of(&sorted).check(&hashed).is_ok());
        assert_eq!(ravel_pytree(&sorted).0, ravel_pytree(&hashed).0);
    }};
}

#[test]
fn maps_of_every_key() {
    check_maps!(["v".to_string(), "it's".to_string()], r#"["it's"]=2 ['v']=1"#);
    check_maps!([Box::<str>::from("v"), "m".into()], "['m']=2 ['v']=1");
    check_maps!([Arc::<str>::from("v"), "m".into()], "['m']=2 ['v']=1");
    check_maps!(['v', '\'', 'é'], r#"["'"]=2 ['v']=1 ['é']=3"#);
    check_maps!([10_i8, 9, -2, -10, 0], "[-10]=4 [-2]=3 [0]=5 [9]=2 [10]=1");
    check_maps!([10_i16, -9], "[-9]=2 [10]=1");
    check_maps!([10_i32, -9], "[-9]=2 [10]=1");
    check_maps!([i64::MIN, i64::MAX], "[-9223372036854775808]=1 [9223372036854775807]=2");
    check_maps!([10_isize, -9], "[-9]=2 [10]=1");
    check_maps!([10_u8, 9], "[9]=2 [10]=1");
    check_maps!([10_u16, 9], "[9]=2 [10]=1");
    check_maps!([10_u32, 9], "[9]=2 [10]=1");
    check_maps!([u64::MAX, 9], "[9]=2 [18446744073709551615]=1");
    check_maps!([10_usize, 9], "[9]=2 [10]=1");
    check_maps!([] as [i32; 0], "");
}

/// A map of strings that are borrowed is taken apart, and built as one of strings.
#[test]
fn borrowed_strings_are_keys() {
    let (tree, _) = maps(["v", "m"]);
    let back: BTreeMap<String, Array1<f64>> = tree_map(|leaf| leaf.to_owned(), &tree).unwrap();
    assert_eq!(listed(&tree), "['m']=2 ['v']=1");
    assert_eq!(listed(&back), listed(&tree));
}

/// What JAX gives as the structure and the paths of `{3: 1.0, -2: 2.0}`.
#[test]
fn integer_keys_print_as_in_jax() {
    let tree = BTreeMap::from([(3, 1.0), (-2, 2.0)]);
    assert_eq!(tree_structure(&tree).to_string(), "PyTreeDef({-2: *, 3: *})");
    assert_eq!(listed(&tree), "[-2]=2 [3]=1");
    assert_eq!(tree_leaves_with_path(&tree)[0].0.simple("/"), "-2");
    let text = BTreeMap::from([("3", 1.0), ("-2", 2.0)]);
    assert_ne!(tree_structure(&tree), tree_structure(&text));
}

/// `Tree` has keys of text, where the texts of integers have another order.
#[test]
fn integer_keys_become_text_in_a_tree() {
    let tree = BTreeMap::from([(9, 1.0), (10, 2.0)]);
    let dynamic: Tree<f64> = tree_map(|leaf| leaf[[]], &tree).unwrap();
    assert_eq!(listed(&dynamic), "['10']=2 ['9']=1");
}

#[test]
fn lists_and_shared_trees() {
    let mut queue = VecDeque::from([2.0, 3.0]);
    obeys_the_laws(&queue);
    queue.push_front(1.0);
    assert!(!queue.as_slices().1.is_empty(), "it lies in two parts");
    obeys_the_laws(&queue);
    assert_eq!(listed(&queue), "[0]=1 [1]=2 [2]=3");
    assert_eq!(tree_structure(&queue), tree_structure(&[Leaf(1.0); 3]));
    obeys_the_laws(&VecDeque::from([array![1.0, 2.0], array![]]));

    let shared = vec![Arc::new((1.0, array![2.0]))];
    obeys_the_laws(&shared);
    obeys_the_laws(&Rc::new(vec![1.0, 2.0]));
    assert_eq!(tree_structure(&shared), tree_structure(&vec![(1.0, array![2.0])]));
}

/// A ring has its elements in two parts in memory once it has been turned.
#[test]
fn rings_are_checked_and_ravelled_like_lists() {
    let mut ring = VecDeque::from(vec![1.0, 2.0, 3.0]);
    let layout = Layout::of(&ring);
    ring.pop_front();
    ring.push_back(4.0);
    assert!(!ring.as_slices().1.is_empty());
    let part = layout.select("[1] | [2]").unwrap();
    let mut vector = vec![0.0; 3];
    let mut selected = vec![0.0; 2];
    let run = allocation_counter::measure(|| {
        layout.ravel_into(&ring, &mut vector).unwrap();
        part.ravel_into(&ring, &mut selected).unwrap();
        layout.unravel_into(&[5.0, 6.0, 7.0], &mut ring).unwrap();
    });
    assert_eq!((vector, selected), (vec![2.0, 3.0, 4.0], vec![3.0, 4.0]));
    assert_eq!((ring, run.count_total), (VecDeque::from([5.0, 6.0, 7.0]), 0));

    // The other way around, and what is no list of as many numbers.
    let mut turned = VecDeque::from(vec![1.0, 2.0]);
    turned.rotate_left(1);
    turned.pop_back();
    turned.push_back(3.0);
    let list = |len| vec![Leaf(1.0); len];
    for layout in [Layout::of(&turned), Layout::of(&list(2))] {
        assert!(layout.check(&list(2)).is_ok() && layout.check(&turned).is_ok());
        assert!(layout.check(&list(1)).is_err() && layout.check(&list(3)).is_err());
        assert!(layout.check(&vec![1.0, 2.0]).is_err(), "one leaf");
        assert!(layout.check(&vec![array![1.0], array![2.0]]).is_err());
        assert!(layout.check(&(Leaf(1.0), Leaf(2.0))).is_err());
    }
}

/// Who else holds the tree does not see what is written.
#[test]
fn a_shared_tree_is_cloned_before_it_is_written_to() {
    let (mut mine, mut alone) = (Arc::new([1.0]), Rc::new([1.0]));
    let (theirs, place) = (mine.clone(), Rc::as_ptr(&alone));
    tree_map_mut(|mut leaf| leaf += 1.0, &mut mine);
    tree_map_mut(|mut leaf| leaf += 1.0, &mut alone);
    assert_eq!((*mine, *theirs, *alone), ([2.0], [1.0], [2.0]));
    assert_eq!(Rc::as_ptr(&alone), place, "what is held alone is not cloned");
}

/// What is wrong with building a `P` from `tree`.
fn built<'a, P: FromLeaves<ArrayViewD<'a, f64>>>(tree: &'a impl PyTree<Elem = f64>) -> String {
    tree_flatten(tree).unflatten::<P>().err().expect("an error").to_string()
}

#[test]
fn keys_that_the_map_cannot_have() {
    let gates = [BTreeMap::from([("h".to_string(), 1.0), ("HH_m".to_string(), 2.0)])];
    assert_eq!(
        built::<[BTreeMap<i32, f64>; 1]>(&gates),
        "the tree does not match the type to be built in 2 places:\n  \
         at [0]['HH_m']: expected a key of type i32, found 'HH_m'\n  \
         at [0]['h']: expected a key of type i32, found 'h'"
    );
    assert_eq!(
        built::<[BTreeMap<char, f64>; 1]>(&gates),
        "the tree does not match the type to be built: \
         at [0]['HH_m']: expected a key of type char, found 'HH_m'"
    );
    let counts = BTreeMap::from([(-1, 1.0), (300, 2.0)]);
    assert_eq!(
        built::<HashMap<u16, f64>>(&counts),
        "the tree does not match the type to be built: \
         at [-1]: expected a key of type u16, found -1"
    );
    // The errors of a key and of its child are both reported.
    assert_eq!(
        built::<HashMap<u8, Option<[Leaf<f64>; 1]>>>(&BTreeMap::from([(300, 2.0)])),
        "the tree does not match the type to be built in 2 places:\n  \
         at [300]: expected a key of type u8, found 300\n  \
         at [300]: expected a list of 1, found a leaf"
    );
}

/// What two trees say when they are mapped together.
fn together(first: &impl PyTree, second: &impl PyTree) -> String {
    let result = tree_map2::<_, _, (), Tree<()>>(|_, _| (), first, second);
    result.expect_err("an error").to_string()
}

#[test]
fn keys_that_differ() {
    let (first, second) = (maps([-1, 9, 10]).0, maps([9, 11, -20]).0);
    assert_eq!(
        together(&first, &second),
        "the second tree does not match the first in 2 places:\n  \
         at the root: missing keys -1, 10\n  \
         at the root: extra keys -20, 11"
    );
    assert_eq!(
        together(&maps([1]).0, &maps(["1"]).0),
        "the second tree does not match the first in 2 places:\n  \
         at the root: missing key 1\n  \
         at the root: extra key '1'"
    );
    let error = Layout::of(&first).range("[8]").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the path does not match the layout: at the root: there is no [8]; the keys are [-1], [9], [10]"
    );
}

#[test]
fn an_index_map_keeps_the_order_of_insertion() {
    let tree: IndexMap<&str, f64> = [("v", 1.0), ("m", 2.0), ("h", 3.0)].into_iter().collect();
    assert_eq!(listed(&tree), "['v']=1 ['m']=2 ['h']=3");
    let owned: IndexMap<String, f64> = tree_map(|leaf| leaf[[]], &tree).unwrap();
    assert!(owned.keys().eq(["v", "m", "h"]));
    obeys_the_laws(&owned);
    obeys_the_laws(&IndexMap::<i32, f64>::from_iter([(3, 1.0), (-2, 2.0)]));

    let sorted: BTreeMap<String, f64> = tree_map(|leaf| leaf[[]], &tree).unwrap();
    assert_eq!(listed(&sorted), "['h']=3 ['m']=2 ['v']=1");
    assert_eq!(
        tests::message(Layout::of(&tree).check(&sorted)),
        "the tree does not match the layout: at the root: \
         expected keys 'v', 'm', 'h' in this order, found keys 'h', 'm', 'v'"
    );

    let other: IndexMap<&str, f64> = [("m", 1.0), ("z", 2.0), ("v", 3.0)].into_iter().collect();
    assert_eq!(
        together(&tree, &other),
        "the second tree does not match the first in 2 places:\n  \
         at the root: missing key 'h'\n  \
         at the root: extra key 'z'"
    );
}

/// As JAX does with dicts.
#[test]
fn maps_of_another_order_are_paired_by_key() {
    let first = IndexMap::from([("v", (1.0, 2.0)), ("m", (3.0, 4.0))]);
    let second = IndexMap::from([("m", (30.0, 40.0)), ("v", (10.0, 20.0))]);
    let sorted: BTreeMap<_, _> = second.clone().into_iter().collect();
    for sums in [
        tree_map2(|a, b| a[[]] + b[[]], &first, &second),
        tree_map3(|a, b, _| a[[]] + b[[]], &first, &sorted, &second),
    ] {
        let sums: IndexMap<String, (f64, f64)> = sums.unwrap();
        assert!(sums.into_iter().eq([("v".into(), (11.0, 22.0)), ("m".into(), (33.0, 44.0))]));
    }
    let triples = tree_flatten(&first).zip3(tree_flatten(&second), tree_flatten(&first)).unwrap();
    let (again, others, same) = triples.map(|(a, b, c)| (a[[]], b[[]], c[[]])).unzip();
    assert_eq!(again, same);
    assert_eq!(others.leaves(), [10.0, 20.0, 30.0, 40.0]);
    assert_eq!(others.treedef(), &tree_structure(&first));

    // The structures are different values, since the order of their vectors differs.
    assert_ne!(tree_structure(&first), tree_structure(&second));
    let [short, long] = [[("v", vec![1.0]), ("m", vec![])], [("m", vec![]), ("v", vec![1.0, 2.0])]];
    assert_eq!(
        together(&IndexMap::from(short), &IndexMap::from(long)),
        "the second tree does not match the first: at ['v']: expected shape [1], found [2]"
    );
}

#[test]
fn complex_numbers_are_leaves() {
    let tree = (Complex::new(1.0, 2.0), vec![Complex::new(3.0, -4.0)]);
    let (flat, layout) = ravel_pytree(&tree);
    assert_eq!(flat, array![tree.0, tree.1[0]]);
    let back: (Complex<f64>, Vec<Complex<f64>>) = layout.unravel(&flat).unwrap();
    assert_eq!(back, tree);
    assert_eq!(tree_leaves(&Complex::new(1.0_f32, 0.0)).len(), 1);
}

proptest! {
    #![proptest_config(tests::config())]

    #[test]
    fn maps_of_any_integers(
        entries in proptest::collection::btree_map(any::<i64>(), -9.0..9.0, 0..20)
    ) {
        obeys_the_laws(&entries);
        let hashed: HashMap<_, _> = entries.clone().into_iter().collect();
        prop_assert_eq!(Layout::of(&hashed), Layout::of(&entries));
    }
}
