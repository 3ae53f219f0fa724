//! Checkpoints whose headers lie: they are refused before room is made for what they promise.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;

use ndarray::{Array1, array};
use pytree::npz;
use tests::{checkpoint, message, npz as npz_file, read_npz, read_safetensors, simple};

/// An `.npz` file with one array `x`, of this header and these elements.
fn one_array(header: &[u8], elements: &[u8]) -> Vec<u8> {
    let len = u16::try_from(header.len()).expect("a short header").to_le_bytes();
    zip(&[b"\x93NUMPY\x01\x00", &len[..], header, elements].concat())
}

/// A zip file with one entry `x.npy`: stored, and without a checksum that fits.
fn zip(content: &[u8]) -> Vec<u8> {
    // What is written here for another array of as many bytes, with the content in its place.
    let blank = npz_file(&BTreeMap::from([("x", Array1::<u8>::zeros(content.len()))]), simple);
    let start = 30 + "x.npy".len();
    let header = 128;
    let mut bytes = blank.clone();
    bytes[start..start + content.len()].copy_from_slice(content);
    // The entry ends after the content; the file has its checksum and its sizes twice.
    let size = u32::try_from(content.len()).expect("a small file").to_le_bytes();
    let crc = crc32(content).to_le_bytes();
    let tail = bytes.split_off(start + content.len() + header);
    bytes.truncate(start + content.len());
    let central = u32::try_from(bytes.len()).expect("a small file").to_le_bytes();
    bytes.extend(tail);
    let second = start + content.len() + 16;
    for at in [14, second] {
        bytes[at..at + 4].copy_from_slice(&crc);
        bytes[at + 4..at + 8].copy_from_slice(&size);
        bytes[at + 8..at + 12].copy_from_slice(&size);
    }
    let end = bytes.len() - 6;
    bytes[end..end + 4].copy_from_slice(&central);
    bytes
}

/// The checksum of zip files, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc: u32, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 }
        })
    })
}

fn header(descr: &str, shape: &str) -> Vec<u8> {
    format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n").into_bytes()
}

#[test]
fn headers_that_lie() {
    let read = |file: Vec<u8>| {
        let mut tree = BTreeMap::from([("x", array![7.0, 7.0])]);
        let result = read_npz(file, &mut tree);
        result.map(|()| tree).map_err(|error| error.to_string())
    };
    let two = [1.0_f64.to_le_bytes(), 2.0_f64.to_le_bytes()].concat();
    let loaded = read(one_array(&header("'<f8'", "(2,)"), &two)).expect("a whole array");
    assert_eq!(loaded["x"], array![1.0, 2.0]);
    let error =
        |header: &[u8], elements: &[u8]| read(one_array(header, elements)).expect_err("an error");
    let malformed = |reason: &str| format!("the array \"x\" is malformed: {reason}");
    assert_eq!(
        error(&header("'<f8'", "(2,)"), &two[1..]),
        malformed("it has fewer elements than its shape says")
    );
    assert_eq!(
        error(&header("'<f8'", "(2,)"), &[two.clone(), vec![0]].concat()),
        malformed("it has more elements than its shape says")
    );
    // Nothing is read, nor is room made, for a shape that is not the leaf's.
    assert_eq!(
        error(&header("'<f8'", "(1099511627776, 1099511627776)"), &two),
        "the arrays do not match the tree: at ['x']: \
         expected shape [2], found [1099511627776, 1099511627776]"
    );
    assert_eq!(
        error(&header("'<f8'", "(-2,)"), &two),
        malformed(
            "its header \"{'descr': '<f8', 'fortran_order': False, 'shape': (-2,), }\" is not valid: \
             expected a tuple of lengths for `shape`"
        )
    );
    // A parser that tries each bracket twice would take 2^1000 steps for these.
    for brackets in ["[", "(", "{", "(1, ", "{1:"] {
        let text = error(&header(&brackets.repeat(1000), "(2,)"), &two);
        assert!(text.ends_with("is not valid: expected a value and `}` after it"), "{text}");
    }
    assert_eq!(
        error(&[b' '; 4097], &two),
        malformed("expected a header of at most 4096 bytes, found 4097")
    );
    assert_eq!(
        read(zip(b"\x93NUMPY\x02\x00\xff\xff\xff\xff")).expect_err("an error"),
        malformed("expected a header of at most 4096 bytes, found 4294967295")
    );
    assert_eq!(
        read(zip(b"\x93NUMPY\x01\x00\x80\x00{")).expect_err("an error"),
        malformed("it ends too early")
    );
    assert_eq!(
        read(zip(b"GIF89a, or another file")).expect_err("an error"),
        malformed("it does not begin with the signature of an .npy file")
    );
    let mut flag = BTreeMap::from([("x", true)]);
    let file = one_array(&header("'|b1'", "()"), &[2]);
    let error = read_npz(file, &mut flag).expect_err("an error");
    assert_eq!(error.to_string(), malformed("expected a bool, found the bytes [2]"));
}

