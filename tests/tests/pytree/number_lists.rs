//! A list of numbers is one leaf, however it is stored; every other list is a node.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;
use std::sync::Arc;

use ndarray::{
    Array1, Array2, ArrayD, ArrayView1, ArrayView2, ArrayViewD, Axis, CowArray, Ix1, Slice, array,
};
use num_complex::Complex;
use num_dual::{Dual64, DualSVec64};
use pytree::files::StoredIn;
use pytree::npz::Npz;
use pytree::{
    FromLeaves, Layout, Leaf, PyTree, PyTreeMut, Tree, ravel_pytree, tree_broadcast, tree_equal,
    tree_flatten, tree_leaves, tree_leaves_with_path, tree_map, tree_map_mut, tree_map2,
    tree_structure, tree_unflatten,
};
use tests::{message, npz, read_npz, simple};

/// Every way to store numbers that the guide `leaves` lists.
#[derive(PyTree, Clone, Debug, PartialEq)]
struct Forms<T> {
    number: T,
    list: Vec<T>,
    boxed: Box<[T]>,
    fixed: [T; 3],
    matrix: [[T; 2]; 3],
    rows: Vec<[T; 2]>,
    cubes: Vec<[[T; 2]; 1]>,
}

/// The numbers 0 to 20, in the order of the vector.
fn forms<T>(number: impl Fn(u8) -> T) -> Forms<T> {
    let row = |first| [number(first), number(first + 1)];
    Forms {
        number: number(0),
        list: vec![number(1), number(2)],
        boxed: Box::new([number(3)]),
        fixed: [number(4), number(5), number(6)],
        matrix: [row(7), row(9), row(11)],
        rows: vec![row(13), row(15)],
        cubes: vec![[row(17)], [row(19)]],
    }
}

const SHAPES: [(&str, &[usize]); 7] = [
    (".number", &[]),
    (".list", &[2]),
    (".boxed", &[1]),
    (".fixed", &[3]),
    (".matrix", &[3, 2]),
    (".rows", &[2, 2]),
    (".cubes", &[2, 1, 2]),
];

/// All that is done with a tree, with numbers of one type.
fn each_form_is_one_leaf<T>(number: fn(u8) -> T)
where
    T: PyTreeMut<Elem = T> + FromLeaves<ArrayD<T>> + for<'a> FromLeaves<ArrayViewD<'a, T>>,
    T: Clone + PartialEq + Debug + 'static,
{
    let tree = forms(number);
    let leaves = tree_leaves_with_path(&tree);
    assert!(
        leaves
            .iter()
            .map(|(path, leaf)| (path.to_string(), leaf.shape()))
            .eq(SHAPES.iter().map(|(path, shape)| (path.to_string(), *shape)))
    );
    let treedef = tree_structure(&tree);
    assert_eq!(treedef.to_string(), "PyTreeDef(CustomNode(Forms[()], [*, *, *, *, *, *, *]))");

    let (flat, layout) = ravel_pytree(&tree);
    assert!(flat.iter().cloned().eq((0..21).map(number)), "{flat:?}");
    for (index, label) in [
        (0, ".number"),
        (2, ".list[1]"),
        (3, ".boxed[0]"),
        (6, ".fixed[2]"),
        (8, ".matrix[0,1]"),
        (15, ".rows[1,0]"),
        (20, ".cubes[1,0,1]"),
    ] {
        assert_eq!((layout.label(index).as_deref(), layout.index(label)), (Ok(label), Ok(index)));
    }
    assert_eq!(layout.range(".matrix"), Ok(7..13));

    assert_eq!(layout.unravel::<_, Forms<T>>(&flat).as_ref(), Ok(&tree));
    let owned: Forms<T> = tree_map(|leaf| leaf.to_owned(), &tree).unwrap();
    let copied: Forms<T> = tree_flatten(&tree).unflatten().unwrap();
    assert_eq!((&owned, &copied), (&tree, &tree));
    assert!(tree_equal(&tree, &owned));

    let mut back = tree.clone();
    tree_map_mut(|mut leaf| leaf.fill(number(7)), &mut back);
    assert!(ravel_pytree(&back).0.iter().all(|x| *x == number(7)));
    assert!(!tree_equal(&tree, &back));
    layout.unravel_into(&flat, &mut back).unwrap();
    assert_eq!(back, tree);

    // Leaves in another memory order.
    let columns =
        |leaf: ArrayViewD<'_, T>| leaf.t().as_standard_layout().reversed_axes().to_owned();
    assert_eq!(tree_map::<_, _, Forms<T>>(columns, &tree).as_ref(), Ok(&tree));
}

