//! `#[derive(PyTree)]`, which the crate `pytree` re-exports and documents.
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

/// Implements `PyTree` and `FromLeaves`; the re-export in `pytree` has the documentation.
#[proc_macro_derive(PyTree, attributes(pytree))]
pub fn derive_pytree(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::derive(&input).unwrap_or_else(Error::into_compile_error).into()
}
