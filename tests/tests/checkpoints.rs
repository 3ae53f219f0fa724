//! Checkpoints: what NumPy and safetensors wrote, what is written here, and what is refused.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ndarray::{Array1, Array2, ArrayD, Axis, array};
use num_complex::Complex;
use proptest::prelude::*;
use pytree::{
    CheckpointError, CheckpointErrorKind, KeyPath, NpzElem, PyTree, SafetensorsElem, Tree,
    load_npz, load_safetensors, read_npz, read_safetensors, save_npz, save_npz_as,
    save_safetensors, save_safetensors_as, tree_equal, tree_map, tree_map_mut, write_npz,
    write_safetensors,
};
use tests::{config, trees};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/checkpoints").join(name)
}

/// A folder for one test, removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("checkpoints-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder for this test");
        Scratch(path)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("a folder");
        let mut names: Vec<_> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Dense<T> {
    w: Array2<T>,
    b: Array1<T>,
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Mlp<T> {
    layers: Vec<Dense<T>>,
    scale: T,
}

/// What `make_checkpoints.py` wrote.
fn xor() -> Mlp<f64> {
    Mlp {
        layers: vec![
            Dense { w: array![[20.0, 20.0], [20.0, 20.0]], b: array![20.0, -20.0] },
            Dense { w: array![[20.0], [-20.0]], b: array![-20.0] },
        ],
        scale: 0.5,
    }
}

fn zeros() -> Mlp<f64> {
    tree_map(|leaf| &leaf * 0.0, &xor()).expect("the same structure")
}

type Result<T = ()> = std::result::Result<T, CheckpointError>;

/// Writes a tree to memory.
fn npz<P: PyTree<Elem: NpzElem>>(tree: &P, name: impl FnMut(&KeyPath) -> String) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    write_npz(&mut file, tree, name).expect("a tree that can be written");
    file.into_inner()
}

fn safetensors<P: PyTree<Elem: SafetensorsElem>>(
    tree: &P,
    name: impl FnMut(&KeyPath) -> String,
) -> Vec<u8> {
    let mut file = Vec::new();
    write_safetensors(&mut file, tree, name).expect("a tree that can be written");
    file
}

fn simple(path: &KeyPath) -> String {
    path.simple(".")
}

/// The texts of the errors of both formats, which have to be one, and nothing may be changed.
fn refused<P, Q>(saved: &P, name: fn(&KeyPath) -> String, tree: &Q) -> String
where
    P: PyTree<Elem: NpzElem + SafetensorsElem>,
    Q: PyTree<Elem: NpzElem + SafetensorsElem + PartialEq> + Clone,
{
    let mut loaded = tree.clone();
    let text = read_npz(Cursor::new(npz(saved, name)), &mut loaded).expect_err("an error");
    assert!(!text.mismatches().is_empty());
    let other = read_safetensors(Cursor::new(safetensors(saved, name)), &mut loaded);
    assert_eq!(text.to_string(), other.expect_err("an error").to_string());
    assert!(tree_equal(&loaded, tree));
    text.to_string()
}

#[test]
fn files_of_numpy_and_safetensors() {
    for name in ["xor.npz", "xor_compressed.npz"] {
        let mut mlp = zeros();
        load_npz(data(name), &mut mlp).expect("a file that NumPy wrote");
        assert_eq!(mlp, xor(), "{name}");
    }
    let mut mlp = zeros();
    load_safetensors(data("xor.safetensors"), &mut mlp).expect("a file that safetensors wrote");
    assert_eq!(mlp, xor());
}

#[test]
fn memory_orders_and_byte_orders() {
    let m = array![[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]];
    let expected = BTreeMap::from([("m", m.clone()), ("n", m.reversed_axes())]);
    for name in ["fortran.npz", "big_endian.npz"] {
        let mut tree = expected.clone();
        tree_map_mut(|mut leaf| leaf.fill(-1.0), &mut tree);
        load_npz(data(name), &mut tree).expect("a file that NumPy wrote");
        assert_eq!(tree, expected, "{name}");
    }
}

