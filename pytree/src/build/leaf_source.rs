use std::any::type_name;

use crate::error::error::Error;
use crate::error::mismatch::{Mismatch, MismatchKind, Mismatches};
use crate::error::print::count;
use crate::path::key::{KeyPath, KeyRef};
use crate::path::map_key::FromKey;
use crate::structure::paths::Paths;
use crate::structure::treedef::{Arena, NO_KEY, Position, TreeDef};
use crate::walk::node::{Node, StructDef};

/// Proof that an error was recorded. Only [`LeafSource`] creates it, so an implementation of
/// [`FromLeaves`](crate::FromLeaves) cannot fail silently.
///
/// ```
/// use pytree::walk::{LeafSource, Reported};
/// use pytree::{FromLeaves, tree_map};
///
/// #[derive(Debug)]
/// struct Square(f64);
/// impl FromLeaves<f64> for Square {
///     fn from_leaves(source: &mut LeafSource<'_, f64>) -> Result<Self, Reported> {
///         source.leaf().map(|x| Square(x * x)) // a `Reported` is passed on
///     }
/// }
///
/// let error = tree_map::<_, _, Square>(|leaf| leaf[[]], &(1.0,)).unwrap_err();
/// assert!(error.to_string().ends_with("at the root: expected a leaf, found a tuple of 1"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported(());

/// The nodes and leaves that a [`FromLeaves`](crate::FromLeaves) type is built from, in the order in which
/// [`PyTree::walk`](crate::PyTree::walk) visits them.
///
/// A method that expects a certain node and finds another one records an error and skips the found node
/// with everything under it. Building then goes on, so the final error lists every mismatch of the tree.
///
/// ```
/// use ndarray::array;
/// use pytree::walk::{LeafSource, Reported};
/// use pytree::{FromLeaves, tree_map};
///
/// /// The sum of a list of leaves, of any length.
/// struct Sum(f64);
/// impl FromLeaves<f64> for Sum {
///     fn from_leaves(source: &mut LeafSource<'_, f64>) -> Result<Self, Reported> {
///         let len = source.list()?;
///         let leaves: Vec<_> = (0..len).map(|_| source.leaf()).collect();
///         leaves.into_iter().sum::<Result<f64, _>>().map(Sum)
///     }
/// }
///
/// let sum: Sum = tree_map(|leaf| leaf.sum(), &[array![1.0, 2.0], array![3.0]])?;
/// assert_eq!(sum.0, 6.0);
/// # Ok::<(), pytree::Error>(())
/// ```
pub struct LeafSource<'s, L> {
    treedef: &'s TreeDef,
    pub(crate) arena: &'s Arena,
    leaves: &'s mut dyn Iterator<Item = L>,
    /// The position of the next node, past all fields of the structs before it.
    at: Position,
    /// The index of the node that was taken last; errors are reported at this node.
    last: usize,
    /// The indices of the next static and the next skipped field of the struct that was taken last; `at` is
    /// already past all of its fields.
    pub(crate) statics: usize,
    pub(crate) skipped: usize,
    /// The errors so far, each with the index of its node.
    reports: Vec<(usize, MismatchKind)>,
}

impl<'s, L> LeafSource<'s, L> {
    /// A source before its first node. `leaves` has as many leaves as `treedef`.
    pub(crate) fn new(treedef: &'s TreeDef, leaves: &'s mut dyn Iterator<Item = L>) -> Self {
        let (arena, at) = (treedef.root().arena, Position::default());
        LeafSource {
            treedef,
            arena,
            leaves,
            at,
            last: 0,
            statics: 0,
            skipped: 0,
            reports: Vec::new(),
        }
    }

    /// Returns what was built, if all nodes were taken and no error was reported.
    pub(crate) fn finish<R>(mut self, built: Result<R, Reported>) -> Result<R, Error> {
        if self.reports.is_empty() && self.at.node != self.treedef.num_nodes() {
            self.report(MismatchKind::other(
                "the type to be built takes fewer nodes than the tree has",
            ));
        }
        match built {
            Ok(tree) if self.reports.is_empty() => Ok(tree),
            _ => Err(Error::mismatch(
                "the tree does not match the type to be built",
                mismatches(self.treedef, self.reports),
            )),
        }
    }

