//! Pytrees: any nest of structs, lists and maps with arrays at the bottom, taken apart into leaves,
//! key paths and one flat vector, and put together again.
//!
//! A state, a set of parameters, a configuration is such a nest. Solvers, optimisers and filters
//! want one vector. `#[derive(PyTree)]` turns a type of one's own into a tree, and
//! [`ravel_pytree`] a tree into a vector:
//!
//! ```
//! use ndarray::{Array1, Array2, array};
//! use pytree::{PyTree, ravel_pytree, tree_map};
//!
//! #[derive(PyTree, Debug, PartialEq)]
//! struct Dense<T> { w: Array2<T>, b: Array1<T> }
//!
//! let dense = Dense { w: array![[1.0, 2.0]], b: array![3.0] };
//! let (flat, unravel) = ravel_pytree(&dense);
//! assert_eq!(flat, array![1.0, 2.0, 3.0]);
//! assert_eq!(unravel.label(1)?, ".w[0,1]");
//!
//! let back: Dense<f64> = unravel.unravel(flat.view())?;
//! assert_eq!(back, dense);
//! let doubled: Dense<f64> = tree_map(|leaf| &leaf * 2.0, &dense)?;
//! assert_eq!(doubled.b, array![6.0]);
//! # Ok::<(), pytree::Error>(())
//! ```
//!
//! # The one rule
//! **A leaf is an n-dimensional array of numbers, however it is stored.** An `f64` has shape `[]`, a
//! `Vec<f64>` or `[f64; N]` shape `[n]`, a `[[f64; M]; N]` shape `[N, M]`, and an `Array` its own. A list
//! of anything else is a node with a child for each element. All leaves of a tree share one element
//! type, which the compiler checks. Whatever its static type, a leaf is handed out as an `ArrayViewD`,
//! and put back from an `ArrayD` or a view. [What a leaf is and why](guide::leaves) has the whole table.
//!
//! # What is where
//! | to | use |
//! |---|---|
//! | make a type a tree | `#[derive(PyTree)]`, [`PyTree`](trait@PyTree), [`PyTreeMut`], [`FromLeaves`] |
//! | take a tree apart | [`tree_flatten`], [`tree_leaves`], [`tree_leaves_with_path`] |
//! | map and fold | [`tree_map`], [`tree_map_with_path`], [`tree_map_where`], [`tree_map2`], [`tree_map_mut`], [`tree_reduce`], [`Flat`] |
//! | compare and count | [`tree_equal`], [`tree_all_close`], [`tree_all`], [`tree_any`], [`tree_size`], [`tree_nbytes`] |
//! | make a tree like another | [`tree_zeros_like`], [`tree_full_like`] |
//! | print a tree | [`tree_format`], [`TreeDef`] |
//! | let one value stand for many | [`tree_broadcast`], [`Flat::broadcast`] |
//! | turn a list of trees into a tree of lists | [`tree_transpose`], [`TreeDef::compose`] |
//! | get a vector and come back | [`ravel_pytree`], [`Layout`] |
//! | do so without an allocation (but for maps that are not sorted) | [`Layout::ravel_into`], [`Layout::unravel_into`], [`Layout::views`] |
//! | have keys of one's own type in a map | [`MapKey`](walk::MapKey), [`FromKey`](walk::FromKey) |
//! | name a leaf or an element and find it | [`KeyPath`], [`Layout::label`], [`Layout::index`], [`Layout::range`], [`Layout::path`] |
//! | list the leaves with their shapes and ranges | [`Layout::leaves`] |
//! | look at one leaf, or change it | [`tree_get`], [`tree_get_mut`], [`Layout::view`], [`Layout::view_mut`] |
//! | look at a vector as a tree, or change it so | [`Layout::views`], [`Layout::views_mut`] |
//! | have many trees as a matrix | [`Layout::ravel_batch`], [`Layout::unravel_batch`] |
//! | find the block of a Jacobian or a covariance | [`Layout::block`], [`Layout::block_mut`] |
//! | name many leaves: `layers[*].w`, `**.b`, all but some: `!**.b` | [`Pattern`] |
//! | change, or train, only the leaves that a pattern selects | [`tree_map_where`], [`Flat::partition`], [`Flat::combine`] |
//! | have only those in the vector | [`Layout::select`], [`Part`] |
//! | hold the structure alone | [`TreeDef`] |
//! | name a node or leaves by text in a function of your own | [`ToPath`], [`ToPattern`] |
//! | see what is wrong and where, or print such lists | [`Error`], [`error`] |
//! | keep a structure, a layout or a path in a file (feature `serde`) | [`TreeDef`], [`Layout`], [`KeyPath`], [`Pattern`], [`Tree`] |
//! | hold a tree of a shape that is not known before | [`Tree`] |
//! | save a tree by key path and load it again | [`npz::save`], [`npz::load`], [`safetensors::save`], [`safetensors::load`] |
//! | walk a tree oneself, or implement one by hand | [`walk`] |
//!
//! # Order and structure
//! Fields come as declared, lists and tuples by index, maps by sorted key (a `HashMap` gives the
//! vector that its `BTreeMap` gives). Each leaf is in row-major order, whatever its memory order.
//! `None` is structure without leaves; `Some(x)`, `Box<x>`, `Rc<x>` and `Arc<x>` are `x`. Static fields are part of the
//! structure and compared; skipped fields are carried along and are not.
//!
//! # Guides
//! Coming from [JAX](guide::jax), [equinox](guide::equinox), [optree](guide::optree): tables of theirs and
//! ours. [What a leaf is and why](guide::leaves); [a leaf type of one's own](guide::own_leaf);
//! [functions of any tree](guide::any_tree); [what each operation costs](guide::cost).
//!
//! # Features
//! - `derive` (on): `#[derive(PyTree)]`. Costs the build of `syn` and `quote`.
//! - `indexmap`: `IndexMap` as a dict in the order of insertion. Costs the build of that crate.
//! - `nalgebra`: the vectors and matrices of the `nalgebra` crate as leaves of one axis and of two.
//!   Costs the build of that crate.
//! - `npz`: checkpoints as NumPy's `.npz`, read and written. Costs the build of `ndarray-npy`, with a
//!   parser of Python literals, and of `zip`.
//! - `num-complex`: `Complex<f32>` and `Complex<f64>` as fields of their own. Costs nothing: `ndarray`
//!   builds that crate anyway.
//! - `num-dual`: the dual numbers of the `num-dual` crate as fields of their own (`scale: T` with
//!   `T = Dual64`); those with several directions, as `DualSVec64<8>`, need the feature `nalgebra` too.
//!   Costs the build of that crate. Arrays of them are leaves without it, as are arrays of anything.
//! - `safetensors`: checkpoints as `.safetensors`, read and written. Costs the build of that crate, `serde` and
//!   of `serde_json`.
//! - `serde`: [`Key`], [`KeyPath`], [`Pattern`], [`TreeDef`], [`Layout`] and [`Tree`] to and from JSON
//!   and the like. Costs the build of `serde` and its derive. Arrays, as leaves of a `Tree`, need the
//!   feature `serde` of `ndarray`.
//! - `stacker` (on): trees of any depth, such as a list of 100,000 nodes. Without it a tree of many
//!   thousand levels overflows the stack. Costs the build of that crate.