/// A number, an empty matrix and a matrix.
type Three<T> = (T, Array2<T>, Array2<T>);

fn three<T: Copy>(values: Array2<T>) -> Three<T> {
    (values[[0, 0]], Array2::from_elem((0, 3), values[[0, 0]]), values)
}

/// A tree is written and read; and read as NumPy and safetensors wrote it. As bits, for the NaN.
fn reads_back<T: NpzElem + PartialEq + PyTree<Elem = T> + std::fmt::Debug>(
    name: &str,
    values: &Array2<T>,
    blank: T,
    bits: fn(&T) -> u64,
) -> Three<T> {
    let expected = three(values.clone());
    let same = |tree: &Three<T>| {
        assert_eq!(bits(&tree.0), bits(&expected.0), "{name}");
        assert_eq!(tree.1.shape(), [0, 3]);
        assert_eq!(tree.2.mapv(|x| bits(&x)), expected.2.mapv(|x| bits(&x)), "{name}");
    };
    let blank = three(Array2::from_elem((2, 3), blank));
    let mut tree = blank.clone();
    load_npz(data(&format!("{name}.npz")), &mut tree).expect("a file that NumPy wrote");
    same(&tree);
    let mut tree = blank.clone();
    read_npz(Cursor::new(npz(&expected, KeyPath::to_string)), &mut tree).expect("our own file");
    same(&tree);
    let reversed = (expected.0, expected.1.clone(), strided(&expected.2));
    read_npz(Cursor::new(npz(&reversed, KeyPath::to_string)), &mut tree).expect("our own file");
    same(&tree);
    blank
}

/// The same matrix, neither in row-major nor in column-major order.
fn strided<T: Copy>(matrix: &Array2<T>) -> Array2<T> {
    let mut mirrored = matrix.clone();
    mirrored.invert_axis(Axis(1));
    let mut strided = mirrored.as_standard_layout().into_owned();
    strided.invert_axis(Axis(1));
    strided
}

fn reads_back_both<T>(name: &str, values: Array2<T>, blank: T, bits: fn(&T) -> u64)
where
    T: NpzElem + SafetensorsElem + PartialEq + PyTree<Elem = T> + std::fmt::Debug,
{
    let blank = reads_back(name, &values, blank, bits);
    let expected = three(values);
    let ours = (expected.0, expected.1.clone(), strided(&expected.2));
    let theirs = fs::read(data(&format!("{name}.safetensors"))).expect("a file");
    for file in [theirs, safetensors(&ours, KeyPath::to_string)] {
        let mut tree = blank.clone();
        read_safetensors(Cursor::new(file), &mut tree).expect("a file");
        assert_eq!(bits(&tree.0), bits(&expected.0), "{name}");
        assert_eq!(tree.2.mapv(|x| bits(&x)), expected.2.mapv(|x| bits(&x)), "{name}");
    }
}

#[test]
fn elements_of_every_type() {
    let values = array![[true, false, true], [false, false, true]];
    reads_back_both("bool", values, false, |x| u64::from(*x));
    macro_rules! integers {
        ($($Number:ident: $name:literal),*) => {$({
            let signed = $Number::MIN != 0;
            let values = Array2::from_shape_fn((2, 3), |(row, column)| {
                let n = $Number::try_from(3 * row + column).expect("a small number");
                if signed { $Number::MIN + n } else { $Number::MAX - n }
            });
            reads_back_both($name, values, 7, |x| u64::from_ne_bytes(i128::from(*x).to_le_bytes()[..8].try_into().expect("8 bytes")));
        })*};
    }
    integers!(i8: "int8", i16: "int16", i32: "int32", i64: "int64");
    integers!(u8: "uint8", u16: "uint16", u32: "uint32", u64: "uint64");
    let tiny = f32::MIN_POSITIVE;
    let values = array![[0.1, -0.0, f32::INFINITY], [f32::NEG_INFINITY, f32::NAN, tiny]];
    reads_back_both("float32", values, 7.0, |x| u64::from(x.to_bits()));
    let tiny = f64::MIN_POSITIVE;
    let values = array![[0.1, -0.0, f64::INFINITY], [f64::NEG_INFINITY, f64::NAN, tiny]];
    reads_back_both("float64", values, 7.0, |x| x.to_bits());
    let values = array![[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]].mapv(|re| Complex::new(re, -1.5_f32));
    reads_back_both("complex64", values, Complex::ONE, |x| {
        u64::from(x.re.to_bits()) << 32 | u64::from(x.im.to_bits())
    });
    let values = array![[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]].mapv(|re| Complex::new(re, -1.5_f64));
    reads_back("complex128", &values, Complex::ONE, |x| {
        x.re.to_bits() ^ x.im.to_bits().rotate_left(1)
    });
}

