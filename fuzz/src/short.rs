use std::fmt::Display;

/// Panics unless an error has a text, of at most four kilobytes.
pub fn short(error: &(impl Display + ?Sized)) {
    let text = error.to_string();
    assert!(!text.is_empty() && text.len() <= 4096, "{} bytes: {text:.1000}", text.len());
}