mod path;
pub mod walk;
pub mod error;
mod structure;
mod build;
mod types;
mod map;
mod layout;
#[cfg(feature = "serde")]
mod serialize;
#[cfg(any(feature = "npz", feature = "safetensors"))]
mod files;
#[doc(hidden)]
pub mod __private;
pub mod guide;

pub use crate::build::from_leaves::FromLeaves;
pub use crate::error::error::Error;
pub use crate::error::from_text::{ToPath, ToPattern};
#[cfg(feature = "npz")]
pub use crate::files::npz;
#[cfg(feature = "safetensors")]
pub use crate::files::safetensors;
pub use crate::layout::format::{TreeFormat, tree_format};
pub use crate::layout::get::{tree_get, tree_get_mut};
pub use crate::layout::layout::Layout;
pub use crate::layout::part::Part;
pub use crate::layout::ravel::ravel_pytree;
pub use crate::map::broadcast::tree_broadcast;
pub use crate::map::compare::{tree_all_close, tree_equal};
pub use crate::map::flat::Flat;
pub use crate::map::flatten::{
    tree_flatten, tree_leaves, tree_leaves_with_path, tree_structure, tree_unflatten,
};
pub use crate::map::like::{tree_full_like, tree_zeros_like};
pub use crate::map::reduce::{tree_all, tree_any, tree_nbytes, tree_reduce, tree_size};
pub use crate::map::transpose::tree_transpose;
pub use crate::map::tree_map::{
    tree_map, tree_map_mut, tree_map_where, tree_map_with_path, tree_mapv,
};
pub use crate::map::zip::{tree_map2, tree_map3};
pub use crate::path::key::{Key, KeyPath};
pub use crate::path::pattern::Pattern;
pub use crate::structure::treedef::TreeDef;
pub use crate::types::number::Leaf;
pub use crate::types::tree::Tree;
pub use crate::walk::pytree::{PyTree, PyTreeMut};

#[cfg(feature = "derive")]
#[doc = include_str!("derive.md")]
pub use pytree_derive::PyTree;
