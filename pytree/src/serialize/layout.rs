//! Layouts are written as their structure and the shapes of the leaves.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

use crate::layout::layout::Layout;
use crate::structure::treedef::TreeDef;

#[derive(serde::Serialize)]
#[serde(rename = "Layout")]
struct Lent<'l> {
    treedef: &'l TreeDef,
    shapes: Vec<&'l [usize]>,
}

#[derive(serde::Deserialize)]
#[serde(rename = "Layout", deny_unknown_fields)]
struct Owned {
    treedef: TreeDef,
    shapes: Vec<Vec<usize>>,
}

/// As its structure and the shapes of the leaves, in order:
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
        let lent = Lent { treedef: self.treedef(), shapes: self.shapes().collect() };
        lent.serialize(serializer)
    }
}

/// What is read equals what was written, and checks, ravels and unravels the same trees; see
/// [`TreeDef`] for those that cannot be built.
///
/// A tree with structs is compared in full each time, with allocations, because the structs of what was
/// read have other addresses. Where that matters, compare once, `read == Layout::of(&tree)`, and use the
/// layout of the tree from then on.
///
/// # Errors
/// If the structure is not that of a tree, if there is not one shape for each leaf, or if the vector
/// would be longer than a vector can be.
impl<'de> Deserialize<'de> for Layout {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Owned { treedef, shapes } = Owned::deserialize(deserializer)?;
        let leaves = treedef.num_leaves();
        if shapes.len() != leaves {
            return Err(D::Error::custom(format!(
                "not a layout: expected {leaves} shapes, one a leaf, found {}",
                shapes.len()
            )));
        }
        let mut len = 0;
        for (leaf, shape) in shapes.iter().enumerate() {
            len = len_after(len, shape).ok_or_else(|| {
                D::Error::custom(format!(
                    "not a layout: shapes[{leaf}] is {shape:?}, which makes the vector longer than \
                     one can be"
                ))
            })?;
        }
        Ok(Layout::from_shapes(treedef, &shapes))
    }
}

/// The length of a vector of `len` elements once a leaf of this shape is appended; `None` if no vector
/// is so long.
///
/// No product of the lengths of axes may be too large either, also if another axis is empty.
fn len_after(len: usize, shape: &[usize]) -> Option<usize> {
    let fits = |number: &usize| isize::try_from(*number).is_ok();
    let axes = shape.iter().filter(|axis| **axis > 0);
    let full = axes.into_iter().try_fold(1, |product: usize, axis| product.checked_mul(*axis));
    let full = full.filter(fits)?;
    let elements = if shape.contains(&0) { 0 } else { full };
    len.checked_add(elements).filter(fits)
}
