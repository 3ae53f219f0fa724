use std::fmt::{self, Debug};
use std::hash::{Hash, Hasher};

use ndarray::{
    ArrayView, ArrayView1, ArrayViewD, ArrayViewMut, ArrayViewMut1, ArrayViewMutD, Dimension,
    IxDyn, aview0,
};

use crate::error::error::{Error, ErrorKind};
use crate::error::mismatch::MismatchKind;
use crate::layout::signature::{Reader, Signature};
use crate::structure::diff::differences;
use crate::structure::treedef::TreeDef;
use crate::walk::node::Node;
use crate::walk::pytree::PyTree;
use crate::walk::visit::Visitor;

/// The position of each leaf of a tree in one flat vector: the structure of the tree and the shapes of its leaves.
///
/// The leaves are in the order of the structure, and the elements of each leaf in row-major order, whatever its
/// memory order. A layout has no element type: a tree of `f64` and the same tree of dual numbers share one.
///
/// `ndarray` has another `Layout`, so a program with both `use ndarray::*` and `use pytree::*` names this type
/// `pytree::Layout`.
///
/// ```
/// use ndarray::{Array1, Array2, array};
/// use pytree::{Layout, PyTree};
///
/// #[derive(PyTree, Debug, PartialEq)]
/// struct Dense { w: Array2<f64>, b: Array1<f64> }
///
/// let dense = Dense { w: array![[1.0, 2.0], [3.0, 4.0]], b: array![5.0, 6.0] };
/// let layout = Layout::of(&dense);
/// assert_eq!(layout.len(), 6);
/// assert_eq!(layout.label(2)?, ".w[1,0]");
/// assert_eq!(layout.range(".b")?, 4..6);
///
/// let mut buffer = vec![0.0; layout.len()];
/// layout.ravel_into(&dense, &mut buffer)?;
/// assert_eq!(buffer, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
/// # Ok::<(), pytree::Error>(())
/// ```
#[derive(Clone)]
pub struct Layout {
    treedef: TreeDef,
    signature: Signature,
    leaves: Vec<LeafPosition>,
    len: usize,
}

/// The index of the first element of a leaf in the vector, and the index of the leaf in the signature, which has
/// its shape.
#[derive(Clone, Copy)]
struct LeafPosition {
    start: usize,
    signature: usize,
}

impl Layout {
    /// The layout of the vector of `tree`.
    ///
    /// ```
    /// use pytree::Layout;
    /// assert_eq!(Layout::of(&vec![1.0, 2.0]), Layout::of(&vec![3.0, 4.0]));
    /// assert_ne!(Layout::of(&vec![1.0, 2.0]), Layout::of(&vec![3.0]));
    /// ```
    #[doc(alias = "eval_shape")]
    #[doc(alias = "ShapeDtypeStruct")]
    pub fn of<P: PyTree>(tree: &P) -> Self {
        let mut writer = Writer::default();
        tree.walk(&mut writer);
        writer.finish(TreeDef::of(tree))
    }

    /// The layout of a tree with this structure and these shapes, one for each leaf. The caller has checked that the
    /// length of the vector fits into an `isize`.
    pub(crate) fn from_shapes(treedef: TreeDef, shapes: &[Vec<usize>]) -> Self {
        let mut writer = Writer::default();
        let root = treedef.root();
        let (arena, mut at) = (root.arena, root.at);
        while let Some(node) = arena.node(at) {
            match node {
                Node::Leaf => writer.push_leaf(shapes.get(at.leaf).map_or(&[], Vec::as_slice)),
                node => writer.signature.push_node(node),
            }
            at = at.below(node);
        }
        writer.finish(treedef)
    }

    /// The structure of the tree.
    ///
    /// ```
    /// use pytree::{Layout, tree_structure};
    /// let tree = (1.0, [2.0]);
    /// assert_eq!(*Layout::of(&tree).treedef(), tree_structure(&tree));
    /// ```
    pub fn treedef(&self) -> &TreeDef {
        &self.treedef
    }

    /// The length of the vector.
    ///
    /// ```
    /// assert_eq!(pytree::Layout::of(&(1.0, ndarray::array![2.0, 3.0])).len(), 3);
    /// ```
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the vector is empty.
    ///
    /// ```
    /// assert!(pytree::Layout::of(&None::<f64>).is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The index of the leaf that has the element at `index` of the vector.
    pub(crate) fn leaf_at(&self, index: usize) -> usize {
        // An empty leaf has the same start as the leaf after it; the last of several equal starts is the leaf
        // that has the element.
        self.leaves.partition_point(|leaf| leaf.start <= index) - 1
    }

    /// The index of the first element of a leaf in the vector; the length of the vector for the leaf past the last.
    pub(crate) fn start(&self, leaf: usize) -> usize {
        self.leaves.get(leaf).map_or(self.len, |leaf| leaf.start)
    }

    /// The shape of a leaf.
    pub(crate) fn shape(&self, leaf: usize) -> &[usize] {
        // `None` only for a type that visits fewer leaves in the walk for the shapes than in that for the structure.
        self.leaves.get(leaf).map_or(&[], |leaf| self.signature.shape(leaf.signature))
    }

