//! Any text as a key path, as a pattern and as a label: it is one that prints and parses back, or an
//! error; and it finds the same in a tree every way.
#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use fuzz::short;
use libfuzzer_sys::fuzz_target;
use ndarray::{Array1, Array2};
use pytree::error::ErrorKind;
use pytree::{KeyPath, Layout, Pattern, PyTree, Tree};

#[derive(PyTree)]
struct Dense {
    w: Array2<f64>,
    b: Array1<f64>,
    #[pytree(rename = "type")]
    kind: f64,
}

#[derive(PyTree)]
struct Mlp {
    layers: Vec<Dense>,
    scale: f64,
    empty: Array2<f64>,
    gates: BTreeMap<i64, f64>,
    dict: BTreeMap<String, (f64, Option<f64>)>,
}

/// Layouts of a few trees, and the paths of their leaves.
static TREES: LazyLock<Vec<(Layout, Vec<KeyPath>)>> = LazyLock::new(|| {
    let dense = |n| Dense { w: Array2::zeros((n, 2)), b: Array1::zeros(n), kind: 0.0 };
    let odd = ["v", "HH_m", "it's", "a\"b'", "x\\y", "n\n", "", "é\u{301}", "[0]", ".w", "3"];
    let mlp = Mlp {
        layers: vec![dense(2), dense(1), dense(0)],
        scale: 0.0,
        empty: Array2::zeros((0, 3)),
        gates: [-2, 0, 3, i64::MAX].map(|key| (key, 0.0)).into(),
        dict: odd.map(|key| (key.to_string(), (0.0, None))).into(),
    };
    let mut deep = Tree::Leaf(0.0);
    for _ in 0..12 {
        deep = Tree::List(vec![Tree::None, deep]);
    }
    let numbers = vec![vec![0.0; 5], vec![], vec![0.0; 12]];
    let layouts = [
        Layout::of(&mlp),
        Layout::of(&deep),
        Layout::of(&numbers),
        Layout::of(&0.0),
        Layout::of(&Array2::<f64>::zeros((3, 4))),
        Layout::of(&Vec::<f64>::new()),
    ];
    layouts
        .map(|layout| {
            let paths = layout.treedef().leaf_paths().collect();
            (layout, paths)
        })
        .into()
});

fuzz_target!(|data: &[u8]| {
    // Two texts, or one twice.
    let text = String::from_utf8_lossy(data);
    let (first, second) = text.split_once('\0').unwrap_or((&text, &text));
    let path = first.parse::<KeyPath>().inspect_err(short);
    let pattern = second.parse::<Pattern>().inspect_err(short);
    if let Ok(path) = &path {
        path_comes_back(path);
        if let Ok(other) = second.parse::<KeyPath>() {
            assert_eq!(Pattern::from(path).matches(&other), *path == other);
        }
    }
    if let Ok(pattern) = &pattern {
        pattern_comes_back(pattern);
        if let Ok(path) = &path {
            pattern.matches(path);
        }
    }
    for (layout, paths) in TREES.iter() {
        label(layout, first);
        if let Ok(path) = &path {
            node(layout, path);
        }
        if let Ok(pattern) = &pattern {
            selection(layout, paths, pattern);
        }
    }
});

fn path_comes_back(path: &KeyPath) {
    let text = path.to_string();
    let again: KeyPath = text.parse().expect("a path parses back");
    assert_eq!(again, *path);
    assert_eq!(again.to_string(), text);
    assert_eq!(again.last_name().is_none(), path.keys().is_empty());
    let json = serde_json::to_string(path).expect("a path that was parsed");
    assert_eq!(serde_json::from_str::<KeyPath>(&json).expect("a path"), *path);

    let pattern = Pattern::from(path);
    assert!(pattern.matches(path));
    pattern_comes_back(&pattern);
}

fn pattern_comes_back(pattern: &Pattern) {
    let text = pattern.to_string();
    let again: Pattern = text.parse().expect("a pattern parses back");
    assert_eq!(again, *pattern);
    assert_eq!(again.to_string(), text);
    let json = serde_json::to_string(pattern).expect("a pattern that was parsed");
    assert_eq!(serde_json::from_str::<Pattern>(&json).expect("a pattern"), *pattern);
}

/// If the text is the label of an element, it is the one that the element has.
fn label(layout: &Layout, text: &str) {
    match layout.index(text) {
        Ok(index) => {
            // Keys may be quoted in several ways, and places be written in one.
            let printed = |text: &str| text.parse().map(|path: KeyPath| path.to_string()).ok();
            let label = printed(text).or_else(|| {
                let (path, place) = text.rsplit_once('[')?;
                Some(format!("{}[{place}", printed(path)?))
            });
            // `[1][0]` names the element that `[1,0]` does, whose label is the latter.
            let by_keys = text.parse::<KeyPath>().and_then(|path| layout.range(&path)).ok();
            let found = layout.label(index).ok();
            assert!(found == label || by_keys == Some(index..index + 1), "{found:?}, {label:?}");
        }
        Err(error) => short(&error),
    }
}

/// If there is such a node, or such a part of a leaf, its part of the vector is found every way.
fn node(layout: &Layout, path: &KeyPath) {
    match layout.range(path) {
        Ok(range) => {
            if !range.is_empty() {
                let found = layout.path(range.clone()).expect("a part");
                let whole = layout.range(&found).expect("a node");
                if found.keys().starts_with(path.keys()) {
                    assert_eq!(whole, range);
                } else {
                    // An element or a row of the leaf that was found.
                    assert!(path.keys().starts_with(found.keys()));
                    assert!(whole.start <= range.start && range.end <= whole.end);
                }
            }
            let vector = vec![0.0; layout.len()];
            match layout.view(&vector, path) {
                Ok(leaf) => assert_eq!(leaf.len(), range.len()),
                Err(error) => short(&error),
            }
        }
        Err(error) => short(&error),
    }
}

/// What a pattern selects are the leaves that it matches.
fn selection(layout: &Layout, paths: &[KeyPath], pattern: &Pattern) {
    let matching: Vec<_> = paths.iter().filter(|path| pattern.matches(path)).collect();
    match layout.select(pattern) {
        Ok(part) => assert!(part.layout().treedef().leaf_paths().eq(matching.into_iter().cloned())),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::NotFound);
            assert!(!error.mismatches().is_empty());
            short(&error);
        }
    }
}
