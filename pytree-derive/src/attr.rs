use proc_macro2::{Span, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Error, Expr, Ident, Lit, LitStr, Meta, MetaNameValue, Path, Result, Token, Type,
    WherePredicate,
};

/// The items that can have attributes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Container,
    Variant,
    Field,
    /// An enum with `#[derive(MapKey)]`.
    Key,
    KeyVariant,
}

/// An attribute: its name, an example of its syntax, the items that can have it, and the parser of its value.
struct Known {
    name: &'static str,
    usage: &'static str,
    places: &'static [Place],
    read: fn(&mut Attrs, &Entry<'_>) -> Result<()>,
}

/// All attributes. A new attribute is an entry here and a field of [`Attrs`].
const KNOWN: [Known; 12] = [
    Known {
        name: "static",
        usage: "static",
        places: &[Place::Field],
        read: |attrs, entry| entry.flag(&mut attrs.is_static),
    },
    Known {
        name: "skip",
        usage: "skip",
        places: &[Place::Field],
        read: |attrs, entry| entry.flag(&mut attrs.skip),
    },
    Known {
        name: "leaf",
        usage: "leaf",
        places: &[Place::Field],
        read: |attrs, entry| entry.flag(&mut attrs.leaf),
    },
    Known {
        name: "with",
        usage: "with = some::module",
        places: &[Place::Field],
        read: |attrs, entry| entry.value(&mut attrs.with, "path", Path::parse_mod_style),
    },
    Known {
        name: "recursive",
        usage: "recursive",
        places: &[Place::Field],
        read: |attrs, entry| entry.flag(&mut attrs.recursive),
    },
    Known {
        name: "elem",
        usage: "elem = f64",
        places: &[Place::Container],
        read: |attrs, entry| entry.value(&mut attrs.elem, "type", Type::parse),
    },
    Known {
        name: "transparent",
        usage: "transparent",
        places: &[Place::Container],
        read: |attrs, entry| entry.flag(&mut attrs.transparent),
    },
    Known {
        name: "bound",
        usage: "bound = \"T: Clone\"",
        places: &[Place::Container],
        read: |attrs, entry| entry.text(&mut attrs.bound, predicates),
    },
    Known {
        name: "crate",
        usage: "crate = some::path",
        places: &[Place::Container],
        read: |attrs, entry| entry.value(&mut attrs.crate_path, "path", Path::parse_mod_style),
    },
    Known {
        name: "rename",
        usage: "rename = \"name\"",
        places: &[Place::Container, Place::Variant, Place::Field],
        read: |attrs, entry| entry.text(&mut attrs.rename, identifier),
    },
    Known {
        name: "crate",
        usage: "crate = some::path",
        places: &[Place::Key],
        read: |attrs, entry| entry.value(&mut attrs.crate_path, "path", Path::parse_mod_style),
    },
    Known {
        name: "rename",
        usage: "rename = \"name\"",
        places: &[Place::KeyVariant],
        read: |attrs, entry| entry.text(&mut attrs.rename, Ok),
    },
];

/// The `#[pytree(..)]` attributes of a type, a variant or a field. A flag is the span of its name.
#[derive(Default)]
pub(crate) struct Attrs {
    pub is_static: Option<Span>,
    pub skip: Option<Span>,
    pub leaf: Option<Span>,
    pub with: Option<Path>,
    pub recursive: Option<Span>,
    pub transparent: Option<Span>,
    pub elem: Option<Type>,
    pub crate_path: Option<Path>,
    pub bound: Option<Vec<WherePredicate>>,
    pub rename: Option<LitStr>,
    /// Whether there is a mistake in an attribute, so that something that was meant is missing here.
    pub broken: bool,
}

/// All mistakes so far, combined into one error.
#[derive(Default)]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            none => *none = Some(error),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn finish(self) -> Option<Error> {
        self.0
    }
}

