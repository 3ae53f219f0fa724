//! The derive macros `PyTree` and `MapKey`, which the crate `pytree` re-exports and documents.
//!
//! The modules are in dependency order:
//!
//! | module | does |
//! |---|---|
//! | `attr` | parses the attributes |
//! | `syntax` | reads the element type off the name of a type |
//! | `hint` | chooses the message of rustc for a field that is not a tree |
//! | `ast` | reads the type and its fields |
//! | `check` | finds mistakes of the whole type |
//! | `bounds` | writes the where-clauses of the impls |
//! | `lockstep` | writes the methods that visit several trees at once |
//! | `expand` | writes the impls |
//! | `map_key` | is the other derive |

mod attr;
mod syntax;
mod hint;
mod ast;
mod check;
mod bounds;
mod lockstep;
mod expand;
mod map_key;
#[cfg(test)]
mod messages;

use proc_macro::TokenStream;
use syn::{DeriveInput, Error, parse_macro_input};

/// Implements `PyTree`, `PyTreeMut` and `FromLeaves`. The re-export in `pytree` has the documentation.
#[proc_macro_derive(PyTree, attributes(pytree))]
pub fn derive_pytree(input: TokenStream) -> TokenStream {
    let (mut impls, mistakes) = expand::derive(&parse_macro_input!(input as DeriveInput));
    impls.extend(mistakes.map(Error::into_compile_error));
    impls.into()
}

/// Implements `MapKey` and `FromKey`. The re-export in `pytree` has the documentation.
#[proc_macro_derive(MapKey, attributes(pytree))]
pub fn derive_map_key(input: TokenStream) -> TokenStream {
    let (mut impls, mistakes) = map_key::derive(&parse_macro_input!(input as DeriveInput));
    impls.extend(mistakes.map(Error::into_compile_error));
    impls.into()
}

/// The programs of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
