//! Pytrees for Rust: takes any nest of structs, lists and maps with arrays at the bottom apart into
//! leaves, key paths and one flat vector, and puts it together again.
//!
//! States, parameters and configurations are such nests, but solvers, optimisers and filters want one
//! vector. `#[derive(PyTree)]` makes your type a tree, and [`ravel_pytree`] makes a tree a vector:
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
//! type, which the compiler checks. Functions of leaves receive an `ArrayViewD`, whatever the static type
//! of the leaf, and return an `ArrayD` or a view. [What a leaf is and why](guide::leaves) has the whole
//! table.
//!
//! # What is where
//! | to | use |
//! |---|---|
//! | make a type a tree | `#[derive(PyTree)]`, [`PyTree`](trait@PyTree), [`PyTreeMut`], [`FromLeaves`] |
//! | take a tree apart | [`tree_flatten`], [`tree_leaves`], [`tree_leaves_with_path`] |
//! | map and fold | [`tree_map`], [`tree_mapv`], [`tree_map_with_path`], [`tree_map_where`], [`tree_map2`], [`tree_map3`], [`Flat::zip3`], [`tree_map_mut`], [`tree_reduce`], [`Flat`] |
//! | compare and count | [`tree_equal`], [`tree_all_close`], [`tree_compare`], [`tree_size`] |
//! | make a tree with the shapes of another | [`tree_zeros_like`], [`tree_mapv`]`(\|_\| 1.0, &tree)` |
//! | print a tree, with statistics of its leaves | [`tree_format`], [`TreeDef`] |
//! | repeat one value for all leaves under a node | [`tree_broadcast`], [`Flat::broadcast`] |
//! | turn a list of trees into a tree of lists | [`Flat::transpose`], [`TreeDef::compose`] |
//! | get a vector and come back | [`ravel_pytree`], [`Layout`] |
//! | do so without an allocation (a `HashMap` takes one) | [`Layout::ravel_into`], [`Layout::unravel_into`], [`Layout::views`] |
//! | use an enum or another key type of your own in a map | `#[derive(MapKey)]`, [`MapKey`](trait@walk::MapKey), [`FromKey`](walk::FromKey) |
//! | name a leaf or an element and find it | [`KeyPath`], [`Layout::label`], [`Layout::index`], [`Layout::range`], [`Layout::path`] |
//! | list the leaves with their shapes and ranges | [`Layout::leaves`] |
//! | read or write one leaf | [`tree_get`], [`tree_get_mut`], [`Layout::view`], [`Layout::view_mut`] |
//! | read or write a subtree | [`tree_get_as`], [`tree_set`] |
//! | read or write a vector as a tree | [`Layout::views`], [`Layout::views_mut`] |
//! | stack a list of trees along a new axis, and back | [`tree_stack`], [`tree_unstack`] |
//! | turn many trees into a matrix and back | [`Layout::ravel_batch`], [`Layout::unravel_batch`] |
//! | compute with whole trees: `&y + &k * 0.5`, `y.norm()` | [`Vector`] |
//! | pass your struct to argmin or differential-equations (features of these names) | [`Vector`]: [programs](guide::solvers) |
//! | pass your struct to `diffsol`, `ode_solvers` or other solvers of slices | [`rhs`](rhs()): [programs](guide::solvers) |
//! | train: Adam, clipping, a learning rate for each layer, a part | [recipes](guide::recipes) |
//! | differentiate a function of a tree (feature `num-dual`) | [`value_and_grad`], [`jacobian`](jacobian()), [`jvp`], [`grad`] |
//! | find the block of a Jacobian or a covariance | [`Layout::block`], [`Layout::block_mut`] |
//! | name many leaves: `layers[*].w`, `**.b`, all but some: `!**.b` | [`Pattern`] |
//! | change, or train, only the leaves that a pattern or a mask selects | [`tree_map_where`], [`tree_map_or_zero`], [`Flat::partition`], [`Flat::combine`], [`Flat::select`] |
//! | give each group of leaves a value, such as a learning rate | [`tree_groups`] |
//! | take a tree apart at the leaves of a prefix | [`Flat::flatten_up_to`], [`Flat::flatten`], [`TreeDef::with_children`] |
//! | ravel only the leaves that a pattern or a mask selects | [`Layout::select`], [`Part`](layout::Part) |
//! | keep the structure without the leaves | [`TreeDef`] |
//! | accept a path, a pattern or a mask in your own function | [`ToPath`](path::ToPath), [`ToPattern`](path::ToPattern), [`Select`](path::Select) |
//! | find out what is wrong and where, or print such lists | [`Error`], [`error`] |
//! | store a structure, a layout or a path (feature `serde`) | [`TreeDef`], [`Layout`], [`KeyPath`], [`Pattern`], [`Tree`] |
//! | build a tree whose shape is known only at run time | [`Tree`] |
//! | build a tree from leaves with their paths, in any order | [`Tree::from_paths`], [`Flat::from_paths`] |
//! | save the arrays of a tree by key path and load them again | [`npz::save`], [`npz::load`], [`safetensors::save`], [`safetensors::load`] |
//! | load a part of a file, other names or other element types; save several trees in one file | [`files`] |
//! | write your own visitor, or implement the traits by hand | [`walk`] |
//!
//! # Order and structure
//! Children are visited in this order: fields as declared, lists and tuples by index, maps by sorted key.
//! A `HashMap` therefore gives the same vector as a `BTreeMap`. The elements of a leaf are in row-major
//! order, whatever its memory order. `None` is structure without leaves. `Some(x)`, `Box<x>`, `Rc<x>` and
//! `Arc<x>` are the tree `x`. Static fields are part of the structure and are compared; skipped fields are
//! copied to the tree that is built, and are not compared.
//!
//! # Guides
//! Coming from [JAX](guide::jax), [equinox](guide::equinox), [optree](guide::optree), or [optax, diffrax and
//! NumPy](guide::optax): tables of their functions and ours. [Solvers](guide::solvers). [Recipes for
//! training](guide::recipes). [Files](files). [What a leaf is and why](guide::leaves). [Write your own leaf type](guide::own_leaf).
//! [Write functions of any tree](guide::any_tree). [Derivatives](guide::derivatives). [What each operation costs](guide::cost).
//!
//! # Features
//! - `argmin`: a [`Vector`] is a parameter and a gradient of argmin's solvers. Costs the build of `argmin-math` and
//!   `rand`.
//! - `derive` (on): `#[derive(PyTree)]`. Costs the build of `syn` and `quote`.
//! - `differential-equations`: a [`Vector`] is a state of the solvers of that crate. Costs its build.
//! - `faer`: columns and rows of the `faer` crate are leaves with one axis, its matrices leaves with two.
//!   Costs the build of `faer` and `faer-ext`.
//! - `half`: a field may be a bare `f16` or `bf16` of the `half` crate, and files may have them. Costs the build of
//!   `half`. Arrays of them are leaves without this feature.
//! - `indexmap`: an `IndexMap` is a dict in insertion order. Costs the build of `indexmap`.
//! - `nalgebra`: vectors of the `nalgebra` crate are leaves with one axis, its matrices leaves with two.
//!   Costs the build of `nalgebra`.
//! - `npz`: reads and writes checkpoints as NumPy's `.npz`. Costs the build of `zip` with a decompressor, and
//!   of `bytemuck`.
//! - `num-complex`: a field may be a bare `Complex<f32>` or `Complex<f64>`. Costs nothing: `ndarray`
//!   builds that crate anyway.
//! - `num-dual`: [`value_and_grad`], [`jacobian`](jacobian()), [`jvp`] and what else is in [`grad`]; a field may be a
//!   bare dual number of the `num-dual` crate (`scale: T` with `T = Dual64`). Costs the build of `num-dual` and of
//!   `nalgebra`, in which its dual numbers with several directions are written. Arrays of dual numbers are
//!   leaves without this feature, as are arrays of any type.
//! - `safetensors`: reads and writes checkpoints as `.safetensors`. Costs the build of `safetensors`, `serde`,
//!   `serde_json` and `bytemuck`.
//! - `serde`: serializes [`Key`](path::Key), [`KeyPath`], [`Pattern`], [`TreeDef`], [`Layout`] and [`Tree`].
//!   Costs the build of `serde` and its derive. A `Tree` of arrays also needs the feature `serde` of `ndarray`.
//! - `stacker` (on): a tree may have any depth, such as a list of 100,000 nested nodes. Without it, a tree of
//!   many thousand levels overflows the stack. Costs the build of `stacker`.

