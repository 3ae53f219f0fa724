use std::any::type_name;
use std::fmt::{self, Display};

use ndarray::ArrayViewD;
use num_traits::ToPrimitive;

use crate::layout::layout::Layout;
use crate::layout::statistics::Statistics;
use crate::map::flatten::tree_leaves;
use crate::path::key::Key;
use crate::structure::treedef::Subtree;
use crate::walk::deep::deep;
use crate::walk::node::Node;
use crate::walk::pytree::PyTree;

/// Formats a tree as text with one line for each node. Leaves are printed as element type and shape, static
/// fields by value. By default, nodes more than 64 levels below the root are omitted; see
/// [`max_depth`](TreeFormat::max_depth).
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
///
/// [`statistics`](TreeFormat::statistics) adds the smallest element, the mean and the largest element of each leaf.
#[doc(alias = "tree_pformat")]
#[doc(alias = "tree_pprint")]
#[doc(alias = "print")]
pub fn tree_format<P: PyTree>(tree: &P) -> TreeFormat<'_, P::Elem> {
    // Prints `num_dual::datatypes::dual::Dual<f64>` as `Dual<f64>`.
    let path = type_name::<P::Elem>();
    let start = path.split('<').next().and_then(|path| path.rfind("::")).map_or(0, |at| at + 2);
    TreeFormat {
        layout: Layout::of(tree),
        leaves: tree_leaves(tree),
        dtype: &path[start..],
        max_depth: MAX_DEPTH,
        max_children: usize::MAX,
        statistics: None,
    }
}

/// The default number of levels, and the level at which the indentation stops to grow.
const MAX_DEPTH: usize = 64;

/// Prints a tree; made by [`tree_format`].
///
/// ```
/// use ndarray::array;
/// let tree = vec![array![1.0], array![2.0]];
/// let format = pytree::tree_format(&tree).max_depth(1).max_children(1);
/// assert_eq!(format.to_string(), "list of 2\n  [0]: f64[1]\n  ... 1 more");
/// ```
#[derive(Clone, Debug)]
pub struct TreeFormat<'t, E> {
    layout: Layout,
    leaves: Vec<ArrayViewD<'t, E>>,
    dtype: &'static str,
    max_depth: usize,
    max_children: usize,
    /// Computes the statistics of a leaf.
    statistics: Option<fn(&ArrayViewD<'t, E>) -> Statistics>,
}

impl<E> TreeFormat<'_, E> {
    /// Prints at most so many levels below the root; the default is 64. A node on the last level is printed with
    /// the number of its elements instead of its children. The indentation grows up to 64 levels.
    ///
    /// ```
    /// let text = pytree::tree_format(&(1.0, (2.0, 3.0))).max_depth(1).to_string();
    /// assert_eq!(text, "tuple of 2\n  [0]: f64[]\n  [1]: tuple of 2 with 2 elements");
    /// ```
    #[must_use]
    pub fn max_depth(self, max_depth: usize) -> Self {
        TreeFormat { max_depth, ..self }
    }

    /// Prints at most so many children of each node, and then the number of the others. The default is all.
    ///
    /// ```
    /// let text = pytree::tree_format(&(1.0, 2.0, 3.0)).max_children(2).to_string();
    /// assert_eq!(text, "tuple of 3\n  [0]: f64[]\n  [1]: f64[]\n  ... 1 more");
    /// ```
    #[must_use]
    pub fn max_children(self, max_children: usize) -> Self {
        TreeFormat { max_children, ..self }
    }

    /// Prints the smallest element, the mean and the largest element after each leaf, without the NaNs, and the number
    /// of NaNs if there are any. A leaf of one element is printed with its value.
    ///
    /// ```
    /// use ndarray::array;
    /// let state = (0.5, array![[1.0, 2.0], [4.0, f64::NAN]]);
    /// assert_eq!(
    ///     pytree::tree_format(&state).statistics().to_string(),
    ///     "tuple of 2\n  [0]: f64[] = 0.5\n  [1]: f64[2,2] min 1 mean 2.333 max 4, 1 NaN"
    /// );
    /// ```
    #[doc(alias = "describe")]
    #[doc(alias = "summary")]
    #[must_use]
    pub fn statistics(self) -> Self
    where
        E: ToPrimitive,
    {
        TreeFormat { statistics: Some(Statistics::new), ..self }
    }

    /// Prints the node and, unless they are too deep, its static fields and children.
    fn node(&self, f: &mut fmt::Formatter<'_>, subtree: Subtree<'_>, depth: usize) -> fmt::Result {
        let node = subtree.node();
        match node {
            Node::Leaf => {
                let shape: Vec<_> =
                    self.layout.shape(subtree.at.leaf).iter().map(ToString::to_string).collect();
                write!(f, "{}[{}]", self.dtype, shape.join(","))?;
                let leaf = self.statistics.zip(self.leaves.get(subtree.at.leaf));
                leaf.map_or(Ok(()), |(statistics, leaf)| Display::fmt(&statistics(leaf), f))?;
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
        // `fmt` panics at a width of 65,536, and an indentation without a limit makes the text quadratic.
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

    /// Prints the number of elements under the node.
    fn elements(&self, f: &mut fmt::Formatter<'_>, subtree: Subtree<'_>) -> fmt::Result {
        let past = subtree.at.past(subtree.arena);
        let elements = self.layout.start(past.leaf) - self.layout.start(subtree.at.leaf);
        write!(f, " with {elements} element{}", if elements == 1 { "" } else { "s" })
    }
}

impl<E> Display for TreeFormat<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node(f, self.layout.treedef().root(), 0)
    }
}

/// Prints a key before its child; a field without the dot.
struct Name<'k>(&'k Key);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Key::GetAttr(name) => f.write_str(name),
            key => Display::fmt(key, f),
        }
    }
}