#[test]
fn odd_names_and_the_root() {
    let long = "a".repeat(300);
    let keys = ["a/b", "../up", "it's", "é", "x\0y", "new\nline", "", "w.npy", &long];
    let expected: BTreeMap<_, _> = keys.into_iter().zip((0..).map(f64::from)).collect();
    let blank: BTreeMap<_, _> = keys.into_iter().map(|key| (key, -1.0)).collect();
    let mut tree = blank.clone();
    load_npz(data("odd_names.npz"), &mut tree).expect("a file that NumPy wrote");
    assert_eq!(tree, expected);
    let mut tree = blank;
    load_safetensors(data("odd_names.safetensors"), &mut tree).expect("a file");
    assert_eq!(tree, expected);

    let mut root = array![-1.0, -1.0, -1.0];
    load_npz(data("root.npz"), &mut root).expect("a file that NumPy wrote");
    assert_eq!(root, array![0.0, 1.0, 2.0]);
    root.fill(-1.0);
    load_safetensors(data("root.safetensors"), &mut root).expect("a file");
    assert_eq!(root, array![0.0, 1.0, 2.0]);
}

/// The same structure and bits.
fn same_bits(a: &Tree<ArrayD<f64>>, b: &Tree<ArrayD<f64>>) -> bool {
    let bits = |tree| -> std::result::Result<Tree<ArrayD<u64>>, _> {
        tree_map(|leaf| leaf.mapv(f64::to_bits), tree)
    };
    bits(a).expect("the same structure") == bits(b).expect("the same structure")
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_tree_comes_back(tree in trees()) {
        let blank: Tree<ArrayD<f64>> =
            tree_map(|leaf| leaf.mapv(|_| 7.0), &tree).expect("the same structure");
        let mut loaded = blank.clone();
        read_npz(Cursor::new(npz(&tree, KeyPath::to_string)), &mut loaded).expect("our own file");
        prop_assert!(same_bits(&loaded, &tree));
        let mut loaded = blank;
        read_safetensors(Cursor::new(safetensors(&tree, KeyPath::to_string)), &mut loaded)
            .expect("our own file");
        prop_assert!(same_bits(&loaded, &tree));
    }
}

#[test]
fn by_default_and_by_chosen_names() {
    let scratch = Scratch::new("names");
    let (a, b) = (scratch.0.join("a"), scratch.0.join("b"));
    save_npz(&a, &xor()).expect("a file");
    assert_eq!(fs::read(&a).expect("a file"), npz(&xor(), KeyPath::to_string));
    save_npz_as(&a, &xor(), simple).expect("a file");
    assert_eq!(fs::read(&a).expect("a file"), npz(&xor(), simple));
    save_safetensors(&b, &xor()).expect("a file");
    assert_eq!(fs::read(&b).expect("a file"), safetensors(&xor(), KeyPath::to_string));
    save_safetensors_as(&b, &xor(), simple).expect("a file");
    assert_eq!(fs::read(&b).expect("a file"), safetensors(&xor(), simple));
    let (mut from_a, mut from_b) = (zeros(), zeros());
    load_npz(&a, &mut from_a).expect("our own file");
    load_safetensors(&b, &mut from_b).expect("our own file");
    assert_eq!((from_a, from_b), (xor(), xor()));
    assert_eq!(scratch.names(), ["a", "b"]);
}

