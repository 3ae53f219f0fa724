use std::cell::Cell;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{
    Data, DeriveInput, Error, Fields, Generics, Ident, Index, Lifetime, LitStr, Member, Path, Type,
};

use crate::attr::{Attrs, Errors, Place};
use crate::hint::Hint;
use crate::syntax::{array_elem, bare, is_integer, own_elem};

/// The struct or enum that is derived. A struct is treated as an enum with one variant.
pub(crate) struct Input<'a> {
    pub ident: &'a Ident,
    pub generics: &'a Generics,
    pub attrs: Attrs,
    pub is_enum: bool,
    pub variants: Vec<Variant<'a>>,
}

pub(crate) struct Variant<'a> {
    pub ident: &'a Ident,
    pub attrs: Attrs,
    /// The name in the structure: `Dense` or `Synapse::Exp`, with `rename` applied.
    pub name: String,
    /// The path in a Rust pattern: `Dense` or `Synapse::Exp`.
    pub path: TokenStream,
    /// The name of its `static` definition.
    pub def: Ident,
    /// Whether all fields have names, as for a unit struct too.
    pub named: bool,
    pub fields: Vec<Field<'a>>,
}

pub(crate) struct Field<'a> {
    pub attrs: Attrs,
    pub member: Member,
    pub ty: &'a Type,
    pub role: Role,
    /// Selects the message of rustc if the type is not a tree.
    pub hint: Hint,
    /// The name in key paths and messages.
    pub name: String,
    /// The name of the variable in the generated code.
    pub binding: Ident,
    /// Whether its type contains the derived type.
    pub recursive: bool,
    /// Whether its type contains a type, lifetime or const parameter.
    pub generic: bool,
    /// The element type, if the syntax of the type shows it: a number, or an array of `ndarray`.
    pub elem: Option<&'a Type>,
    /// Whether a mistake was found after the attributes were read.
    pub wrong: Cell<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Tree,
    Leaf,
    /// A leaf of a foreign type, which the functions of a module view and build.
    With,
    Static,
    Skip,
    /// A `PhantomData`, which has no data.
    Phantom,
}

