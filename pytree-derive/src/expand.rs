use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{DeriveInput, Ident, Index, Result};

use crate::ast::{Field, Input, Role, Variant};
use crate::attr::Errors;
use crate::bounds::{self, Elem};
use crate::check::check;

/// The impls for `input`, or all mistakes as one error.
pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let mut errors = Errors::default();
    let input = Input::new(input, &mut errors);
    if let Some(input) = &input {
        check(input, &mut errors);
    }
    errors.finish()?;
    Ok(input.as_ref().map(expand).unwrap_or_default())
}

fn expand(input: &Input<'_>) -> TokenStream {
    let defs = input.variants.iter().filter(|_| !is_transparent(input)).map(|v| def(input, v));
    let named = named(input);
    let pytree = pytree(input);
    let pytree_mut = pytree_mut(input);
    let from_leaves = from_leaves(input);
    quote! {
        #[allow(deprecated)]
        const _: () = {
            #(#defs)*
            #named
            #pytree
            #pytree_mut
            #from_leaves
        };
    }
}

fn is_transparent(input: &Input<'_>) -> bool {
    input.attrs.transparent.is_some()
}

/// The definition of a variant. A `static` has one address, by which nodes are compared; a `const` has none.
fn def(input: &Input<'_>, variant: &Variant<'_>) -> TokenStream {
    let pytree = input.library();
    let Variant { def, name, .. } = variant;
    let fields = variant.trees().map(|field| &field.name);
    let fields = if variant.named {
        quote!(Named(&[#(#fields),*]))
    } else {
        let len = fields.count();
        quote!(Unnamed(#len))
    };
    let statics = variant.of_role(Role::Static).map(|field| &field.name);
    let skipped = variant.of_role(Role::Skip).map(|field| &field.name);
    quote! {
        static #def: #pytree::walk::StructDef =
            #pytree::walk::StructDef::new(#name, #pytree::walk::Fields::#fields)
                .with_statics(&[#(#statics),*])
                .with_skipped(&[#(#skipped),*]);
    }
}

/// The impl of `Named`, which names the element type of a field whose type may be private.
fn named(input: &Input<'_>) -> TokenStream {
    let Elem::Named(source) = Elem::new(input) else {
        return TokenStream::new();
    };
    let (ident, pytree) = (input.ident, input.library());
    let (_, ty_generics, _) = input.generics.split_for_impl();
    let generics = bounds::of_named(input, source);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #pytree::__private::Named for #ident #ty_generics #where_clause {
            type Elem = __Elem;
        }
    }
}

fn pytree(input: &Input<'_>) -> TokenStream {
    let (ident, pytree) = (input.ident, input.library());
    let elem = Elem::new(input).tokens(input);
    let (_, ty_generics, _) = input.generics.split_for_impl();
    let generics = bounds::of_pytree(input);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let walks = input.variants.iter().map(|variant| walk(input, variant, &elem));
    let locksteps = lockstep(input, &elem);
    quote! {
        #[automatically_derived]
        impl #impl_generics #pytree::PyTree for #ident #ty_generics #where_clause {
            type Elem = #elem;

            #[inline]
            fn walk<'__pytree, __V>(&'__pytree self, __visitor: &mut __V)
            where
                __V: #pytree::walk::Visitor<'__pytree, #elem>,
            {
                match self {
                    #(#walks)*
                }
            }

            #[inline]
            fn lockstep<'__pytree, const __N: ::core::primitive::usize, __V>(
                __trees: [&'__pytree Self; __N],
                __visitor: &mut __V,
            ) -> ::core::primitive::bool
            where
                __V: #pytree::__private::Lockstep<'__pytree, #elem, __N>,
            {
                #(#locksteps)*
            }
        }
    }
}

fn pytree_mut(input: &Input<'_>) -> TokenStream {
    let (ident, pytree) = (input.ident, input.library());
    let elem = Elem::new(input).tokens(input);
    let (_, ty_generics, _) = input.generics.split_for_impl();
    let generics = bounds::of_pytree_mut(input);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let walks = input.variants.iter().map(|variant| walk_mut(input, variant, &elem));
    let locksteps = input.variants.iter().map(|variant| lockstep_mut(input, variant, &elem));
    quote! {
        #[automatically_derived]
        impl #impl_generics #pytree::PyTreeMut for #ident #ty_generics #where_clause {
            #[inline]
            fn walk_mut<'__pytree, __V>(&'__pytree mut self, __visitor: &mut __V)
            where
                __V: #pytree::walk::VisitorMut<'__pytree, #elem>,
            {
                match self {
                    #(#walks)*
                }
            }

            #[inline]
            fn lockstep_mut<'__pytree, const __N: ::core::primitive::usize, __V>(
                __tree: &'__pytree mut Self,
                __others: [&'__pytree Self; __N],
                __visitor: &mut __V,
            )
            where
                __V: #pytree::__private::LockstepMut<'__pytree, #elem, __N>,
            {
                match __tree {
                    #(#locksteps)*
                }
            }
        }
    }
}

fn walk(input: &Input<'_>, variant: &Variant<'_>, elem: &TokenStream) -> TokenStream {
    let pytree = input.library();
    let Variant { path, def, .. } = variant;
    let bound = variant.fields.iter().filter(|field| field.role != Role::Phantom).map(bind);
    let node = (!is_transparent(input)).then(|| {
        let statics = variant.of_role(Role::Static).map(|field| &field.binding);
        let skipped = variant.of_role(Role::Skip).map(|field| &field.binding);
        quote! {
            __visitor.node(#pytree::walk::Node::Struct(&#def));
            #(#pytree::__private::StaticField::visit::<#elem, _>(#statics, __visitor);)*
            #(#pytree::__private::SkippedField::visit::<#elem, _>(#skipped, __visitor);)*
        }
    });
    let children = variant.trees().enumerate().map(|(index, field)| {
        let name = &field.name;
        let key = if variant.named { quote!(GetAttr(#name)) } else { quote!(Sequence(#index)) };
        let key =
            (!is_transparent(input)).then(|| quote!(__visitor.key(#pytree::walk::KeyRef::#key);));
        let child = child(field, None);
        let walk = if field.role == Role::Leaf {
            quote!(#pytree::__private::visit_value::<#elem, _>)
        } else {
            quote!(#pytree::__private::TreeOf::<#elem>::walk)
        };
        quote!(#key #walk(#child, __visitor);)
    });
    quote! {
        #path { #(#bound,)* .. } => {
            #node
            #(#children)*
        }
    }
}

fn walk_mut(input: &Input<'_>, variant: &Variant<'_>, elem: &TokenStream) -> TokenStream {
    let pytree = input.library();
    let path = &variant.path;
    let bound = variant.trees().map(bind);
    let children = variant.trees().map(|field| {
        let child = child(field, Some(&Ident::new("mut", field.ends.0)));
        let walk = if field.role == Role::Leaf {
            quote!(#pytree::__private::visit_value_mut::<#elem, _>)
        } else {
            quote!(#pytree::__private::TreeMutOf::<'_, #elem>::walk_mut)
        };
        quote!(#walk(#child, __visitor);)
    });
    quote! {
        #path { #(#bound,)* .. } => {
            #(#children)*
        }
    }
}

/// The statements of `lockstep`: one block for a struct, one for each variant of an enum.
fn lockstep(input: &Input<'_>, elem: &TokenStream) -> Vec<TokenStream> {
    let pytree = input.library();
    let mut blocks: Vec<_> = input
        .variants
        .iter()
        .map(|variant| {
            let fields = variant.fields.iter().filter_map(|field| {
                let of_all = of_all(input, variant, field, &quote!(__trees));
                Some(match field.role {
                    Role::Static => quote!(#pytree::__private::StaticField::equal(#of_all)),
                    Role::Leaf => {
                        quote!(#pytree::__private::lockstep_values::<#elem, __N, _>(#of_all, __visitor))
                    }
                    Role::Tree => {
                        quote!(#pytree::__private::TreeOf::<#elem>::lockstep(#of_all, __visitor))
                    }
                    Role::Skip | Role::Phantom => return None,
                })
            });
            let fields = quote!(#(if !#fields { return false; })* return true;);
            in_variant(input, variant, &quote!(__trees), &fields)
        })
        .collect();
    if input.is_enum {
        blocks.push(quote!(false));
    }
    blocks
}

fn lockstep_mut(input: &Input<'_>, variant: &Variant<'_>, elem: &TokenStream) -> TokenStream {
    let pytree = input.library();
    let path = &variant.path;
    let bound = variant.trees().map(bind);
    let fields = variant.trees().map(|field| {
        let child = child(field, Some(&Ident::new("mut", field.ends.0)));
        let of_all = of_all(input, variant, field, &quote!(__others));
        if field.role == Role::Leaf {
            quote!(#pytree::__private::lockstep_values_mut::<#elem, __N, _>(#child, #of_all, __visitor);)
        } else {
            quote!(#pytree::__private::TreeMutOf::<'_, #elem>::lockstep_mut(#child, #of_all, __visitor);)
        }
    });
    let fields = in_variant(input, variant, &quote!(__others), &quote!(#(#fields)*));
    quote!(#path { #(#bound,)* .. } => { #fields })
}

/// An array of references to the field in each tree of the array `trees`.
fn of_all(
    input: &Input<'_>,
    variant: &Variant<'_>,
    field: &Field<'_>,
    trees: &TokenStream,
) -> TokenStream {
    let member = &field.member;
    if !input.is_enum {
        return quote!(#trees.map(|__tree| &__tree.#member));
    }
    let index = variant.fields.iter().position(|other| other.binding == field.binding);
    let index = Index::from(index.unwrap_or_default());
    quote!(#trees.map(|__fields| __fields.#index))
}

/// `body`, if all of `trees` are of this variant; in it, `trees` are tuples of references to the fields.
fn in_variant(
    input: &Input<'_>,
    variant: &Variant<'_>,
    trees: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    if !input.is_enum {
        return body.clone();
    }
    let (pytree, path) = (input.library(), &variant.path);
    let bound = variant.fields.iter().map(bind);
    let fields = variant.fields.iter().map(|field| &field.binding);
    quote! {
        if let ::core::option::Option::Some(#trees) = #pytree::__private::all(
            #trees,
            |__tree| match __tree {
                #path { #(#bound,)* } => ::core::option::Option::Some((#(#fields,)*)),
                #[allow(unreachable_patterns)]
                _ => ::core::option::Option::None,
            },
        ) {
            #body
        }
    }
}

fn bind(Field { member, binding, .. }: &Field<'_>) -> TokenStream {
    quote!(#member: #binding)
}

/// A reference to the field, with spans for which rustc underlines the type of the field in messages.
fn child(field: &Field<'_>, mutability: Option<&Ident>) -> TokenStream {
    let (first, last) = field.ends;
    let mut binding = field.binding.clone();
    binding.set_span(last);
    let reborrow = quote_spanned!(first=> & #mutability *);
    quote!(#reborrow #binding)
}

fn from_leaves(input: &Input<'_>) -> TokenStream {
    let (ident, pytree) = (input.ident, input.library());
    let (_, ty_generics, _) = input.generics.split_for_impl();
    let generics = bounds::of_from_leaves(input);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let body = if input.is_enum { build_enum(input) } else { build_struct(input) };
    quote! {
        #[automatically_derived]
        impl #impl_generics #pytree::FromLeaves<__L> for #ident #ty_generics #where_clause {
            fn from_leaves(
                __source: &mut #pytree::walk::LeafSource<'_, __L>,
            ) -> ::core::result::Result<Self, #pytree::walk::Reported> {
                #body
            }
        }
    }
}

fn build_struct(input: &Input<'_>) -> TokenStream {
    let pytree = input.library();
    let def = input.variants.iter().filter(|_| !is_transparent(input)).map(|variant| &variant.def);
    let build = input.variants.iter().map(|variant| build(input, variant));
    quote! {
        #(__source.expect(#pytree::walk::Node::Struct(&#def))?;)*
        #(#build)*
    }
}

fn build_enum(input: &Input<'_>) -> TokenStream {
    let expected = format!("a variant of {}", input.name());
    let defs = input.variants.iter().map(|variant| &variant.def);
    let builds = input.variants.iter().map(|variant| build(input, variant));
    // The match needs a last arm for all other numbers, so the last variant has the arm `_`.
    let numbers = (1..input.variants.len()).map(|next| {
        let number = next - 1;
        quote!(#number)
    });
    let numbers = numbers.chain([quote!(_)]);
    quote! {
        match __source.variant(#expected, &[#(&#defs),*])? {
            #(#numbers => { #builds })*
        }
    }
}

/// Builds every field before the first error is returned, because each field may report errors of its own.
fn build(input: &Input<'_>, variant: &Variant<'_>) -> TokenStream {
    let pytree = input.library();
    let path = &variant.path;
    let statics = variant.of_role(Role::Static).map(|Field { binding, ty, name, .. }| {
        quote!(let #binding = <#ty as #pytree::__private::StaticField>::take(__source, #name);)
    });
    let skipped = variant.of_role(Role::Skip).map(|Field { binding, ty, name, .. }| {
        quote!(let #binding = <#ty as #pytree::__private::SkippedField>::take(__source, #name);)
    });
    let trees = variant.trees().map(|field| {
        let (binding, ty) = (&field.binding, field.built(input));
        quote!(let #binding = <#ty as #pytree::FromLeaves<__L>>::from_leaves(__source);)
    });
    let fields = variant.fields.iter().map(|Field { member, binding, role, .. }| match role {
        Role::Phantom => quote!(#member: ::core::marker::PhantomData),
        Role::Leaf => quote!(#member: #binding?.0),
        _ => quote!(#member: #binding?),
    });
    quote! {
        #(#statics)*
        #(#skipped)*
        #(#trees)*
        ::core::result::Result::Ok(#path { #(#fields),* })
    }
}