#[test]
fn all_mismatches_at_once() {
    #[derive(PyTree, Clone, PartialEq)]
    struct Layer<T> {
        w: Array2<T>,
        biases: T,
        gain: Array1<T>,
        rest: Vec<T>,
    }
    let saved = Tree::Dict(BTreeMap::from([
        ("w".to_string(), Tree::Leaf(array![1.0].into_dyn())),
        ("baises".to_string(), Tree::Leaf(array![[1.0]].into_dyn())),
        ("gain".to_string(), Tree::Leaf(array![1.0].into_dyn())),
        ("step".to_string(), Tree::Leaf(array![1.0].into_dyn())),
    ]));
    let layer = Layer { w: array![[0.0]], biases: 0.0, gain: array![0.0], rest: vec![0.0] };
    assert_eq!(
        refused(&saved, simple, &layer),
        "the arrays do not match the tree in 5 places:\n  \
         at .w: expected shape [1, 1], found [1]\n  \
         at .biases: missing array \".biases\" or \"biases\"\n  \
         at .rest[0]: missing array \".rest[0]\" or \"rest.0\"\n  \
         extra array \"baises\"; did you mean .biases?\n  \
         extra array \"step\""
    );
    // Another type, and another shape of the same array.
    let layer = Layer { w: array![[0.0_f32]], biases: 0.0, gain: array![0.0], rest: vec![] };
    assert_eq!(
        refused(&saved, simple, &layer),
        "the arrays do not match the tree in 6 places:\n  \
         at .w: expected f32, found f64\n  \
         at .w: expected shape [1, 1], found [1]\n  \
         at .biases: missing array \".biases\" or \"biases\"\n  \
         at .gain: expected f32, found f64\n  \
         extra array \"baises\"; did you mean .biases?\n  \
         extra array \"step\""
    );
    assert_eq!(
        refused(&array![1.0], simple, &array![1.0, 2.0]),
        "the arrays do not match the tree: at the root: expected shape [2], found [1]"
    );
    // As many elements are not enough.
    assert_eq!(
        refused(&[array![1.0]], simple, &[1.0]),
        "the arrays do not match the tree: at [0]: expected shape [], found [1]"
    );
    assert_eq!(
        refused(&Vec::<f64>::new(), simple, &1.0),
        "the arrays do not match the tree: at the root: missing array \"\""
    );
    assert_eq!(
        refused(&Vec::<f64>::new(), simple, &BTreeMap::from([("it's \"w\"", 1.0)])),
        r#"the arrays do not match the tree: at ['it\'s "w"']: missing array "['it\\'s \"w\"']" or "it's \"w\"""#
    );
}

#[test]
fn names_of_several_leaves_and_leaves_of_several_names() {
    #[derive(PyTree, Clone)]
    struct Weight {
        w: f64,
    }
    let nested = || Tree::Dict(BTreeMap::from([("b".to_string(), Tree::Leaf(1.0))]));
    let tree = Tree::Dict(BTreeMap::from([
        ("a.b".to_string(), Tree::Leaf(1.0)),
        ("a".to_string(), nested()),
    ]));
    // Their key paths tell them apart, and the names of their keys do not.
    let mut loaded = tree.clone();
    read_npz(Cursor::new(npz(&tree, KeyPath::to_string)), &mut loaded).expect("our own file");
    let shared = "\"a.b\" names more than one leaf: ['a']['b'], ['a.b']; name each by its key path";
    let mut file = Cursor::new(Vec::new());
    assert_eq!(
        write_npz(&mut file, &tree, simple).expect_err("an error").to_string(),
        format!("the leaves cannot be saved under their names: {shared}")
    );
    assert_eq!(
        write_safetensors(&mut file, &tree, simple).expect_err("an error").to_string(),
        format!("the leaves cannot be saved under their names: {shared}")
    );
    assert!(file.into_inner().is_empty());
    let saved = BTreeMap::from([("a.b", 1.0)]);
    assert_eq!(
        refused(&saved, simple, &tree),
        format!("the arrays do not match the tree: {shared}")
    );

    let saved = BTreeMap::from([("w", 1.0), (".w", 1.0)]);
    assert_eq!(
        refused(&saved, simple, &Weight { w: 0.0 }),
        "the arrays do not match the tree: at .w: expected one array, found \".w\" and \"w\""
    );
    // A key path is that of its leaf alone, also where it is the key of another.
    let keys = BTreeMap::from([("k", 1.0), ("['k']", 2.0)]);
    let mut loaded = BTreeMap::from([("k", 0.0), ("['k']", 0.0)]);
    read_npz(Cursor::new(npz(&keys, KeyPath::to_string)), &mut loaded).expect("our own file");
    assert_eq!(loaded, keys);
    assert_eq!(
        refused(&keys, simple, &loaded),
        "the arrays do not match the tree in 2 places:\n  \
         at [\"['k']\"]: missing array \"[\\\"['k']\\\"]\" or \"['k']\"\n  \
         at ['k']: expected one array, found \"['k']\" and \"k\""
    );
}