    /// The next node, without taking it.
    ///
    /// ```
    /// use pytree::walk::{LeafSource, Node, Reported};
    /// use pytree::{FromLeaves, tree_map};
    ///
    /// /// A number, or 0 where there is none.
    /// struct OrZero(f64);
    /// impl FromLeaves<f64> for OrZero {
    ///     fn from_leaves(source: &mut LeafSource<'_, f64>) -> Result<Self, Reported> {
    ///         match source.peek() {
    ///             Node::None => source.expect(Node::None).map(|()| OrZero(0.0)),
    ///             _ => source.leaf().map(OrZero),
    ///         }
    ///     }
    /// }
    ///
    /// let zero: OrZero = tree_map(|leaf| leaf[[]], &None::<f64>)?;
    /// assert_eq!(zero.0, 0.0);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[inline]
    pub fn peek(&self) -> Node {
        self.arena.node(self.at).unwrap_or(Node::None)
    }

    /// Takes the next node, which must be `node`.
    ///
    /// # Errors
    /// If the next node is another one. That node is then skipped with everything under it.
    ///
    /// ```
    /// use pytree::walk::{LeafSource, Node, Reported};
    /// use pytree::{FromLeaves, tree_map};
    ///
    /// struct Interval {
    ///     low: f64,
    ///     high: f64,
    /// }
    /// impl FromLeaves<f64> for Interval {
    ///     fn from_leaves(source: &mut LeafSource<'_, f64>) -> Result<Self, Reported> {
    ///         source.expect(Node::Tuple(2))?;
    ///         let (low, high) = (source.leaf(), source.leaf());
    ///         Ok(Interval { low: low?, high: high? })
    ///     }
    /// }
    ///
    /// let interval: Interval = tree_map(|leaf| leaf[[]], &(1.0, 2.0))?;
    /// assert_eq!((interval.low, interval.high), (1.0, 2.0));
    /// let error = tree_map::<_, _, Interval>(|leaf| leaf[[]], &(1.0,)).err().unwrap();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the tree does not match the type to be built: \
    ///      at the root: expected a tuple of 2, found a tuple of 1",
    /// );
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[inline]
    pub fn expect(&mut self, node: Node) -> Result<(), Reported> {
        if self.arena.node(self.at) == Some(node) {
            self.take(node);
            Ok(())
        } else {
            Err(self.unexpected(node))
        }
    }

    #[cold]
    fn unexpected(&mut self, expected: Node) -> Reported {
        let found = self.peek();
        self.skip(MismatchKind::Node { expected, found })
    }

