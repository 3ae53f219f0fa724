//! Lists of trees as one tree with another axis, and subtrees by path.

use indexmap::IndexMap;
use ndarray::{Array1, Array2, ArrayD, ArrayView1, ArrayViewD, Axis, array};
use proptest::prelude::*;
use pytree::{
    KeyPath, PyTree, Tree, tree_get, tree_get_as, tree_leaves, tree_leaves_with_path, tree_map,
    tree_map_with_path, tree_set, tree_stack, tree_structure, tree_unstack,
};
use tests::{config, exact, message, same, stored_trees, trees};

type Arrays = Tree<ArrayD<f64>>;

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Web<A> {
    prey: A,
    rates: Vec<A>,
    #[pytree(static)]
    name: &'static str,
}

fn web<A>(prey: A, rates: Vec<A>) -> Web<A> {
    Web { prey, rates, name: "web" }
}

proptest! {
    #![proptest_config(config())]

    /// `ndarray::stack` of each leaf is the reference.
    #[test]
    fn each_leaf_is_stacked_and_unstacked(tree in stored_trees(), count in 1..4_usize) {
        let scaled = |by: usize| tree_map(|leaf| &leaf * by as f64, &tree);
        let states: Vec<Arrays> = (1..=count).map(scaled).collect::<Result<_, _>>()?;
        let stacked: Arrays = tree_stack(&states)?;
        prop_assert_eq!(tree_structure(&stacked), tree_structure(&tree));
        for (index, leaf) in tree_leaves(&stacked).iter().enumerate() {
            let each: Vec<_> = states.iter().map(|state| tree_leaves(state)[index].clone()).collect();
            prop_assert_eq!(exact(leaf), exact(&ndarray::stack(Axis(0), &each)?.view()));
        }

        let back = tree_unstack::<_, Arrays>(&stacked);
        if tree_leaves(&tree).is_empty() {
            prop_assert_eq!(
                message(back),
                "the tree cannot be unstacked: it has no leaves, so the number of trees is unknown"
            );
        } else {
            let back = back?;
            prop_assert_eq!(back.len(), count);
            prop_assert!(back.iter().zip(&states).all(|(a, b)| same(a, b)));
            let views: Vec<Tree<ArrayViewD<'_, f64>>> = tree_unstack(&stacked)?;
            prop_assert!(views.iter().zip(&states).all(|(a, b)| same(a, b)));
        }
    }

    /// Each node that is copied out has the leaves that are under its path, and can be written back.
    #[test]
    fn each_subtree_is_read_and_written(tree in trees()) {
        let mut paths = vec![KeyPath::root()];
        for (path, _) in tree_leaves_with_path(&tree) {
            paths.extend((1..=path.keys().len()).map(|depth| path.keys()[..depth].iter().cloned().collect()));
        }
        for path in &paths {
            let below: Arrays = tree_get_as(&tree, path)?;
            let starts = |leaf: &KeyPath| leaf.keys().starts_with(path.keys());
            let expected = tree_leaves_with_path(&tree).into_iter().filter(|(leaf, _)| starts(leaf));
            let expected: Vec<_> = expected.map(|(_, leaf)| exact(&leaf)).collect();
            prop_assert!(tree_leaves(&below).iter().map(exact).eq(expected));

            // Only what is under the path changes.
            let negated: Arrays = tree_map(|leaf| leaf.mapv(|x| x + 1.0), &below)?;
            let mut written = tree.clone();
            tree_set(&mut written, path, &negated)?;
            let expected: Arrays = tree_map_with_path(
                |leaf, array| if starts(leaf) { array.mapv(|x| x + 1.0) } else { array.to_owned() },
                &tree,
            )?;
            prop_assert!(same(&written, &expected));
            tree_set(&mut written, path, &below)?;
            prop_assert!(same(&written, &tree));
        }
    }
}

#[test]
fn states_become_a_trajectory() {
    let states: Vec<_> = (0..3).map(|t| (f64::from(t), (0.5, [1.5, 2.5]))).collect();
    let time: (Array1<f64>, (Vec<f64>, Array2<f64>)) = tree_stack(&states).unwrap();
    let row = array![[1.5, 2.5]];
    assert_eq!(
        time,
        (array![0.0, 1.0, 2.0], (vec![0.5; 3], row.broadcast((3, 2)).unwrap().to_owned()))
    );
    let back: Vec<(f64, (f64, [f64; 2]))> = tree_unstack(&time).unwrap();
    assert_eq!(back, states);
    let matrices = web(array![[1.0, 2.0]], vec![array![[3.0]]]);
    let views: Vec<Web<ArrayView1<'_, f64>>> = tree_unstack(&matrices).unwrap();
    assert_eq!(views[0].prey.as_ptr(), matrices.prey.as_ptr());
}