impl Attrs {
    /// Parses the attributes of one item. A mistake in one attribute does not hide the others.
    pub(crate) fn parse(attributes: &[Attribute], place: Place, errors: &mut Errors) -> Self {
        let mut attrs = Attrs::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("pytree")) {
            let parsed = match &attribute.meta {
                Meta::List(list) => {
                    list.parse_args_with(|input: ParseStream| attrs.list(input, place, errors))
                }
                other => Err(Error::new_spanned(other, no_parentheses(other, place))),
            };
            if let Err(error) = parsed {
                errors.push(error);
                attrs.broken = true;
            }
        }
        attrs
    }

    /// Parses a list of attributes. After a mistake, continues after the next comma.
    fn list(&mut self, input: ParseStream, place: Place, errors: &mut Errors) -> Result<()> {
        while !input.is_empty() {
            if let Err(error) = self.entry(input, place) {
                errors.push(error);
                self.broken = true;
                while !input.is_empty() && !input.peek(Token![,]) {
                    input.parse::<TokenTree>()?;
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    }

    fn entry(&mut self, input: ParseStream, place: Place) -> Result<()> {
        let name = input.call(Ident::parse_any).map_err(|error| {
            let message = format!("expected the name of an attribute; {}", place.allowed());
            Error::new(error.span(), message)
        })?;
        let known = known(&name, place)?;
        (known.read)(self, &Entry { name, known, input })
    }
}

/// An attribute whose name has been parsed.
struct Entry<'a> {
    name: Ident,
    known: &'static Known,
    input: ParseStream<'a>,
}

impl Entry<'_> {
    /// Parses an attribute without a value.
    fn flag(&self, slot: &mut Option<Span>) -> Result<()> {
        let name = &self.name;
        if self.input.is_empty() || self.input.peek(Token![,]) {
            return self.fill(slot, name.span());
        }
        Err(Error::new(name.span(), format!("`{name}` takes no value; write it as `{name}`")))
    }

    /// Parses `=` and a value.
    fn value<T>(
        &self,
        slot: &mut Option<T>,
        kind: &str,
        parse: fn(ParseStream) -> Result<T>,
    ) -> Result<()> {
        let value = self.parse(kind, parse)?;
        self.fill(slot, value)
    }

    /// Parses `=` and a string, which `read` converts.
    fn text<T>(&self, slot: &mut Option<T>, read: fn(LitStr) -> Result<T>) -> Result<()> {
        let text = self.parse("string", <LitStr as Parse>::parse)?;
        self.fill(slot, read(text)?)
    }

    fn parse<T>(&self, kind: &str, parse: fn(ParseStream) -> Result<T>) -> Result<T> {
        let Entry { name, known, input } = self;
        let hint = |span| {
            Error::new(span, format!("`{name}` needs a {kind}; write it as `{}`", known.usage))
        };
        if !input.peek(Token![=]) {
            return Err(hint(name.span()));
        }
        input.parse::<Token![=]>()?;
        let span = if input.is_empty() { name.span() } else { input.span() };
        parse(input).map_err(|_| hint(span))
    }

    fn fill<T>(&self, slot: &mut Option<T>, value: T) -> Result<()> {
        match slot.replace(value) {
            None => Ok(()),
            Some(_) => Err(Error::new(self.name.span(), format!("`{}` is given twice", self.name))),
        }
    }
}

impl Place {
    fn noun(self) -> &'static str {
        match self {
            Place::Container => "a struct or enum",
            Place::Variant => "a variant",
            Place::Field => "a field",
            Place::Key => "an enum of keys",
            Place::KeyVariant => "a variant of an enum of keys",
        }
    }

    /// The list of the attributes that are allowed here, for a message.
    fn allowed(self) -> String {
        let usages = KNOWN.iter().filter(|known| known.places.contains(&self));
        let usages: Vec<_> = usages.map(|known| format!("`{}`", known.usage)).collect();
        format!("{} can have {}", self.noun(), usages.join(", "))
    }
}

/// The message for `#[pytree]` and `#[pytree = "skip"]`.
fn no_parentheses(meta: &Meta, place: Place) -> String {
    let value = match meta {
        Meta::NameValue(MetaNameValue { value: Expr::Lit(lit), .. }) => match &lit.lit {
            Lit::Str(text) => text.value(),
            _ => String::new(),
        },
        Meta::NameValue(other) => other.value.to_token_stream().to_string(),
        _ => String::new(),
    };
    let meant = KNOWN.iter().find(|known| known.name == value && known.places.contains(&place));
    let hint = meant.map_or(place.allowed(), |known| format!("write `#[pytree({})]`", known.usage));
    format!("expected attributes in parentheses; {hint}")
}

