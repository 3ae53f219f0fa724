//! Comparing two trees number by number.

use indexmap::IndexMap;
use ndarray::{ArrayD, array};
use proptest::prelude::*;
use pytree::{Layout, Tree, tree_all_close, tree_compare, tree_equal, tree_leaves, tree_map};
use tests::{config, message, trees};

type Arrays = Tree<ArrayD<f64>>;

/// The formula of `numpy.isclose`.
fn is_close(a: f64, b: f64, rtol: f64, atol: f64) -> bool {
    if a.is_finite() && b.is_finite() { (a - b).abs() <= atol + rtol * b.abs() } else { a == b }
}

proptest! {
    #![proptest_config(config())]

    /// The loop over all elements is the reference.
    #[test]
    fn the_report_is_that_of_a_loop(
        tree in trees(),
        changes in proptest::collection::vec(prop_oneof![
            4 => Just(0.0), 1 => Just(1e-9), 1 => Just(0.1), 1 => Just(f64::NAN), 1 => Just(f64::INFINITY),
        ], 1..40),
        rtol in prop_oneof![Just(0.0), Just(1e-5)],
        equal_nan in any::<bool>(),
    ) {
        let mut change = changes.iter().cycle();
        let other: Arrays = tree_map(|leaf| leaf.mapv(|x| x + change.next().unwrap()), &tree)?;
        let elements = |tree: &Arrays| -> Vec<f64> {
            tree_leaves(tree).iter().flat_map(|leaf| leaf.iter().copied()).collect()
        };
        let pairs: Vec<_> = Layout::of(&tree)
            .labels()
            .zip(elements(&tree).into_iter().zip(elements(&other)))
            .filter(|(_, (a, b))| !is_close(*a, *b, rtol, 1e-8))
            .filter(|(_, (a, b))| !equal_nan || !a.is_nan() || !b.is_nan())
            .collect();

        let mut report = tree_compare(&tree, &other)?.rtol(rtol);
        if equal_nan {
            report = report.equal_nan();
        }
        prop_assert_eq!(report.num_different(), pairs.len());
        prop_assert_eq!(report.all_close(), pairs.is_empty());
        if rtol > 0.0 && !equal_nan {
            prop_assert_eq!(tree_all_close(&tree, &other)?, pairs.is_empty());
        }
        let worst = report.worst(usize::MAX);
        let bits = |label: &str, a: f64, b: f64| (label.to_string(), a.to_bits(), b.to_bits());
        let mut listed: Vec<_> = worst.iter().map(|d| bits(&d.label, d.first, d.second)).collect();
        let mut expected: Vec<_> = pairs.iter().map(|(label, (a, b))| bits(label, *a, *b)).collect();
        // The worst few are the first of all.
        let few = report.worst(3);
        prop_assert!(few.iter().map(|d| bits(&d.label, d.first, d.second)).eq(listed.iter().take(3).cloned()));
        // No element has a larger ratio than the one before it.
        let ratio = |a: f64, b: f64| {
            let ratio = (a - b).abs() / (1e-8 + rtol * b.abs());
            if ratio.is_nan() { f64::INFINITY } else { ratio }
        };
        prop_assert!(worst.iter().map(|d| ratio(d.first, d.second)).is_sorted_by(|a, b| a >= b));
        listed.sort();
        expected.sort();
        prop_assert_eq!(listed, expected);
        let nan = pairs.iter().find(|(_, (a, b))| a.is_nan() || b.is_nan());
        prop_assert_eq!(report.first_nan().map(|d| d.label), nan.map(|(label, _)| label.clone()));
    }
}

#[test]
fn close_numbers_and_others() {
    let close = |a: f64, b: f64| tree_all_close(&[a], &[b]).unwrap();
    assert!(close(1.0, 1.0 + 1e-6) && close(f64::INFINITY, f64::INFINITY));
    assert!(!close(f64::NEG_INFINITY, f64::INFINITY) && !close(1.0, f64::INFINITY));
    assert!(!close(f64::NAN, f64::NAN));
    // Chunks of 256 elements are compared at once; only the last element differs.
    let long = vec![1.0_f32; 1000];
    let mut other = long.clone();
    assert!(tree_all_close(&long, &other).unwrap());
    other[999] = 2.0;
    assert!(!tree_all_close(&long, &other).unwrap());
}

#[test]
fn dicts_of_another_order_are_compared_by_key() {
    let first = IndexMap::from([("v", vec![1.0]), ("m", vec![2.0, 3.0])]);
    let second = IndexMap::from([("m", vec![2.0, 3.5]), ("v", vec![1.0])]);
    assert!(!tree_equal(&first, &second));
    assert_eq!(tree_compare(&first, &second).unwrap().worst(9)[0].label, "['m'][1]");
    let mut same = second;
    same["m"][1] = 3.0;
    assert!(tree_equal(&first, &same) && tree_all_close(&first, &same).unwrap());
}

#[test]
fn reports_print_the_worst_elements() {
    let tree = (1.0, array![2.0, -3.0]);
    let text =
        |other: (f64, ndarray::Array1<f64>)| tree_compare(&tree, &other).unwrap().to_string();
    assert_eq!(text(tree.clone()), "all 3 elements are close (rtol 1e-5, atol 1e-8)");
    assert_eq!(
        text((1.5, array![2.0, -3.0])),
        "1 of 3 elements differs (rtol 1e-5, atol 1e-8):\n  [0]: 1.0 and 1.5, by 0.5"
    );
    assert_eq!(
        text((f64::INFINITY, array![2e300, f64::NAN])),
        "3 of 3 elements differ (rtol 1e-5, atol 1e-8):\n  \
         [0]: 1.0 and inf\n  \
         [1][1]: -3.0 and NaN\n  \
         [1][0]: 2.0 and 2e300, by 2e300\n\
         the first NaN is [1][1]"
    );
    let (zeros, ones) = (vec![0.0_f32; 20], vec![1.0_f32; 20]);
    let report = tree_compare(&zeros, &ones).unwrap().rtol(0.0).atol(0.5).to_string();
    assert!(report.starts_with(
        "20 of 20 elements differ (rtol 0.0, atol 0.5):\n  [0]: 0.0 and 1.0, by 1.0\n"
    ));
    assert!(report.ends_with("  [11]: 0.0 and 1.0, by 1.0\n  and 8 more"), "{report}");
}

#[test]
fn other_structures_and_shapes_are_errors() {
    assert_eq!(
        message(tree_compare(&(1.0, [1.0]), &(1.0, [1.0, 2.0]))),
        "the second tree does not match the first: at [1]: expected shape [1], found [2]"
    );
    assert_eq!(
        message(tree_all_close(&[1.0], &(1.0,))),
        "the second tree does not match the first: at the root: expected a leaf, found a tuple of 1"
    );
}
