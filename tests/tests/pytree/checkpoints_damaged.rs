//! Checkpoints that are cut off, changed or not there, and disks that are full: the tree and the old
//! file stay as they were.

use std::fs;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};

use pytree::error::ErrorKind;
use pytree::{Error, npz, safetensors};
use tests::{Mlp, Scratch, checkpoint, npz, safetensors, simple, xor, zeros};

type Result = std::result::Result<(), Error>;

/// Loads a damaged file: whatever happens, the tree is as it was, or as it should be.
fn damaged(read: impl Fn(Cursor<Vec<u8>>, &mut Mlp<f64>) -> Result, bytes: Vec<u8>) -> Result {
    let mut mlp = zeros();
    let result = read(Cursor::new(bytes), &mut mlp);
    if result.is_err() {
        assert_eq!(mlp, zeros());
    }
    result
}

#[test]
fn truncated_files() {
    for name in ["xor.npz", "xor_compressed.npz"] {
        let whole = fs::read(checkpoint(name)).expect("a file");
        damaged(npz::read, whole.clone()).expect("a whole file");
        for len in 0..whole.len() {
            damaged(npz::read, whole[..len].to_vec()).expect_err("half a file");
            // Behind the beginning is where a zip file may be within another.
            drop(damaged(npz::read, whole[len..].to_vec()));
        }
    }
    let whole = fs::read(checkpoint("xor.safetensors")).expect("a file");
    for len in 0..whole.len() {
        damaged(safetensors::read, whole[..len].to_vec()).expect_err("half a file");
        drop(damaged(safetensors::read, whole[len..].to_vec()));
    }
    damaged(safetensors::read, [whole, vec![0]].concat()).expect_err("a byte too much");
}

#[test]
fn flipped_bits() {
    for name in ["xor.npz", "xor_compressed.npz"] {
        let whole = fs::read(checkpoint(name)).expect("a file");
        // One of each byte, since headers of Python literals are slow to parse.
        for (byte, bit) in (0..whole.len()).zip((0..8).cycle()) {
            let mut bytes = whole.clone();
            bytes[byte] ^= 1 << bit;
            // Some bits mean nothing (a date); the elements have a checksum.
            let mut mlp = zeros();
            match npz::read(Cursor::new(bytes), &mut mlp) {
                Ok(()) => assert_eq!(mlp, xor(), "{name}: byte {byte}"),
                Err(_) => assert_eq!(mlp, zeros(), "{name}: byte {byte}"),
            }
        }
    }
    let whole = fs::read(checkpoint("xor.safetensors")).expect("a file");
    for bit in 0..8 * whole.len() {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        drop(damaged(safetensors::read, bytes));
    }
}

/// A disk that is full after some bytes.
struct Disk {
    file: Cursor<Vec<u8>>,
    room: u64,
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.file.position() + bytes.len() as u64 > self.room {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Read for Disk {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        self.file.read(bytes)
    }
}

impl Seek for Disk {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.file.seek(to)
    }
}

#[test]
fn a_full_disk_is_told() {
    let whole = npz(&xor(), simple).len();
    for room in (0..whole as u64).step_by(7) {
        let mut disk = Disk { file: Cursor::new(Vec::new()), room };
        let error = npz::write(&mut disk, &xor(), simple).expect_err("a full disk");
        assert_eq!(error.to_string(), "no storage space");
    }
    let whole = safetensors(&xor(), simple).len();
    for room in 0..whole as u64 {
        let mut disk = Disk { file: Cursor::new(Vec::new()), room };
        let error = safetensors::write(&mut disk, &xor(), simple).expect_err("a full disk");
        assert_eq!(error.to_string(), "no storage space");
    }
}

#[test]
fn a_failed_save_leaves_the_old_file() {
    let scratch = Scratch::new("saves");
    let path = scratch.0.join("old.npz");
    npz::save(&path, &xor()).expect("a file");
    let before = fs::read(&path).expect("a file");
    let error = npz::save_as(&path, &xor(), |_| "same".to_string()).expect_err("an error");
    assert!(error.to_string().starts_with(&format!("{}: the leaves ", path.display())));
    safetensors::save_as(&path, &xor(), |_| "same".to_string()).expect_err("an error");
    assert_eq!(fs::read(&path).expect("a file"), before);
    assert_eq!(scratch.names(), ["old.npz"]);

    // A folder cannot be replaced by a file, and there is none to write in.
    fs::create_dir(scratch.0.join("folder")).expect("a folder");
    for path in [scratch.0.join("folder"), scratch.0.join("no/file.npz")] {
        let error = npz::save(&path, &xor()).expect_err("an error");
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        let source = std::error::Error::source(&error).expect("a source");
        assert!(source.is::<std::io::Error>());
        assert!(error.to_string().starts_with(&path.display().to_string()));
    }
    assert_eq!(scratch.names(), ["folder", "old.npz"]);
}

#[test]
fn files_that_are_not_there() {
    let path = checkpoint("none");
    for result in [npz::load(&path, &mut 1.0), safetensors::load(&path, &mut 1.0)] {
        let error = result.expect_err("an error");
        assert_eq!(
            error.to_string(),
            format!("{}: No such file or directory (os error 2)", path.display())
        );
        assert_eq!(format!("{error:?}"), error.to_string());
    }
}