impl<'a> Input<'a> {
    /// Parses the type; `None` for a union, which cannot be a tree.
    pub(crate) fn new(input: &'a DeriveInput, errors: &mut Errors) -> Option<Self> {
        let DeriveInput { ident, generics, .. } = input;
        let attrs = Attrs::parse(&input.attrs, Place::Container, errors);
        let name = attrs.name(ident);
        let params = generics.type_params().map(|param| &param.ident);
        let consts = generics.const_params().map(|param| &param.ident);
        let scope = Scope { ident, params: params.chain(consts).collect() };
        let (is_enum, variants) = match &input.data {
            Data::Struct(data) => {
                let fields = scope.fields(&data.fields, errors);
                let (path, named) = (ident.to_token_stream(), is_named(&data.fields));
                let (attrs, def) = (Attrs::default(), format_ident!("__STRUCT"));
                (false, vec![Variant { ident, attrs, name, path, def, named, fields }])
            }
            Data::Enum(data) => {
                let variants = data.variants.iter().enumerate().map(|(index, variant)| {
                    let attrs = Attrs::parse(&variant.attrs, Place::Variant, errors);
                    let fields = scope.fields(&variant.fields, errors);
                    let name = format!("{name}::{}", attrs.name(&variant.ident));
                    let (named, tag) = (is_named(&variant.fields), &variant.ident);
                    let (path, def) = (quote!(#ident::#tag), format_ident!("__VARIANT_{index}"));
                    Variant { ident: tag, attrs, name, path, def, named, fields }
                });
                (true, variants.collect())
            }
            Data::Union(data) => {
                let message = "a union cannot be a pytree, because its active field is unknown; \
                               use an enum";
                errors.push(Error::new_spanned(data.union_token, message));
                return None;
            }
        };
        Some(Input { ident, generics, attrs, is_enum, variants })
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field<'a>> {
        self.variants.iter().flat_map(|variant| &variant.fields)
    }

    /// The type of which all elements are, if an attribute or the syntax of a field shows it, and that field.
    ///
    /// If the fields have several types, an integer (an index, a counter) is more likely to be the mistake than another
    /// number, and a number is more likely to be the mistake than a type parameter, which can be any number.
    pub(crate) fn known_elem(&self) -> Option<(&Type, Option<&Field<'a>>)> {
        if let Some(elem) = &self.attrs.elem {
            return Some((elem, None));
        }
        let fields = || self.elem_fields().filter_map(|field| Some((field.elem?, Some(field))));
        let is_leaf = |field: Option<&Field<'_>>| field.is_some_and(|f| f.role == Role::Leaf);
        let first = |wanted: &dyn Fn(&Type) -> bool| fields().find(|(elem, _)| wanted(elem));
        fields()
            .find(|(_, field)| is_leaf(*field))
            .or_else(|| first(&|elem| self.is_param(elem)))
            .or_else(|| first(&|elem| !is_integer(elem)))
            .or_else(|| first(&|_| true))
    }

    /// Whether the type is a type parameter of the derived type.
    pub(crate) fn is_param(&self, ty: &Type) -> bool {
        let Type::Path(ty) = ty else { return false };
        ty.path.get_ident().is_some_and(|ty| self.generics.type_params().any(|p| p.ident == *ty))
    }

    /// The fields whose types have the element type.
    pub(crate) fn elem_fields(&self) -> impl Iterator<Item = &Field<'a>> {
        self.fields().filter(|field| {
            field.role == Role::Leaf || field.role == Role::Tree && !field.recursive
        })
    }

    /// Whether impls can be written for the fields without mistakes.
    pub(crate) fn can_be_expanded(&self) -> bool {
        let has_elem =
            self.attrs.elem.is_some() || self.elem_fields().any(|field| !field.is_wrong());
        has_elem && !self.attrs.broken && !self.variants.is_empty()
    }

    /// The name in messages.
    pub(crate) fn name(&self) -> String {
        self.attrs.name(self.ident)
    }
}

impl Variant<'_> {
    pub(crate) fn of_role(&self, role: Role) -> impl Iterator<Item = &Field<'_>> {
        self.fields.iter().filter(move |field| field.role == role)
    }

    pub(crate) fn trees(&self) -> impl Iterator<Item = &Field<'_>> {
        self.fields.iter().filter(|field| field.is_child())
    }
}

impl Field<'_> {
    /// Whether the field is a child of the node.
    pub(crate) fn is_child(&self) -> bool {
        matches!(self.role, Role::Tree | Role::Leaf | Role::With)
    }

    /// Whether there is a mistake in the field.
    pub(crate) fn is_wrong(&self) -> bool {
        self.wrong.get() || self.attrs.broken
    }

    /// The path of the module in the attribute `with`, and the span of messages about it.
    pub(crate) fn module(&self) -> (&Option<Path>, Span) {
        let last = self.attrs.with.as_ref().and_then(|path| path.segments.last());
        (&self.attrs.with, last.map_or_else(Span::call_site, |last| last.ident.span()))
    }
}

impl Attrs {
    fn name(&self, ident: &Ident) -> String {
        self.rename.as_ref().map_or_else(|| ident.unraw().to_string(), LitStr::value)
    }

    fn role(&self, ty: &Type) -> Role {
        let last = |ty: &Type| match ty {
            Type::Path(ty) => ty.path.segments.last().map(|segment| segment.ident.to_string()),
            _ => None,
        };
        match self {
            Attrs { is_static: Some(_), .. } => Role::Static,
            Attrs { skip: Some(_), .. } => Role::Skip,
            Attrs { leaf: Some(_), .. } => Role::Leaf,
            Attrs { with: Some(_), .. } => Role::With,
            _ if last(ty).as_deref() == Some("PhantomData") => Role::Phantom,
            _ => Role::Tree,
        }
    }
}

fn is_named(fields: &Fields) -> bool {
    !matches!(fields, Fields::Unnamed(_))
}

/// The names that are searched for in the types of fields.
struct Scope<'a> {
    ident: &'a Ident,
    params: Vec<&'a Ident>,
}

