//! `#[derive(PyTree)]`, which the crate `pytree` re-exports.
//!
//! What is written where: `attr` reads the attributes, `ast` the type, `check` finds what is wrong
//! with it as a whole, `bounds` says under which conditions the impls hold, `expand` writes them.

mod attr;
mod ast;
mod check;
mod bounds;
mod expand;
#[cfg(test)]
mod messages;

use proc_macro::TokenStream;
use syn::{DeriveInput, Error, parse_macro_input};

/// Makes a struct or an enum a tree of its fields: implements `PyTree` and `FromLeaves<L>`.
///
/// ```
/// use ndarray::{Array1, Array2, array};
/// use pytree::{PyTree, tree_leaves_with_path, tree_map};
///
/// #[derive(PyTree)]
/// struct Dense<T> {
///     w: Array2<T>,
///     b: Array1<T>,
///     #[pytree(static)]
///     activation: &'static str,
/// }
///
/// let dense = Dense { w: array![[1.0, 2.0]], b: array![3.0], activation: "tanh" };
/// let paths: Vec<_> = tree_leaves_with_path(&dense).iter().map(|(p, _)| p.to_string()).collect();
/// assert_eq!(paths, [".w", ".b"]);
///
/// let half: Dense<f64> = tree_map(|leaf| &leaf * 0.5, &dense)?;
/// assert_eq!((half.b, half.activation), (array![1.5], "tanh"));
/// # Ok::<(), pytree::Error>(())
/// ```
///
/// Fields are trees in the order in which they are declared, under their name (`.w`) or, in a
/// tuple struct, under their position among the trees (`[0]`). Of an enum, the variant is part of
/// the structure. A `PhantomData` is neither a tree nor part of the structure.
///
/// ```
/// # use ndarray::{Array1, array};
/// # use pytree::{PyTree, tree_map2, tree_structure};
/// #[derive(PyTree)]
/// enum Synapse<T> {
///     Exp { s: Array1<T> },
///     Alpha(Array1<T>, Array1<T>),
///     Silent,
/// }
///
/// let (exp, alpha) = (Synapse::Exp { s: array![1.0] }, Synapse::Alpha(array![1.0], array![2.0]));
/// assert_eq!(
///     tree_structure(&alpha).to_string(),
///     "PyTreeDef(CustomNode(Synapse::Alpha[()], [*, *]))"
/// );
/// let sum: Result<Synapse<f64>, _> = tree_map2(|a, b| &a + &b, &exp, &alpha);
/// assert!(sum.is_err());
/// ```
///
/// # Attributes
/// | of a field | |
/// |---|---|
/// | `#[pytree(static)]` | part of the structure: compared, and carried over to the tree that is built; `Clone + PartialEq + Debug + Send + Sync + 'static` |
/// | `#[pytree(skip)]` | carried over and never compared: a name, a counter; `Clone + Send + Sync + 'static` |
/// | `#[pytree(leaf)]` | one leaf of no axes, whose element is the field, of whatever type |
/// | `#[pytree(rename = "V")]` | the name in key paths, `.V` |
/// | `#[pytree(recursive)]` | its type contains the type that is derived by way of another one, see below |
///
/// | of a struct or enum | |
/// |---|---|
/// | `#[pytree(elem = f64)]` | the element type of all leaves, see below |
/// | `#[pytree(transparent)]` | no node: the struct is the only field of it that is a tree |
/// | `#[pytree(rename = "HH")]` | the name in the structure; also of a variant |
/// | `#[pytree(bound = "T: Clone")]` | conditions in place of those that are inferred, see below |
/// | `#[pytree(crate = some::path)]` | where the library is found, if not at `::pytree` |
///
/// ```
/// # use pytree::{PyTree, tree_leaves_with_path, tree_map2};
/// #[derive(PyTree)]
/// struct Channel {
///     #[pytree(rename = "type")]
///     kind: f64,
///     #[pytree(skip)]
///     label: String,
///     #[pytree(static)]
///     gates: usize,
/// }
///
/// let a = Channel { kind: 1.0, label: "a".into(), gates: 2 };
/// let b = Channel { kind: 3.0, label: "b".into(), gates: 2 };
/// let sum: Channel = tree_map2(|a, b| &a + &b, &a, &b)?;
/// assert_eq!((sum.kind, sum.label.as_str(), sum.gates), (4.0, "a", 2));
/// assert_eq!(tree_leaves_with_path(&a)[0].0.to_string(), ".type");
/// # Ok::<(), pytree::Error>(())
/// ```
///
/// # The element type
/// It is, whichever there is first: that of `elem`; that of a `leaf` field; the number that a
/// field is, or the first parameter of an array (`Array2<T>`, `ArrayViewMut1<'a, T>`, also in a
/// `Vec<Array1<T>>`); the element type of the other fields.
///
/// It has to be written down where there is no field to tell it, and where a type alias with a
/// type parameter hides an array (rustc then says "impl has stricter requirements than trait"):
///
/// ```
/// # use ndarray::Array2;
/// # use pytree::PyTree;
/// type Table<T> = Array2<T>;
///
/// #[derive(PyTree)]
/// #[pytree(elem = T)]
/// struct Rates<T> {
///     alpha: Table<T>,
///     beta: Table<T>,
/// }
///
/// #[derive(PyTree)]
/// #[pytree(elem = f64)]
/// struct Passive;
/// ```
///
/// # Conditions
/// The impls hold where the fields are what they have to be: `Array2<T>: PyTree<Elem = T>` and
/// `Array2<T>: FromLeaves<L>`, `Static` and `Skipped` for the fields that are no trees. `bound`
/// takes the place of these, but for those on `FromLeaves<L>`, since it cannot name `L`.
///
/// A type that contains itself, written by its bare name or as `Self`, is no condition of itself.
/// Of two types that contain each other, one has to say so, or else rustc goes round in circles
/// ("overflow evaluating the requirement"):
///
/// ```
/// # use ndarray::Array1;
/// # use pytree::PyTree;
/// #[derive(PyTree)]
/// struct Dendrite<T> {
///     v: Array1<T>,
///     children: Vec<Dendrite<T>>,
/// }
///
/// #[derive(PyTree)]
/// struct Neuron {
///     v: f64,
///     axons: Vec<Axon>,
/// }
///
/// #[derive(PyTree)]
/// struct Axon {
///     delay: f64,
///     #[pytree(recursive)]
///     target: Option<Box<Neuron>>,
/// }
/// ```
///
/// # Mistakes
/// They are told at compile time, all at once and in their places.
///
/// ```compile_fail
/// # use pytree::PyTree;
/// #[derive(PyTree)]
/// struct State {
///     v: f64,
///     #[pytree(statik)] // unknown attribute `statik`; did you mean `static`? ...
///     name: String,
/// }
/// ```
#[proc_macro_derive(PyTree, attributes(pytree))]
pub fn derive_pytree(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::derive(&input).unwrap_or_else(Error::into_compile_error).into()
}
