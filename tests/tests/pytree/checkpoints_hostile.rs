//! Paths that are not files, files with an array twice, and files with very many names.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::time::{Duration, Instant};

use ndarray::ArrayD;
use pytree::error::ErrorKind;
use pytree::{KeyPath, Leaf, npz, safetensors};
use tests::{Scratch, message, npz, read_npz, read_safetensors};

/// A `.safetensors` file with this header and so many bytes of elements.
fn with_header(header: &str, bytes: usize) -> Vec<u8> {
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header.as_bytes());
    file.resize(file.len() + bytes, 0);
    file
}

/// The `.npz` file of two numbers, whose member `[1].npy` has another name of as many bytes.
fn renamed(name: &str) -> Vec<u8> {
    let mut file = npz(&(1.0, 2.0), KeyPath::to_string);
    for at in 0..file.len() - name.len() {
        if file[at..].starts_with(b"[1].npy") {
            file[at..at + name.len()].copy_from_slice(name.as_bytes());
        }
    }
    file
}

#[test]
fn a_directory_is_not_a_file() {
    let scratch = Scratch::new("directory");
    let path = scratch.0.join("folder.npz");
    fs::create_dir(&path).expect("a folder");
    for error in [npz::load(&path, &mut 1.0), safetensors::load(&path, &mut 1.0)] {
        let error = error.expect_err("an error");
        assert_eq!(error.kind(), ErrorKind::Io);
        assert_eq!(error.to_string(), format!("{}: it is a directory", path.display()));
    }
}

#[test]
fn the_empty_path_is_named() {
    let text = "the empty path: No such file or directory (os error 2)";
    assert_eq!(message(npz::load("", &mut 1.0)), text);
    assert_eq!(message(safetensors::load("", &mut 1.0)), text);
    assert_eq!(message(npz::save("", &1.0)), text);
    assert_eq!(message(safetensors::save("", &1.0)), text);
}

#[cfg(unix)]
#[test]
fn a_file_without_an_end_is_refused() {
    let text = "it is not a regular file; copy it to one, or read it into memory";
    for path in ["/dev/zero", "/dev/null"] {
        assert_eq!(message(npz::load(path, &mut 1.0)), format!("{path}: {text}"));
        assert_eq!(message(safetensors::load(path, &mut 1.0)), format!("{path}: {text}"));
    }
    let zero = || fs::File::open("/dev/zero").expect("a device");
    assert_eq!(
        message(safetensors::read(zero()).map(drop)),
        "the file is malformed: it ends too early"
    );
    assert!(
        message(npz::read(zero()).map(drop))
            .starts_with("the file is malformed: it is not an .npz")
    );
}

