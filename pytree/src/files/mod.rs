//! Trees saved by key path, and loaded again.

pub(crate) mod error;
pub(crate) mod names;
pub(crate) mod replace_file;
#[cfg(feature = "npz")]
pub(crate) mod until_failure;
#[cfg(feature = "npz")]
pub(crate) mod read_limit;
#[cfg(feature = "npz")]
pub(crate) mod npy_header;
#[cfg(feature = "npz")]
pub mod npz;
#[cfg(feature = "safetensors")]
pub mod safetensors;