#[test]
fn dicts_of_another_order_are_stacked_by_key() {
    let states =
        [IndexMap::from([("v", 1.0), ("m", 2.0)]), IndexMap::from([("m", 20.0), ("v", 10.0)])];
    let time: IndexMap<String, Array1<f64>> = tree_stack(&states).unwrap();
    assert!(
        time.into_iter()
            .eq([("v".to_string(), array![1.0, 10.0]), ("m".to_string(), array![2.0, 20.0])])
    );
}

#[test]
fn a_tree_that_cannot_be_stacked_is_reported_with_index_and_path() {
    let state = |prey: Array1<f64>, rates| web(prey, rates);
    let states = [
        state(array![1.0], vec![array![1.0]]),
        state(array![1.0, 2.0], vec![]),
        state(array![1.0], vec![array![1.0]]),
        Web { name: "net", ..state(array![1.0], vec![array![1.0, 2.0]]) },
    ];
    assert_eq!(
        message(tree_stack::<_, Web<Array2<f64>>>(&states)),
        "the trees cannot be stacked in 4 places:\n  \
         at [1].prey: expected shape [1], found [2]\n  \
         at [1].rates: expected a list of 1, found a list of 0\n  \
         at [3]: static field name: expected \"web\", found \"net\"\n  \
         at [3].rates[0]: expected shape [1], found [2]"
    );
    assert_eq!(
        message(tree_stack::<Web<f64>, Web<Array1<f64>>>(&[])),
        "the trees cannot be stacked: the list is empty, so the structure is unknown"
    );
    assert_eq!(
        message(tree_stack::<_, Web<Array1<f64>>>(&states[..1])),
        "the tree does not match the type to be built in 2 places:\n  \
         at .prey: expected an array of 1 axis, found shape [1, 1]\n  \
         at .rates[0]: expected an array of 1 axis, found shape [1, 1]"
    );
}

#[test]
fn a_leaf_that_cannot_be_unstacked_is_reported_with_its_path() {
    let unstack = |tree: &Tree<ArrayD<f64>>| message(tree_unstack::<_, Arrays>(tree));
    let leaf = |shape: &[usize]| Tree::Leaf(ArrayD::zeros(shape));
    assert_eq!(
        unstack(&Tree::Tuple(vec![leaf(&[]), leaf(&[2]), leaf(&[3, 1])])),
        "the tree cannot be unstacked in 2 places:\n  \
         at [0]: expected a first axis of length 2, found a number\n  \
         at [2]: expected a first axis of length 2, found shape [3, 1]"
    );
    assert_eq!(
        unstack(&Tree::Tuple(vec![leaf(&[])])),
        "the tree cannot be unstacked: at [0]: expected an array with at least one axis, found a number"
    );
    assert_eq!(
        unstack(&leaf(&[1 << 60, 0])),
        "the tree cannot be unstacked: \
         expected at most 1048576 trees without elements, found 1152921504606846976"
    );
    assert!(tree_unstack::<_, Arrays>(&leaf(&[0, 3])).unwrap().is_empty());
}

#[test]
fn errors_of_subtrees_name_whole_paths_and_write_nothing() {
    let mut tree = vec![web(array![1.0, 2.0], vec![array![3.0]]); 2];
    let before = tree.clone();
    assert_eq!(
        message(tree_get_as::<_, Web<f64>>(&tree, "[1]")),
        "the tree does not match the type to be built in 2 places:\n  \
         at [1].prey: expected a number, found an array of shape [2]\n  \
         at [1].rates: expected a leaf, found a list of 1"
    );
    assert_eq!(
        message(tree_set(&mut tree, "[1]", &web(array![1.0], vec![array![3.0]; 2]))),
        "the new value does not match the tree in 2 places:\n  \
         at [1].prey: expected shape [2], found [1]\n  \
         at [1].rates: expected a list of 1, found a list of 2"
    );
    assert_eq!(
        message(tree_set(&mut tree, "[0].pray", &array![1.0])),
        "the path does not match the tree: \
         at [0]: there is no .pray; the keys are .prey, .rates; did you mean [0].prey?"
    );
    assert_eq!(
        message(tree_set(&mut tree, "[0].prey[0]", &array![1.0])),
        "the new value does not match the tree: at [0].prey[0]: expected shape [], found [1]"
    );
    assert_eq!(
        message(tree_set(&mut tree, "[0].prey[2]", &1.0)),
        "the path does not match the tree: \
         at [0].prey: expected an index within shape [2], found [2]"
    );
    assert_eq!(tree, before);

    let row: Array1<f64> = tree_get_as(&array![[1.0, 2.0], [3.0, 4.0]], "[1]").unwrap();
    assert_eq!(row, array![3.0, 4.0]);
    let mut matrix = array![[1.0, 2.0], [3.0, 4.0]];
    tree_set(&mut matrix, "[0]", &vec![5.0, 6.0]).unwrap();
    assert_eq!(matrix, array![[5.0, 6.0], [3.0, 4.0]]);
    assert_eq!(tree_get(&matrix, "[0,1]").unwrap()[[]], 6.0);
}
