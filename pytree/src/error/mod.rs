//! What is wrong with a tree, a path or a file: [`Error`], the [`Mismatch`]es that it lists, and the
//! functions that print such lists, for crates with errors of their own.

pub(crate) mod print;
pub(crate) mod mismatch;
pub(crate) mod error;
pub(crate) mod from_text;

pub use self::error::{Error, ErrorKind};
pub use self::mismatch::{Mismatch, MismatchKind};
pub use self::print::{SHOWN, list, quote, write_places};
