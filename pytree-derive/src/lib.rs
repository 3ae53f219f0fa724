//! The derive macro `PyTree`, which the crate `pytree` re-exports and documents.
//!
//! In the order of the modules: `attr` parses the attributes, `ast` the type and its fields, `check` finds mistakes of
//! the whole type, `bounds` writes the where-clauses of the impls, and `expand` writes the impls.

mod attr;
mod ast;
mod check;
mod bounds;
mod expand;
#[cfg(test)]
mod messages;

use proc_macro::TokenStream;
use syn::{DeriveInput, Error, parse_macro_input};

/// Implements `PyTree`, `PyTreeMut` and `FromLeaves`. The re-export in `pytree` has the documentation.
#[proc_macro_derive(PyTree, attributes(pytree))]
pub fn derive_pytree(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::derive(&input).unwrap_or_else(Error::into_compile_error).into()
}

/// The programs of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