#[test]
fn names_that_no_array_can_have() {
    let write = |name: &str| write_npz(Cursor::new(Vec::new()), &[1.0], |_| name.to_string());
    assert_eq!(
        write("a\0b").expect_err("an error").to_string(),
        "the leaves cannot be saved under their names: at [0]: no array can be named \"a\\0b\": \
         Python reads a name in a zip file up to the first NUL"
    );
    let longest = "é".repeat(65_530 / 2) + "a";
    write(&longest).expect("a name that fits");
    let text = write(&(longest + "a")).expect_err("an error").to_string();
    assert!(text.ends_with("a name in a zip file has at most 65535 bytes"), "{text}");
    let error = write_safetensors(Vec::new(), &[1.0], |_| "__metadata__".to_string());
    assert_eq!(
        error.expect_err("an error").to_string(),
        "the leaves cannot be saved under their names: at [0]: \
         no array can be named \"__metadata__\": the format has another use for it"
    );
}

#[test]
fn types_that_are_not_loaded() {
    #[derive(PyTree)]
    struct Others {
        date: f64,
        half: Array1<f64>,
        long: Array1<f64>,
        objects: Array1<f64>,
        record: Array1<f64>,
        text: Array1<f64>,
    }
    let two = Array1::<f64>::zeros(2);
    let [half, long, objects, record, text] = [(); 5].map(|()| two.clone());
    let mut others = Others { date: 0.0, half, long, objects, record, text };
    let error = load_npz(data("other_types.npz"), &mut others).expect_err("an error");
    let expected = "the arrays do not match the tree in 7 places:\n  \
        at .date: expected f64, found dtype '<M8[s]'\n  \
        at .date: expected shape [], found [2]\n  \
        at .half: expected f64, found f16\n  \
        at .long: expected f64, found dtype '<f16'\n  \
        at .objects: expected f64, found Python objects, which are never unpickled\n  \
        at .record: expected f64, found dtype [('x', '<f8'), ('y', '<i4', (2,))]\n  \
        at .text: expected f64, found dtype '<U2'";
    assert_eq!(error.to_string(), format!("{}: {expected}", data("other_types.npz").display()));
    let error = load_npz(data("alone.npy"), &mut array![0.0, 0.0]).expect_err("an error");
    assert_eq!(
        error.to_string(),
        format!(
            "{}: the file is malformed: it is no .npz, or is cut off: invalid Zip archive: Could not find EOCD",
            data("alone.npy").display()
        )
    );
}