    /// The shapes of the leaves, in order.
    pub(crate) fn shapes(&self) -> impl Iterator<Item = &[usize]> {
        self.leaves.iter().map(|leaf| self.signature.shape(leaf.signature))
    }

    /// Mutable views of the leaves into `vector`, which has the right length.
    pub(crate) fn slices_mut<'a, E>(
        &self,
        mut vector: &'a mut [E],
    ) -> impl Iterator<Item = ArrayViewMutD<'a, E>> {
        self.shapes().map_while(move |shape| {
            let part = vector.split_off_mut(..shape.iter().product::<usize>())?;
            match *shape {
                [] => ArrayViewMut::from_shape(IxDyn(&[]), part).ok(),
                [_] => Some(ArrayViewMut1::from(part).into_dyn()),
                _ => ArrayViewMut::from_shape(IxDyn(shape), part).ok(),
            }
        })
    }

    /// Views of the leaves into `vector`, which has the right length.
    pub(crate) fn slices<'a, E>(
        &self,
        mut vector: &'a [E],
    ) -> impl Iterator<Item = ArrayViewD<'a, E>> {
        self.shapes().map_while(move |shape| {
            let part = vector.split_off(..shape.iter().product::<usize>())?;
            match *shape {
                [] => Some(aview0(part.first()?).into_dyn()),
                [_] => Some(ArrayView1::from(part).into_dyn()),
                _ => ArrayView::from_shape(IxDyn(shape), part).ok(),
            }
        })
    }

    /// Returns an error unless `found` is the length of the vector.
    #[inline]
    pub(crate) fn check_len(&self, found: usize) -> Result<(), Error> {
        if found == self.len {
            return Ok(());
        }
        let text = format!("expected length {}, found {found}", self.len);
        Err(Error::whole(ErrorKind::Length, "the vector does not match the layout", text))
    }

    /// Returns an error unless `tree` has this layout: the same structure and the same shapes.
    ///
    /// # Errors
    /// If `tree` has another layout: every path at which it differs.
    ///
    /// ```
    /// use pytree::Layout;
    /// let layout = Layout::of(&vec![1.0, 2.0]);
    /// assert!(layout.check(&vec![3.0, 4.0]).is_ok());
    /// let error = layout.check(&vec![3.0]).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the tree does not match the layout: at the root: expected shape [2], found [1]",
    /// );
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[inline]
    pub fn check<P: PyTree>(&self, tree: &P) -> Result<(), Error> {
        if self.matches(tree) { Ok(()) } else { self.compare(tree) }
    }

    /// Whether `tree` has this layout. `true` is conclusive. On `false`, do the full comparison, as
    /// [`check`](Self::check) does.
    #[inline]
    pub(crate) fn matches<P: PyTree>(&self, tree: &P) -> bool {
        let mut reader = Reader::new(&self.signature, &self.treedef);
        tree.walk(&mut reader);
        reader.matches()
    }

    /// The full comparison, for when the fast one finds a difference.
    #[cold]
    #[inline(never)]
    fn compare<P: PyTree>(&self, tree: &P) -> Result<(), Error> {
        let found = Layout::of(tree);
        if *self == found {
            return Ok(());
        }
        let mismatches = differences(&self.treedef, &found.treedef, &|expected, other| {
            let (expected, found) = (self.shape(expected).to_vec(), found.shape(other).to_vec());
            (expected != found).then_some(MismatchKind::Shape { expected, found })
        });
        Err(Error::mismatch("the tree does not match the layout", mismatches))
    }
}

/// The error text for a vector that cannot be viewed as leaves.
pub(crate) const NOT_CONTIGUOUS: &str =
    "its elements are not contiguous in memory; copy it with `.to_owned()` first";

impl Debug for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shapes: Vec<_> = self.shapes().collect();
        write!(f, "Layout({:?}, {shapes:?})", self.treedef)
    }
}

impl PartialEq for Layout {
    fn eq(&self, other: &Self) -> bool {
        self.treedef == other.treedef && self.shapes().eq(other.shapes())
    }
}

impl Eq for Layout {}

impl Hash for Layout {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.treedef.hash(state);
        self.shapes().for_each(|shape| shape.hash(state));
    }
}

/// Collects the signature of a tree and the positions of its leaves.
#[derive(Default)]
struct Writer {
    signature: Signature,
    leaves: Vec<LeafPosition>,
    len: usize,
}

impl Writer {
    fn push_leaf(&mut self, shape: &[usize]) {
        let signature = self.signature.push_leaf(shape);
        self.leaves.push(LeafPosition { start: self.len, signature });
        self.len += shape.iter().product::<usize>();
    }

    fn finish(self, treedef: TreeDef) -> Layout {
        let Writer { signature, leaves, len } = self;
        Layout { treedef, signature, leaves, len }
    }
}

impl<'a, E: 'a> Visitor<'a, E> for Writer {
    fn node(&mut self, node: Node) {
        if node != Node::Leaf {
            self.signature.push_node(node);
        }
    }

    fn leaf<D: Dimension>(&mut self, leaf: ArrayView<'a, E, D>) {
        self.push_leaf(leaf.shape());
    }
}
