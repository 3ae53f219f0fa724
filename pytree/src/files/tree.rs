//! Builds a tree from a file alone.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use bytemuck::checked::CheckedCastError;
use ndarray::{ArrayD, ArrayViewD, IxDyn, ShapeBuilder, ShapeError};

use crate::error::error::{Error, ErrorKind};
use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::error::print::quote;
use crate::files::archive::{Archive, path_of};
use crate::files::array_info::ArrayInfo;
use crate::files::data::sealed::Sealed as _;
use crate::files::data::{Data, InMemory, Stream};
use crate::files::element::Element;
use crate::files::error::FileError;
use crate::files::select::Selector;
use crate::files::staged::Staged;
use crate::path::key::{Key, KeyPath};
use crate::types::tree::Tree;

impl Archive<Stream<'_>> {
    /// The arrays as a tree, without a template.
    ///
    /// The name of an array is the path of its leaf: a key path, `.layers[0].w`, or the names of keys joined by dots,
    /// `layers.0.w`. Children at the positions 0 to n - 1 are a list. All others are a dict of strings: also positions
    /// with a gap, such as `net.0.w` and `net.2.w` of a PyTorch `Sequential`.
    ///
    /// Patterns of [`only`](Self::only) match these paths: `.layers[0].w`.
    ///
    /// # Errors
    /// If two names are of the same leaf (`.w` and `w`), or if a leaf is under another leaf (`w` and `w.0`). If an array
    /// is not of type `E`, or has a value that cannot be [`cast`](Self::cast). If the file is malformed or cannot be read.
    ///
    /// ```
    /// use std::io::Cursor;
    /// use ndarray::{ArrayD, array};
    /// use pytree::{Tree, npz, tree_get};
    /// let mut bytes = Vec::new();
    /// let layers = vec![array![1.0, 2.0], array![3.0]];
    /// npz::Writer::new().add("layers", &layers)?.add("scale", &0.5)?.write(&mut bytes)?;
    ///
    /// let tree: Tree<ArrayD<f64>> = npz::read(Cursor::new(bytes))?.tree()?;
    /// assert_eq!(tree_get(&tree, "['layers'][0][1]")?[[]], 2.0);
    /// let Tree::Dict(children) = &tree else { unreachable!() };
    /// assert!(matches!(&children["layers"], Tree::List(layers) if layers.len() == 2));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[doc(alias = "unflatten_dict")]
    pub fn tree<E: Element>(&self) -> Result<Tree<ArrayD<E>>, Error> {
        self.build::<E, _>(|array| {
            let len = array.checked_num_bytes()? / array.dtype.size().unwrap_or(1);
            let shape = IxDyn(&array.shape);
            let mut elements = vec![E::ZERO; len];
            if let (true, Some(bytes)) = (array.dtype == E::DTYPE, E::as_bytes_mut(&mut elements)) {
                self.data.read(array, bytes)?;
                let shape = shape.set_f(array.column_major);
                let leaf = ArrayD::from_shape_vec(shape, elements);
                return Ok(Ok(leaf.map_err(too_large)?));
            }
            let staged = Staged { array: array.clone(), bytes: self.data.bytes(array)? };
            if let Some(misfit) = staged.check::<E>()? {
                return Ok(Err(misfit));
            }
            let mut leaf = ArrayD::from_shape_vec(shape, elements).map_err(too_large)?;
            staged.write_to(leaf.view_mut());
            Ok(Ok(leaf))
        })
    }
}

impl<'b> Archive<InMemory<'b>> {
    /// The arrays as a tree of views, as [`tree`](Archive::tree) but without a copy.
    ///
    /// # Errors
    /// As [`tree`](Archive::tree). If the elements of an array are not at a multiple of their size in memory; load the
    /// array into a tree, which copies the elements, or copy the bytes to an aligned buffer.
    ///
    /// ```
    /// use ndarray::ArrayViewD;
    /// use pytree::{Tree, safetensors, tree_get};
    /// let mut bytes = Vec::new();
    /// safetensors::Writer::new().add("w", &[1.0_f32, 2.0])?.write(&mut bytes)?;
    ///
    /// let tree: Tree<ArrayViewD<f32>> = safetensors::views(&bytes)?.tree()?;
    /// assert_eq!(tree_get(&tree, "['w'][1]")?[[]], 2.0);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[doc(alias = "mmap")]
    pub fn tree<E: Element>(&self) -> Result<Tree<ArrayViewD<'b, E>>, Error> {
        if self.cast {
            let text = "a view cannot be cast; `load` the arrays into a tree, which copies them";
            return Err(Error::new(ErrorKind::Mismatch, text));
        }
        self.build::<E, _>(|array| {
            let bytes: &'b [u8] = self.data.bytes(array)?;
            let elements = match view(bytes)? {
                Ok(elements) => elements,
                Err(reason) => return Ok(Err(MismatchKind::other(reason))),
            };
            let leaf = ArrayViewD::from_shape(IxDyn(&array.shape), elements);
            Ok(Ok(leaf.map_err(too_large)?))
        })
    }
}

/// The error for an array whose lengths, without those that are 0, have a product above `isize::MAX`.
fn too_large(_: ShapeError) -> FileError {
    FileError::malformed("its shape is too large")
}

/// The elements of an array without a copy, or why that is not possible on this machine.
fn view<E: Element>(bytes: &[u8]) -> Result<Result<&[E], String>, FileError> {
    let align = align_of::<E>();
    if bytes.is_empty() {
        return Ok(Ok(&[]));
    }
    if cfg!(target_endian = "big") && align > 1 {
        let text = "the elements are little-endian, and this machine is big-endian; `load` them into a tree";
        return Ok(Err(text.to_string()));
    }
    match bytemuck::checked::try_cast_slice(bytes) {
        Ok(elements) => Ok(Ok(elements)),
        Err(CheckedCastError::InvalidBitPattern) => {
            Err(FileError::malformed(format!("it has bytes that are not a {}", E::DTYPE)))
        }
        Err(_) => Ok(Err(format!(
            "the elements are not at a multiple of {align} bytes in memory; `load` them into a tree, which \
             copies them, or copy the bytes of the file to an aligned buffer"
        ))),
    }
}

