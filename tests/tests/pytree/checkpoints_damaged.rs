//! Checkpoints that are cut off, changed or not there, and disks that are full: the tree and the old
//! file stay as they were.

use std::fs;
use std::io::Write;

use pytree::error::ErrorKind;
use pytree::files::{Format, StoredIn, Writer};
use pytree::npz::Npz;
use pytree::safetensors::Safetensors;
use pytree::{Error, npz, safetensors};
use tests::{Mlp, Scratch, checkpoint, read_npz, read_safetensors, simple, xor, zeros};

type Result = std::result::Result<(), Error>;

/// Loads a damaged file: whatever happens, the tree is as it was, or as it should be.
fn damaged(read: impl Fn(Vec<u8>, &mut Mlp<f64>) -> Result, bytes: Vec<u8>) -> Result {
    let mut mlp = zeros();
    let result = read(bytes, &mut mlp);
    if result.is_err() {
        assert_eq!(mlp, zeros());
    }
    result
}

#[test]
fn truncated_files() {
    for name in ["xor.npz", "xor_compressed.npz"] {
        let whole = fs::read(checkpoint(name)).expect("a file");
        damaged(read_npz, whole.clone()).expect("a whole file");
        for len in 0..whole.len() {
            damaged(read_npz, whole[..len].to_vec()).expect_err("half a file");
            // Behind the beginning is where a zip file may be within another.
            drop(damaged(read_npz, whole[len..].to_vec()));
        }
    }
    let whole = fs::read(checkpoint("xor.safetensors")).expect("a file");
    for len in 0..whole.len() {
        damaged(read_safetensors, whole[..len].to_vec()).expect_err("half a file");
        drop(damaged(read_safetensors, whole[len..].to_vec()));
    }
    damaged(read_safetensors, [whole, vec![0]].concat()).expect_err("a byte too much");
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
            match read_npz(bytes, &mut mlp) {
                Ok(()) => assert_eq!(mlp, xor(), "{name}: byte {byte}"),
                Err(_) => assert_eq!(mlp, zeros(), "{name}: byte {byte}"),
            }
        }
    }
    let whole = fs::read(checkpoint("xor.safetensors")).expect("a file");
    for bit in 0..8 * whole.len() {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        drop(damaged(read_safetensors, bytes));
    }
}

/// A disk that is full after some bytes.
struct Disk {
    file: Vec<u8>,
    room: usize,
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.file.len() + bytes.len() > self.room {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_an_error() {
    fn fills<F: Format>()
    where
        f64: StoredIn<F>,
    {
        let net = xor();
        let file = Writer::<F>::new().add_as(&net, simple).expect("names of their own");
        let mut whole = Vec::new();
        file.write(&mut whole).expect("memory");
        for room in 0..whole.len() {
            let error = file.write(Disk { file: Vec::new(), room }).expect_err("a full disk");
            assert_eq!(error.to_string(), "no storage space");
        }
        file.write(Disk { file: Vec::new(), room: whole.len() }).expect("room for all");
    }
    fills::<Npz>();
    fills::<Safetensors>();
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

    // A folder cannot be replaced by a file, and a folder that does not exist cannot have one.
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
fn files_that_do_not_exist() {
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
