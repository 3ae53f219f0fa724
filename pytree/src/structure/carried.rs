use std::any::{Any, type_name};
use std::fmt::Debug;

use crate::walk::visit::{Skipped, Static};

/// A field that is not a tree, of any type, as a structure keeps it.
///
/// An `Arc` of such a value implements this trait too, so dereference it explicitly.
pub(crate) trait FieldValue: Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn type_name(&self) -> &'static str;
}

impl<S: Skipped> FieldValue for S {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn type_name(&self) -> &'static str {
        type_name::<S>()
    }
}

/// A static field of any type.
pub(crate) trait StaticValue: FieldValue + Debug {
    /// Whether the two are the same: of one type and equal, or neither equal to itself (a NaN) and
    /// printed alike. A value that was read back is compared with the text of the other.
    fn equals(&self, other: &dyn StaticValue) -> bool;
}

impl<S: Static> StaticValue for S {
    fn equals(&self, other: &dyn StaticValue) -> bool {
        match other.as_any().downcast_ref::<S>() {
            Some(other) => other == self || is_nan(self) && is_nan(other) && alike(self, other),
            None => match (read_back(self), read_back(other.as_any())) {
                (Some(text), _) => prints(other, text),
                (_, Some(text)) => prints(self, text),
                _ => false,
            },
        }
    }
}

/// A field of a structure that was read back: what a static field printed, and nothing of a skipped
/// field.
#[cfg(feature = "serde")]
#[derive(Clone, PartialEq)]
pub(crate) struct ReadBack(pub std::sync::Arc<str>);

#[cfg(feature = "serde")]
impl Debug for ReadBack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text of a field that was read back.
#[cfg(feature = "serde")]
pub(crate) fn read_back(field: &dyn Any) -> Option<&str> {
    field.downcast_ref().map(|ReadBack(text)| &**text)
}

/// Nothing is ever read back.
#[cfg(not(feature = "serde"))]
pub(crate) fn read_back(_: &dyn Any) -> Option<&str> {
    None
}

/// Whether `value` does not equal itself, as a NaN does not, nor what holds one.
#[allow(clippy::eq_op, reason = "the point of it")]
fn is_nan<S: Static>(value: &S) -> bool {
    value != value
}

/// Whether the two print alike.
fn alike<S: Static>(value: &S, other: &S) -> bool {
    prints(value, &format!("{other:?}"))
}

/// Whether `value` prints as `text`.
fn prints(value: &dyn Debug, text: &str) -> bool {
    let mut rest = Rest(text);
    std::fmt::write(&mut rest, format_args!("{value:?}")).is_ok() && rest.0.is_empty()
}

/// What is left of a text once all that was written has been taken off the front of it.
struct Rest<'t>(&'t str);

impl std::fmt::Write for Rest<'_> {
    fn write_str(&mut self, written: &str) -> std::fmt::Result {
        self.0 = self.0.strip_prefix(written).ok_or(std::fmt::Error)?;
        Ok(())
    }
}
