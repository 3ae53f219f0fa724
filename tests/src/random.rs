use std::collections::BTreeMap;
use std::fmt::Debug;

use ndarray::{Array, ArrayD, Axis, IxDyn};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use pytree::path::Key;
use pytree::{KeyPath, Tree};

/// As many cases as the variable `PROPTEST_CASES` says, or 256; the seed of a failure is printed.
pub fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

/// Any bit pattern: NaNs of every kind, infinities and -0.0 among them.
pub fn any_f64() -> impl Strategy<Value = f64> {
    prop_oneof![any::<u64>().prop_map(f64::from_bits), Just(-0.0), Just(f64::NAN), -10.0..10.0]
}

/// An array of up to four axes, also empty ones, in row-major, column-major or reversed order.
pub(crate) fn arrays() -> impl Strategy<Value = ArrayD<f64>> {
    (vec(0..4_usize, 0..=4), any::<(bool, bool)>()).prop_flat_map(|(shape, (columns, reversed))| {
        vec(any_f64(), shape.iter().product::<usize>()).prop_map(move |data| {
            let order = if columns { shape.iter().rev().copied().collect() } else { shape.clone() };
            let mut array = Array::from_shape_vec(IxDyn(&order), data)
                .expect("as many elements as the shape says");
            if columns {
                array = array.reversed_axes();
            }
            if reversed && array.ndim() > 0 {
                array.invert_axis(Axis(0));
            }
            array
        })
    })
}

/// Keys with quotes, escapes and separators among them.
fn dict_keys() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]", "HH_[mhn]", any::<String>(), "['\"\\\\\n.\\[\\]é ]{0,4}"]
}

/// Trees of every kind of node, a few levels deep, whose leaves are arrays.
pub fn trees() -> impl Strategy<Value = Tree<ArrayD<f64>>> {
    trees_of(arrays())
}

/// Trees of every kind of node, a few levels deep, with leaves of this kind.
pub(crate) fn trees_of<L: Clone + Debug + 'static>(
    leaf: impl Strategy<Value = L> + 'static,
) -> impl Strategy<Value = Tree<L>> {
    let leaf = prop_oneof![4 => leaf.prop_map(Tree::Leaf), 1 => Just(Tree::None)];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Tree::List),
            vec(inner.clone(), 0..5).prop_map(Tree::Tuple),
            btree_map(dict_keys(), inner, 0..5)
                .prop_map(|children: BTreeMap<String, _>| Tree::Dict(children)),
        ]
    })
}

/// Any key path.
pub fn key_paths() -> impl Strategy<Value = KeyPath> {
    let key = prop_oneof![
        "[a-zA-Z_éµ][a-zA-Z0-9_é]{0,5}".prop_map(|name| Key::GetAttr(name.into())),
        any::<usize>().prop_map(Key::Sequence),
        dict_keys().prop_map(|key| Key::Dict(key.into())),
        prop_oneof![any::<i128>(), -3..3_i128].prop_map(Key::Int),
    ];
    vec(key, 0..6).prop_map(|keys| keys.into_iter().collect())
}