/// The attribute with this name, or an error if it is unknown or not allowed here.
fn known(name: &Ident, place: Place) -> Result<&'static Known> {
    let text = name.to_string();
    // `rename` and `crate` are attributes of both derives: those of this derive come first.
    let is_key = |place: &Place| matches!(place, Place::Key | Place::KeyVariant);
    let other_derive = |k: &&Known| k.places.iter().any(is_key) != is_key(&place);
    let named = KNOWN.iter().filter(|known| known.name == text);
    let Some(known) = named.min_by_key(|k| (!k.places.contains(&place), other_derive(k))) else {
        let here = KNOWN.iter().filter(|known| known.places.contains(&place));
        // `skipped` and `stat` take many edits, but their meaning is clear.
        let begins = |known: &Known| text.starts_with(known.name) || known.name.starts_with(&text);
        let nearest = here.min_by_key(|known| (!begins(known), distance(&text, known.name)));
        let nearest = nearest
            .filter(|known| begins(known) || distance(&text, known.name) <= known.name.len() / 2);
        let hint =
            nearest.map_or(String::new(), |known| format!("did you mean `{}`? ", known.name));
        let message = format!("unknown attribute `{text}`; {hint}{}", place.allowed());
        return Err(Error::new(name.span(), message));
    };
    if !known.places.contains(&place) {
        let nouns: Vec<_> = known.places.iter().map(|place| place.noun()).collect();
        let (nouns, noun) = (nouns.join(" or "), place.noun());
        let message = format!("`{text}` belongs on {nouns}, not on {noun}");
        return Err(Error::new(name.span(), message));
    }
    Ok(known)
}

#[expect(clippy::needless_pass_by_value, reason = "as `Entry::text` calls it")]
fn predicates(text: LitStr) -> Result<Vec<WherePredicate>> {
    let parse = Punctuated::<WherePredicate, Token![,]>::parse_terminated;
    let predicates = text.parse_with(parse).map_err(|error| {
        let hint =
            "`bound` needs the predicates of a where-clause, for example `bound = \"T: Clone\"`";
        Error::new(error.span(), format!("{hint}: {error}"))
    })?;
    Ok(predicates.into_iter().collect())
}

/// Checks that a name can be an attribute of a key path.
fn identifier(text: LitStr) -> Result<LitStr> {
    let name = text.value();
    if Ident::parse_any.parse_str(&name).is_ok_and(|ident| ident.unraw() == name) {
        return Ok(text);
    }
    let message =
        format!("{name:?} is not an identifier; expected a name such as `w`, `W_1` or `type`");
    Err(Error::new(text.span(), message))
}

/// The Levenshtein distance in bytes, computed with one row of the table.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in b.bytes().enumerate() {
            let change = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_changed_added_and_omitted_characters() {
        for (a, b, expected) in
            [("skip", "skip", 0), ("lef", "leaf", 1), ("statik", "static", 1), ("", "elem", 4)]
        {
            assert_eq!((distance(a, b), distance(b, a)), (expected, expected), "{a} {b}");
        }
    }

    #[test]
    fn attributes_of_several_lists_are_read_as_one() {
        let field: syn::DeriveInput = syn::parse_quote! {
            #[pytree(rename = "S", elem = f64,)]
            #[other(static)]
            #[pytree(bound = "T: Clone, U: Copy")]
            struct Any;
        };
        let mut errors = Errors::default();
        let attrs = Attrs::parse(&field.attrs, Place::Container, &mut errors);
        assert!(errors.is_empty());
        assert_eq!(attrs.rename.map(|text| text.value()), Some("S".to_string()));
        assert!(attrs.elem.is_some() && attrs.is_static.is_none());
        assert_eq!(attrs.bound.map(|predicates| predicates.len()), Some(2));
    }

    #[test]
    fn a_mistake_does_not_hide_other_attributes() {
        let field: syn::DeriveInput = syn::parse_quote!(
            #[pytree(elem = 1, transparent)]
            struct Any;
        );
        let mut errors = Errors::default();
        let attrs = Attrs::parse(&field.attrs, Place::Container, &mut errors);
        assert!(!errors.is_empty() && attrs.transparent.is_some());
    }
}