impl<'a> Scope<'a> {
    fn is_param(&self, ty: &Type) -> bool {
        matches!(ty, Type::Path(ty) if ty.path.get_ident().is_some_and(|ty| self.params.contains(&ty)))
    }

    fn fields(&self, fields: &'a Fields, errors: &mut Errors) -> Vec<Field<'a>> {
        fields.iter().enumerate().map(|(index, field)| self.field(index, field, errors)).collect()
    }

    fn field(&self, index: usize, field: &'a syn::Field, errors: &mut Errors) -> Field<'a> {
        let attrs = Attrs::parse(&field.attrs, Place::Field, errors);
        let ty = bare(&field.ty);
        let (name, member) = match &field.ident {
            Some(ident) => (attrs.name(ident), Member::Named(ident.clone())),
            None => (index.to_string(), Member::Unnamed(Index::from(index))),
        };
        let (role, binding) = (attrs.role(ty), format_ident!("__{index}"));
        let mut made = MadeFrom { scope: self, recursive: false, generic: false, elem: None };
        made.visit_type(ty);
        let MadeFrom { recursive, generic, elem, .. } = made;
        let recursive = recursive || attrs.recursive.is_some();
        let elem = if role == Role::Leaf { Some(ty) } else { own_elem(ty).or(elem) };
        let hint = match Hint::new(ty) {
            Hint::TreeOf if generic && elem.is_none() && !self.is_param(ty) => {
                Hint::TreeOrMarkedRecursive
            }
            hint => hint,
        };
        let wrong = Cell::new(false);
        Field { attrs, member, ty, role, hint, name, binding, recursive, generic, elem, wrong }
    }
}

/// Searches a type for the derived type, for parameters, and for an element type.
struct MadeFrom<'s, 'a> {
    scope: &'s Scope<'a>,
    recursive: bool,
    generic: bool,
    elem: Option<&'a Type>,
}

impl<'a> Visit<'a> for MadeFrom<'_, 'a> {
    fn visit_path(&mut self, path: &'a Path) {
        // A longer path is another type with the same name.
        self.recursive |= path.leading_colon.is_none()
            && path.segments.len() == 1
            && path.segments[0].ident == *self.scope.ident
            || path.segments.first().is_some_and(|segment| segment.ident == "Self");
        self.generic |= path.leading_colon.is_none()
            && path.segments.first().is_some_and(|first| self.scope.params.contains(&&first.ident));
        self.elem = self.elem.or_else(|| array_elem(path.segments.last()?));
        visit::visit_path(self, path);
    }

    fn visit_lifetime(&mut self, lifetime: &'a Lifetime) {
        self.generic |= lifetime.ident != "static";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the field of `input` is generic, and whether it is recursive.
    fn made_from(input: &str) -> (bool, bool) {
        let input: DeriveInput = syn::parse_str(input).unwrap();
        let mut errors = Errors::default();
        let input = Input::new(&input, &mut errors).unwrap();
        let field = input.fields().next().unwrap();
        (field.generic, field.recursive)
    }

    #[test]
    fn a_field_is_generic_if_its_type_contains_a_parameter() {
        assert_eq!(made_from("struct S<T>(Vec<T>);"), (true, false));
        assert_eq!(made_from("struct S<T>(T::Item);"), (true, false));
        assert_eq!(made_from("struct S<const N: usize>([f64; N]);"), (true, false));
        assert_eq!(made_from("struct S<'a>(&'a [f64]);"), (true, false));
        assert_eq!(made_from("struct S<T>(&'static [f64]);"), (false, false));
        assert_eq!(made_from("struct S<T>(other::T);"), (false, false));
    }

    #[test]
    fn a_field_is_recursive_if_its_type_contains_the_derived_type() {
        assert_eq!(made_from("struct S(Vec<S>);"), (false, true));
        assert_eq!(made_from("struct S<T>(Option<Box<Self>>, T);"), (false, true));
        assert_eq!(made_from("struct S(other::S);"), (false, false));
        assert_eq!(made_from("struct S(#[pytree(recursive)] Alias);"), (false, true));
    }
}
