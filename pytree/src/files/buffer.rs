use memmap2::MmapMut;

/// The bytes of an array that has been read, but not yet checked.
pub struct Buffer(Memory);

enum Memory {
    Heap(Vec<u8>),
    /// Pages of their own, for a large array.
    Pages(MmapMut),
}

/// The number of bytes from which an array has pages of its own.
const LARGE: usize = 1 << 22;

impl Buffer {
    /// A buffer of zeros.
    pub(crate) fn zeroed(len: usize) -> Self {
        let pages = if len < LARGE { None } else { MmapMut::map_anon(len).ok() };
        let Some(pages) = pages else { return Buffer(Memory::Heap(vec![0; len])) };
        // The first write to each page interrupts the program, which took most of the time of a load. Linux has huge
        // pages on request, which NumPy also requests for its arrays. Without huge pages, a load is only slower.
        #[cfg(target_os = "linux")]
        let _ = pages.advise(memmap2::Advice::HugePage);
        Buffer(Memory::Pages(pages))
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        match &self.0 {
            Memory::Heap(bytes) => bytes,
            Memory::Pages(pages) => pages,
        }
    }
}

impl AsMut<[u8]> for Buffer {
    fn as_mut(&mut self) -> &mut [u8] {
        match &mut self.0 {
            Memory::Heap(bytes) => bytes,
            Memory::Pages(pages) => pages,
        }
    }
}
