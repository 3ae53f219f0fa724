use crate::error::error::Error;
use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::layout::layout::Layout;
use crate::path::key::KeyPath;
use crate::structure::find::find_leaf;
use crate::structure::nearest::nearest_node;
use crate::structure::paths::Paths;

impl Layout {
    /// The name of the element at `index` of the vector: the path of its leaf and, unless that is a
    /// number, its place in it. For many, [`labels`](Self::labels) is faster.
    ///
    /// # Errors
    /// If `index` is behind the end of the vector.
    ///
    /// ```
    /// let layout = pytree::Layout::of(&(1.0, ndarray::array![[2.0, 3.0]]));
    /// assert_eq!((layout.label(0)?, layout.label(2)?), ("[0]".into(), "[1][0,1]".into()));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn label(&self, index: usize) -> Result<String, Error> {
        if index >= self.len() {
            let kind = MismatchKind::Index { index, len: self.len() };
            return Err(Error::at_root("no such element", kind));
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

    /// The element of the vector that has this name: the inverse of [`label`](Self::label).
    ///
    /// # Errors
    /// If `label` is no path, the tree has no such leaf, or the leaf no such element.
    ///
    /// ```
    /// let layout = pytree::Layout::of(&(1.0, ndarray::array![[2.0, 3.0]]));
    /// assert_eq!((layout.index("[0]")?, layout.index("[1][0,1]")?), (0, 2));
    /// let error = layout.index("[1][0,2]").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "no such element: at [1]: expected a place in shape [1, 2], found [0, 2]"
    /// );
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn index(&self, label: &str) -> Result<usize, Error> {
        // `[3]` is a key or a place: the label of an element of an array ends in a place.
        let is_leaf = |path: &str| {
            path.parse().is_ok_and(|path| find_leaf(self.treedef(), &path, NO_ELEMENT).is_ok())
        };
        let (path, place) = match split_place(label) {
            Some((path, place)) if place.len() > 1 || is_leaf(path) => (path, place),
            _ => (label, Vec::new()),
        };
        self.element(&path.parse()?, &place).map_err(|error| self.suggest_element(&error, label))
    }

    /// An error about a node that is not there, where an element is asked for: a node without elements
    /// is not meant.
    fn suggest_element(&self, error: &Error, label: &str) -> Error {
        let has_elements = |path: &String| {
            let range = path.parse().ok().and_then(|path| self.range(&path).ok());
            range.is_some_and(|range| !range.is_empty())
        };
        let mismatches = error.mismatches().iter().cloned().map(|mut mismatch| {
            if let MismatchKind::NoSuchKey { nearest, .. } = &mut mismatch.kind {
                let node = nearest.take().filter(has_elements);
                *nearest = self.nearest_element(label).or(node);
            }
            mismatch
        });
        Error::new(NO_ELEMENT, mismatches.collect())
    }

    /// The leaf that is most likely meant by a label that ends in a place, with that place if it has it.
    fn nearest_element(&self, label: &str) -> Option<String> {
        let (path, place) = split_place(label)?;
        let leaf = nearest_node(self.treedef(), &path.parse().ok()?)?;
        find_leaf(self.treedef(), &leaf, NO_ELEMENT).ok()?;
        let is_element = self.element(&leaf, &place).is_ok();
        Some(format!("{leaf}{}", if is_element { &label[path.len()..] } else { "" }))
    }

    /// Where in the vector the element at `place` of the leaf at `path` is.
    fn element(&self, path: &KeyPath, place: &[usize]) -> Result<usize, Error> {
        let leaf = find_leaf(self.treedef(), path, NO_ELEMENT)?;
        let shape = self.shape(leaf);
        if place.len() != shape.len() || place.iter().zip(shape).any(|(index, len)| index >= len) {
            let kind = MismatchKind::Place { shape: shape.to_vec(), found: place.to_vec() };
            return Err(Error::new(NO_ELEMENT, vec![Mismatch { path: path.clone(), kind }]));
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
