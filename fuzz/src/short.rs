use std::fmt::Display;

/// Panics unless an error has a text, of at most 6,000 bytes: twelve places of 500 each.
pub fn short(error: &(impl Display + ?Sized)) {
    let text = error.to_string();
    assert!(!text.is_empty() && text.len() <= 6_000, "{} bytes: {text:.1000}", text.len());
}
