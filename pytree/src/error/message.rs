use std::fmt::{self, Display};
use std::ops::Range;

use crate::error::mismatch::{Mismatch, MismatchKind};
use crate::path::key::Key;
use crate::walk::node::Node;

/// How many mismatches, and keys of each, are printed; [`Error::mismatches`](crate::Error::mismatches) has them all.
pub(crate) const SHOWN: usize = 12;

impl Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use MismatchKind as Kind;
        match &self.kind {
            // These are about the whole, so that a place would only be in the way.
            Kind::LeafCount { .. }
            | Kind::Length { .. }
            | Kind::Range { .. }
            | Kind::Index { .. }
            | Kind::InnerNode { .. }
            | Kind::NoMatch { .. }
            | Kind::NoneLeft { .. }
            | Kind::ExtraArray { .. }
            | Kind::SharedName { .. }
            | Kind::Parse { .. } => {}
            Kind::Matrix { .. } | Kind::NotContiguous if self.path.keys().is_empty() => {}
            _ if self.path.keys().is_empty() => f.write_str("at the root: ")?,
            _ => write!(f, "at {}: ", self.path)?,
        }
        Display::fmt(&self.kind, f)
    }
}

impl Display for MismatchKind {
    #[allow(clippy::too_many_lines, reason = "one arm a kind")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use MismatchKind as Kind;
        match self {
            Kind::Node { expected: Node::Struct(a), found: Node::Struct(b) }
                if a.name == b.name =>
            {
                write!(f, "expected {} of {a}, found {} of {b}", a.name, b.name)
            }
            Kind::Node { expected, found } => write!(f, "expected {expected}, found {found}"),
            Kind::NotA { expected, found } => write!(f, "expected {expected}, found {found}"),
            Kind::MissingKeys(keys) => write_keys(f, "missing", keys),
            Kind::ExtraKeys(keys) => write_keys(f, "extra", keys),
            Kind::KeyOrder { expected, found } => {
                write_keys(f, "expected", expected)?;
                write_keys(f, " in this order, found", found)
            }
            Kind::KeyType { expected, found } => {
                write!(f, "expected a key of type {expected}, found ")?;
                found.write_repr(f)
            }
            Kind::OneKey { name } => write!(
                f,
                "it has the integer {name} and the string '{name}' as keys, which are one key of a \
                 `Tree`; rename one of them"
            ),
            Kind::Static { field, expected, found } => {
                write!(f, "static field {field}: expected {expected}, found {found}")
            }
            Kind::FieldType { field, expected, found } => {
                write!(f, "field {field} is carried over: expected type {expected}, found {found}")
            }
            Kind::ReadBack { field } => write!(
                f,
                "field {field} is carried over, but the structure was read back and does not hold \
                 its value; write into a tree that does, with `Layout::unravel_into`"
            ),
            Kind::Untaken => f.write_str("the type to be built takes fewer nodes than there are"),
            Kind::Shape { expected, found } => {
                write!(f, "expected shape {expected:?}, found {found:?}")
            }
            Kind::Rank { expected, found } => {
                write!(f, "expected {}, found shape {found:?}", count(*expected, "axis", "axes"))
            }
            Kind::LeafCount { expected, found } => {
                write!(f, "expected {}, found {found}", count(*expected, "leaf", "leaves"))
            }
            Kind::Length { expected, found } => {
                write!(f, "expected length {expected}, found {found}")
            }
            Kind::Matrix { expected, found } => {
                write!(
                    f,
                    "expected {}, found {}",
                    rows_and_columns(expected),
                    rows_and_columns(found)
                )
            }
            Kind::Place { shape, found } if found.is_empty() => {
                write!(f, "expected a place in shape {shape:?}, found none")
            }
            Kind::Place { shape, found } => {
                write!(f, "expected a place in shape {shape:?}, found {found:?}")
            }
            Kind::Range { len, found } => {
                write!(f, "expected a part of 0..{len}, found {found:?}")
            }
            Kind::NotContiguous => f.write_str(
                "its elements do not lie side by side, so that no leaf can be a view of it; \
                 copy it with `.to_owned()` first",
            ),
            Kind::Index { index, len } => {
                write!(f, "index {index} is behind the end of the vector of length {len}")
            }
            Kind::NoSuchKey { key, keys, nearest } => {
                write_no_such_key(f, key, keys)?;
                write_meant(f, nearest)
            }
            Kind::NotSelected => {
                f.write_str("the leaf is in the whole tree, but not selected in this part")
            }
            Kind::InnerNode { pattern, path, node } => write!(
                f,
                "{pattern:?} matches no leaf, but {node}, at {path}; \
                 for the leaves under it write \"{pattern}.**\""
            ),
            Kind::NoMatch { pattern, nearest } => {
                write!(f, "no leaf matches {pattern:?}; ")?;
                match nearest {
                    None => f.write_str("there are no leaves"),
                    Some(path) if path.keys().is_empty() => {
                        f.write_str("the only leaf is the root")
                    }
                    Some(path) => write!(f, "the nearest is {path}"),
                }
            }
            Kind::NoneLeft { pattern } => {
                write!(f, "no leaf is left: {pattern:?} excludes each that it matches")
            }
            Kind::OnBoth => f.write_str("the leaf is on both sides"),
            Kind::OnNeither => f.write_str("the leaf is on neither side"),
            Kind::MissingArray { names } => write!(f, "missing array {}", quoted(names, " or ")),
            Kind::ExtraArray { name, nearest } => {
                write!(f, "extra array {name:?}")?;
                write_meant(f, nearest)
            }
            Kind::ManyArrays { names } => {
                write!(f, "expected one array, found {}", quoted(names, " and "))
            }
            Kind::SharedName { name, paths } => {
                let paths: Vec<_> = paths.iter().map(ToString::to_string).collect();
                let paths = paths.join(", ");
                write!(f, "{name:?} names more than one leaf: {paths}; name each by its key path")
            }
            Kind::BadName { name, reason } => write!(f, "no array can be named {name:?}: {reason}"),
            Kind::Dtype { expected, found } => write!(f, "expected {expected}, found {found}"),
            Kind::Parse { text, at, expected, meant } => {
                write_unfit(f, text, at, expected)?;
                write_meant(f, meant)
            }
        }
    }
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn rows_and_columns([rows, columns]: &[usize; 2]) -> String {
    format!("{} and {}", count(*rows, "row", "rows"), count(*columns, "column", "columns"))
}

