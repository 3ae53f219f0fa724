use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Error, Fields, LitStr};

use crate::attr::{Attrs, Errors, Place};

/// The impls of `MapKey` and `FromKey` for an enum of variants without fields, and all mistakes as one error.
pub(crate) fn derive(input: &DeriveInput) -> (TokenStream, Option<Error>) {
    let mut errors = Errors::default();
    let Data::Enum(data) = &input.data else {
        let message = "only an enum can derive `MapKey`; for a struct, implement `pytree::walk::MapKey` and \
                       `pytree::walk::FromKey`";
        return (TokenStream::new(), Some(Error::new(input.ident.span(), message)));
    };
    if !input.generics.params.is_empty() {
        let message = "an enum with parameters cannot derive `MapKey`, because its variants have no fields to \
                       use them; remove the parameters";
        errors.push(Error::new_spanned(&input.generics, message));
    }
    if data.variants.is_empty() {
        let message = "an enum without variants has no values, so it cannot be a key";
        errors.push(Error::new(input.ident.span(), message));
    }
    let library = Attrs::parse(&input.attrs, Place::Key, &mut errors).crate_path;
    let library = library.map_or(quote!(::pytree), |path| path.to_token_stream());
    let mut taken = HashMap::new();
    let mut arms = Vec::new();
    for variant in &data.variants {
        let attrs = Attrs::parse(&variant.attrs, Place::KeyVariant, &mut errors);
        if !matches!(variant.fields, Fields::Unit) {
            let message = "a variant with fields has no key, because a key is one name; remove the fields, or \
                           implement `pytree::walk::MapKey` and `pytree::walk::FromKey`";
            errors.push(Error::new_spanned(&variant.fields, message));
        }
        let (ident, renamed) = (&variant.ident, attrs.rename.is_some());
        let span = attrs.rename.as_ref().map_or(ident.span(), LitStr::span);
        let name = attrs.rename.map_or_else(|| ident.unraw().to_string(), |name| name.value());
        if let Some((other, _)) = taken.insert(name.clone(), (span, renamed)) {
            // Mark the renamed variant, whose key can be changed.
            let span = if renamed { span } else { other };
            let message = format!("two variants have the key `{name}`; rename one of them");
            errors.push(Error::new(span, message));
        }
        arms.push((ident, name));
    }
    let errors = errors.finish();
    if errors.is_some() {
        return (TokenStream::new(), errors);
    }
    let ty = &input.ident;
    let (variants, names): (Vec<_>, Vec<_>) = arms.into_iter().unzip();
    let impls = quote! {
        const _: () = {
            #[automatically_derived]
            impl #library::walk::MapKey for #ty {
                fn with_key<__R>(
                    &self,
                    __f: impl ::core::ops::FnOnce(#library::walk::KeyRef<'_>) -> __R,
                ) -> __R {
                    __f(#library::walk::KeyRef::Dict(match self {
                        #(#ty::#variants => #names,)*
                    }))
                }
            }

            #[automatically_derived]
            impl #library::walk::FromKey for #ty {
                fn from_key(__key: #library::walk::KeyRef<'_>) -> ::core::option::Option<Self> {
                    match __key {
                        #(#library::walk::KeyRef::Dict(#names) => {
                            ::core::option::Option::Some(#ty::#variants)
                        })*
                        _ => ::core::option::Option::None,
                    }
                }
            }
        };
    };
    (impls, None)
}
