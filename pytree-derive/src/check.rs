use std::collections::HashMap;

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Error, Member};

use crate::ast::{Field, Input, Role, Variant, is_number, own_elem};
use crate::attr::Errors;

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
    }
    for variant in input.variants.iter().filter(|variant| variant.named) {
        keys(variant, errors);
    }
    names(input, errors);
    elems(input, errors);
    transparent(input, errors);
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
    let roles = [("static", attrs.is_static), ("skip", attrs.skip), ("leaf", attrs.leaf)];
    let mut given = roles.into_iter().filter_map(|(name, span)| Some((name, span?)));
    if let Some((first, _)) = given.next() {
        for (name, span) in given {
            let message =
                format!("a field cannot be both `{first}` and `{name}`; keep one of them");
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

fn rename(field: &Field<'_>, errors: &mut Errors) {
    let Some(rename) = &field.attrs.rename else { return };
    let message = match (field.role, &field.member) {
        (_, Member::Unnamed(_)) => {
            "the key of a field without a name is its position; give the field a name, or remove \
             `rename`"
        }
        (Role::Tree | Role::Leaf, _) => return,
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

/// Finds fields with different element types, if these are numbers. Other types are compared by rustc.
fn elems(input: &Input<'_>, errors: &mut Errors) {
    let given = input.attrs.elem.as_ref().filter(|ty| is_number(ty));
    let fields = input.elem_fields().filter_map(|field| match field.role {
        Role::Leaf => Some((field, field.ty)),
        _ => Some((field, own_elem(field.ty)?)),
    });
    let fields: Vec<_> = fields.filter(|(_, elem)| is_number(elem)).collect();
    let first = fields.first().map(|(field, elem)| (of_field(field), *elem));
    let Some((of, expected)) = given.map(|elem| ("`elem` is".to_string(), elem)).or(first) else {
        return;
    };
    let expected = expected.to_token_stream().to_string();
    for (field, found) in fields {
        let found = found.to_token_stream().to_string();
        if found != expected {
            let message = format!(
                "the element type of this field is `{found}`, but {of} `{expected}`; all leaves share \
                 one element type, so change one of the two, or make a field `#[pytree(static)]` or \
                 `#[pytree(skip)]`"
            );
            errors.push(Error::new_spanned(field.ty, message));
        }
    }
}

/// The part of a message about the field that determines the element type.
fn of_field(field: &Field<'_>) -> String {
    let member = &field.member;
    format!("that of field `{}` is", member.to_token_stream())
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
    let trees = input.fields().filter(|field| matches!(field.role, Role::Tree | Role::Leaf));
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