pub mod path;
pub mod walk;
pub mod error;
mod structure;
mod build;
mod types;
mod map;
pub mod layout;
pub mod vector;
pub mod grad;
#[cfg(feature = "serde")]
mod serialize;
#[cfg(any(feature = "npz", feature = "safetensors"))]
pub mod files;
#[doc(hidden)]
pub mod __private;
pub mod guide;

pub use crate::build::from_leaves::FromLeaves;
pub use crate::error::error::Error;
#[cfg(feature = "npz")]
pub use crate::files::npz;
#[cfg(feature = "safetensors")]
pub use crate::files::safetensors;
#[cfg(feature = "num-dual")]
pub use crate::grad::jacfwd::jacobian;
#[cfg(feature = "num-dual")]
pub use crate::grad::jvp::jvp;
#[cfg(feature = "num-dual")]
pub use crate::grad::value_and_grad::value_and_grad;
pub use crate::layout::comparison::tree_compare;
pub use crate::layout::format::tree_format;
pub use crate::layout::get::{tree_get, tree_get_mut};
pub use crate::layout::layout::Layout;
pub use crate::layout::ravel::ravel_pytree;
pub use crate::layout::stack::{tree_stack, tree_unstack};
pub use crate::layout::subtree::{tree_get_as, tree_set};
pub use crate::map::broadcast::tree_broadcast;
pub use crate::map::compare::{tree_all_close, tree_equal};
pub use crate::map::flat::Flat;
pub use crate::map::flatten::{
    tree_flatten, tree_leaves, tree_leaves_with_path, tree_structure, tree_unflatten,
};
pub use crate::map::groups::tree_groups;
pub use crate::map::like::tree_zeros_like;
pub use crate::map::reduce::{tree_reduce, tree_size};
pub use crate::map::tree_map::{
    tree_map, tree_map_mut, tree_map_or_zero, tree_map_where, tree_map_with_path, tree_mapv,
};
pub use crate::map::zip::{tree_map2, tree_map3};
pub use crate::path::key::KeyPath;
pub use crate::path::pattern::Pattern;
pub use crate::structure::treedef::TreeDef;
pub use crate::types::number::Leaf;
pub use crate::types::tree::Tree;
pub use crate::vector::rhs::rhs;
pub use crate::vector::vector::Vector;
pub use crate::walk::pytree::{PyTree, PyTreeMut};

#[cfg(feature = "derive")]
#[doc = include_str!("derive.md")]
pub use pytree_derive::PyTree;

#[cfg(feature = "derive")]
#[doc = include_str!("derive_map_key.md")]
pub use pytree_derive::MapKey;

/// The programs of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
