use std::collections::HashSet;
use std::mem::take;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{GenericParam, Generics, Type, WherePredicate, parse_quote};

use crate::ast::{Field, Input, Role};

/// The element type of all leaves, and how the generated code names it.
///
/// A plain `<F as PyTree>::Elem` is not always possible. In the impl for a public type, `F` must not be private. And if
/// there is also a bound on `F`, rustc resolves the projection sometimes through the bound and sometimes through the
/// impl for `F`, and knows that both are the same type only if the bound names the type of the impl.
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
    fn new(input: &'a Input<'_>) -> Self {
        if let Some((ty, _)) = input.known_elem() {
            return Elem::Known(ty);
        }
        let fields = || input.elem_fields().filter(|field| field.role == Role::Tree);
        let generic = fields().find(|field| field.generic);
        // A field that is probably a mistake names the element type only if no other field can.
        let known = fields().filter(|field| !field.generic);
        let known = known.min_by_key(|field| field.hint.is_mistake());
        match (known, generic) {
            (Some(field), None) => Elem::Named(field),
            (Some(field), _) if !field.hint.is_mistake() => Elem::Named(field),
            (None, Some(field)) if input.attrs.bound.is_some() => Elem::Of(field.ty),
            _ => Elem::Param,
        }
    }
}

/// What all impls for a type share, as the generated code names it.
pub(crate) struct Scope<'a> {
    pub input: &'a Input<'a>,
    pub elem: Elem<'a>,
    /// The span of the generated code in the messages of rustc: the derive, or the field that names the element type. If
    /// that field is not a tree, all messages are about it, and rustc prints equal messages once.
    pub at: Span,
    /// The path of the library.
    pub pytree: TokenStream,
    /// The path of the items for generated code.
    pub private: TokenStream,
    /// The element type.
    pub e: TokenStream,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(input: &'a Input<'a>) -> Self {
        let elem = Elem::new(input);
        let at = match elem {
            // Only the location changes; names are still resolved at the derive.
            Elem::Named(field) => Span::call_site().located_at(marked(field.ty)),
            _ => Span::call_site(),
        };
        let library = input.attrs.crate_path.as_ref();
        let pytree = library.map_or(quote_spanned!(at=> ::pytree), ToTokens::to_token_stream);
        let (ident, (_, generics, _)) = (input.ident, input.generics.split_for_impl());
        let e = match elem {
            Elem::Known(ty) => ty.to_token_stream(),
            Elem::Named(_) => {
                located(quote!(<#ident #generics as #pytree::__private::Named>::Elem), at)
            }
            Elem::Param => quote!(__Elem),
            Elem::Of(ty) => quote!(<#ty as #pytree::PyTree>::Elem),
        };
        let private = quote_spanned!(at=> #pytree::__private);
        Scope { input, elem, at, pytree, private, e }
    }
}

/// The span that marks a type in a message: the last name of a path, or else the first token.
fn marked(ty: &Type) -> Span {
    let last = match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.span()),
        _ => None,
    };
    let first = || ty.to_token_stream().into_iter().next().map(|token| token.span());
    last.or_else(first).unwrap_or_else(Span::call_site)
}

/// The same tokens with the location of another span.
fn located(tokens: TokenStream, at: Span) -> TokenStream {
    let tokens = tokens.into_iter().map(|mut token| {
        token.set_span(token.span().located_at(at));
        token
    });
    tokens.collect()
}

/// The generics of the impl that names the element type of `source`.
pub(crate) fn of_named(scope: &Scope<'_>, source: &Field<'_>) -> Generics {
    let Scope { private, at, .. } = scope;
    let (ty, lifetime) = (source.ty, quote_spanned!(*at=> for<'__pytree>));
    let mut bounds = Bounds::new(scope.input, Some(parse_quote!(__Elem: 'static)));
    // As in `of_pytree_mut`, the lifetime makes a false bound no error.
    bounds.add(parse_quote!(#ty: #lifetime #private::AnyTree<'__pytree, Elem = __Elem>));
    bounds.generics
}

/// The generics of the impl of `PyTree`.
///
/// Only fields with parameters have a bound. rustc checks the others where they are used, in the bodies of the impl, so
/// two types without parameters that contain each other need no attribute.
pub(crate) fn of_pytree(scope: &Scope<'_>) -> Generics {
    let Scope { input, elem, pytree, private, e, .. } = scope;
    let is_param = matches!(elem, Elem::Param);
    let mut bounds = Bounds::new(input, is_param.then(|| parse_quote!(__Elem)));
    if !matches!(elem, Elem::Named(_)) {
        bounds.add(parse_quote!(#e: 'static));
    }
    if let Some(predicates) = &input.attrs.bound {
        predicates.iter().cloned().for_each(|predicate| bounds.add(predicate));
        return bounds.generics;
    }
    let mut first = true;
    bounds.fields(input, |field @ Field { hint, .. }| match field.role {
        // This bound determines the parameter of the impl.
        Role::Tree if field.generic && is_param && take(&mut first) => {
            Some(quote!(#pytree::PyTree<Elem = #e>))
        }
        Role::Tree if field.generic => Some(quote!(#private::#hint<#e>)),
        _ => of_data(scope, field),
    });
    bounds.generics
}

/// The generics of the impl of `PyTreeMut`: those of `PyTree`, and the bound that every field can be written to.
pub(crate) fn of_pytree_mut(scope: &Scope<'_>) -> Generics {
    let Scope { input, pytree, private, e, at, .. } = scope;
    let mut bounds = Bounds { generics: of_pytree(scope), known: HashSet::new() };
    bounds.fields(input, |field| match field.role {
        Role::Tree if field.generic => Some(quote!(#pytree::PyTreeMut<Elem = #e>)),
        // A false bound without parameters is an error. With a lifetime (`for<'x>`), rustc ignores the impl instead.
        Role::Tree => Some(quote_spanned!(*at=> for<'__pytree> #private::TreeMutOf<'__pytree, #e>)),
        _ => None,
    });
    bounds.generics
}

/// The generics of the impl of `FromLeaves`.
pub(crate) fn of_from_leaves(scope: &Scope<'_>) -> Generics {
    let Scope { input, pytree, .. } = scope;
    let mut bounds = Bounds::new(input, Some(parse_quote!(__L)));
    let given = input.attrs.bound.as_ref();
    given.into_iter().flatten().cloned().for_each(|predicate| bounds.add(predicate));
    for field in input.fields().filter(|field| !field.recursive && field.is_child()) {
        let ty = scope.built(field);
        bounds.add(parse_quote!(#ty: #pytree::FromLeaves<__L>));
    }
    if given.is_none() {
        bounds.fields(input, |field| of_data(scope, field));
    }
    bounds.generics
}

/// The bound of a field that is not a tree.
fn of_data(scope: &Scope<'_>, field: &Field<'_>) -> Option<TokenStream> {
    let private = &scope.private;
    match field.role {
        Role::Static if field.generic => Some(quote!(#private::StaticField)),
        Role::Skip if field.generic => Some(quote!(#private::SkippedField)),
        _ => None,
    }
}

impl Scope<'_> {
    /// The type that is built from leaves for this field.
    pub(crate) fn built(&self, field: &Field<'_>) -> TokenStream {
        let Scope { pytree, private, e, .. } = self;
        let ty = field.ty;
        match field.role {
            Role::Leaf => quote!(#pytree::Leaf<#ty>),
            Role::With => quote!(#private::ArrayD<#e>),
            _ => ty.to_token_stream(),
        }
    }
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
        if self.known.insert(predicate.to_token_stream().to_string()) {
            self.generics.make_where_clause().predicates.push(predicate);
        }
    }

    /// Adds the bound of each field. Skips fields whose types contain the derived type, because the bound would depend on
    /// itself.
    fn fields(
        &mut self,
        input: &Input<'_>,
        mut bound: impl FnMut(&Field<'_>) -> Option<TokenStream>,
    ) {
        for field in input.fields().filter(|field| !field.recursive) {
            if let Some(mut bound) = bound(field) {
                let ty = field.ty;
                if field.generic {
                    // rustc underlines the type of the field where it says why a bound is needed.
                    let last = ty.to_token_stream().into_iter().last().map(|token| token.span());
                    bound = located(bound, last.unwrap_or_else(Span::call_site));
                }
                self.add(parse_quote!(#ty: #bound));
            }
        }
    }
}