#[test]
fn a_failed_save_leaves_the_old_file() {
    let scratch = Scratch::new("saves");
    let path = scratch.0.join("old.npz");
    save_npz(&path, &xor()).expect("a file");
    let before = fs::read(&path).expect("a file");
    let error = save_npz_as(&path, &xor(), |_| "same".to_string()).expect_err("an error");
    assert!(error.to_string().starts_with(&format!("{}: the leaves ", path.display())));
    save_safetensors_as(&path, &xor(), |_| "same".to_string()).expect_err("an error");
    assert_eq!(fs::read(&path).expect("a file"), before);
    assert_eq!(scratch.names(), ["old.npz"]);

    // A folder cannot be replaced by a file, and there is none to write in.
    fs::create_dir(scratch.0.join("folder")).expect("a folder");
    for path in [scratch.0.join("folder"), scratch.0.join("no/file.npz")] {
        let error = save_npz(&path, &xor()).expect_err("an error");
        assert!(matches!(error.kind(), CheckpointErrorKind::Io(_)), "{error}");
        assert!(error.to_string().starts_with(&path.display().to_string()));
    }
    assert_eq!(scratch.names(), ["folder", "old.npz"]);
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
        let error = write_npz(&mut disk, &xor(), simple).expect_err("a full disk");
        assert_eq!(error.to_string(), "no storage space");
    }
    let whole = safetensors(&xor(), simple).len();
    for room in 0..whole as u64 {
        let mut disk = Disk { file: Cursor::new(Vec::new()), room };
        let error = write_safetensors(&mut disk, &xor(), simple).expect_err("a full disk");
        assert_eq!(error.to_string(), "no storage space");
    }
}

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
        let whole = fs::read(data(name)).expect("a file");
        damaged(read_npz, whole.clone()).expect("a whole file");
        for len in 0..whole.len() {
            damaged(read_npz, whole[..len].to_vec()).expect_err("half a file");
            // Behind the beginning is where a zip file may be within another.
            drop(damaged(read_npz, whole[len..].to_vec()));
        }
    }
    let whole = fs::read(data("xor.safetensors")).expect("a file");
    for len in 0..whole.len() {
        damaged(read_safetensors, whole[..len].to_vec()).expect_err("half a file");
        drop(damaged(read_safetensors, whole[len..].to_vec()));
    }
    damaged(read_safetensors, [whole, vec![0]].concat()).expect_err("a byte too much");
}

#[test]
fn flipped_bits() {
    for name in ["xor.npz", "xor_compressed.npz"] {
        let whole = fs::read(data(name)).expect("a file");
        // One of each byte, since headers of Python literals are slow to parse.
        for (byte, bit) in (0..whole.len()).zip((0..8).cycle()) {
            let mut bytes = whole.clone();
            bytes[byte] ^= 1 << bit;
            // Some bits mean nothing (a date); the elements have a checksum.
            let mut mlp = zeros();
            match read_npz(Cursor::new(bytes), &mut mlp) {
                Ok(()) => assert_eq!(mlp, xor(), "{name}: byte {byte}"),
                Err(_) => assert_eq!(mlp, zeros(), "{name}: byte {byte}"),
            }
        }
    }
    let whole = fs::read(data("xor.safetensors")).expect("a file");
    for bit in 0..8 * whole.len() {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        drop(damaged(read_safetensors, bytes));
    }
}

/// An `.npz` file with one array `x`, of this header and these elements.
fn one_array(header: &[u8], elements: &[u8]) -> Vec<u8> {
    let len = u16::try_from(header.len()).expect("a short header").to_le_bytes();
    zip(&[b"\x93NUMPY\x01\x00", &len[..], header, elements].concat())
}

/// A zip file with one entry `x.npy`: stored, and without a checksum that fits.
fn zip(content: &[u8]) -> Vec<u8> {
    // What is written here for another array of as many bytes, with the content in its place.
    let blank = npz(&BTreeMap::from([("x", Array1::<u8>::zeros(content.len()))]), simple);
    let start = 30 + "x.npy".len();
    let header = 128;
    let mut bytes = blank.clone();
    bytes[start..start + content.len()].copy_from_slice(content);
    // The entry ends behind the content; its checksum and sizes stand twice.
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
        let result = read_npz(Cursor::new(file), &mut tree);
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
        malformed("error parsing header: illegal value for key shape: (-2,)")
    );
    // A parser that tries each bracket twice would take 2^1000 steps for these.
    for brackets in ["[", "(", "{", "(1, ", "{1:"] {
        assert_eq!(
            error(&header(&brackets.repeat(1000), "(2,)"), &two),
            malformed("the brackets of its header are nested too deep")
        );
    }
    assert_eq!(error(&[b' '; 4097], &two), malformed("its header has 4097 bytes, of at most 4096"));
    assert_eq!(
        read(zip(b"\x93NUMPY\x02\x00\xff\xff\xff\xff")).expect_err("an error"),
        malformed("its header has 4294967295 bytes, of at most 4096")
    );
    assert_eq!(
        read(zip(b"\x93NUMPY\x01\x00\x80\x00{")).expect_err("an error"),
        malformed("it ends too early")
    );
    assert_eq!(
        read(zip(b"GIF89a, or another file")).expect_err("an error"),
        malformed("it does not begin as an .npy file does")
    );
    let mut flag = BTreeMap::from([("x", true)]);
    let file = one_array(&header("'|b1'", "()"), &[2]);
    let error = read_npz(Cursor::new(file), &mut flag).expect_err("an error");
    assert!(
        error.to_string().starts_with("the array \"x\" is malformed: error parsing"),
        "{error}"
    );
}

