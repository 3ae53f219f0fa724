use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::Index;

use crate::ast::{Field, Role, Variant};
use crate::bounds::Scope;

/// The statements of `lockstep`: one block for a struct, one for each variant of an enum.
pub(crate) fn lockstep(scope: &Scope<'_>) -> Vec<TokenStream> {
    let Scope { input, private, e, at, .. } = scope;
    let trees = quote_spanned!(*at=> __trees);
    let of_variant = |variant: &Variant<'_>| {
        let fields = variant.fields.iter().enumerate().filter_map(|(index, field)| {
            let Field { ty, hint, .. } = field;
            let of_all = of_all(scope, index, field, &trees);
            Some(match field.role {
                Role::Static => quote!(<#ty as #private::StaticField>::equal(#of_all)),
                Role::Leaf => {
                    quote!(#private::lockstep_values::<#e, __N, _>(#of_all, __visitor))
                }
                Role::With => {
                    let view = view(scope, field, quote!(__field));
                    quote!(__visitor.leaves(#of_all.map(|__field| #view)))
                }
                Role::Tree => quote_spanned! {*at=>
                    <#ty as #private::#hint<#e>>::lockstep(#of_all, __visitor)
                },
                Role::Skip | Role::Phantom => return None,
            })
        });
        let fields =
            in_parts(fields.map(|equal| quote_spanned!(*at=> if !#equal { return false; })));
        let fields = fields.iter().map(|part| match part {
            Part::Whole(part) => part.clone(),
            Part::Of(part) => {
                let part = in_closure(scope, &quote!(#part true));
                quote_spanned!(*at=> if !#part { return false; })
            }
        });
        let fields = quote_spanned!(*at=> #(#fields)* return true;);
        in_variant(scope, variant, &trees, &fields)
    };
    let mut blocks: Vec<_> = input.variants.iter().map(of_variant).collect();
    if input.is_enum {
        blocks.push(quote!(false));
    }
    blocks
}

pub(crate) fn lockstep_mut(scope: &Scope<'_>, variant: &Variant<'_>) -> TokenStream {
    let Scope { private, e, at, .. } = scope;
    let path = &variant.path;
    let others = quote_spanned!(*at=> __others);
    let bound = variant.trees().map(bind);
    let children = variant.fields.iter().enumerate().filter(|(_, field)| field.is_child());
    let children = children.map(|(index, field)| {
        let Field { ty, binding, .. } = field;
        let of_all = of_all(scope, index, field, &others);
        match field.role {
            Role::Leaf => quote! {
                #private::lockstep_values_mut::<#e, __N, _>(#binding, #of_all, __visitor);
            },
            Role::With => {
                let views = view(scope, field, quote!(__field));
                let view_mut = view_mut(scope, field);
                quote!(__visitor.leaves(#view_mut, #of_all.map(|__field| #views));)
            }
            _ => quote_spanned! {*at=>
                <#ty as #private::TreeMutOf<'_, #e>>::lockstep_mut(#binding, #of_all, __visitor);
            },
        }
    });
    let children = in_parts(children);
    let children = children.iter().map(|part| match part {
        Part::Whole(part) => part.clone(),
        Part::Of(part) => in_closure(scope, part),
    });
    let children = in_variant(scope, variant, &others, &quote!(#(#children)*));
    quote_spanned!(*at=> #path { #(#bound,)* .. } => { #children })
}

/// An array of references to the field in each tree of the array `trees`.
///
/// A loop compiles faster than `trees.map(..)`, which would add two closures for each field. A literal with a suffix
/// compiles faster than a literal whose type rustc infers.
fn of_all(scope: &Scope<'_>, index: usize, field: &Field<'_>, trees: &TokenStream) -> TokenStream {
    let member = &field.member;
    let of = |tree: TokenStream| {
        if scope.input.is_enum {
            // `in_variant` has replaced each tree by a tuple of references to its fields.
            let index = Index::from(index);
            quote!(#trees[#tree].#index)
        } else {
            quote!(&#trees[#tree].#member)
        }
    };
    let (first, other) = (of(quote!(0usize)), of(quote!(__tree)));
    quote_spanned! {scope.at=> {
        let mut __fields = [#first; __N];
        let mut __tree = 1usize;
        while __tree < __N {
            __fields[__tree] = #other;
            __tree += 1usize;
        }
        __fields
    }}
}

/// Runs `body` if all of `trees` are of this variant. In `body`, each of `trees` is a tuple of references to the fields.
fn in_variant(
    scope: &Scope<'_>,
    variant: &Variant<'_>,
    trees: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let Scope { input, private, at, .. } = scope;
    if !input.is_enum {
        return body.clone();
    }
    let path = &variant.path;
    let bound = variant.fields.iter().map(bind);
    let fields = variant.fields.iter().map(|field| &field.binding);
    quote_spanned! {*at=>
        if let ::core::option::Option::Some(#trees) = #private::all(
            #trees,
            |__tree| match __tree {
                #path { #(#bound,)* .. } => ::core::option::Option::Some((#(#fields,)*)),
                #[allow(unreachable_patterns)]
                _ => ::core::option::Option::None,
            },
        ) {
            #body
        }
    }
}

/// The largest number of fields in the body of one function. The time of rustc is quadratic in the number of fields, so
/// more fields are checked in several closures.
const PART: usize = 24;

/// The statements of all fields of a variant, or of some of them.
enum Part {
    Whole(TokenStream),
    Of(TokenStream),
}

/// A call of a closure. rustc checks the body of a closure separately.
fn in_closure(scope: &Scope<'_>, body: &TokenStream) -> TokenStream {
    let Scope { private, at, .. } = scope;
    quote_spanned! {*at=> {
        let __visitor = &mut *__visitor;
        #private::call(move || { #body })
    }}
}

fn in_parts(statements: impl Iterator<Item = TokenStream>) -> Vec<Part> {
    let statements: Vec<_> = statements.collect();
    if statements.len() <= PART {
        return vec![Part::Whole(quote!(#(#statements)*))];
    }
    statements.chunks(PART).map(|part| Part::Of(quote!(#(#part)*))).collect()
}

/// The view of the reference `of` to a field with the attribute `with`.
pub(crate) fn view(scope: &Scope<'_>, field: &Field<'_>, of: impl ToTokens) -> TokenStream {
    let (Scope { private, e, .. }, (module, at)) = (scope, field.module());
    quote_spanned!(at=> #private::ElemIs::<#e>::view(#module::view(#of)))
}

/// The mutable view of a field with the attribute `with`.
pub(crate) fn view_mut(scope: &Scope<'_>, field: &Field<'_>) -> TokenStream {
    let (Scope { private, e, .. }, (module, at)) = (scope, field.module());
    let binding = &field.binding;
    quote_spanned!(at=> #private::ElemIs::<#e>::view_mut(#module::view_mut(#binding)))
}

pub(crate) fn bind(Field { member, binding, .. }: &Field<'_>) -> TokenStream {
    quote!(#member: #binding)
}
