//! Trees in files: what [`npz`](crate::npz) and [`safetensors`](crate::safetensors) share.
#![doc = include_str!("../guide/files.md")]
#![doc(alias = "checkpoint")]
#![doc(alias = "PyTorch")]
#![doc(alias = "resume")]

pub(crate) mod error;
pub(crate) mod dtype;
pub(crate) mod cast;
pub(crate) mod element;
#[cfg(feature = "half")]
pub(crate) mod half;
pub(crate) mod array_info;
pub(crate) mod buffer;
pub(crate) mod data;
pub(crate) mod archive;
pub(crate) mod select;
pub(crate) mod names;
pub(crate) mod report;
pub(crate) mod staged;
pub(crate) mod load;
pub(crate) mod tree;
pub(crate) mod replace_file;
pub(crate) mod writer;
#[cfg(feature = "npz")]
pub(crate) mod read_limit;
#[cfg(feature = "npz")]
pub(crate) mod npy_header;
#[cfg(feature = "npz")]
pub(crate) mod npz_members;
#[cfg(feature = "npz")]
pub(crate) mod zip_writer;
#[cfg(feature = "npz")]
pub mod npz;
#[cfg(feature = "safetensors")]
pub(crate) mod tensors;
#[cfg(feature = "safetensors")]
pub mod safetensors;

pub use crate::files::archive::Archive;
pub use crate::files::array_info::ArrayInfo;
pub use crate::files::data::{Data, InMemory, Stream};
pub use crate::files::element::{Element, StoredIn};
pub use crate::files::report::Report;
pub use crate::files::writer::{Format, Writer};
