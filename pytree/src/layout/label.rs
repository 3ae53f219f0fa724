use std::fmt::Display;

use crate::error::error::{Error, ErrorKind};
use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::error::print;
use crate::layout::layout::Layout;
use crate::layout::within::Within;
use crate::path::key::KeyPath;
use crate::path::parse::split_index;
use crate::structure::find::{descend, find_leaf};
use crate::structure::nearest::nearest_node;
use crate::structure::paths::Paths;

impl Layout {
    /// The name of the element at `index` of the vector: the path of its leaf, followed by the index of the element
    /// in the leaf (`.w[1,0]`) unless the leaf is a number. For many names, [`labels`](Self::labels) is faster.
    ///
    /// # Errors
    /// If `index >= self.len()`.
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
        Ok(path + &index_text(index - self.start(leaf), self.shape(leaf)))
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
            (0..shape.iter().product()).map(move |offset| path.clone() + &index_text(offset, shape))
        })
    }

    /// The index in the vector of the element with this name: the inverse of [`label`](Self::label).
    ///
    /// `label` is a text, whose first dot may be omitted, or the [`KeyPath`] of a leaf that is a number.
    ///
    /// # Errors
    /// If `label` is not a valid path, if the tree does not have the leaf, or if the leaf does not have the element.
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
        // A final `[3]` is ambiguous: an index into an array if the path before it is a leaf, else the key of a
        // list or tuple. `[1,0]` can only be an index.
        let is_leaf = |path: &str| {
            path.parse().is_ok_and(|path| find_leaf(self.treedef(), &path, NO_ELEMENT).is_ok())
        };
        let (path, element) = match split_index(label) {
            Some((path, element)) if element.len() > 1 || is_leaf(path) => (path, element),
            _ => (label, Vec::new()),
        };
        let path: KeyPath = path.parse()?;
        match descend(self.treedef(), &path) {
            Ok(subtree) => self.element(&Within::new(subtree, &path, element, NO_ELEMENT)?),
            Err(no_such_key) => {
                // `[1][0]` names the element that `[1,0]` does.
                if let Ok(within) = Within::find(self.treedef(), &path, NO_ELEMENT) {
                    return self.element(&within);
                }
                // A node without elements has no labels, so it is not suggested.
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

    /// For a misspelt label that ends in an index: the most similar leaf, followed by the index if the leaf has it.
    fn nearest_element(&self, label: &str) -> Option<String> {
        let (path, element) = split_index(label)?;
        let leaf = nearest_node(self.treedef(), &path.parse().ok()?)?;
        let subtree = descend(self.treedef(), &leaf).ok()?;
        let within = Within::new(subtree, &leaf, element, NO_ELEMENT).ok()?;
        let is_element = self.element(&within).is_ok();
        Some(format!("{leaf}{}", if is_element { &label[path.len()..] } else { "" }))
    }

    /// The index in the vector of an element of a leaf.
    fn element(&self, within: &Within) -> Result<usize, Error> {
        let shape = self.shape(within.leaf);
        let (part, inner) = within.part(shape, NO_ELEMENT)?;
        if inner.is_empty() {
            return Ok(self.start(within.leaf) + part.start);
        }
        let found = match within.positions.as_slice() {
            [] => "none".to_string(),
            row => print::shape(row),
        };
        let text = format!("expected an index within shape {}, found {found}", print::shape(shape));
        let (path, kind) = (within.path.clone(), MismatchKind::other(text));
        Err(Error::not_found(NO_ELEMENT, vec![Mismatch { path, kind }]))
    }
}

const NO_ELEMENT: &str = "no such element";

/// The index of the element at `offset` of an array in row-major order, such as `[1,0]`; empty for a number.
pub(crate) fn index_text(offset: usize, shape: &[usize]) -> String {
    // The last axis varies fastest, so its index is the first remainder.
    let mut quotient = offset;
    let mut indices: Vec<_> = shape
        .iter()
        .rev()
        .map(|len| {
            let index = quotient % len;
            quotient /= len;
            index.to_string()
        })
        .collect();
    indices.reverse();
    if indices.is_empty() { String::new() } else { format!("[{}]", indices.join(",")) }
}
