//! Errors about trees, paths and files: [`Error`], the [`Mismatch`]es that it lists, and the functions that print such
//! lists, for crates with their own error types.

pub(crate) mod print;
pub(crate) mod mismatch;
pub(crate) mod error;
pub(crate) mod from_text;

pub use self::error::{Error, ErrorKind};
pub use self::mismatch::{Mismatch, MismatchKind};
pub use self::print::{SHOWN, list, quote, write_places};
