use std::fmt::Display;

use pytree::Pattern;

/// The text of the error of `result`.
///
/// # Panics
/// If there is none.
pub fn message<T>(result: Result<T, impl Display>) -> String {
    result.err().expect("an error").to_string()
}

/// The pattern that is written `text`.
///
/// # Panics
/// If it is none.
pub fn pattern(text: &str) -> Pattern {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}
