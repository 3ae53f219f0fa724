//! Checkpoints: what NumPy, safetensors and we wrote comes back.

use std::collections::BTreeMap;
use std::fs;

use ndarray::{Array2, ArrayD, Axis, array};
use num_complex::Complex;
use proptest::prelude::*;
use pytree::files::StoredIn;
use pytree::npz::{self, Npz};
use pytree::safetensors::{self, Safetensors};
use pytree::{KeyPath, PyTreeMut, Tree, tree_map, tree_map_mut};
use tests::{
    Scratch, checkpoint, config, npz, read_npz, read_safetensors, safetensors, simple, trees, xor,
    zeros,
};

#[test]
fn files_of_numpy_and_safetensors() {
    for name in ["xor.npz", "xor_compressed.npz"] {
        let mut mlp = zeros();
        npz::load(checkpoint(name), &mut mlp).expect("a file that NumPy wrote");
        assert_eq!(mlp, xor(), "{name}");
    }
    let mut mlp = zeros();
    safetensors::load(checkpoint("xor.safetensors"), &mut mlp)
        .expect("a file that safetensors wrote");
    assert_eq!(mlp, xor());
}

#[test]
fn memory_orders_and_byte_orders() {
    let m = array![[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]];
    let expected = BTreeMap::from([("m", m.clone()), ("n", m.reversed_axes())]);
    for name in ["fortran.npz", "big_endian.npz"] {
        let mut tree = expected.clone();
        tree_map_mut(|mut leaf| leaf.fill(-1.0), &mut tree);
        npz::load(checkpoint(name), &mut tree).expect("a file that NumPy wrote");
        assert_eq!(tree, expected, "{name}");
    }
}

/// A number, an empty matrix and a matrix.
type Three<T> = (T, Array2<T>, Array2<T>);

fn three<T: Copy>(values: Array2<T>) -> Three<T> {
    (values[[0, 0]], Array2::from_elem((0, 3), values[[0, 0]]), values)
}

/// A tree is written and read; and read as NumPy and safetensors wrote it. As bits, for the NaN.
fn reads_back<T: StoredIn<Npz> + PartialEq + PyTreeMut<Elem = T> + std::fmt::Debug>(
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
    npz::load(checkpoint(&format!("{name}.npz")), &mut tree).expect("a file that NumPy wrote");
    same(&tree);
    let mut tree = blank.clone();
    read_npz(npz(&expected, KeyPath::to_string), &mut tree).expect("our own file");
    same(&tree);
    let reversed = (expected.0, expected.1.clone(), strided(&expected.2));
    read_npz(npz(&reversed, KeyPath::to_string), &mut tree).expect("our own file");
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
    T: StoredIn<Npz> + StoredIn<Safetensors> + PartialEq + PyTreeMut<Elem = T> + std::fmt::Debug,
{
    let blank = reads_back(name, &values, blank, bits);
    let expected = three(values);
    let ours = (expected.0, expected.1.clone(), strided(&expected.2));
    let theirs = fs::read(checkpoint(&format!("{name}.safetensors"))).expect("a file");
    for file in [theirs, safetensors(&ours, KeyPath::to_string)] {
        let mut tree = blank.clone();
        read_safetensors(file, &mut tree).expect("a file");
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
    npz::load(checkpoint("odd_names.npz"), &mut tree).expect("a file that NumPy wrote");
    assert_eq!(tree, expected);
    let mut tree = blank;
    safetensors::load(checkpoint("odd_names.safetensors"), &mut tree).expect("a file");
    assert_eq!(tree, expected);

    let mut root = array![-1.0, -1.0, -1.0];
    npz::load(checkpoint("root.npz"), &mut root).expect("a file that NumPy wrote");
    assert_eq!(root, array![0.0, 1.0, 2.0]);
    root.fill(-1.0);
    safetensors::load(checkpoint("root.safetensors"), &mut root).expect("a file");
    assert_eq!(root, array![0.0, 1.0, 2.0]);
}

/// The same structure and bits.
fn same_bits(a: &Tree<ArrayD<f64>>, b: &Tree<ArrayD<f64>>) -> bool {
    let bits =
        |tree| -> Result<Tree<ArrayD<u64>>, _> { tree_map(|leaf| leaf.mapv(f64::to_bits), tree) };
    bits(a).expect("the same structure") == bits(b).expect("the same structure")
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_tree_comes_back(tree in trees()) {
        let blank: Tree<ArrayD<f64>> =
            tree_map(|leaf| leaf.mapv(|_| 7.0), &tree).expect("the same structure");
        let mut loaded = blank.clone();
        read_npz(npz(&tree, KeyPath::to_string), &mut loaded).expect("our own file");
        prop_assert!(same_bits(&loaded, &tree));
        let mut loaded = blank;
        read_safetensors(safetensors(&tree, KeyPath::to_string), &mut loaded)
            .expect("our own file");
        prop_assert!(same_bits(&loaded, &tree));
    }
}

#[test]
fn by_default_and_by_chosen_names() {
    let scratch = Scratch::new("names");
    let (a, b) = (scratch.0.join("a"), scratch.0.join("b"));
    npz::save(&a, &xor()).expect("a file");
    assert_eq!(fs::read(&a).expect("a file"), npz(&xor(), KeyPath::to_string));
    npz::save_as(&a, &xor(), simple).expect("a file");
    assert_eq!(fs::read(&a).expect("a file"), npz(&xor(), simple));
    safetensors::save(&b, &xor()).expect("a file");
    assert_eq!(fs::read(&b).expect("a file"), safetensors(&xor(), KeyPath::to_string));
    safetensors::save_as(&b, &xor(), simple).expect("a file");
    assert_eq!(fs::read(&b).expect("a file"), safetensors(&xor(), simple));
    let (mut from_a, mut from_b) = (zeros(), zeros());
    npz::load(&a, &mut from_a).expect("our own file");
    safetensors::load(&b, &mut from_b).expect("our own file");
    assert_eq!((from_a, from_b), (xor(), xor()));
    assert_eq!(scratch.names(), ["a", "b"]);
}
