//! Static fields that do not equal themselves.

use std::collections::BTreeMap;

use ndarray::{Array1, array};
use pytree::walk::Static;
use pytree::{
    Layout, PyTree, tree_all_close, tree_equal, tree_flatten, tree_map, tree_map2, tree_structure,
};
use tests::message;

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Scaled<S: Static> {
    w: Array1<f64>,
    #[pytree(static)]
    scale: S,
}

#[derive(Clone, Debug, PartialEq)]
struct Limits {
    low: f64,
    high: Option<f64>,
}

/// Every operation that compares structures takes a tree with `scale` and a tree with the same `scale`.
fn is_same_as_itself<S: Static>(scale: S) {
    let tree = vec![Scaled { w: array![1.0, 2.0], scale }];
    let mut other = tree.clone();
    assert_eq!(tree_structure(&tree), tree_structure(&other));
    assert!(tree_equal(&tree, &other) && tree_all_close(&tree, &other).unwrap());
    let layout = Layout::of(&tree);
    assert_eq!(layout.check(&other), Ok(()));
    assert_eq!(layout.unravel_into(&[3.0, 4.0], &mut other), Ok(()));
    let sum: Vec<Scaled<S>> = tree_map2(|a, b| &a + &b, &tree, &other).unwrap();
    assert_eq!(sum[0].w, array![4.0, 6.0]);
    let batch = [tree.clone(), other];
    assert_eq!(layout.ravel_batch(&batch).unwrap(), array![[1.0, 2.0], [3.0, 4.0]]);
    assert!(tree_flatten(&batch[0]).zip(tree_flatten(&batch[1])).is_ok());
    let again: Vec<Scaled<S>> = tree_map(|leaf| leaf.to_owned(), &tree).unwrap();
    assert_eq!(layout.check(&again), Ok(()));
}

#[test]
fn a_nan_is_the_same_as_a_nan() {
    is_same_as_itself(f64::NAN);
    is_same_as_itself(vec![1.0, f64::NAN]);
    is_same_as_itself([[f32::NAN; 2]; 2]);
    is_same_as_itself(Some((1, f64::NAN)));
    is_same_as_itself(Limits { low: f64::NAN, high: None });
    is_same_as_itself(BTreeMap::from([("limits", Limits { low: 0.0, high: Some(f64::NAN) })]));
}

#[test]
fn what_else_differs_is_found_beside_a_nan() {
    fn compared<S: Static>(first: S, second: S) -> String {
        let [first, second] = [first, second].map(|scale| Scaled { w: array![1.0], scale });
        assert_ne!(tree_structure(&first), tree_structure(&second));
        message(Layout::of(&first).check(&second))
    }
    let subject = "the tree does not match the layout: at the root: static field scale";
    assert_eq!(
        compared(vec![1.0, f64::NAN], vec![2.0, f64::NAN]),
        format!("{subject}: expected [1.0, NaN], found [2.0, NaN]")
    );
    assert_eq!(compared(f64::NAN, 1.0), format!("{subject}: expected NaN, found 1.0"));
    assert_eq!(
        compared(Some(1.0), Some(f64::NAN)),
        format!("{subject}: expected Some(1.0), found Some(NaN)")
    );
    let [a, b] = [1.0, 2.0].map(|high| Limits { low: f64::NAN, high: Some(high) });
    assert_eq!(
        compared(a, b),
        format!(
            "{subject}: expected Limits {{ low: NaN, high: Some(1.0) }}, \
             found Limits {{ low: NaN, high: Some(2.0) }}"
        )
    );
}
