use std::collections::HashMap;

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::{Error, Lifetime, Member, Type};

use crate::ast::{Field, Input, Role, Variant};
use crate::attr::Errors;
use crate::syntax::{is_number, own_elem};

/// Finds the mistakes of a type whose attributes are valid one by one.
pub(crate) fn check(input: &Input<'_>, errors: &mut Errors) {
    if input.variants.is_empty() {
        let message = "an enum without variants has no values, so it cannot be a pytree";
        errors.push(Error::new(input.ident.span(), message));
    }
    for field in input.fields() {
        roles(field, errors);
        recursive(field, errors);
        rename(field, errors);
        borrowed(input, field, errors);
    }
    for variant in input.variants.iter().filter(|variant| variant.named) {
        keys(variant, errors);
    }
    names(input, errors);
    elems(input, errors);
    transparent(input, errors);
    with(input, errors);
    // Another mistake may be the reason that no field has an element type.
    if errors.is_empty() && input.attrs.elem.is_none() && input.elem_fields().next().is_none() {
        let message = format!(
            "no field of `{}` has an element type; add it, for example `#[pytree(elem = f64)]`",
            input.ident
        );
        errors.push(Error::new(input.ident.span(), message));
    }
}

fn roles(field: &Field<'_>, errors: &mut Errors) {
    let attrs = &field.attrs;
    let with = attrs.with.as_ref().map(Spanned::span);
    let roles =
        [("static", attrs.is_static), ("skip", attrs.skip), ("leaf", attrs.leaf), ("with", with)];
    let mut given = roles.into_iter().filter_map(|(name, span)| Some((name, span?)));
    if let Some((first, _)) = given.next() {
        for (name, span) in given {
            let message =
                format!("a field cannot be both `{first}` and `{name}`; keep one of them");
            field.wrong.set(true);
            errors.push(Error::new(span, message));
        }
    }
}

fn recursive(field: &Field<'_>, errors: &mut Errors) {
    if let Some(span) = field.attrs.recursive.filter(|_| field.role != Role::Tree) {
        let message = "only a field that is a tree can be `recursive`; remove `recursive`";
        errors.push(Error::new(span, message));
    }
}

/// The impl of `FromLeaves` must name the element type to ask for an array of it.
fn with(input: &Input<'_>, errors: &mut Errors) {
    if input.known_elem().is_some() {
        return;
    }
    for field in input.fields().filter(|field| field.role == Role::With) {
        let message = "the element type of a `with` field is not known; add it to the type, for example \
                       `#[pytree(elem = f64)]`";
        field.wrong.set(true);
        errors.push(Error::new_spanned(&field.attrs.with, message));
    }
}

fn rename(field: &Field<'_>, errors: &mut Errors) {
    let Some(rename) = &field.attrs.rename else { return };
    let message = match (field.role, &field.member) {
        (_, Member::Unnamed(_)) => {
            "the key of a field without a name is its position; give the field a name, or remove \
             `rename`"
        }
        (Role::Tree | Role::Leaf | Role::With, _) => return,
        _ => "a field that is not a tree has no key; remove `rename`",
    };
    errors.push(Error::new(rename.span(), message));
}

fn keys(variant: &Variant<'_>, errors: &mut Errors) {
    let mut taken = HashMap::new();
    for field in variant.trees() {
        let span = field.attrs.rename.as_ref().map_or(field.member.span(), Spanned::span);
        if let Some(other) = taken.insert(&field.name, (span, field.attrs.rename.is_some())) {
            // Mark the renamed field, whose name can be changed.
            let span = if field.attrs.rename.is_some() { span } else { other.0 };
            let message = format!("two fields have the key `{}`; rename one of them", field.name);
            errors.push(Error::new(span, message));
        }
    }
}

fn names(input: &Input<'_>, errors: &mut Errors) {
    let mut taken = HashMap::new();
    for variant in &input.variants {
        let span = variant.attrs.rename.as_ref().map_or(variant.ident.span(), Spanned::span);
        if let Some(other) = taken.insert(&variant.name, span) {
            let span = if variant.attrs.rename.is_some() { span } else { other };
            let message =
                format!("two variants have the name `{}`; rename one of them", variant.name);
            errors.push(Error::new(span, message));
        }
    }
}

