use syn::{GenericArgument, PathArguments, PathSegment, Type, TypeGroup, TypeParen};

/// The element type, if the syntax of `ty` shows it: a number, an array of `ndarray`, or a container of these.
pub(crate) fn own_elem(ty: &Type) -> Option<&Type> {
    let segment = match bare(ty) {
        ty if is_number(ty) => return Some(ty),
        Type::Array(array) => return own_elem(&array.elem),
        Type::Slice(slice) => return own_elem(&slice.elem),
        Type::Reference(reference) => return own_elem(&reference.elem),
        Type::Tuple(tuple) => return tuple.elems.iter().find_map(own_elem),
        Type::Path(path) => path.path.segments.last()?,
        _ => return None,
    };
    match CONTAINERS.iter().find(|(name, _)| segment.ident == name) {
        Some((_, argument)) => type_arguments(segment).nth(*argument).and_then(own_elem),
        None => array_elem(segment),
    }
}

/// Containers, each with the index of the type argument that has the element type. Other containers are trees too, but
/// the derive does not know their element type and leaves it to rustc.
pub(crate) const CONTAINERS: [(&str, usize); 9] = [
    ("Vec", 0),
    ("VecDeque", 0),
    ("Option", 0),
    ("Box", 0),
    ("Rc", 0),
    ("Arc", 0),
    // The first argument is the key, which may be a number.
    ("BTreeMap", 1),
    ("HashMap", 1),
    ("IndexMap", 1),
];

/// The `T` of `Array2<T>`, `ArrayViewMut<'a, T, D>` and the other arrays of `ndarray`.
pub(crate) fn array_elem(segment: &PathSegment) -> Option<&Type> {
    const ARRAYS: [&str; 5] = ["Array", "ArcArray", "ArrayView", "ArrayViewMut", "CowArray"];
    let name = segment.ident.to_string();
    let stem = name.trim_end_matches(|c: char| c == 'D' || c.is_ascii_digit());
    type_arguments(segment).next().filter(|_| ARRAYS.contains(&stem))
}

pub(crate) fn type_arguments(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    };
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// Removes the invisible parentheses that a macro puts around a type.
pub(crate) fn bare(mut ty: &Type) -> &Type {
    while let Type::Group(TypeGroup { elem, .. }) | Type::Paren(TypeParen { elem, .. }) = ty {
        ty = elem;
    }
    ty
}

pub(crate) fn is_number(ty: &Type) -> bool {
    const NUMBERS: [&str; 15] = [
        "f32", "f64", "bool", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32",
        "u64", "u128", "usize",
    ];
    let Type::Path(ty) = ty else { return false };
    ty.path.get_ident().is_some_and(|ident| NUMBERS.iter().any(|number| ident == number))
}

/// Whether the type is an integer or `bool`.
pub(crate) fn is_integer(ty: &Type) -> bool {
    is_number(ty)
        && !matches!(ty, Type::Path(ty) if ty.path.is_ident("f32") || ty.path.is_ident("f64"))
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;

    use super::*;

    fn elem(ty: &str) -> Option<String> {
        let ty: Type = syn::parse_str(ty).unwrap();
        own_elem(&ty).map(|elem| elem.to_token_stream().to_string())
    }

    #[test]
    fn numbers_arrays_and_their_containers_show_the_element_type() {
        for ty in [
            "f64",
            "(f64)",
            "[[f64; 3]; 2]",
            "&'a [f64]",
            "(Unknown, f64)",
            "ndarray::Array2<f64>",
            "ArrayViewMut<'a, f64, Ix1>",
            "BTreeMap<u8, f64>",
            "Box<[Option<f64>]>",
        ] {
            assert_eq!(elem(ty).as_deref(), Some("f64"), "{ty}");
        }
        for (name, argument) in CONTAINERS {
            let ty = format!("{name}<{}f64>", "u8, ".repeat(argument));
            assert_eq!(elem(&ty).as_deref(), Some("f64"), "{ty}");
        }
        assert_eq!(elem("ArrayD<T>").as_deref(), Some("T"));
    }

    #[test]
    fn other_types_do_not_show_the_element_type() {
        for ty in ["T", "Layer", "Layer<f64>", "Vec<Layer>", "()", "Arrays<f64>", "fn(f64)"] {
            assert_eq!(elem(ty), None, "{ty}");
        }
    }
}
