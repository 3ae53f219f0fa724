//! Random trees: what a pattern of many alternatives selects is what it matches; a tree prints in as many
//! lines as are asked for; and a batch of trees is the rows of a matrix, whatever the shape of the matrix.
#![no_main]

use arbitrary::{Result, Unstructured};
use fuzz::{short, tree};
use libfuzzer_sys::fuzz_target;
use ndarray::{Array2, ArrayD, ShapeBuilder};
use pytree::{KeyPath, Layout, Pattern, Tree, tree_format, tree_leaves, tree_map_where};

type Arrays = Tree<ArrayD<f64>>;

fuzz_target!(|data: &[u8]| {
    any_tree(&mut Unstructured::new(data)).ok();
});

fn any_tree(u: &mut Unstructured<'_>) -> Result<()> {
    let tree = tree(u, 4)?;
    let layout = Layout::of(&tree);
    let (depth, children) = (u.int_in_range(0..=5)?, u.int_in_range(0..=5)?);
    formatted(&tree, depth, children);
    batch(u, &layout, &tree)?;
    let paths: Vec<_> = layout.treedef().leaf_paths().collect();
    let pattern = pattern(u, &paths)?;
    match pattern.parse() {
        Ok(pattern) => selected(&layout, &tree, &paths, &pattern),
        Err(error) => short(&error),
    }
    Ok(())
}

/// A line for each node of the levels and the children that are asked for, and one for the children that
/// are left out.
fn formatted(tree: &Arrays, depth: usize, children: usize) {
    fn lines(tree: &Arrays, depth: usize, most: usize) -> usize {
        let under: Vec<&Arrays> = match tree {
            Tree::Leaf(_) | Tree::None => Vec::new(),
            Tree::List(children) | Tree::Tuple(children) => children.iter().collect(),
            Tree::Dict(children) => children.values().collect(),
        };
        if depth == 0 {
            return 1;
        }
        let shown = under.iter().take(most).map(|child| lines(child, depth - 1, most));
        1 + shown.sum::<usize>() + usize::from(under.len() > most)
    }
    let text = tree_format(tree).max_depth(depth).max_children(children).to_string();
    assert_eq!(text.lines().count(), lines(tree, depth, children), "{text}");
}

/// Matrices of random shapes, of either order and with rows far apart: one that has a row for each tree
/// is written to the trees and read from them, and any other is an error.
fn batch(u: &mut Unstructured<'_>, layout: &Layout, tree: &Arrays) -> Result<()> {
    let rows = u.int_in_range(0..=3)?;
    let columns = if u.arbitrary()? { layout.len() } else { u.int_in_range(0..=8)? };
    let (column_major, every) = (u.arbitrary()?, u.int_in_range(1..=3)?);
    let mut numbers = 0..;
    let shape = (rows, columns).set_f(column_major);
    let matrix = Array2::from_shape_simple_fn(shape, || f64::from(numbers.next().unwrap_or(0_u16)));
    let step = isize::try_from(every).expect("a few");
    let matrix = matrix.slice(ndarray::s![..;step, ..]);

    let mut trees = vec![tree.clone(); u.int_in_range(0..=3)?];
    let before = trees.clone();
    match layout.unravel_batch_into(matrix, &mut trees) {
        Ok(()) => {
            assert_eq!(matrix.dim(), (trees.len(), layout.len()));
            assert_eq!(layout.ravel_batch(&trees).expect("trees of the layout"), matrix);
            let mut again = Array2::zeros(matrix.raw_dim());
            layout.ravel_batch_into(&trees, &mut again).expect("trees of the layout");
            assert_eq!(again, matrix);
        }
        Err(error) => {
            short(&error);
            assert!(trees == before && matrix.dim() != (trees.len(), layout.len()));
        }
    }
    match layout.unravel_batch::<f64, Arrays>(matrix) {
        Ok(trees) => assert_eq!(layout.ravel_batch(&trees).expect("trees of the layout"), matrix),
        Err(error) => {
            short(&error);
            assert_ne!(matrix.ncols(), layout.len());
        }
    }
    // Of another layout, unless the other tree happens to have this one.
    let other = [fuzz::tree(u, 2)?];
    if let Err(error) = layout.ravel_batch(&other) {
        short(&error);
        assert_ne!(Layout::of(&other[0]), *layout);
    }
    Ok(())
}

/// A text of up to forty alternatives, most of which are the path of a leaf with some keys replaced.
fn pattern(u: &mut Unstructured<'_>, paths: &[KeyPath]) -> Result<String> {
    const KEYS: [&str; 8] = ["**", "[*]", "['*']", "['?']", ".*", "[0]", "['a']", "**[*]"];
    let mut alternatives = Vec::new();
    for _ in 0..u.int_in_range(1..=40)? {
        let mut text = String::new();
        if u.ratio(1, 8)? {
            text.push('!');
        }
        let keys = if paths.is_empty() { &[] } else { u.choose(paths)?.keys() };
        for key in keys {
            match u.int_in_range(0..=7)? {
                0..=4 => {
                    text.push_str(&Pattern::from(&KeyPath::from_iter([key.clone()])).to_string())
                }
                5 | 6 => text.push_str(u.choose(&KEYS)?),
                _ => {}
            }
        }
        alternatives.push(text);
    }
    Ok(alternatives.join(" | "))
}

fn selected(layout: &Layout, tree: &Arrays, paths: &[KeyPath], pattern: &Pattern) {
    let matched: Vec<_> = paths.iter().map(|path| pattern.matches(path)).collect();
    let cleared = |leaf: ndarray::ArrayViewD<'_, f64>| leaf.mapv(|_| -7.0);
    let expected: Vec<ArrayD<f64>> = tree_leaves(tree)
        .into_iter()
        .zip(&matched)
        .map(|(leaf, matched)| if *matched { cleared(leaf) } else { leaf.to_owned() })
        .collect();
    match layout.select(pattern) {
        Ok(part) => {
            let selected = paths.iter().zip(&matched).filter(|(_, matched)| **matched);
            let selected: Vec<_> = selected.map(|(path, _)| path.clone()).collect();
            assert!(part.layout().treedef().leaf_paths().eq(selected));
            let mut changed = tree.clone();
            part.unravel_into(&vec![-7.0; part.len()], &mut changed).expect("the tree itself");
            assert!(tree_leaves(&changed).into_iter().eq(expected.iter().map(|leaf| leaf.view())));
        }
        Err(error) => short(&error),
    }
    match tree_map_where(pattern, cleared, tree) {
        Ok::<Arrays, _>(changed) => {
            assert!(tree_leaves(&changed).into_iter().eq(expected.iter().map(|leaf| leaf.view())));
        }
        Err(error) => {
            short(&error);
            assert!(layout.select(pattern).is_err());
        }
    }
}