/// What is named after no leaf is not looked into: it may be anything, and as much as one likes.
#[test]
fn extra_entries_are_not_read() {
    let file = zip(b"GIF89a, or another file");
    let error = read_npz(file, &mut None::<f64>).expect_err("an error");
    assert_eq!(error.to_string(), "the arrays do not match the tree: extra array \"x\"");
}

#[test]
fn no_room_is_made_by_what_a_file_says() {
    // Four megabytes of zeros, compressed, for two numbers.
    let bomb = fs::read(checkpoint("bomb.npz")).expect("a file");
    let huge = one_array(&header("'<f8'", "(1099511627776,)"), b"");
    let long = zip(b"\x93NUMPY\x02\x00\xff\xff\xff\xff");
    let mut tree = BTreeMap::from([("x", array![7.0, 7.0])]);
    for (file, reason) in [
        (bomb, "has more elements than its shape says"),
        (huge, "found [1099511627776]"),
        (long, "at most 4096 bytes, found 4294967295"),
    ] {
        let mut text = String::new();
        let allocations = allocation_counter::measure(|| {
            let error = read_npz(file.as_slice(), &mut tree).expect_err("an error");
            text = error.to_string();
        });
        assert!(text.ends_with(reason), "{text}");
        assert!(allocations.bytes_max < 200_000, "{allocations:?}");
    }
    // Without a template, the file itself is the limit.
    for shape in ["(1099511627776,)", "(4294967296, 4294967296)", "(100000,)"] {
        let file = one_array(&header("'<f8'", shape), &[0; 16]);
        let allocations = allocation_counter::measure(|| {
            let file = npz::read(Cursor::new(file.as_slice())).expect("a file with a header");
            assert_eq!(
                message(file.tree::<f64>()),
                "the array \"x\" is malformed: it has fewer elements than its shape says"
            );
        });
        assert!(allocations.bytes_max < 200_000, "{allocations:?}");
    }
    let text = r#"{"x":{"dtype":"F64","shape":[1099511627776],"data_offsets":[0,8796093022208]}}"#;
    for len in [text.len() as u64, 99_000_000, u64::MAX] {
        let file = [&len.to_le_bytes()[..], text.as_bytes()].concat();
        let allocations = allocation_counter::measure(|| {
            read_safetensors(file.as_slice(), &mut tree).expect_err("an error");
        });
        assert!(allocations.bytes_max < 20_000, "{allocations:?}");
    }
    assert_eq!(tree["x"], array![7.0, 7.0]);
}

#[test]
fn safetensors_headers_that_lie() {
    let file = |len: u64, header: &str, elements: &[u8]| {
        [&len.to_le_bytes()[..], header.as_bytes(), elements].concat()
    };
    let read = |file: Vec<u8>| {
        let mut tree = BTreeMap::from([("x", array![true, true])]);
        let result = read_safetensors(file, &mut tree);
        result.map(|()| tree).map_err(|error| error.to_string())
    };
    let good = r#"{"x":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}"#;
    let len = good.len() as u64;
    assert_eq!(read(file(len, good, &[0, 1])).expect("a whole file")["x"], array![false, true]);
    let error = |len, header: &str, elements: &[u8]| {
        read(file(len, header, elements)).expect_err("an error")
    };
    assert_eq!(
        error(len, good, &[0, 2]),
        "the array \"x\" is malformed: expected a bool, found the bytes [2]"
    );
    assert_eq!(
        error(len, good, &[0, 1, 1]),
        "the file is malformed: expected 2 bytes of arrays after the header, found 3"
    );
    assert_eq!(
        error(u64::MAX, good, &[0, 1]),
        format!(
            "the file is malformed: it is not a .safetensors file, or is truncated: \
             expected a header of at most {} bytes, found {}",
            len + 2,
            u64::MAX
        )
    );
    let text = error(len - 1, good, &[0, 1]);
    assert!(text.starts_with("the file is malformed: its header is not valid: EOF"), "{text}");
    let huge = r#"{"x":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,2]}}"#;
    let text = error(huge.len() as u64, huge, &[0, 1]);
    assert!(text.contains("overflow"), "{text}");
    let other = r#"{"x":{"dtype":"F8_E4M3","shape":[1,2],"data_offsets":[0,2]}}"#;
    assert_eq!(
        error(other.len() as u64, other, &[0, 1]),
        "the arrays do not match the tree in 2 places:\n  \
         at ['x']: expected bool, found f8_e4m3\n  \
         at ['x']: expected shape [2], found [1, 2]"
    );
}