#[test]
fn an_array_that_is_there_twice_is_refused() {
    let text = "the file is malformed: its header is not valid: it has the array \"[0]\" twice";
    let info = r#"{"dtype": "F64", "shape": [], "data_offsets": [0, 8]}"#;
    let twice = with_header(&format!(r#"{{"[0]": {info}, "[0]": {info}}}"#), 8);
    assert!(message(read_safetensors(twice, &mut (1.0,))).starts_with(text));

    read_npz(renamed("[1].npy"), &mut (0.0, 0.0)).expect("two arrays");
    assert_eq!(
        message(read_npz(renamed("[0].npy"), &mut (0.0,))),
        "the file is malformed: it has the array \"[0]\" twice"
    );
}

/// The directory has the entry of one member many times, under many names.
#[test]
fn members_that_share_bytes_are_refused() {
    let one = npz(&vec![[0.0; 100]; 100], |_| "0000".to_string());
    let position = |signature: &[u8]| {
        let found = one.windows(4).rposition(|bytes| bytes == signature);
        found.expect("a part of a zip file")
    };
    let (directory, end) = (position(b"PK\x01\x02"), position(b"PK\x05\x06"));
    let mut file = one[..directory].to_vec();
    for name in 0..1000 {
        let mut entry = one[directory..end].to_vec();
        entry[46..50].copy_from_slice(format!("{name:04}").as_bytes());
        file.extend(entry);
    }
    let len = u32::try_from(file.len() - directory).expect("a small file");
    let mut tail = one[end..].to_vec();
    tail[8..10].copy_from_slice(&1000_u16.to_le_bytes());
    tail[10..12].copy_from_slice(&1000_u16.to_le_bytes());
    tail[12..16].copy_from_slice(&len.to_le_bytes());
    file.extend(tail);
    let (members, size) = (1000 * (128 + 80_000), file.len());
    assert_eq!(
        npz::read(Cursor::new(file)).err().expect("an error").to_string(),
        format!(
            "the file is malformed: its members say that they have {members} bytes, but it has {size}"
        )
    );
}

#[test]
fn a_member_that_is_not_an_array_is_named() {
    assert_eq!(
        message(read_npz(renamed("READ.ME"), &mut (0.0,))),
        "the file is malformed: its member \"READ.ME\" is not an .npy file"
    );
}

#[test]
fn a_byte_order_mark_is_refused() {
    let file = with_header("\u{feff}{}", 0);
    assert_eq!(
        message(read_safetensors(file, &mut Vec::<f64>::new())),
        "the file is malformed: its header is not valid: expected value at line 1 column 1"
    );
}

#[test]
fn many_names_that_are_not_leaves_take_little_time() {
    let info = r#"{"dtype":"F64","shape":[0],"data_offsets":[0,0]}"#;
    let arrays: Vec<_> = (0..100_000).map(|i| format!("\"layers.{i}.w\":{info}")).collect();
    let file = with_header(&format!("{{{}}}", arrays.join(",")), 0);
    let start = std::time::Instant::now();
    let error = message(read_safetensors(file, &mut vec![Leaf(0.0); 1000]));
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    assert_eq!(error.lines().count(), 14);
    assert!(error.contains("in 101000 places:"), "{error}");
}

/// Each end of a directory says that the directory is at byte 1, and that a comment of the rest of the
/// file or of none follows.
#[test]
fn many_ends_of_a_zip_file_take_little_time() {
    let start = Instant::now();
    let end = |comment: [u8; 2]| {
        let end = [&b"PK\x05\x06\0\0\0\0\x01\0\x01\0\x2e\0\0\0\x01\0\0\0"[..], &comment].concat();
        end.repeat(200_000)
    };
    // Those of files above 4 GB: a record, where it is, and an end that refers to it.
    let record = [b"PK\x06\x06\x2c", &[0; 51][..], b"PK\x06\x07", &[0; 12], &[1, 0, 0, 0]].concat();
    let large = [&record[..], b"PK\x05\x06\0\0\0\0", &[0xff; 12], &[0; 2]].concat();
    let starts = b"PK\x05\x06".repeat(1_000_000);
    for file in [end([0, 0]), end([0xff; 2]), large.repeat(50_000), starts] {
        read_npz(file, &mut 1.0).expect_err("no array");
    }
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn a_header_of_a_megabyte_is_not_printed() {
    let long = "x".repeat(1_000_000);
    let axes = "1, ".repeat(1_000_000);
    for header in [
        format!(r#""{long}""#),
        format!(r#"{{"a": "{long}"}}"#),
        format!(r#"{{"a": {{"dtype": "{long}", "shape": [], "data_offsets": [0, 8]}}}}"#),
        format!(r#"{{"a": {{"dtype": "F64", "shape": "{long}", "data_offsets": [0, 8]}}}}"#),
        format!(r#"{{"a": {{"dtype": "F64", "shape": [{axes}1], "data_offsets": [0, 8]}}}}"#),
        format!(r#"{{"{long}": {{"dtype": "F64", "shape": [], "data_offsets": [0, 8]}}}}"#),
    ] {
        let mut tree = BTreeMap::from([("a", ArrayD::<f64>::zeros(vec![]))]);
        let error = message(read_safetensors(with_header(&header, 8), &mut tree));
        assert!(error.len() < 500, "{} bytes: {error:.200}", error.len());
    }
}
