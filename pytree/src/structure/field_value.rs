use std::any::{Any, type_name};
use std::fmt::Debug;

use crate::walk::visit::{Skipped, Static};

/// A skipped or static field of any type, as a structure stores it.
///
/// `Arc<dyn FieldValue>` implements this trait too (as any `Skipped` type), so dereference an `Arc` before a call.
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
    /// Whether the two values match, as [`Static`] defines it. A deserialized value has only its `Debug` text, so it is
    /// compared with the `Debug` text of the other value.
    fn equals(&self, other: &dyn StaticValue) -> bool;
}

impl<S: Static> StaticValue for S {
    fn equals(&self, other: &dyn StaticValue) -> bool {
        match other.as_any().downcast_ref::<S>() {
            Some(other) => other == self || is_nan(self) && is_nan(other) && prints_as(self, other),
            None => match (read_back(self), read_back(other.as_any())) {
                (Some(text), _) => prints(other, text),
                (_, Some(text)) => prints(self, text),
                _ => false,
            },
        }
    }
}

/// A field of a deserialized structure: the `Debug` text of a static field, or an empty text for a skipped field.
#[cfg(feature = "serde")]
#[derive(Clone, PartialEq)]
pub(crate) struct ReadBack(pub std::sync::Arc<str>);

#[cfg(feature = "serde")]
impl Debug for ReadBack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text of a deserialized field; `None` for a field of a tree.
#[cfg(feature = "serde")]
pub(crate) fn read_back(field: &dyn Any) -> Option<&str> {
    field.downcast_ref().map(|ReadBack(text)| &**text)
}

/// Without `serde`, no field is deserialized.
#[cfg(not(feature = "serde"))]
pub(crate) fn read_back(_: &dyn Any) -> Option<&str> {
    None
}

/// Whether `value` is or contains a NaN, and so does not equal itself.
#[allow(clippy::eq_op, reason = "only a NaN differs from itself")]
fn is_nan<S: Static>(value: &S) -> bool {
    value != value
}

/// Whether the two values have the same `Debug` text.
fn prints_as<S: Static>(value: &S, other: &S) -> bool {
    prints(value, &format!("{other:?}"))
}

/// Whether `text` is the `Debug` text of `value`. Stops at the first difference, and does not allocate.
fn prints(value: &dyn Debug, text: &str) -> bool {
    let mut expected = Expected(text);
    std::fmt::write(&mut expected, format_args!("{value:?}")).is_ok() && expected.0.is_empty()
}

/// A text that is expected to be written; each write removes a prefix, and fails if the prefix differs.
struct Expected<'t>(&'t str);

impl std::fmt::Write for Expected<'_> {
    fn write_str(&mut self, written: &str) -> std::fmt::Result {
        self.0 = self.0.strip_prefix(written).ok_or(std::fmt::Error)?;
        Ok(())
    }
}
