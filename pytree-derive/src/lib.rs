//! `#[derive(PyTree)]`.
use proc_macro::TokenStream;

/// Derive.
#[proc_macro_derive(PyTree, attributes(pytree))]
pub fn derive_pytree(_: TokenStream) -> TokenStream {
    TokenStream::new()
}
