//! Texts, trees and shapes that are made to take long: each gets its right answer in little time.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use ndarray::{Array2, Ix2};
use pytree::{KeyPath, Layout, Pattern, Tree, tree_flatten, tree_format, tree_get};
use tests::message;

/// What `f` returns, within a time that something quadratic takes many times over, in debug builds and
/// on a busy machine too.
#[track_caller]
fn soon<T>(f: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = f();
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    result
}

/// A list in a list, and so on; a number at each level.
fn nested(depth: usize) -> Tree<f64> {
    (1..depth).fold(Tree::Leaf(0.0), |rest, _| Tree::List(vec![Tree::Leaf(1.0), rest]))
}

#[test]
fn an_index_of_many_axes() {
    let layout = Layout::of(&Array2::<f64>::zeros((3, 4)));
    let text = "[0]".repeat(200_000);
    let part = "expected an index within shape [3, 4], found [0, 0, 0, 0,";
    for error in [soon(|| message(layout.range(&*text))), soon(|| message(layout.index(&text)))] {
        assert!(error.contains(part) && error.len() < 300, "{error}");
    }
}

/// Each character of the keys is printed as ten: in what is quoted, and in what may have been meant.
#[test]
fn keys_that_are_printed_as_escapes() {
    let key = |last| format!("{}{last}", "\u{10ffff}".repeat(190));
    let tree: BTreeMap<_, _> = (0..12).map(|n| (key(n), 0.0)).collect();
    let wrong = |n| format!("['{}x']", key(n));
    let pattern: Vec<_> = (0..12).map(wrong).collect();
    for error in [
        message(Layout::of(&tree).select(pattern.join(" | "))),
        message(tree_get(&tree, wrong(0))),
        message(Layout::of(&tree).index(wrong(0))),
        message(wrong(0).replace(']', "").parse::<Pattern>()),
    ] {
        assert!(error.len() < 6_000, "{} bytes: {error}", error.len());
    }
}

#[test]
fn texts_of_many_brackets() {
    let error = soon(|| message("[a]".repeat(30_000).parse::<KeyPath>()));
    assert_eq!(
        error,
        format!(
            "not a key path: \"{}[a\"... has \"a\" at byte 1; expected a position or a key in quotes",
            "[a]".repeat(26)
        )
    );
    for piece in
        ["[a]", "[0]", "['", "[\"\\u00", ".", ".a", "*", "**", ".**", "|", "!", "\\", "a | "]
    {
        let text = piece.repeat(100_000);
        let (path, pattern) = soon(|| (text.parse::<KeyPath>(), text.parse::<Pattern>()));
        for error in [path.err(), pattern.err()].into_iter().flatten() {
            assert!(error.to_string().len() < 500, "{error}");
        }
    }
}

#[test]
fn keys_of_a_megabyte() {
    let long = "a".repeat(1 << 20);
    let leaves: BTreeMap<String, f64> = (0..1000).map(|key| (format!("key{key}"), 1.0)).collect();
    let layout = Layout::of(&leaves);
    for text in [format!("['{long}']"), format!(".{long}"), format!("['key1']['{long}']")] {
        let errors = [
            soon(|| message(layout.range(&text))),
            soon(|| message(layout.index(&text))),
            soon(|| message(layout.select(&text))),
            soon(|| message(tree_get(&leaves, &text))),
        ];
        errors.iter().for_each(|error| assert!(error.len() < 500, "{} bytes", error.len()));
    }
    assert!(message(layout.range(format!(".{long}"))).starts_with(&format!(
        "the path does not match the layout: at the root: there is no .{}...;",
        "a".repeat(79)
    )));
    // The same where the tree has the long keys.
    let tree: BTreeMap<String, f64> = (0..20).map(|key| (format!("{long}{key}"), 1.0)).collect();
    let layout = Layout::of(&tree);
    assert!(soon(|| message(layout.range("['a']"))).len() < 2000);
    assert!(soon(|| message(layout.check(&leaves))).len() < 3000);
    assert!(soon(|| message(layout.select("a"))).len() < 500);
}

#[test]
fn patterns_of_many_alternatives() {
    let leaves: BTreeMap<String, f64> = (0..1000).map(|key| (format!("key{key}"), 1.0)).collect();
    let pattern = vec!["['k_y1'] | ['key1']"; 25_000].join(" | ");
    let error = soon(|| message(Layout::of(&leaves).select(&pattern)));
    let lines: Vec<_> = error.lines().collect();
    assert_eq!(lines.len(), 14);
    assert_eq!(lines[0], "the pattern does not match the tree in 25000 places:");
    assert_eq!(lines[12], "  no leaf matches \"['k_y1']\"; the nearest is ['key1']");
    assert_eq!(lines[13], "  and 24988 more");
}