    /// Takes the next node, which must be a list, and returns the number of its children.
    ///
    /// # Errors
    /// If the next node is not a list; as [`expect`](Self::expect).
    ///
    /// ```
    /// use pytree::walk::{LeafSource, Reported};
    /// use pytree::{FromLeaves, Leaf, tree_map};
    ///
    /// /// A list of numbers, each but the first as its difference to the one before.
    /// struct Steps(Vec<f64>);
    /// impl FromLeaves<f64> for Steps {
    ///     fn from_leaves(source: &mut LeafSource<'_, f64>) -> Result<Self, Reported> {
    ///         let len = source.list()?;
    ///         let mut last = 0.0;
    ///         let mut step = |x: f64| x - std::mem::replace(&mut last, x);
    ///         // Every leaf is taken before the first error is returned.
    ///         let leaves: Vec<_> = (0..len).map(|_| source.leaf()).collect();
    ///         leaves.into_iter().map(|x| x.map(&mut step)).collect::<Result<_, _>>().map(Steps)
    ///     }
    /// }
    ///
    /// let steps: Steps = tree_map(|leaf| leaf[[]], &[Leaf(1.0), Leaf(3.0), Leaf(6.0)])?;
    /// assert_eq!(steps.0, [1.0, 2.0, 3.0]);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn list(&mut self) -> Result<usize, Reported> {
        match self.peek() {
            Node::List(len) => self.expect(Node::List(len)).map(|()| len),
            found => Err(self.skip(MismatchKind::NotA { expected: "a list", found })),
        }
    }

    /// Takes the next node, which must be a dict, and returns the number of its children. Before each child,
    /// take its key with [`dict_key`](Self::dict_key).
    ///
    /// # Errors
    /// If the next node is not a dict; as [`expect`](Self::expect).
    ///
    /// ```
    /// use pytree::walk::{LeafSource, Reported};
    /// use pytree::{FromLeaves, tree_map};
    ///
    /// /// A dict of numbers as a list.
    /// struct Pairs(Vec<(String, f64)>);
    /// impl FromLeaves<f64> for Pairs {
    ///     fn from_leaves(source: &mut LeafSource<'_, f64>) -> Result<Self, Reported> {
    ///         let len = source.dict()?;
    ///         let pairs: Vec<_> = (0..len)
    ///             .map(|_| {
    ///                 let (key, leaf) = (source.dict_key(), source.leaf());
    ///                 Ok((key?, leaf?))
    ///             })
    ///             .collect();
    ///         pairs.into_iter().collect::<Result<_, _>>().map(Pairs)
    ///     }
    /// }
    ///
    /// let dict = std::collections::BTreeMap::from([("m", 0.1), ("v", -70.0)]);
    /// let pairs: Pairs = tree_map(|leaf| leaf[[]], &dict)?;
    /// assert_eq!(pairs.0, [("m".to_string(), 0.1), ("v".to_string(), -70.0)]);
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn dict(&mut self) -> Result<usize, Reported> {
        match self.peek() {
            Node::Dict(len) => self.expect(Node::Dict(len)).map(|()| len),
            found => Err(self.skip(MismatchKind::NotA { expected: "a dict", found })),
        }
    }

    /// Takes the key of the next child of a dict.
    ///
    /// # Errors
    /// If the key cannot be converted to a `K`. The child still has to be taken.
    ///
    /// ```
    /// use pytree::walk::{LeafSource, Reported};
    /// use pytree::{FromLeaves, tree_map};
    ///
    /// /// The only number of a dict, by an integer.
    /// struct One(i64, f64);
    /// impl FromLeaves<f64> for One {
    ///     fn from_leaves(source: &mut LeafSource<'_, f64>) -> Result<Self, Reported> {
    ///         source.dict()?;
    ///         let (key, leaf) = (source.dict_key(), source.leaf());
    ///         Ok(One(key?, leaf?))
    ///     }
    /// }
    ///
    /// let one: One = tree_map(|leaf| leaf[[]], &std::collections::BTreeMap::from([(-2, 0.5)]))?;
    /// assert_eq!((one.0, one.1), (-2, 0.5));
    /// let dict = std::collections::BTreeMap::from([("v", 0.5)]);
    /// let error = tree_map::<_, _, One>(|leaf| leaf[[]], &dict).err().unwrap();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the tree does not match the type to be built: \
    ///      at ['v']: expected a key of type i64, found 'v'",
    /// );
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn dict_key<K: FromKey>(&mut self) -> Result<K, Reported> {
        let child = self.next_node();
        let key = self.any_dict_key();
        K::from_key(key).ok_or_else(|| {
            let (expected, found) = (type_name::<K>(), key.into());
            self.report_at(child, MismatchKind::KeyType { expected, found })
        })
    }

    /// Takes the key of the next child of a dict, a string or an integer.
    pub(crate) fn any_dict_key(&mut self) -> KeyRef<'s> {
        let key = self.arena.key(self.at).unwrap_or(NO_KEY);
        self.at.key += 1;
        key
    }

    /// Takes the next node, which must be one of `variants`, and returns its index among them. An error
    /// message describes the variants as `expected` ("a variant of Synapse").
    ///
    /// # Errors
    /// If the next node is not one of `variants`; as [`expect`](Self::expect).
    ///
    /// ```
    /// use pytree::walk::{Fields, LeafSource, Reported, StructDef};
    /// use pytree::{FromLeaves, PyTree, tree_map};
    ///
    /// #[derive(PyTree)]
    /// enum Gate {
    ///     Open(f64),
    ///     Shut,
    /// }
    /// static OPEN: StructDef = StructDef::new("Gate::Open", Fields::Unnamed(1));
    /// static SHUT: StructDef = StructDef::new("Gate::Shut", Fields::Named(&[]));
    ///
    /// /// How far a gate is open.
    /// struct Opening(f64);
    /// impl FromLeaves<f64> for Opening {
    ///     fn from_leaves(source: &mut LeafSource<'_, f64>) -> Result<Self, Reported> {
    ///         match source.variant("a variant of Gate", &[&OPEN, &SHUT])? {
    ///             0 => source.leaf().map(Opening),
    ///             _ => Ok(Opening(0.0)),
    ///         }
    ///     }
    /// }
    ///
    /// let open: Opening = tree_map(|leaf| leaf[[]], &Gate::Open(0.5))?;
    /// let shut: Opening = tree_map(|leaf| leaf[[]], &Gate::Shut)?;
    /// assert_eq!((open.0, shut.0), (0.5, 0.0));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn variant(
        &mut self,
        expected: &'static str,
        variants: &[&'static StructDef],
    ) -> Result<usize, Reported> {
        let found = self.peek();
        match variants.iter().position(|&def| found == Node::Struct(def)) {
            Some(index) => {
                self.take(found);
                Ok(index)
            }
            None => Err(self.skip(MismatchKind::NotA { expected, found })),
        }
    }

    /// Takes the next node, which must be a leaf, and returns the leaf.
    ///
    /// # Errors
    /// If the next node is not a leaf; as [`expect`](Self::expect).
    ///
    /// ```
    /// use pytree::walk::{LeafSource, Reported};
    /// use pytree::{FromLeaves, tree_map};
    ///
    /// /// A number, rounded to an integer.
    /// struct Rounded(i64);
    /// impl FromLeaves<f64> for Rounded {
    ///     fn from_leaves(source: &mut LeafSource<'_, f64>) -> Result<Self, Reported> {
    ///         source.leaf().map(|x| Rounded(x.round() as i64))
    ///     }
    /// }
    ///
    /// let (Rounded(a), Rounded(b)) = tree_map(|leaf| leaf[[]], &(0.9, 2.2))?;
    /// assert_eq!((a, b), (1, 2));
    /// # Ok::<(), pytree::Error>(())
    /// ```
    #[inline]
    pub fn leaf(&mut self) -> Result<L, Reported> {
        self.expect(Node::Leaf)?;
        match self.leaves.next() {
            Some(leaf) => Ok(leaf),
            None => Err(self.too_few()),
        }
    }

    #[cold]
    fn too_few(&mut self) -> Reported {
        let expected = count(self.treedef.num_leaves(), "leaf", "leaves");
        let text = format!("expected {expected}, found {}", self.at.leaf - 1);
        self.report(MismatchKind::Whole(text.into()))
    }

    /// Records an error at the node that was taken last.
    ///
    /// ```
    /// use pytree::walk::{LeafSource, Reported};
    /// use pytree::error::MismatchKind;
    /// use pytree::{FromLeaves, tree_map};
    ///
    /// /// A leaf of three elements.
    /// #[derive(Debug)]
    /// struct Point([f64; 3]);
    /// impl FromLeaves<Vec<f64>> for Point {
    ///     fn from_leaves(source: &mut LeafSource<'_, Vec<f64>>) -> Result<Self, Reported> {
    ///         let leaf = source.leaf()?;
    ///         leaf.try_into().map(Point).map_err(|leaf: Vec<f64>| {
    ///             source.report(MismatchKind::Shape { expected: vec![3], found: vec![leaf.len()] })
    ///         })
    ///     }
    /// }
    ///
    /// use ndarray::array;
    /// let points = [array![1.0, 2.0, 3.0], array![4.0, 5.0]];
    /// let points: Result<Vec<Point>, _> = tree_map(|leaf| leaf.iter().copied().collect(), &points);
    /// assert_eq!(
    ///     points.unwrap_err().to_string(),
    ///     "the tree does not match the type to be built: at [1]: expected shape [3], found [2]",
    /// );
    /// # Ok::<(), pytree::Error>(())
    /// ```
    pub fn report(&mut self, kind: MismatchKind) -> Reported {
        self.report_at(self.last, kind)
    }

    /// The index of the next node, for [`report_at`](Self::report_at) after the node was taken.
    pub(crate) fn next_node(&self) -> usize {
        self.at.node
    }

    /// The proof that an error was recorded before.
    ///
    /// # Panics
    /// If no error was recorded.
    #[doc(hidden)]
    #[must_use]
    pub fn reported(&self) -> Reported {
        assert!(!self.reports.is_empty(), "nothing was reported");
        Reported(())
    }

    /// Records an error at the node with this index.
    pub(crate) fn report_at(&mut self, node: usize, kind: MismatchKind) -> Reported {
        self.reports.push((node, kind));
        Reported(())
    }

    #[inline]
    fn take(&mut self, node: Node) {
        self.last = self.at.node;
        self.at.node += 1;
        match node {
            Node::Leaf => self.at.leaf += 1,
            Node::Struct(def) => {
                (self.statics, self.skipped) = (self.at.statics, self.at.skipped);
                self.at.statics += def.statics.len();
                self.at.skipped += def.skipped.len();
            }
            _ => {}
        }
    }

    /// Records an error at the next node, and skips the node with everything under it.
    fn skip(&mut self, kind: MismatchKind) -> Reported {
        self.last = self.at.node;
        let past = self.at.past(self.arena);
        (&mut *self.leaves).take(past.leaf - self.at.leaf).for_each(drop);
        self.at = past;
        self.report(kind)
    }
}

/// The reports in the order of their nodes, each with the path of its node.
fn mismatches(treedef: &TreeDef, mut reports: Vec<(usize, MismatchKind)>) -> Vec<Mismatch> {
    reports.sort_by_key(|(node, _)| *node);
    let mut reports = reports.into_iter().peekable();
    let mut mismatches = Mismatches::default();
    let mut paths = Paths::new(treedef);
    while let Some((path, at, _)) = paths.next_node() {
        while let Some((_, kind)) = reports.next_if(|(node, _)| *node == at.node) {
            mismatches.push(path, kind);
        }
    }
    // A type that takes more nodes than there are has its reports past the last node.
    reports.for_each(|(_, kind)| mismatches.push(&KeyPath::root(), kind));
    mismatches.into_vec()
}
