use std::fmt::Display;

use crate::error::error::{Error, ErrorKind};
use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::layout::layout::Layout;
use crate::path::key::KeyPath;
use crate::structure::find::{descend, expect_leaf, find_leaf};
use crate::structure::nearest::nearest_node;
use crate::structure::paths::Paths;
use crate::structure::treedef::Subtree;

impl Layout {
    /// The name of the element at `index` of the vector: the path of its leaf and, unless that is a
    /// number, its place in it. For many, [`labels`](Self::labels) is faster.
    ///
    /// # Errors
    /// If `index` is past the end of the vector.
    ///
    /// ```
    /// let layout = pytree::Layout::of(&(1.0, ndarray::array![[2.0, 3.0]]));
    /// assert_eq!((layout.label(0)?, layout.label(2)?), ("[0]".into(), "[1][0,1]".into()));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn label(&self, index: usize) -> Result<String, Error> {
        if index >= self.len() {
            let len = self.len();
            let text = format!("index {index} is past the end of the vector of length {len}");
            return Err(Error::whole(ErrorKind::NotFound, NO_ELEMENT, text));
        }
        let leaf = self.leaf_at(index);
        let mut paths = Paths::new(self.treedef());
        for _ in 0..leaf {
            paths.next_leaf();
        }
        let path = paths.next_leaf().map(ToString::to_string).unwrap_or_default();
        Ok(path + &place(index - self.start(leaf), self.shape(leaf)))
    }

    /// The names of all elements of the vector, in order.
    ///
    /// ```
    /// use pytree::Layout;
    /// let layout = Layout::of(&(1.0, ndarray::array![2.0, 3.0]));
    /// assert!(layout.labels().eq(["[0]", "[1][0]", "[1][1]"]));
    /// ```
    pub fn labels(&self) -> impl Iterator<Item = String> {
        let mut paths = Paths::new(self.treedef());
        (0..self.treedef().num_leaves()).flat_map(move |leaf| {
            let path = paths.next_leaf().map(ToString::to_string).unwrap_or_default();
            let shape = self.shape(leaf);
            (0..shape.iter().product()).map(move |index| path.clone() + &place(index, shape))
        })
    }

    /// The index in the vector of the element with this label: the inverse of [`label`](Self::label).
    /// `label` is a text, with or without the first dot, or the [`KeyPath`] of a leaf that is a number.
    ///
    /// # Errors
    /// If `label` is not a path, the tree does not have the leaf, or the leaf does not have the element.
    ///
    /// ```
    /// let layout = pytree::Layout::of(&(1.0, ndarray::array![[2.0, 3.0]]));
    /// assert_eq!((layout.index("[0]")?, layout.index("[1][0,1]")?), (0, 2));
    /// let error = layout.index("[1][0,2]").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "no such element: at [1]: expected an index within shape [1, 2], found [0, 2]"
    /// );
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn index(&self, label: impl Display) -> Result<usize, Error> {
        let label = &*label.to_string();
        // `[3]` is a key or a place: the label of an element of an array ends in a place.
        let is_leaf = |path: &str| {
            path.parse().is_ok_and(|path| find_leaf(self.treedef(), &path, NO_ELEMENT).is_ok())
        };
        let (path, place) = match split_place(label) {
            Some((path, place)) if place.len() > 1 || is_leaf(path) => (path, place),
            _ => (label, Vec::new()),
        };
        let path: KeyPath = path.parse()?;
        match descend(self.treedef(), &path) {
            Ok(subtree) => self.element(subtree, &path, &place),
            Err(no_such_key) => {
                // A node without elements is not meant.
                let node =
                    || nearest_node(self.treedef(), &path).filter(|path| self.has_elements(path));
                let nearest = self.nearest_element(label);
                let nearest = nearest.or_else(|| node().map(|path| path.to_string()));
                Err(no_such_key.error(&path, NO_ELEMENT, nearest))
            }
        }
    }

    fn has_elements(&self, path: &KeyPath) -> bool {
        self.range(path).is_ok_and(|range| !range.is_empty())
    }

    /// The leaf that is most likely meant by a label that ends in a position, with that position if the
    /// leaf has it.
    fn nearest_element(&self, label: &str) -> Option<String> {
        let (path, place) = split_place(label)?;
        let leaf = nearest_node(self.treedef(), &path.parse().ok()?)?;
        let subtree = descend(self.treedef(), &leaf).ok()?;
        expect_leaf(subtree, &leaf, NO_ELEMENT).ok()?;
        let is_element = self.element(subtree, &leaf, &place).is_ok();
        Some(format!("{leaf}{}", if is_element { &label[path.len()..] } else { "" }))
    }

    /// The index in the vector of the element at `place` of the leaf `subtree`, which is at `path`.
    fn element(
        &self,
        subtree: Subtree<'_>,
        path: &KeyPath,
        place: &[usize],
    ) -> Result<usize, Error> {
        let leaf = expect_leaf(subtree, path, NO_ELEMENT)?;
        let shape = self.shape(leaf);
        if place.len() != shape.len() || place.iter().zip(shape).any(|(index, len)| index >= len) {
            let text = if place.is_empty() {
                format!("expected an index within shape {shape:?}, found none")
            } else {
                format!("expected an index within shape {shape:?}, found {place:?}")
            };
            let mismatch = Mismatch { path: path.clone(), kind: MismatchKind::other(text) };
            return Err(Error::not_found(NO_ELEMENT, vec![mismatch]));
        }
        let within = place.iter().zip(shape).fold(0, |within, (index, len)| within * len + index);
        Ok(self.start(leaf) + within)
    }
}

const NO_ELEMENT: &str = "no such element";

/// The place of element `index` of an array in row-major order: `[1,0]`, nothing for a number.
fn place(index: usize, shape: &[usize]) -> String {
    let mut below = index;
    let mut digits: Vec<_> = shape
        .iter()
        .rev()
        .map(|len| {
            let digit = below % len;
            below /= len;
            digit.to_string()
        })
        .collect();
    digits.reverse();
    if digits.is_empty() { String::new() } else { format!("[{}]", digits.join(",")) }
}

/// A label that ends in a place, as [`place`] writes it, taken apart.
fn split_place(label: &str) -> Option<(&str, Vec<usize>)> {
    let (path, digits) = label.strip_suffix(']')?.rsplit_once('[')?;
    // One way to write a number, as in a path.
    let index = |digit: &str| digit.parse().ok().filter(|index: &usize| index.to_string() == digit);
    Some((path, digits.split(',').map(index).collect::<Option<_>>()?))
}