/// What is named after no leaf is not looked into: it may be anything, and as much as one likes.
#[test]
fn extra_entries_are_not_read() {
    let file = Cursor::new(zip(b"GIF89a, or another file"));
    let error = read_npz(file, &mut Vec::<f64>::new()).expect_err("an error");
    assert_eq!(error.to_string(), "the arrays do not match the tree: extra array \"x\"");
}

#[test]
fn no_room_is_made_by_what_a_file_says() {
    // Four megabytes of zeros, compressed, for two numbers.
    let bomb = fs::read(data("bomb.npz")).expect("a file");
    let huge = one_array(&header("'<f8'", "(1099511627776,)"), b"");
    let long = zip(b"\x93NUMPY\x02\x00\xff\xff\xff\xff");
    let mut tree = BTreeMap::from([("x", array![7.0, 7.0])]);
    for (file, reason) in [
        (bomb, "has more elements than its shape says"),
        (huge, "found [1099511627776]"),
        (long, "4294967295 bytes, of at most 4096"),
    ] {
        let mut text = String::new();
        let allocations = allocation_counter::measure(|| {
            let error = read_npz(Cursor::new(file.as_slice()), &mut tree).expect_err("an error");
            text = error.to_string();
        });
        assert!(text.ends_with(reason), "{text}");
        assert!(allocations.bytes_max < 200_000, "{allocations:?}");
    }
    let text = r#"{"x":{"dtype":"F64","shape":[1099511627776],"data_offsets":[0,8796093022208]}}"#;
    for len in [text.len() as u64, 99_000_000, u64::MAX] {
        let file = [&len.to_le_bytes()[..], text.as_bytes()].concat();
        let allocations = allocation_counter::measure(|| {
            read_safetensors(Cursor::new(file.as_slice()), &mut tree).expect_err("an error");
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
        let result = read_safetensors(Cursor::new(file), &mut tree);
        result.map(|()| tree).map_err(|error| error.to_string())
    };
    let good = r#"{"x":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}"#;
    let len = good.len() as u64;
    assert_eq!(read(file(len, good, &[0, 1])).expect("a whole file")["x"], array![false, true]);
    let error = |len, header: &str, elements: &[u8]| {
        read(file(len, header, elements)).expect_err("an error")
    };
    assert_eq!(error(len, good, &[0, 2]), "the array \"x\" is malformed: [2] is no bool");
    assert_eq!(
        error(len, good, &[0, 1, 1]),
        "the file is malformed: its arrays have 2 bytes, and 3 follow the header"
    );
    assert_eq!(
        error(u64::MAX, good, &[0, 1]),
        format!("the file is malformed: its header has {} bytes, of at most {}", u64::MAX, len + 2)
    );
    let text = error(len - 1, good, &[0, 1]);
    assert!(text.starts_with("the file is malformed: its header is wrong: EOF"), "{text}");
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

#[test]
fn files_that_are_not_there() {
    let path = data("none");
    for result in [load_npz(&path, &mut 1.0), load_safetensors(&path, &mut 1.0)] {
        let error = result.expect_err("an error");
        assert_eq!(
            error.to_string(),
            format!("{}: No such file or directory (os error 2)", path.display())
        );
        assert_eq!(format!("{error:?}"), error.to_string());
    }
}