#[test]
fn patterns_on_a_deep_tree() {
    let tree = nested(100_000);
    let layout = Layout::of(&tree);
    assert_eq!(
        soon(|| message(layout.select("**.x"))),
        "the pattern does not match the tree: no leaf matches \"**.x\"; the nearest is [0]"
    );
    assert_eq!(soon(|| layout.select("**[1].**[0]")).map(|part| part.len()), Ok(99_998));
    assert_eq!(soon(|| layout.select("!**[0]")).map(|part| part.len()), Ok(1));
    let (selected, others) = soon(|| tree_flatten(&tree).partition("[1].**.**[0]")).unwrap();
    assert_eq!(selected.leaves().iter().flatten().count(), 99_998);
    assert_eq!(others.leaves().iter().flatten().count(), 2);
    let deepest = "[1]".repeat(100_000);
    assert!(soon(|| message(layout.range(&deepest))).len() < 1000);
    assert!(soon(|| message(layout.index(&deepest))).len() < 1000);
}

#[test]
fn a_deep_tree_as_text() {
    let tree = nested(100_000);
    let text = soon(|| tree_format(&tree).to_string());
    assert_eq!(text.lines().count(), 129);
    assert!(text.ends_with("[1]: list of 2 with 99936 elements"), "{text}");
    let text = soon(|| tree_format(&tree).max_depth(usize::MAX).to_string());
    assert_eq!(text.lines().count(), 199_999);
    assert!(text.len() < 30_000_000);
}

#[test]
fn matrices_of_very_many_rows_and_no_columns() {
    type Empty = [f64; 0];
    let layout = Layout::of(&[0.0; 0]);
    let most = isize::MAX.unsigned_abs();
    let text = format!(
        "the batch does not match the layout: expected at most 1048576 trees without elements, found {most}"
    );
    let mut matrix = Array2::<f64>::from_shape_vec(Ix2(most, 0), vec![]).expect("an empty matrix");
    assert_eq!(soon(|| message(layout.unravel_batch::<_, Empty>(&matrix))), text);
    let mut trees: Vec<Empty> = vec![[]; 1];
    // An array without elements takes no memory either.
    soon(|| trees.resize(1 << 21, []));
    let text = text.replace(&most.to_string(), &(1 << 21).to_string());
    assert_eq!(message(layout.ravel_batch(&trees)), text);
    let mut rows = Array2::<f64>::zeros((1 << 21, 0));
    assert_eq!(message(layout.ravel_batch_into(&trees, &mut rows)), text);
    assert_eq!(message(layout.unravel_batch_into(&rows, &mut trees)), text);
    assert_eq!(
        message(layout.ravel_batch_into(&[[0.0; 0]], &mut matrix)),
        format!(
            "the batch does not match the layout: expected 1 row and 0 columns, \
             found {most} rows and 0 columns"
        )
    );
    // Few are a batch as any other.
    let rows = Array2::<f64>::zeros((3, 0));
    assert_eq!(layout.unravel_batch::<_, Empty>(&rows).map(|trees| trees.len()), Ok(3));
}

#[test]
fn deep_trees_that_differ_at_each_level() {
    let [a, b] = [1, 2].map(|len| {
        let leaf = || Tree::Leaf(ndarray::Array1::<f64>::zeros(len));
        (1..50_000).fold(leaf(), |rest, _| Tree::List(vec![leaf(), rest]))
    });
    let error = soon(|| Layout::of(&a).check(&b)).unwrap_err();
    let (last, listed) = error.mismatches().split_last().unwrap();
    assert_eq!(
        last.to_string(),
        format!("{} mismatches are not listed: the tree is too deep", 50_000 - listed.len())
    );
    assert!(listed.len() > 2000);
    let built = soon(|| pytree::tree_map::<_, _, Tree<Array2<f64>>>(|leaf| leaf, &a));
    assert!(built.unwrap_err().mismatches().len() > 2000);
}

#[test]
fn deep_trees_whose_leaves_are_all_refused() {
    let tree = nested(50_000);
    let groups = soon(|| pytree::tree_groups(&tree, [("[0]", 1)]).unwrap_err());
    let unstacked =
        soon(|| pytree::tree_unstack::<_, Tree<ndarray::ArrayD<f64>>>(&tree).unwrap_err());
    let neither = tree_flatten(&tree).map(|_| None::<f64>);
    let combined = soon(|| neither.clone().combine(neither).unwrap_err());
    for (error, refused) in [(groups, 49_999), (unstacked, 50_000), (combined, 50_000)] {
        let (last, listed) = error.mismatches().split_last().unwrap();
        assert!(listed.len() > 2000);
        assert_eq!(
            last.to_string(),
            format!("{} mismatches are not listed: the tree is too deep", refused - listed.len())
        );
    }
}