#[test]
fn each_form_of_each_number_is_one_leaf() {
    each_form_is_one_leaf::<f64>(f64::from);
    each_form_is_one_leaf::<f32>(f32::from);
    each_form_is_one_leaf::<bool>(|n| n % 2 == 1);
    each_form_is_one_leaf::<u8>(|n| n);
    each_form_is_one_leaf::<i32>(i32::from);
    each_form_is_one_leaf::<usize>(usize::from);
    each_form_is_one_leaf::<i128>(i128::from);
    each_form_is_one_leaf::<Complex<f64>>(|n| Complex::new(n.into(), 1.0));
    each_form_is_one_leaf::<Complex<f32>>(|n| Complex::new(n.into(), 1.0));
    each_form_is_one_leaf::<half::f16>(half::f16::from);
    each_form_is_one_leaf::<half::bf16>(half::bf16::from);
    each_form_is_one_leaf::<Dual64>(|n| Dual64::new(n.into(), 1.0));
    each_form_is_one_leaf::<DualSVec64<2>>(|n| DualSVec64::from(f64::from(n)));
}

#[test]
#[allow(clippy::cast_possible_truncation, reason = "small whole numbers")]
fn dual_numbers_and_casts_keep_the_form() {
    let tree = forms(f64::from);
    let dual: Forms<Dual64> = tree_map(|leaf| leaf.mapv(Dual64::from), &tree).unwrap();
    assert_eq!(dual, forms(|n| Dual64::from(f64::from(n))));
    let widened: Forms<f64> = tree_map(|leaf| leaf.mapv(f64::from), &forms(f32::from)).unwrap();
    assert_eq!(widened, tree);
    let sum: Forms<f64> = tree_map2(|a, b| &a + &b, &tree, &tree).unwrap();
    assert_eq!(sum, forms(|n| 2.0 * f64::from(n)));
}

/// The file has one array for each leaf: that is what loads as a dict of arrays.
fn one_array_in_the_file<T>(number: fn(u8) -> T)
where
    T: StoredIn<Npz>
        + PyTreeMut<Elem = T>
        + FromLeaves<ArrayD<T>>
        + Clone
        + PartialEq
        + Debug
        + 'static,
{
    let tree = forms(number);
    let file = npz(&tree, simple);
    let mut arrays: BTreeMap<_, _> =
        SHAPES.map(|(path, shape)| (&path[1..], ArrayD::from_elem(shape, number(1)))).into();
    read_npz(&file, &mut arrays).unwrap();
    assert_eq!(arrays["rows"], array![[13, 14], [15, 16]].mapv(number).into_dyn());

    let mut loaded: Forms<T> = tree_map(|leaf| leaf.mapv(|_| number(1)), &tree).unwrap();
    read_npz(&file, &mut loaded).unwrap();
    assert_eq!(loaded, tree);
}

#[test]
fn a_list_of_numbers_is_one_array_of_a_file() {
    one_array_in_the_file::<f64>(f64::from);
    one_array_in_the_file::<f32>(f32::from);
    one_array_in_the_file::<i32>(i32::from);
    one_array_in_the_file::<bool>(|n| n % 2 == 1);
    one_array_in_the_file::<Complex<f64>>(|n| Complex::new(n.into(), 1.0));
}

/// Builds an `R` from one leaf.
fn from_leaf<L, R: FromLeaves<L>>(leaf: L) -> Result<R, pytree::Error> {
    tree_unflatten(&tree_structure(&0.0), vec![leaf])
}