/// Finds fields with different element types, if these are numbers or type parameters. Other types are compared by
/// rustc, because an alias may give one type two names.
fn elems(input: &Input<'_>, errors: &mut Errors) {
    let certain = |ty: &Type| is_number(ty) || input.is_param(ty);
    let Some((expected, source)) = input.known_elem() else { return };
    // A field with an unknown attribute may have been meant to be static.
    let fields = input.elem_fields().filter(|field| !field.attrs.broken);
    let given = source.is_none();
    for field in fields {
        let Some(found) = field.elem.filter(|_| field.role == Role::Leaf).or(own_elem(field.ty))
        else {
            continue;
        };
        // `elem = f64` limits a type parameter to that type.
        let comparable = certain(expected) && certain(found) && !(given && input.is_param(found));
        if !comparable || text(found) == text(expected) {
            continue;
        }
        let (found, expected) = (text(found), text(expected));
        let of = source.map_or("`elem` is".to_string(), of_field);
        let message = format!(
            "the element type of this field is `{found}`, but {of} `{expected}`; all leaves share one \
             element type, so change one of the two, or mark a field `#[pytree(static)]` (part of the \
             structure) or `#[pytree(skip)]` (copied, never compared)"
        );
        field.wrong.set(true);
        errors.push(Error::new_spanned(field.ty, message));
    }
}

fn text(ty: &Type) -> String {
    ty.to_token_stream().to_string()
}

/// The words of a message for the field that determines the element type.
fn of_field(field: &Field<'_>) -> String {
    let member = &field.member;
    format!("that of field `{}` is", member.to_token_stream())
}

/// Finds static and skipped fields that borrow from something.
fn borrowed(input: &Input<'_>, field: &Field<'_>, errors: &mut Errors) {
    let role = match field.role {
        Role::Static => "static",
        Role::Skip => "skip",
        _ => return,
    };
    let mut search = Lifetimes { input, found: None };
    search.visit_type(field.ty);
    if let Some(lifetime) = search.found {
        let message = format!(
            "a `{role}` field cannot borrow for `{lifetime}`, because it is copied to trees that may live \
             longer; use an owned type, or share the value in an `Arc`"
        );
        field.wrong.set(true);
        errors.push(Error::new_spanned(field.ty, message));
    }
}

/// Searches a type for a lifetime parameter of the derived type.
struct Lifetimes<'s, 'a> {
    input: &'s Input<'s>,
    found: Option<&'a Lifetime>,
}

impl<'a> Visit<'a> for Lifetimes<'_, 'a> {
    fn visit_lifetime(&mut self, lifetime: &'a Lifetime) {
        if self.input.generics.lifetimes().any(|param| param.lifetime == *lifetime) {
            self.found = self.found.or(Some(lifetime));
        }
    }
}

fn transparent(input: &Input<'_>, errors: &mut Errors) {
    let Some(span) = input.attrs.transparent else { return };
    if input.is_enum {
        let message =
            "an enum cannot be `transparent`, because its variant is part of the structure";
        errors.push(Error::new(span, message));
        return;
    }
    if let Some(rename) = &input.attrs.rename {
        let message = "a `transparent` struct is not a node, so it has no name; remove `rename`";
        errors.push(Error::new(rename.span(), message));
    }
    let trees = input.fields().filter(|field| field.is_child());
    let trees = trees.count();
    if trees != 1 {
        let message =
            format!("a `transparent` struct needs exactly one field that is a tree, found {trees}");
        errors.push(Error::new(span, message));
    }
    for field in input.fields() {
        if let Some(span) = field.attrs.is_static.or(field.attrs.skip) {
            let message = "a `transparent` struct is not a node, so it cannot have a static or skipped \
                           field; remove `transparent`";
            errors.push(Error::new(span, message));
        }
    }
}
