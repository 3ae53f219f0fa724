//! Serializes layouts as their structure and the shapes of the leaves.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

use crate::layout::layout::Layout;
use crate::structure::treedef::TreeDef;

#[derive(serde::Serialize)]
#[serde(rename = "Layout")]
struct Borrowed<'l> {
    treedef: &'l TreeDef,
    shapes: Vec<&'l [usize]>,
}

#[derive(serde::Deserialize)]
#[serde(rename = "Layout", deny_unknown_fields)]
struct Owned {
    treedef: TreeDef,
    shapes: Vec<Vec<usize>>,
}

/// Serializes the structure and the shapes of the leaves, in order:
///
/// ```
/// use ndarray::array;
/// use pytree::Layout;
/// use serde_json::json;
///
/// let layout = Layout::of(&(1.0, array![[2.0, 3.0]]));
/// let written = json!({
///     "treedef": {"nodes": [{"tuple": 2}, "leaf", "leaf"], "keys": [], "statics": []},
///     "shapes": [[], [1, 2]],
/// });
/// assert_eq!(serde_json::to_value(&layout)?, written);
///
/// let read: Layout = serde_json::from_value(written)?;
/// assert_eq!(read, layout);
/// assert_eq!(read.ravel(&(4.0, array![[5.0, 6.0]])).unwrap(), array![4.0, 5.0, 6.0]);
/// # Ok::<(), serde_json::Error>(())
/// ```
impl Serialize for Layout {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let layout = Borrowed { treedef: self.treedef(), shapes: self.shapes().collect() };
        layout.serialize(serializer)
    }
}

/// The deserialized layout equals the original, and checks, ravels and unravels the same trees. [`TreeDef`] lists the
/// types that cannot be built from it.
///
/// A deserialized struct has another address than that of the derive, so checking a tree with structs takes the slow
/// path, which allocates. In a loop, compare once (`read == Layout::of(&tree)`), and then use the layout of the tree.
///
/// # Errors
/// If the structure is not that of a tree, if the number of shapes is not the number of leaves, or if the vector would
/// have more than `isize::MAX` elements.
impl<'de> Deserialize<'de> for Layout {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Owned { treedef, shapes } = Owned::deserialize(deserializer)?;
        let leaves = treedef.num_leaves();
        if shapes.len() != leaves {
            return Err(D::Error::custom(format!(
                "not a layout: expected {leaves} shapes, one for each leaf, found {}",
                shapes.len()
            )));
        }
        let mut len = 0;
        for (leaf, shape) in shapes.iter().enumerate() {
            len = len_after(len, shape).ok_or_else(|| {
                D::Error::custom(format!(
                    "not a layout: with shapes[{leaf}], which is {shape:?}, the vector would have more \
                     than {} elements",
                    isize::MAX
                ))
            })?;
        }
        Ok(Layout::from_shapes(treedef, &shapes))
    }
}

/// The length of a vector of `len` elements after a leaf of this shape is appended; `None` if it exceeds `isize::MAX`.
///
/// `ndarray` also limits the product of all lengths other than 0, even if the leaf is empty.
fn len_after(len: usize, shape: &[usize]) -> Option<usize> {
    let fits = |number: &usize| isize::try_from(*number).is_ok();
    let axes = shape.iter().filter(|axis| **axis > 0);
    let full = axes.into_iter().try_fold(1, |product: usize, axis| product.checked_mul(*axis));
    let full = full.filter(fits)?;
    let elements = if shape.contains(&0) { 0 } else { full };
    len.checked_add(elements).filter(fits)
}