#[test]
fn a_list_takes_over_the_memory_of_an_array() {
    let array = || array![1.0, 2.0, 3.0].into_dyn();
    let leaf = array();
    let memory = leaf.as_ptr();
    let list: Vec<f64> = from_leaf(leaf).unwrap();
    assert_eq!((list.as_ptr(), list), (memory, vec![1.0, 2.0, 3.0]));
    let leaf = array();
    let memory = leaf.as_ptr();
    let boxed: Box<[f64]> = from_leaf(leaf).unwrap();
    assert_eq!((boxed.as_ptr(), &*boxed), (memory, [1.0, 2.0, 3.0].as_slice()));

    // An array that is a part of its memory, or runs through it backwards.
    let mut part = array();
    part.slice_axis_inplace(Axis(0), Slice::from(1..2));
    assert_eq!(from_leaf(part), Ok(vec![2.0]));
    let mut backwards = array();
    backwards.invert_axis(Axis(0));
    assert_eq!(from_leaf(backwards), Ok(vec![3.0, 2.0, 1.0]));
    let mut every_other = array();
    every_other.slice_axis_inplace(Axis(0), Slice::new(0, None, 2));
    assert_eq!(from_leaf(every_other), Ok([1.0, 3.0]));
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Web<A> {
    prey: A,
    predators: A,
}

#[test]
fn slices_view_the_vector() {
    let layout = Layout::of(&Web { prey: vec![0.0; 2], predators: vec![0.0] });
    let mut vector = vec![1.0, 2.0, 3.0];
    let memory = vector.as_ptr();
    let views: Web<&[f64]> = layout.views(&vector).unwrap();
    assert_eq!((views.prey, views.predators), ([1.0, 2.0].as_slice(), [3.0].as_slice()));
    assert_eq!(views.prey.as_ptr(), memory);
    assert_eq!(
        (Layout::of(&views), ravel_pytree(&views).0),
        (layout.clone(), array![1.0, 2.0, 3.0])
    );

    let mut views: Web<&mut [f64]> = layout.views_mut(&mut vector).unwrap();
    views.prey[1] = 20.0;
    assert_eq!(views.prey.as_ptr(), memory);
    tree_map_mut(|mut leaf| leaf += 1.0, &mut views);
    layout.ravel_into(&views, &mut [0.0; 3]).unwrap();
    assert_eq!(vector, [2.0, 21.0, 4.0]);

    let matrix = array![[1.0, 2.0], [3.0, 4.0]];
    assert_eq!(
        message(from_leaf::<_, &[f64]>(matrix.column(0))),
        "the tree does not match the type to be built: at the root: a slice needs elements that \
         are contiguous in memory; copy the array first with `.to_owned()`"
    );
    assert_eq!(
        message(from_leaf::<_, &[f64]>(matrix.view())),
        "the tree does not match the type to be built: at the root: expected an array of 1 axis, found shape [2, 2]"
    );
    assert_eq!(from_leaf::<_, &[f64]>(matrix.row(1)), Ok([3.0, 4.0].as_slice()));
}

#[test]
fn lists_without_numbers() {
    fn comes_back<P>(tree: &P, shape: &[usize])
    where
        P: PyTreeMut<Elem = f64> + FromLeaves<ArrayD<f64>> + PartialEq + Debug,
        P: for<'a> FromLeaves<ArrayViewD<'a, f64>> + Clone,
    {
        let (flat, layout) = ravel_pytree(tree);
        assert_eq!((flat.len(), tree_leaves(tree)[0].shape()), (0, shape));
        assert_eq!(layout.unravel::<_, P>(&flat).as_ref(), Ok(tree));
        assert_eq!(tree_map::<_, _, P>(|leaf| leaf.to_owned(), tree).as_ref(), Ok(tree));
        layout.unravel_into(&flat, &mut tree.clone()).unwrap();
        tree_map_mut(|leaf| assert_eq!(leaf.shape(), shape), &mut tree.clone());
    }
    comes_back(&Vec::<f64>::new(), &[0]);
    comes_back(&Box::<[f64]>::default(), &[0]);
    comes_back::<[f64; 0]>(&[], &[0]);
    comes_back::<Vec<[f64; 0]>>(&vec![[]; 3], &[3, 0]);
    comes_back::<Vec<[f64; 2]>>(&vec![], &[0, 2]);
    comes_back::<[[f64; 2]; 0]>(&[], &[0, 2]);
    comes_back::<[[f64; 0]; 2]>(&[[]; 2], &[2, 0]);
    comes_back::<Vec<[[f64; 0]; 2]>>(&vec![[[]; 2]; 3], &[3, 2, 0]);
    assert_ne!(Layout::of(&vec![[0.0; 0]; 3]), Layout::of(&vec![[0.0; 0]; 2]));
}

#[test]
fn arrays_of_another_shape() {
    fn refused<R: FromLeaves<ArrayD<f64>>>(shape: &[usize]) -> String {
        let text = message(from_leaf::<_, R>(ArrayD::zeros(shape)));
        text.strip_prefix("the tree does not match the type to be built: at the root: ")
            .unwrap()
            .into()
    }
    for (text, expected) in [
        (refused::<[f64; 3]>(&[2]), "expected shape [3], found [2]"),
        (refused::<[f64; 0]>(&[2]), "expected shape [0], found [2]"),
        (refused::<[[f64; 2]; 3]>(&[2, 3]), "expected shape [3, 2], found [2, 3]"),
        (refused::<Vec<[f64; 2]>>(&[4, 3]), "expected shape [4, 2], found [4, 3]"),
        (refused::<Vec<[[f64; 2]; 1]>>(&[4, 2, 1]), "expected shape [4, 1, 2], found [4, 2, 1]"),
        (refused::<[[f64; 2]; 3]>(&[6]), "expected an array of 2 axes, found shape [6]"),
        (refused::<[f64; 6]>(&[3, 2]), "expected an array of 1 axis, found shape [3, 2]"),
        (refused::<Vec<f64>>(&[1, 2]), "expected an array of 1 axis, found shape [1, 2]"),
        (refused::<Vec<[f64; 1]>>(&[2]), "expected an array of 2 axes, found shape [2]"),
        // A number from an array, and the other way around, even where there is one element.
        (refused::<f64>(&[1]), "expected a number, found an array of shape [1]"),
        (refused::<f64>(&[2, 3]), "expected a number, found an array of shape [2, 3]"),
        (refused::<Leaf<f64>>(&[1]), "expected a number, found an array of shape [1]"),
        (refused::<Vec<f64>>(&[]), "expected an array of 1 axis, found a number"),
        (refused::<[f64; 1]>(&[]), "expected an array of 1 axis, found a number"),
    ] {
        assert_eq!(text, expected);
    }

    // All at once, with their paths; from leaves that are numbers too.
    assert_eq!(
        message(tree_map::<_, _, Forms<f64>>(|leaf| leaf.sum(), &forms(f64::from))),
        "the tree does not match the type to be built in 6 places:\n  \
         at .list: expected an array of 1 axis, found a number\n  \
         at .boxed: expected an array of 1 axis, found a number\n  \
         at .fixed: expected an array of 1 axis, found a number\n  \
         at .matrix: expected an array of 2 axes, found a number\n  \
         at .rows: expected an array of 2 axes, found a number\n  \
         at .cubes: expected an array of 3 axes, found a number"
    );
}

#[test]
fn lists_of_numbers_and_lists_of_leaves_are_not_mixed_up() {
    let (one, two) = (vec![1.0, 2.0], [Leaf(1.0), Leaf(2.0)]);
    assert_eq!(
        message(tree_flatten(&one).unflatten::<Vec<Leaf<f64>>>()),
        "the tree does not match the type to be built: at the root: expected a list, found a leaf"
    );
    assert_eq!(
        message(tree_flatten(&two).unflatten::<Vec<f64>>()),
        "the tree does not match the type to be built: at the root: expected a leaf, found a list of 2"
    );
    assert_eq!(
        message(Layout::of(&one).check(&two)),
        "the tree does not match the layout: at the root: expected a leaf, found a list of 2"
    );
    assert_eq!(
        message(Layout::of(&one).check(&vec![1.0])),
        "the tree does not match the layout: at the root: expected shape [2], found [1]"
    );
    // One form for another is fine: they are one leaf.
    assert_eq!(tree_flatten(&one).unflatten(), Ok([1.0, 2.0]));
    assert_eq!(tree_flatten(&one).unflatten(), Ok(array![1.0, 2.0]));
    assert_eq!(tree_flatten(&[[1.0], [2.0]]).unflatten(), Ok(array![[1.0], [2.0]]));
    assert_eq!(Layout::of(&one), Layout::of(&array![3.0, 4.0]));
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Volts(f64);

#[derive(PyTree, Clone, Debug, PartialEq)]
#[pytree(transparent)]
struct Amperes(f64);

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Dense {
    w: Array1<f64>,
}

/// The structure, without its name; the tree comes back in every way.
fn structure<P>(tree: &P) -> String
where
    P: PyTreeMut<Elem = f64> + FromLeaves<ArrayD<f64>> + Clone + PartialEq + Debug,
    P: for<'a> FromLeaves<ArrayViewD<'a, f64>>,
{
    let (flat, layout) = ravel_pytree(tree);
    assert_eq!(layout.unravel::<_, P>(&flat).as_ref(), Ok(tree));
    assert_eq!(tree_map::<_, _, P>(|leaf| leaf.to_owned(), tree).as_ref(), Ok(tree));
    let mut back = tree.clone();
    tree_map_mut(|mut leaf| leaf.fill(0.5), &mut back);
    layout.unravel_into(&flat, &mut back).unwrap();
    assert_eq!(&back, tree);
    tree_structure(tree).to_string()["PyTreeDef(".len()..].trim_end_matches(')').to_string()
}

#[test]
fn other_lists_are_nodes() {
    assert_eq!(structure(&vec![Leaf(1.0), Leaf(2.0)]), "[*, *]");
    assert_eq!(structure(&[[Leaf(1.0), Leaf(2.0)], [Leaf(3.0), Leaf(4.0)]]), "[[*, *], [*, *]]");
    assert_eq!(structure(&vec![vec![1.0], vec![2.0, 3.0]]), "[*, *]");
    assert_eq!(structure(&[vec![1.0], vec![]]), "[*, *]");
    assert_eq!(structure(&VecDeque::from([1.0, 2.0])), "[*, *]");
    assert_eq!(structure(&VecDeque::from([[1.0, 2.0], [3.0, 4.0]])), "[*, *]");
    assert_eq!(structure(&vec![Some(1.0), None]), "[*, None]");
    assert_eq!(structure(&vec![Box::new(1.0), Box::new(2.0)]), "[*, *]");
    assert_eq!(structure(&vec![array![1.0], array![2.0]]), "[*, *]");
    assert_eq!(structure(&vec![Amperes(1.0), Amperes(2.0)]), "[*, *]");
    let volts = "CustomNode(Volts[()], [*])";
    assert_eq!(structure(&vec![Volts(1.0), Volts(2.0)]), format!("[{volts}, {volts}]"));
    let dense = |x| Dense { w: array![x] };
    let one = "CustomNode(Dense[()], [*])";
    assert_eq!(structure(&[dense(1.0), dense(2.0)]), format!("[{one}, {one}]"));
    assert_eq!(structure(&vec![[dense(1.0), dense(2.0)]]), format!("[[{one}, {one}]]"));
    assert_eq!(structure(&vec![(1.0, 2.0)]).trim_start_matches('['), "(*, *)]");
    let paths = tree_structure(&vec![[Volts(1.0)], [Volts(2.0)]]);
    assert!(paths.leaf_paths().map(|path| path.to_string()).eq(["[0][0][0]", "[1][0][0]"]));
}

/// Rows whose lengths differ from the type are found with their paths.
#[test]
fn nested_lists_of_other_lengths() {
    let error = tree_flatten(&vec![vec![Some(1.0)], vec![]]).unflatten::<Vec<[Option<f64>; 2]>>();
    assert_eq!(
        message(error),
        "the tree does not match the type to be built in 2 places:\n  \
         at [0]: expected a list of 2, found a list of 1\n  \
         at [1]: expected a list of 2, found a list of 0"
    );
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Trace<T> {
    v: Vec<T>,
    last: [T; 2],
}

/// What a list is in generic code, the type that it is used with says.
#[test]
fn the_element_type_decides() {
    fn shapes<T>(trace: &Trace<T>) -> Vec<(String, Vec<usize>)>
    where
        Trace<T>: PyTree<Elem = f64>,
    {
        let leaves = tree_leaves_with_path(trace).into_iter();
        leaves.map(|(path, leaf)| (path.to_string(), leaf.shape().to_vec())).collect()
    }
    let numbers = Trace { v: vec![1.0, 2.0, 3.0], last: [4.0, 5.0] };
    assert_eq!(shapes(&numbers), [(".v".into(), vec![3]), (".last".into(), vec![2])]);
    let arrays = Trace { v: vec![array![1.0, 2.0, 3.0]], last: [array![4.0], array![5.0]] };
    assert_eq!(
        shapes(&arrays),
        [(".v[0]".into(), vec![3]), (".last[0]".into(), vec![1]), (".last[1]".into(), vec![1])]
    );
    let rows = Trace { v: vec![[1.0, 2.0], [3.0, 4.0]], last: [[5.0, 6.0], [7.0, 8.0]] };
    assert_eq!(shapes(&rows), [(".v".into(), vec![2, 2]), (".last".into(), vec![2, 2])]);
    let doubled: Trace<f64> = tree_map(|leaf| &leaf * 2.0, &numbers).unwrap();
    assert_eq!(doubled, Trace { v: vec![2.0, 4.0, 6.0], last: [8.0, 10.0] });
    let doubled: Trace<Array1<f64>> = tree_map(|leaf| &leaf * 2.0, &arrays).unwrap();
    assert_eq!(doubled.last[1], array![10.0]);
}

/// As a prefix, a list of rates would hand all of them to every leaf.
#[test]
fn a_list_of_numbers_does_not_stand_for_a_list_of_trees() {
    let layers = vec![Dense { w: array![1.0, 2.0, 3.0] }, Dense { w: array![4.0, 5.0] }];
    let hint = "an array in a prefix must have the shape of every leaf that it is repeated for";
    assert_eq!(
        message(tree_broadcast(&vec![0.5, 1.0, 2.0], &layers)),
        format!(
            "the prefix does not match the tree: at [1].w: expected a number or an array of \
             shape [2], found an array of shape [3]; {hint}"
        )
    );
    let rates = tree_broadcast(&[Leaf(0.5), Leaf(1.0)], &layers).unwrap();
    assert!(rates.leaves().iter().map(|rate| rate[[]]).eq([0.5, 1.0]));
}

/// A run-time tree keeps JAX's rule: each number of a list is a leaf.
#[test]
fn a_run_time_tree_has_a_leaf_for_each_number() {
    let tree = Tree::List(vec![Tree::Leaf(1.0), Tree::Leaf(2.0)]);
    assert_eq!(tree_structure(&tree).to_string(), "PyTreeDef([*, *])");
    let one: Tree<ArrayD<f64>> =
        tree_flatten(&[1.0, 2.0]).map(|leaf| leaf.to_owned()).unflatten().unwrap();
    assert_eq!(one, Tree::Leaf(array![1.0, 2.0].into_dyn()));
}

/// Every kind of tree that can only be read.
#[derive(PyTree)]
struct ReadOnly<'a> {
    view: ArrayView2<'a, f64>,
    cow: CowArray<'a, f64, Ix1>,
    slice: &'a [f64],
    borrowed: &'a Dense,
    shared: Arc<NotClone>,
    list: Vec<ArrayView1<'a, f64>>,
}

#[derive(PyTree)]
struct NotClone {
    gates: Vec<f64>,
}

/// The same structure, owned.
#[derive(PyTree, Debug, PartialEq)]
#[pytree(rename = "ReadOnly")]
struct Owned {
    view: Array2<f64>,
    cow: Array1<f64>,
    slice: Vec<f64>,
    borrowed: Dense,
    shared: OwnedGates,
    list: Vec<Array1<f64>>,
}

#[derive(PyTree, Debug, PartialEq)]
#[pytree(rename = "NotClone")]
struct OwnedGates {
    gates: Vec<f64>,
}

#[test]
fn what_can_only_be_read_is_a_tree() {
    let (matrix, row, dense) = (array![[1.0, 2.0]], array![3.0], Dense { w: array![5.0] });
    let tree = ReadOnly {
        view: matrix.view(),
        cow: row.view().into(),
        slice: &[4.0],
        borrowed: &dense,
        shared: Arc::new(NotClone { gates: vec![6.0, 7.0] }),
        list: vec![row.view(), matrix.row(0)],
    };
    let (flat, layout) = ravel_pytree(&tree);
    assert_eq!(flat, array![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 3.0, 1.0, 2.0]);
    assert_eq!(layout.label(6).as_deref(), Ok(".shared.gates[1]"));
    let owned: Owned = tree_map(|leaf| leaf.to_owned(), &tree).unwrap();
    assert!(tree_equal(&tree, &owned) && layout.check(&owned).is_ok());
    assert_eq!(layout.unravel::<_, Owned>(&flat), Ok(owned));
    assert_eq!(tree_structure(&&1.0), tree_structure(&1.0));
}
