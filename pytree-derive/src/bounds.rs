use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{GenericParam, Generics, Type, WherePredicate, parse_quote};

use crate::ast::{Field, Input, Role};

/// The element type of all leaves, and how the generated code names it.
///
/// A plain `<F as PyTree>::Elem` is not always possible. In the impl for a public type, `F` must not be private. And if
/// there is also a bound on `F`, rustc resolves the projection sometimes through the bound and sometimes through the
/// impl for `F`, and takes the two for one type only if the bound names the type of the impl.
pub(crate) enum Elem<'a> {
    /// The attribute `elem`, or the element type in the syntax of a field.
    Known(&'a Type),
    /// The element type of a field without parameters, through an impl of `Named`.
    Named(&'a Field<'a>),
    /// A parameter of the impl, which the bounds on the fields determine.
    Param,
    /// The element type of a field, if the user has written the bounds.
    Of(&'a Type),
}

impl<'a> Elem<'a> {
    pub(crate) fn new(input: &'a Input<'_>) -> Self {
        let leaf = input.fields().find(|field| field.role == Role::Leaf);
        let known = input.attrs.elem.as_ref().or(leaf.map(|field| field.ty));
        if let Some(ty) = known.or_else(|| input.elem_fields().find_map(|field| field.elem)) {
            return Elem::Known(ty);
        }
        let mut fields = input.elem_fields();
        match (input.elem_fields().find(|field| !field.generic), fields.next()) {
            (Some(field), _) => Elem::Named(field),
            (None, Some(field)) if input.attrs.bound.is_some() => Elem::Of(field.ty),
            _ => Elem::Param,
        }
    }

    pub(crate) fn tokens(&self, input: &Input<'_>) -> TokenStream {
        let (ident, pytree) = (input.ident, input.library());
        let (_, ty_generics, _) = input.generics.split_for_impl();
        match self {
            Elem::Known(ty) => ty.to_token_stream(),
            Elem::Named(_) => quote!(<#ident #ty_generics as #pytree::__private::Named>::Elem),
            Elem::Param => quote!(__Elem),
            Elem::Of(ty) => quote!(<#ty as #pytree::PyTree>::Elem),
        }
    }
}

/// The generics of the impl that names the element type of `source`.
pub(crate) fn of_named(input: &Input<'_>, source: &Field<'_>) -> Generics {
    let Field { ty, ends: (first, last), .. } = source;
    let pytree = input.library_at(*first);
    let bound = quote_spanned!(*last=> #pytree::PyTree<Elem = __Elem>);
    let mut bounds = Bounds::new(input, Some(parse_quote!(__Elem)));
    bounds.add(parse_quote!(#ty: #bound));
    bounds.generics
}

/// The generics of the impl of `PyTree`.
pub(crate) fn of_pytree(input: &Input<'_>) -> Generics {
    let elem = Elem::new(input);
    let param = matches!(elem, Elem::Param).then(|| parse_quote!(__Elem));
    let source = if let Elem::Named(field) = elem { Some(text(field.ty)) } else { None };
    let elem = elem.tokens(input);
    let mut bounds = Bounds::new(input, param);
    bounds.add(parse_quote!(#elem: 'static));
    if let Some(predicates) = &input.attrs.bound {
        predicates.iter().cloned().for_each(|predicate| bounds.add(predicate));
        return bounds.generics;
    }
    bounds.fields(input, |field| {
        let Field { ty, role, ends: (first, last), .. } = field;
        let pytree = input.library_at(*first);
        Some(match role {
            Role::Tree if field.generic => quote_spanned!(*last=> #pytree::PyTree<Elem = #elem>),
            Role::Tree if field.elem.is_some() || source == Some(text(ty)) => {
                quote_spanned!(*last=> #pytree::PyTree)
            }
            // If the bound does not hold, rustc reports this bound and nothing else.
            Role::Tree => {
                quote_spanned!(*last=> #pytree::__private::TreeOf<#elem>)
            }
            Role::Static => quote_spanned!(*last=> #pytree::__private::StaticField),
            Role::Skip => quote_spanned!(*last=> #pytree::__private::SkippedField),
            Role::Leaf | Role::Phantom => return None,
        })
    });
    bounds.generics
}

/// The generics of the impl of `PyTreeMut`: those of `PyTree`, and the bound that every field can be written to.
pub(crate) fn of_pytree_mut(input: &Input<'_>) -> Generics {
    let elem = Elem::new(input).tokens(input);
    let generics = of_pytree(input);
    let mut bounds = Bounds { generics, known: HashSet::new() };
    bounds.fields(input, |Field { role, generic, ends: (first, last), .. }| {
        let pytree = input.library_at(*first);
        match role {
            Role::Tree if *generic => {
                Some(quote_spanned!(*last=> #pytree::PyTreeMut<Elem = #elem>))
            }
            // A false bound without parameters is an error. With a lifetime (`for<'x>`), rustc ignores the impl
            // instead.
            Role::Tree => Some(quote_spanned! {*last=>
                for<'__pytree> #pytree::__private::TreeMutOf<'__pytree, #elem>
            }),
            _ => None,
        }
    });
    bounds.generics
}

/// The generics of the impl of `FromLeaves`.
pub(crate) fn of_from_leaves(input: &Input<'_>) -> Generics {
    let mut bounds = Bounds::new(input, Some(parse_quote!(__L)));
    let given = input.attrs.bound.as_ref();
    given.into_iter().flatten().cloned().for_each(|predicate| bounds.add(predicate));
    bounds.fields(input, |Field { role, ends: (first, last), .. }| {
        let pytree = input.library_at(*first);
        Some(match role {
            Role::Tree | Role::Leaf => quote_spanned!(*last=> #pytree::FromLeaves<__L>),
            Role::Static if given.is_none() => {
                quote_spanned!(*last=> #pytree::__private::StaticField)
            }
            Role::Skip if given.is_none() => {
                quote_spanned!(*last=> #pytree::__private::SkippedField)
            }
            _ => return None,
        })
    });
    bounds.generics
}

/// The generics of the type, with predicates added to the where-clause. No predicate is added twice.
struct Bounds {
    generics: Generics,
    known: HashSet<String>,
}

impl Bounds {
    fn new(input: &Input<'_>, param: Option<GenericParam>) -> Self {
        let mut generics = input.generics.clone();
        generics.params.extend(param);
        Bounds { generics, known: HashSet::new() }
    }

    fn add(&mut self, predicate: WherePredicate) {
        if self.known.insert(text(&predicate)) {
            self.generics.make_where_clause().predicates.push(predicate);
        }
    }

    /// Adds the bound of each field. Skips fields whose types contain the derived type, because the bound would depend on
    /// itself.
    fn fields(&mut self, input: &Input<'_>, bound: impl Fn(&Field<'_>) -> Option<TokenStream>) {
        for field in input.fields().filter(|field| !field.recursive) {
            if let Some(bound) = bound(field) {
                let ty = field.built(input);
                self.add(parse_quote!(#ty: #bound));
            }
        }
    }
}

/// The text of syntax, which is compared.
fn text(tokens: &impl ToTokens) -> String {
    tokens.to_token_stream().to_string()
}