impl<D: Data> Archive<D> {
    fn build<E: Element, L>(
        &self,
        mut read: impl FnMut(&ArrayInfo) -> Result<Result<L, MismatchKind>, FileError>,
    ) -> Result<Tree<L>, Error> {
        self.check()?;
        let mut selector = self.pattern.as_ref().map(Selector::new);
        let mut arrays = Vec::with_capacity(self.arrays.len());
        for array in &self.arrays {
            let path = path_of(&array.name);
            if selector.as_mut().is_none_or(|selector| selector.selects(&path)) {
                arrays.push((path, array));
            }
        }
        if let Some(selector) = selector {
            let finished = selector.finish("no array matches", |search| {
                self.arrays.iter().for_each(|array| search.compare(&path_of(&array.name)));
            });
            finished.map_err(|error| self.error(error))?;
        }

        let (nodes, mut mismatches) = Nodes::new(&arrays);
        for (path, array) in &arrays {
            let wrong =
                self.check_dtype::<E>(array).map_err(|error| self.error(error))?.into_iter();
            mismatches.extend(wrong.map(|kind| Mismatch { path: path.clone(), kind }));
        }
        let mut leaves = Vec::with_capacity(arrays.len());
        for (path, array) in arrays.iter().filter(|_| mismatches.is_empty()) {
            let leaf = read(array).map_err(|error| self.error(error.in_array(&array.name)))?;
            leaves.push(leaf.map_err(|kind| Mismatch { path: path.clone(), kind }));
        }
        let mut built = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            match leaf {
                Ok(leaf) => built.push(Some(leaf)),
                Err(misfit) => mismatches.push(misfit),
            }
        }
        if mismatches.is_empty() {
            Ok(nodes.into_tree(built))
        } else {
            let subject = format!("the arrays cannot be a tree of {}", E::DTYPE);
            Err(self.error(Error::mismatch(subject, mismatches)))
        }
    }
}

/// The nodes of the tree that the names describe. A child comes after its parent, and the root is the first.
struct Nodes(Vec<Node>);

#[derive(Default)]
struct Node {
    /// The index of the array that is this leaf.
    leaf: Option<usize>,
    /// The index of the first array under the node.
    first: usize,
    /// The children by the names of their keys.
    children: BTreeMap<String, usize>,
    /// Whether the key of a child is not a position.
    named: bool,
}

impl Nodes {
    /// Also returns the names that cannot be in one tree.
    fn new(arrays: &[(KeyPath, &ArrayInfo)]) -> (Self, Vec<Mismatch>) {
        let mut nodes = vec![Node::default()];
        let mut mismatches = Vec::new();
        let name = |array: usize| quote(&arrays[array].1.name);
        for (index, (path, _)) in arrays.iter().enumerate() {
            let (mut at, mut above) = (0, None);
            for key in path.keys() {
                above = above.or(nodes[at].leaf);
                let next = nodes.len();
                nodes[at].named |= !matches!(key, Key::Sequence(_));
                at = match nodes[at].children.entry(key.name().into_owned()) {
                    Entry::Occupied(child) => *child.get(),
                    Entry::Vacant(child) => *child.insert(next),
                };
                if at == next {
                    nodes.push(Node { first: index, ..Node::default() });
                }
            }
            let node = &mut nodes[at];
            let below = (!node.children.is_empty()).then_some(node.first);
            // One mismatch for each array: an array of many keys may be under as many leaves.
            let conflict = match (node.leaf, above.or(below)) {
                (Some(other), _) => Some((other, "are the same leaf")),
                (None, Some(other)) => Some((other, "are a leaf and a leaf under it")),
                (None, None) => None,
            };
            if let Some((other, what)) = conflict {
                let text = format!("{} and {} {what}", name(other), name(index));
                let kind =
                    MismatchKind::other(format!("{text}; `rename` or leave out one of them"));
                mismatches.push(Mismatch { path: path.clone(), kind });
            }
            node.leaf.get_or_insert(index);
        }
        (Nodes(nodes), mismatches)
    }

    /// The tree with these leaves, one for each array. Built from the last node to the root, without recursion.
    fn into_tree<L>(self, mut leaves: Vec<Option<L>>) -> Tree<L> {
        let mut built: Vec<Tree<L>> = Vec::new();
        built.resize_with(self.0.len(), Tree::default);
        for (index, node) in self.0.into_iter().enumerate().rev() {
            let mut children: Vec<_> = node.children.into_iter().collect();
            if !node.named {
                children.sort_by_key(|(name, _)| name.parse().unwrap_or(usize::MAX));
            }
            let positions = 0..children.len();
            let is_list = !node.named
                && positions
                    .eq(children.iter().map(|(name, _)| name.parse().unwrap_or(usize::MAX)));
            let mut child = |child: usize| std::mem::take(&mut built[child]);
            built[index] = if let Some(leaf) = node.leaf.and_then(|leaf| leaves[leaf].take()) {
                Tree::Leaf(leaf)
            } else if children.is_empty() {
                Tree::None
            } else if is_list {
                Tree::List(children.into_iter().map(|(_, index)| child(index)).collect())
            } else {
                Tree::Dict(children.into_iter().map(|(name, index)| (name, child(index))).collect())
            };
        }
        built.swap_remove(0)
    }
}