fn quoted(names: &[String], separator: &str) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
    names.join(separator)
}

fn write_unfit(
    f: &mut fmt::Formatter<'_>,
    text: &str,
    at: &Range<usize>,
    expected: &str,
) -> fmt::Result {
    match text.get(at.clone()) {
        Some("") | None => write!(f, "{text:?} ends where {expected} is expected"),
        Some(found) => write!(f, "{text:?} has {found:?} at byte {} for {expected}", at.start),
    }
}

/// Asks which of the names is meant; nothing if there are none.
fn write_meant(
    f: &mut fmt::Formatter<'_>,
    names: impl IntoIterator<Item: ToString>,
) -> fmt::Result {
    let names: Vec<_> = names.into_iter().map(|name| name.to_string()).collect();
    if names.is_empty() { Ok(()) } else { write!(f, "; did you mean {}?", names.join(" or ")) }
}

fn write_no_such_key(f: &mut fmt::Formatter<'_>, key: &Key, keys: &[Key]) -> fmt::Result {
    let [first, rest @ ..] = keys else {
        return write!(f, "there is nothing under it, and no {key}");
    };
    write!(f, "there is no {key}, but {first}")?;
    rest.iter().take(SHOWN - 1).try_for_each(|key| write!(f, ", {key}"))?;
    write_more(f, keys)
}

fn write_keys(f: &mut fmt::Formatter<'_>, which: &str, keys: &[Key]) -> fmt::Result {
    let plural = if keys.len() == 1 { "" } else { "s" };
    write!(f, "{which} key{plural} ")?;
    for (i, key) in keys.iter().take(SHOWN).enumerate() {
        f.write_str(if i == 0 { "" } else { ", " })?;
        key.write_repr(f)?;
    }
    write_more(f, keys)
}

/// Says how many of the keys are not printed.
fn write_more(f: &mut fmt::Formatter<'_>, keys: &[Key]) -> fmt::Result {
    match keys.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}
