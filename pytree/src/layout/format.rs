use std::any::type_name;
use std::fmt::{self, Display};

use crate::layout::layout::Layout;
use crate::path::key::Key;
use crate::structure::treedef::Subtree;
use crate::walk::deep::deep;
use crate::walk::node::Node;
use crate::walk::pytree::PyTree;

/// The tree as text, a line for each node: the leaves by element type and shape, the static fields
/// by value. Nodes more than 64 levels below the root are left out, unless
/// [`max_depth`](TreeFormat::max_depth) says otherwise.
///
/// ```
/// use ndarray::{Array1, Array2};
/// use pytree::{PyTree, tree_format};
///
/// #[derive(PyTree)]
/// struct Dense { w: Array2<f64>, b: Array1<f64>, #[pytree(static)] activation: &'static str }
///
/// let layer = || Dense { w: Array2::zeros((128, 64)), b: Array1::zeros(64), activation: "relu" };
/// let layers = [layer(), layer(), layer()];
/// assert_eq!(
///     tree_format(&layers).max_children(2).to_string(),
///     "list of 3
///   [0]: Dense
///     w: f64[128,64]
///     b: f64[64]
///     activation = \"relu\"
///   [1]: Dense
///     w: f64[128,64]
///     b: f64[64]
///     activation = \"relu\"
///   ... 1 more"
/// );
/// assert_eq!(tree_format(&layers).max_depth(0).to_string(), "list of 3 with 24768 elements");
/// ```
pub fn tree_format<P: PyTree>(tree: &P) -> TreeFormat {
    // `num_dual::datatypes::dual::Dual<f64>` reads as `Dual<f64>`.
    let path = type_name::<P::Elem>();
    let start = path.split('<').next().and_then(|path| path.rfind("::")).map_or(0, |at| at + 2);
    TreeFormat {
        layout: Layout::of(tree),
        dtype: &path[start..],
        max_depth: MAX_DEPTH,
        max_children: usize::MAX,
    }
}

/// How many levels are printed unless the user says how many, and how many the indentation shows.
const MAX_DEPTH: usize = 64;

/// A tree to be printed; see [`tree_format`].
///
/// ```
/// use ndarray::array;
/// let format = pytree::tree_format(&vec![array![1.0], array![2.0]]).max_depth(1).max_children(1);
/// assert_eq!(format.to_string(), "list of 2\n  [0]: f64[1]\n  ... 1 more");
/// ```
#[derive(Clone, Debug)]
pub struct TreeFormat {
    layout: Layout,
    dtype: &'static str,
    max_depth: usize,
    max_children: usize,
}

impl TreeFormat {
    /// How many levels below the root are printed (64 by default); of a node at the last level, the
    /// number of its elements. Beyond 64 levels the indentation no longer grows.
    ///
    /// ```
    /// let text = pytree::tree_format(&(1.0, (2.0, 3.0))).max_depth(1).to_string();
    /// assert_eq!(text, "tuple of 2\n  [0]: f64[]\n  [1]: tuple of 2 with 2 elements");
    /// ```
    #[must_use]
    pub fn max_depth(self, max_depth: usize) -> Self {
        TreeFormat { max_depth, ..self }
    }

    /// How many children of each node are printed; of the others, their number.
    ///
    /// ```
    /// let text = pytree::tree_format(&(1.0, 2.0, 3.0)).max_children(2).to_string();
    /// assert_eq!(text, "tuple of 3\n  [0]: f64[]\n  [1]: f64[]\n  ... 1 more");
    /// ```
    #[must_use]
    pub fn max_children(self, max_children: usize) -> Self {
        TreeFormat { max_children, ..self }
    }

    /// The node of `subtree` and, unless they are too deep, its static fields and children.
    fn node(&self, f: &mut fmt::Formatter<'_>, subtree: Subtree<'_>, depth: usize) -> fmt::Result {
        let node = subtree.node();
        match node {
            Node::Leaf => {
                let shape: Vec<_> =
                    self.layout.shape(subtree.at.leaf).iter().map(ToString::to_string).collect();
                write!(f, "{}[{}]", self.dtype, shape.join(","))?;
            }
            Node::None => f.write_str("None")?,
            Node::List(len) => write!(f, "list of {len}")?,
            Node::Tuple(len) => write!(f, "tuple of {len}")?,
            Node::Dict(len) => write!(f, "dict of {len}")?,
            Node::Struct(def) => f.write_str(def.name)?,
        }
        if depth == self.max_depth {
            return if node.arity() == 0 { Ok(()) } else { self.elements(f, subtree) };
        }
        // A width that is formatted has a limit, and one that grows on makes the text quadratic.
        let indent = 2 * (depth.min(MAX_DEPTH) + 1);
        for (key, child) in subtree.children().take(self.max_children) {
            write!(f, "\n{:indent$}{}: ", "", Name(&key))?;
            deep(|| self.node(f, child, depth + 1))?;
        }
        for (name, value) in subtree.statics() {
            write!(f, "\n{:indent$}{name} = {value:?}", "")?;
        }
        match node.arity().saturating_sub(self.max_children) {
            0 => Ok(()),
            more => write!(f, "\n{:indent$}... {more} more", ""),
        }
    }

    fn elements(&self, f: &mut fmt::Formatter<'_>, subtree: Subtree<'_>) -> fmt::Result {
        let past = subtree.at.past(subtree.arena);
        let elements = self.layout.start(past.leaf) - self.layout.start(subtree.at.leaf);
        write!(f, " with {elements} element{}", if elements == 1 { "" } else { "s" })
    }
}

impl Display for TreeFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node(f, self.layout.treedef().root(), 0)
    }
}

/// A key as it stands before its child: a field by its bare name.
struct Name<'k>(&'k Key);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Key::GetAttr(name) => f.write_str(name),
            key => Display::fmt(key, f),
        }
    }
}
