use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{DeriveInput, Error, Generics};

use crate::ast::{Field, Input, Role, Variant};
use crate::attr::Errors;
use crate::bounds::{self, Elem, Scope};
use crate::check::check;
use crate::lockstep::{bind, lockstep, lockstep_mut, view, view_mut};

/// The impls for `input`, and all mistakes as one error.
///
/// The impls leave out a field with a mistake. So rustc reports the mistakes in other fields at the same time, and does not
/// report that an impl is missing.
pub(crate) fn derive(input: &DeriveInput) -> (TokenStream, Option<Error>) {
    let mut errors = Errors::default();
    let Some(mut input) = Input::new(input, &mut errors) else {
        return (TokenStream::new(), errors.finish());
    };
    check(&input, &mut errors);
    let errors = errors.finish();
    let mut impls = TokenStream::new();
    if errors.is_none() {
        impls = expand(&input, true);
    } else if input.can_be_expanded() {
        for variant in &mut input.variants {
            variant.fields.retain(|field| !field.is_wrong());
        }
        impls = expand(&input, false);
    }
    (impls, errors)
}

/// All impls. `valid` is false if fields are missing.
fn expand(input: &Input<'_>, valid: bool) -> TokenStream {
    let scope = &Scope::new(input);
    let defs = input.variants.iter().filter(|_| !is_transparent(input)).map(|v| def(scope, v));
    let named = named(scope);
    let pytree = pytree(scope);
    let pytree_mut = pytree_mut(scope);
    let from_leaves = from_leaves(scope, valid);
    let allow = (!valid).then(|| quote!(#[allow(unused, clippy::all)]));
    quote! {
        #[allow(deprecated)]
        #allow
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
fn def(scope: &Scope<'_>, variant: &Variant<'_>) -> TokenStream {
    let Scope { pytree, at, .. } = scope;
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
    quote_spanned! {*at=>
        static #def: #pytree::walk::StructDef =
            #pytree::walk::StructDef::new(#name, #pytree::walk::Fields::#fields)
                .with_statics(&[#(#statics),*])
                .with_skipped(&[#(#skipped),*]);
    }
}

/// An impl of `name` for the type.
fn implement(
    scope: &Scope<'_>,
    name: impl ToTokens,
    generics: &Generics,
    items: impl ToTokens,
) -> TokenStream {
    let Scope { input, at, .. } = scope;
    let (ident, (_, ty_generics, _)) = (input.ident, input.generics.split_for_impl());
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    quote_spanned! {*at=>
        #[automatically_derived]
        impl #impl_generics #name for #ident #ty_generics #where_clause {
            #items
        }
    }
}

/// The impl of `Named`, which names the element type of a field whose type may be private.
fn named(scope: &Scope<'_>) -> TokenStream {
    let Elem::Named(source) = scope.elem else {
        return TokenStream::new();
    };
    let (private, at) = (&scope.private, scope.at);
    let generics = bounds::of_named(scope, source);
    let named = implement(
        scope,
        quote!(#private::Named),
        &generics,
        quote_spanned!(at=> type Elem = __Elem;),
    );
    quote_spanned!(at=> #[diagnostic::do_not_recommend] #named)
}

fn pytree(scope: &Scope<'_>) -> TokenStream {
    let Scope { input, pytree, private, e, at, .. } = scope;
    let walks = input.variants.iter().map(|variant| walk(scope, variant));
    let locksteps = lockstep(scope);
    let items = quote_spanned! {*at=>
        type Elem = #e;

        #[inline]
        fn walk<'__pytree, __V>(&'__pytree self, __visitor: &mut __V)
        where
            __V: #pytree::walk::Visitor<'__pytree, #e>,
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
            __V: #private::Lockstep<'__pytree, #e, __N>,
        {
            #(#locksteps)*
        }
    };
    implement(scope, quote_spanned!(*at=> #pytree::PyTree), &bounds::of_pytree(scope), items)
}

fn pytree_mut(scope: &Scope<'_>) -> TokenStream {
    let Scope { input, pytree, private, e, at, .. } = scope;
    let walks = input.variants.iter().map(|variant| walk_mut(scope, variant));
    let locksteps = input.variants.iter().map(|variant| lockstep_mut(scope, variant));
    let items = quote_spanned! {*at=>
        #[inline]
        fn walk_mut<'__pytree, __V>(&'__pytree mut self, __visitor: &mut __V)
        where
            __V: #pytree::walk::VisitorMut<'__pytree, #e>,
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
            __V: #private::LockstepMut<'__pytree, #e, __N>,
        {
            match __tree {
                #(#locksteps)*
            }
        }
    };
    let generics = bounds::of_pytree_mut(scope);
    implement(scope, quote_spanned!(*at=> #pytree::PyTreeMut), &generics, items)
}

fn walk(scope: &Scope<'_>, variant: &Variant<'_>) -> TokenStream {
    let Scope { input, pytree, private, e, at, .. } = scope;
    let Variant { path, def, .. } = variant;
    let bound = variant.fields.iter().filter(|field| field.role != Role::Phantom).map(bind);
    let node = (!is_transparent(input)).then(|| {
        let statics = variant.of_role(Role::Static).map(|Field { ty, binding, .. }| {
            quote!(<#ty as #private::StaticField>::visit::<#e, _>(#binding, __visitor);)
        });
        let skipped = variant.of_role(Role::Skip).map(|Field { ty, binding, .. }| {
            quote!(<#ty as #private::SkippedField>::visit::<#e, _>(#binding, __visitor);)
        });
        quote_spanned! {*at=>
            __visitor.node(#pytree::walk::Node::Struct(&#def));
            #(#statics)*
            #(#skipped)*
        }
    });
    let children = variant.trees().enumerate().map(|(index, field)| {
        let Field { ty, hint, binding, name, .. } = field;
        let key = if variant.named { quote!(GetAttr(#name)) } else { quote!(Sequence(#index)) };
        let key =
            (!is_transparent(input)).then(|| quote!(__visitor.key(#pytree::walk::KeyRef::#key);));
        let walk = match &field.role {
            Role::Leaf => quote!(#private::visit_value::<#e, _>(#binding, __visitor)),
            Role::With => {
                let view = view(scope, field, quote!(#binding));
                quote!(__visitor.leaf(#view))
            }
            _ => quote_spanned!(*at=> <#ty as #private::#hint<#e>>::walk(#binding, __visitor)),
        };
        quote!(#key #walk;)
    });
    quote_spanned! {*at=>
        #path { #(#bound,)* .. } => {
            #node
            #(#children)*
        }
    }
}

fn walk_mut(scope: &Scope<'_>, variant: &Variant<'_>) -> TokenStream {
    let Scope { private, e, at, .. } = scope;
    let path = &variant.path;
    let bound = variant.trees().map(bind);
    let children = variant.trees().map(|field @ Field { ty, binding, role, .. }| match role {
        Role::Leaf => quote!(#private::visit_value_mut::<#e, _>(#binding, __visitor);),
        Role::With => {
            let view = view_mut(scope, field);
            quote!(__visitor.leaf(#view);)
        }
        _ => quote_spanned! {*at=>
            <#ty as #private::TreeMutOf<'_, #e>>::walk_mut(#binding, __visitor);
        },
    });
    quote_spanned! {*at=>
        #path { #(#bound,)* .. } => {
            #(#children)*
        }
    }
}

fn from_leaves(scope: &Scope<'_>, valid: bool) -> TokenStream {
    let Scope { input, pytree, at, .. } = scope;
    let body = match input.is_enum {
        _ if !valid => quote!(::core::unreachable!()),
        true => build_enum(scope),
        false => build_struct(scope),
    };
    let items = quote_spanned! {*at=>
        fn from_leaves(
            __source: &mut #pytree::walk::LeafSource<'_, __L>,
        ) -> ::core::result::Result<Self, #pytree::walk::Reported> {
            #body
        }
    };
    let generics = bounds::of_from_leaves(scope);
    implement(scope, quote_spanned!(*at=> #pytree::FromLeaves<__L>), &generics, items)
}

fn build_struct(scope: &Scope<'_>) -> TokenStream {
    let Scope { input, pytree, .. } = scope;
    let def = input.variants.iter().filter(|_| !is_transparent(input)).map(|variant| &variant.def);
    let build = input.variants.iter().map(|variant| build(scope, variant));
    quote! {
        #(__source.expect(#pytree::walk::Node::Struct(&#def))?;)*
        #(#build)*
    }
}

fn build_enum(scope: &Scope<'_>) -> TokenStream {
    let input = scope.input;
    let expected = format!("a variant of {}", input.name());
    let defs = input.variants.iter().map(|variant| &variant.def);
    let builds = input.variants.iter().map(|variant| build(scope, variant));
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

/// Builds every field before an error is returned, because each field may report errors of its own.
///
/// All results are matched at once. With a `?` for each field, rustc would write code that drops the other results for
/// each of these exits.
fn build(scope: &Scope<'_>, variant: &Variant<'_>) -> TokenStream {
    let Scope { pytree, private, e, .. } = scope;
    let path = &variant.path;
    let statics = variant.of_role(Role::Static).map(|Field { binding, ty, name, .. }| {
        quote!(let #binding = <#ty as #private::StaticField>::take(__source, #name);)
    });
    let skipped = variant.of_role(Role::Skip).map(|Field { binding, ty, name, .. }| {
        quote!(let #binding = <#ty as #private::SkippedField>::take(__source, #name);)
    });
    let trees = variant.trees().map(|field| {
        let (binding, ty) = (&field.binding, scope.built(field));
        let built = quote!(<#ty as #pytree::FromLeaves<__L>>::from_leaves(__source));
        if field.role == Role::With {
            let (module, at) = field.module();
            let build = quote_spanned!(at=> #module::build(#private::ElemIs::<#e>::array(__leaf)));
            quote!(let #binding = #private::build_with(#built, __source, |__leaf| #build);)
        } else {
            quote!(let #binding = #built;)
        }
    });
    let fields = variant.fields.iter().map(|Field { member, binding, role, .. }| match role {
        Role::Phantom => quote!(#member: ::core::marker::PhantomData),
        Role::Leaf => quote!(#member: #binding.0),
        _ => quote!(#member: #binding),
    });
    let results = variant.fields.iter().filter(|field| field.role != Role::Phantom);
    let results: Vec<_> = results.map(|field| &field.binding).collect();
    quote! {
        #(#statics)*
        #(#skipped)*
        #(#trees)*
        match (#(#results,)*) {
            (#(::core::result::Result::Ok(#results),)*) => {
                ::core::result::Result::Ok(#path { #(#fields),* })
            }
            #[allow(unreachable_patterns)]
            _ => ::core::result::Result::Err(__source.reported()),
        }
    }
}
