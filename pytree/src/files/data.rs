use std::sync::{Arc, Mutex, PoisonError};

use crate::files::array_info::ArrayInfo;
use crate::files::buffer::Buffer;
use crate::files::data::sealed::Sealed;
use crate::files::error::FileError;

/// Where the elements of an [`Archive`](crate::files::Archive) are: in a [`Stream`] or [`InMemory`].
///
/// ```
/// use pytree::Error;
/// use pytree::files::{Archive, Data};
/// fn parameters<D: Data>(file: &Archive<D>) -> Result<Vec<f32>, Error> {
///     let mut parameters = vec![0.0; 3];
///     file.under("params").load(&mut parameters)?;
///     Ok(parameters)
/// }
/// ```
pub trait Data: Sealed {}

pub(crate) mod sealed {
    use super::{ArrayInfo, FileError};

    pub trait Sealed: Clone {
        type Bytes: AsRef<[u8]>;

        /// The little-endian bytes of the elements of an array.
        fn bytes(&self, array: &ArrayInfo) -> Result<Self::Bytes, FileError>;
    }
}

/// The elements are in a file or a reader, and are read when a tree is loaded.
///
/// ```
/// use pytree::files::{Archive, Stream};
/// fn open() -> Result<Archive<Stream<'static>>, pytree::Error> {
///     pytree::npz::open("checkpoint.npz")
/// }
/// ```
#[derive(Clone)]
pub struct Stream<'r>(Arc<Mutex<dyn Source + Send + 'r>>);

/// Reads arrays of one format.
pub(crate) trait Source {
    /// Reads the little-endian bytes of the elements of the array with this index, which fill `bytes`.
    fn read(&mut self, index: usize, bytes: &mut [u8]) -> Result<(), FileError>;
}

impl<'r> Stream<'r> {
    pub(crate) fn new(source: impl Source + Send + 'r) -> Self {
        Stream(Arc::new(Mutex::new(source)))
    }

    /// Reads the little-endian bytes of the elements of an array, which fill `bytes`.
    pub(crate) fn read(&self, array: &ArrayInfo, bytes: &mut [u8]) -> Result<(), FileError> {
        // A panic in a reader leaves nothing that another read relies on.
        let mut source = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        source.read(array.index, bytes)
    }
}

impl Sealed for Stream<'_> {
    type Bytes = Buffer;

    fn bytes(&self, array: &ArrayInfo) -> Result<Buffer, FileError> {
        let mut buffer = Buffer::zeroed(array.checked_num_bytes()?);
        self.read(array, buffer.as_mut())?;
        Ok(buffer)
    }
}

impl Data for Stream<'_> {}

/// The elements are in bytes that the caller has, for example in a memory map.
///
/// ```
/// use pytree::files::{Archive, InMemory};
/// fn view(bytes: &[u8]) -> Result<Archive<InMemory<'_>>, pytree::Error> {
///     pytree::safetensors::views(bytes)
/// }
/// ```
#[derive(Clone)]
pub struct InMemory<'b>(Arc<[&'b [u8]]>);

#[cfg(feature = "safetensors")]
impl<'b> InMemory<'b> {
    pub(crate) fn new(arrays: impl Iterator<Item = &'b [u8]>) -> Self {
        InMemory(arrays.collect())
    }
}

impl<'b> Sealed for InMemory<'b> {
    type Bytes = &'b [u8];

    fn bytes(&self, array: &ArrayInfo) -> Result<&'b [u8], FileError> {
        Ok(self.0.get(array.index).copied().unwrap_or_default())
    }
}

impl Data for InMemory<'_> {}
