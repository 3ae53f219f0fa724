//! Open files: other names, a part of a file, casts, several trees in one file, and trees without a template.

use std::collections::BTreeMap;
use std::io::Cursor;

use half::{bf16, f16};
use ndarray::{Array1, Array2, ArrayD, ArrayViewD, array};
use proptest::prelude::*;
use pytree::error::ErrorKind;
use pytree::files::{Archive, Element, Format, StoredIn, Stream, Writer};
use pytree::npz::{self, Npz};
use pytree::safetensors::{self, Safetensors};
use pytree::{
    KeyPath, Leaf, PyTree, Tree, tree_all_close, tree_equal, tree_get, tree_leaves_with_path,
    tree_map,
};
use tests::{checkpoint, config, message, npz, safetensors, simple, trees, xor, zeros};

/// The file of a tree in both formats, opened.
fn both<P>(tree: &P, name: impl Fn(&KeyPath) -> String) -> [Archive<Stream<'static>>; 2]
where
    P: PyTree<Elem: StoredIn<Npz> + StoredIn<Safetensors>>,
{
    [
        npz::read(Cursor::new(npz(tree, &name))).expect("our own file"),
        safetensors::read(Cursor::new(safetensors(tree, &name))).expect("our own file"),
    ]
}

fn texts(paths: &[KeyPath]) -> Vec<String> {
    paths.iter().map(ToString::to_string).collect()
}

#[test]
fn arrays_are_listed_without_a_template() {
    for name in ["xor.npz", "xor_compressed.npz"] {
        let file = npz::open(checkpoint(name)).expect("a file that NumPy wrote");
        assert_eq!(
            file.to_string(),
            "layers.0.w: f64[2,2]\nlayers.0.b: f64[2]\nlayers.1.w: f64[2,1]\nlayers.1.b: f64[1]\nscale: f64[]"
        );
    }
    let file = npz::open(checkpoint("other_types.npz")).expect("a file that NumPy wrote");
    assert_eq!(
        file.to_string(),
        "objects: Python objects, which are never unpickled[2]\ntext: dtype '<U2'[2]\nhalf: f16[2]\n\
         record: dtype [('x', '<f8'), ('y', '<i4', (2,))][2]\ndate: dtype '<M8[s]'[2]\n\
         long: dtype '<f16'[2]"
    );
}

#[test]
fn a_file_with_other_names_is_loaded_by_the_same_closure() {
    let slashes = |path: &KeyPath| path.simple("/");
    for file in both(&xor(), slashes) {
        let mut net = zeros();
        let text = message(file.load(&mut net));
        assert!(text.contains("missing array \".layers[0].w\" or \"layers.0.w\""), "{text}");
        assert_eq!(net, zeros());
        let report = file.load_as(&mut net, slashes).expect("the same names");
        assert_eq!(net, xor());
        assert_eq!(report.loaded.len(), 5);
        let mut net = zeros();
        file.rename_with(|name| name.replace('/', ".")).load(&mut net).expect("names with dots");
        assert_eq!(net, xor());

        let text = message(file.load_as(&mut zeros(), |path| format!("{path}!")));
        assert!(text.contains("at .scale: missing array \".scale!\"\n"), "{text}");
        assert_eq!(
            message(file.load_as(&mut [Leaf(0.0), Leaf(0.0)], |_| "scale".to_string())),
            "the leaves cannot be saved under their names: \"scale\" names more than one leaf: [0], [1]; \
             name each by its key path"
        );
    }
}

#[test]
fn two_arrays_with_one_new_name() {
    for file in both(&(1.0, 2.0), KeyPath::to_string) {
        assert_eq!(
            message(file.rename(|_| Some("[0]")).load(&mut (0.0,))),
            "the arrays do not match the tree: at [0]: expected one array, found \"[0]\" and \"[0]\""
        );
    }
}

#[test]
fn the_file_of_a_struct_is_loaded_into_its_own_tree() {
    for name in [simple, |path: &KeyPath| path.to_string()] {
        for file in both(&xor(), name) {
            let expected: Tree<ArrayD<f64>> =
                tree_map(|leaf| leaf.to_owned(), &xor()).expect("a struct is a dict");
            let mut tree: Tree<ArrayD<f64>> =
                tree_map(|leaf| &leaf * 0.0, &expected).expect("the same structure");
            file.load(&mut tree).expect("names of the same keys");
            assert_eq!(tree, expected);
            assert_eq!(file.tree::<f64>().expect("a tree of lists and dicts"), expected);
        }
    }
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Linear<T> {
    weight: Array2<T>,
    bias: Array1<T>,
}

#[derive(PyTree, Clone, Debug, PartialEq)]
struct Model<T> {
    layers: Vec<Linear<T>>,
    head: Linear<T>,
}

fn linear<T: Copy>(value: T) -> Linear<T> {
    Linear { weight: Array2::from_elem((2, 2), value), bias: Array1::from_elem(2, value) }
}

/// A model as PyTorch saves it: under a prefix, with another head than our model, and with a counter.
fn of_pytorch() -> Archive<Stream<'static>> {
    let (layers, head, seen) = (vec![linear(1.0_f32), linear(2.0)], [3.0_f32; 5], 7_i64);
    let mut bytes = Vec::new();
    safetensors::Writer::new()
        .add_as(&layers, |path| format!("model.layers.{}", path.simple(".")))
        .and_then(|file| file.add_as(&seen, |_| "model.layers.0.num_batches_tracked".to_string()))
        .and_then(|file| file.add_as(&head, |_| "lm_head.weight".to_string()))
        .and_then(|file| file.write(&mut bytes))
        .expect("names of their own");
    safetensors::read(Cursor::new(bytes)).expect("our own file")
}

#[test]
fn a_part_of_a_file_is_loaded_into_a_part_of_a_tree() {
    let file = of_pytorch();
    let blank = Model { layers: vec![linear(0.0_f32), linear(0.0)], head: linear(9.0) };
    let expected = Model { layers: vec![linear(1.0), linear(2.0)], head: linear(9.0) };

    let mut model = blank.clone();
    let body = file.under("model").only("!head.** | !**.num_batches_tracked");
    let report = body.load(&mut model).expect("the layers");
    assert_eq!(model, expected);
    let loaded = ["[0].weight", "[0].bias", "[1].weight", "[1].bias"];
    assert_eq!(texts(&report.loaded), loaded.map(|leaf| format!(".layers{leaf}")));
    assert_eq!(texts(&report.left), [".head.weight", ".head.bias"]);
    assert_eq!(report.unused, ["layers.0.num_batches_tracked", "lm_head.weight"]);
    assert_eq!(report.cast, []);

    // Only the leaves that the pattern names are loaded.
    let mut model = blank.clone();
    let report = file.under("model").only("layers[1].weight").load(&mut model).expect("one leaf");
    assert_eq!(texts(&report.loaded), [".layers[1].weight"]);
    assert_eq!(model.layers[1].weight, linear(2.0).weight);
    assert_eq!((&model.layers[0], &model.layers[1].bias), (&linear(0.0), &linear(0.0).bias));

    // Another element type is an error without `cast`.
    let mut double = Model { layers: vec![linear(0.0_f64), linear(0.0)], head: linear(9.0) };
    let error = body.load(&mut double).expect_err("single precision");
    assert_eq!(
        error.mismatches()[0].to_string(),
        "at .layers[0].weight: expected f64, found f32; `cast` converts it"
    );
    let report = body.cast().load(&mut double).expect("a wider type");
    assert_eq!(double.layers[1].bias, array![2.0, 2.0]);
    assert_eq!(report.cast.len(), 4);
    assert_eq!(report.cast[0].1, "f32");
}

#[test]
fn what_a_pattern_selects_must_match() {
    let file = of_pytorch();
    let blank = Model { layers: vec![linear(0.0_f32), linear(0.0)], head: linear(9.0) };
    for (file, text) in [
        (
            file.under("model").only("!head.**"),
            "the arrays do not match the tree: extra array \"layers.0.num_batches_tracked\"",
        ),
        (
            file.under("model").only("layers[0].* | head.bias"),
            "the arrays do not match the tree in 2 places:\n  \
             at .head.bias: missing array \".head.bias\" or \"head.bias\"\n  \
             extra array \"layers.0.num_batches_tracked\"",
        ),
        (
            file.under("model").only("layers[*].weight | hed.**"),
            "the pattern does not match the tree and the file: \
             neither a leaf nor an array matches \".hed.**\"; the nearest is .head.weight",
        ),
        (
            file.under("model").only("layers[0].weight | !**.weight"),
            "the pattern does not match the tree and the file: \
             \".layers[0].weight | !**.weight\" excludes everything that it matches",
        ),
        (
            file.under("model").only("layers[*"),
            "not a pattern: \"layers[*\" ends where `]` is expected",
        ),
        (
            file.under("modl").only("**"),
            "no array is under \"modl\"; the arrays are \"model.layers.0.num_batches_tracked\", \
             \"model.layers.0.weight\", \"model.layers.0.bias\", \"model.layers.1.weight\", \
             \"model.layers.1.bias\", \"lm_head.weight\"",
        ),
    ] {
        let mut model = blank.clone();
        assert_eq!(message(file.load(&mut model)), text);
        assert_eq!(model, blank);
    }
    let error = file.under("modl").tree::<f32>().expect_err("no arrays");
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn arrays_without_a_new_name_are_left_out() {
    let file = of_pytorch();
    let layers = file.rename(|name| name.strip_prefix("model.layers."));
    let mut loaded = vec![linear(0.0_f32), linear(0.0)];
    let report = layers.only("!**.num_batches_tracked").load(&mut loaded).expect("the layers");
    assert_eq!(loaded, [linear(1.0), linear(2.0)]);
    assert_eq!(report.unused, ["0.num_batches_tracked", "lm_head.weight"]);

    let biases = layers.rename(|name| name.strip_suffix(".bias"));
    assert_eq!(biases.to_string(), "0: f32[2]\n1: f32[2]");
    let report = biases.load(&mut [array![0.0_f32, 0.0], array![0.0, 0.0]]).expect("the biases");
    let unused = ["lm_head.weight", "0.num_batches_tracked", "0.weight", "1.weight"];
    assert_eq!(report.unused, unused);

    assert_eq!(
        message(biases.rename(|_| None).load(&mut 0.0)),
        "`rename` leaves out every array; the arrays are \"0\", \"1\""
    );
}

#[test]
fn the_part_under_a_prefix() {
    let trees = (1.0, 2.0);
    let file = |names: [&str; 2]| {
        let names = BTreeMap::from([("[0]", names[0].to_string()), ("[1]", names[1].to_string())]);
        let name = move |path: &KeyPath| names[path.to_string().as_str()].clone();
        npz::read(Cursor::new(npz(&trees, name))).expect("our own file")
    };
    let under = |names, prefix| {
        let file = file(names).under(prefix);
        file.arrays().iter().map(|array| array.name().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(under([".params.w", ".params[0]"], "params"), [".w", "[0]"]);
    assert_eq!(under(["params.w", "params"], "params"), ["w", ""]);
    assert_eq!(under([".params.w", "paramsw"], ".params"), [".w"]);
    assert_eq!(under(["a.b.c", "a.c"], "a.b"), ["c"]);
    assert_eq!(under(["['a'].w", "[0]"], "['a']"), [".w"]);
    assert_eq!(under(["a.b", ".c"], ""), ["a.b", ".c"]);
}

#[test]
fn values_that_do_not_fit_are_named_and_nothing_is_written() {
    #[derive(PyTree, Clone, Debug, PartialEq)]
    struct Counts<A, B> {
        seen: A,
        #[pytree(rename = "step")]
        step: B,
    }
    let saved = Counts { seen: array![[1_i64, 1 << 40], [3, -5]], step: 1_i64 << 53 };
    for file in both(&saved, KeyPath::to_string) {
        let blank = Counts { seen: array![[0.5_f32, 0.5], [0.5, 0.5]], step: 0.5_f32 };
        let mut single = blank.clone();
        let report = file.cast().load(&mut single).expect("powers of two are exact");
        assert_eq!(single.step, 9_007_199_254_740_992.0);
        assert_eq!(report.cast.len(), 2);

        let blank = Counts { seen: Array2::from_elem((2, 2), 7_u8), step: 7_u8 };
        let mut small = blank.clone();
        assert_eq!(
            message(file.cast().load(&mut small)),
            "the arrays do not match the tree in 2 places:\n  \
             at .seen: the element [0, 1] is 1099511627776, which is not a u8; 1 more do not fit\n  \
             at .step: it is 9007199254740992, which is not a u8"
        );
        assert_eq!(small, blank);
        let error = file.cast().tree::<u8>().expect_err("too large");
        assert_eq!(error.mismatches().len(), 2);
    }
    // Column-major in the file.
    let columns = array![[1.0, 2.0], [0.5, 4.0]].reversed_axes();
    let file = npz::read(Cursor::new(npz(&columns, simple))).expect("our own file");
    assert_eq!(
        message(file.cast().load(&mut Array2::<i32>::zeros((2, 2)))),
        "the arrays do not match the tree: at the root: \
         the element [0, 1] is 0.5, which is not an i32"
    );
    assert_eq!(
        message(file.cast().load(&mut Array2::from_elem((2, 2), true))),
        "the arrays do not match the tree: at the root: expected bool, found f64"
    );
}

#[test]
fn half_precision_is_cast() {
    let file = npz::open(checkpoint("other_types.npz")).expect("a file that NumPy wrote");
    let mut half = BTreeMap::from([("half", array![1.0, 1.0])]);
    let report = file.only("['half']").cast().load(&mut half).expect("a float");
    assert_eq!(half["half"], array![0.0, 0.0]);
    assert_eq!(report.cast, [("['half']".parse().expect("a path"), "f16".to_string())]);
    assert_eq!(report.unused, ["objects", "text", "record", "date", "long"]);

    let header = r#"{"x":{"dtype":"BF16","shape":[3],"data_offsets":[0,6]}}   "#;
    let elements = [0x3f80_u16, 0xc000, 0x7f80].map(u16::to_le_bytes).concat();
    let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &elements].concat();
    let file = safetensors::read(Cursor::new(bytes)).expect("a file");
    assert_eq!(file.to_string(), "x: bf16[3]");
    let Tree::Dict(tree) = &file.cast().tree::<f32>().expect("a float") else { panic!() };
    assert_eq!(tree["x"], Tree::Leaf(array![1.0, -2.0, f32::INFINITY].into_dyn()));
}

#[test]
fn half_precision_is_saved_and_loaded() {
    let layer = |value: f32| (linear(f16::from_f32(value)), vec![f16::MAX; 3], f16::NEG_INFINITY);
    let (saved, blank) = (layer(0.1), layer(0.0));
    for file in both(&saved, KeyPath::to_string) {
        assert_eq!(file.arrays()[0].to_string(), "[0].weight: f16[2,2]");
        let mut loaded = blank.clone();
        file.load(&mut loaded).expect("the same type");
        assert_eq!(loaded, saved);
        let mut single = (linear(0.0_f32), vec![0.0_f32; 3], 0.0_f32);
        file.cast().load(&mut single).expect("a wider type");
        assert_eq!(single.0.bias[0], f16::from_f32(0.1).to_f32());
        assert_eq!((single.1[0], single.2), (65504.0, f32::NEG_INFINITY));
    }

    let brain = linear(bf16::from_f32(0.1));
    let bytes = safetensors(&brain, KeyPath::to_string);
    let file = safetensors::read(Cursor::new(&bytes)).expect("our own file");
    assert_eq!(file.arrays()[0].to_string(), ".weight: bf16[2,2]");
    let mut loaded = linear(bf16::ZERO);
    file.load(&mut loaded).expect("the same type");
    assert_eq!(loaded, brain);

    // Only if it is wanted, and rounded to the nearest.
    let mut half = linear(f16::ZERO);
    let error = file.load(&mut half).expect_err("another type");
    let text = "at .weight: expected f16, found bf16; `cast` converts it";
    assert_eq!(error.mismatches()[0].to_string(), text);
    file.cast().load(&mut half).expect("a number that both have");
    assert_eq!(half.bias[0].to_f32(), brain.bias[0].to_f32());
    let large = npz(&vec![1.0, 65520.0], KeyPath::to_string);
    assert_eq!(
        message(
            npz::read(Cursor::new(large)).expect("a file").cast().load(&mut vec![f16::ZERO; 2])
        ),
        "the arrays do not match the tree: at the root: the element [1] is 65520.0, which is not an f16"
    );
}

/// Parameters, counters and flags in one file, and each of them back.
fn several_trees<F: Format>(open: impl Fn(Vec<u8>) -> Archive<Stream<'static>>)
where
    f64: StoredIn<F>,
    f32: StoredIn<F>,
    i64: StoredIn<F>,
    bool: StoredIn<F>,
{
    let (net, step, flags) = (xor(), 7_i64, vec![true, false, true]);
    let single = linear(0.5_f32);
    let mut bytes = Vec::new();
    let file = Writer::<F>::new().add("flags", &flags).expect("the first");
    let file = file.add("net", &net).expect("another");
    let file =
        file.add("single[0]", &single).expect("another").add("step", &step).expect("another");
    file.write(&mut bytes).expect("memory");

    let file = open(bytes);
    let (mut loaded, mut count, mut trues) = (zeros(), 0_i64, vec![false; 3]);
    let report = file.under("net").load(&mut loaded).expect("the net");
    assert_eq!(report.unused.len(), 4);
    file.under("step").load(&mut count).expect("the step");
    file.under("flags").load(&mut trues).expect("the flags");
    let mut small = linear(0.0_f32);
    file.under("single[0]").load(&mut small).expect("single precision");
    assert_eq!((loaded, count, trues, small), (net.clone(), step, flags.clone(), single.clone()));

    // All trees at once, without the flags, which are not real numbers.
    let tree = file.only("!flags").cast().tree::<f64>().expect("numbers");
    assert_eq!(tree_get(&tree, "['step']").expect("a leaf")[[]], 7.0);
    let text = message(file.tree::<f64>());
    assert!(text.starts_with("the arrays cannot be a tree of f64"), "{text}");
    assert!(text.contains("at .flags: expected f64, found bool"), "{text}");

    let text = message(Writer::<F>::new().add("a", &1_i64).and_then(|file| file.add("a", &flags)));
    assert!(text.contains("\".a\" names more than one leaf: .a, .a"), "{text}");
}

#[test]
fn several_trees_in_one_file() {
    several_trees::<Npz>(|bytes| npz::read(Cursor::new(bytes)).expect("our own file"));
    several_trees::<Safetensors>(|bytes| {
        safetensors::read(Cursor::new(bytes)).expect("our own file")
    });
}

/// A file with an empty array of each name.
fn with_names(names: &[&str]) -> Archive<Stream<'static>> {
    let leaves = vec![Leaf(1.0); names.len()];
    let name = |path: &KeyPath| names[path.simple("").parse::<usize>().expect("a position")];
    let file = npz(&leaves, |path| name(path).to_string());
    npz::read(Cursor::new(file)).expect("our own file")
}

#[test]
fn names_make_lists_and_dicts() {
    let shape = |names: &[&str]| {
        let tree = with_names(names).tree::<f64>().expect("a tree");
        pytree::tree_structure(&tree).to_string()
    };
    assert_eq!(shape(&[]), "PyTreeDef(None)");
    assert_eq!(shape(&[""]), "PyTreeDef(*)");
    assert_eq!(shape(&["a.1", "a.0"]), "PyTreeDef({'a': [*, *]})");
    assert_eq!(shape(&[".a[0].w", ".a[1].w"]), "PyTreeDef({'a': [{'w': *}, {'w': *}]})");
    // The layers of a `Sequential` that have parameters.
    assert_eq!(
        shape(&["net.0.w", "net.2.w"]),
        "PyTreeDef({'net': {'0': {'w': *}, '2': {'w': *}}})"
    );
    assert_eq!(shape(&["a.00", "a.01"]), "PyTreeDef({'a': {'00': *, '01': *}})");
    assert_eq!(shape(&["a[-1]", "a[0]"]), "PyTreeDef({'a': {'-1': *, '0': *}})");
    assert_eq!(
        shape(&["conv 1/kernel:0", "b..c"]),
        "PyTreeDef({'b': {'': {'c': *}}, 'conv 1/kernel:0': *})"
    );
    let eleven: Vec<_> = (0..11).map(|position| format!("[{position}]")).collect();
    let names: Vec<_> = eleven.iter().map(String::as_str).collect();
    assert_eq!(shape(&names), format!("PyTreeDef([{}])", ["*"; 11].join(", ")));
}

#[test]
fn names_that_cannot_be_in_one_tree() {
    let error = |names: &[&str]| message(with_names(names).tree::<f64>());
    let subject = "the arrays cannot be a tree of f64";
    assert_eq!(
        error(&["w", ".w"]),
        format!(
            "{subject}: at .w: \"w\" and \".w\" are the same leaf; `rename` or leave out one of them"
        )
    );
    assert_eq!(
        error(&["w", "w.b", "v[0].b", "v[0]"]),
        format!(
            "{subject} in 2 places:\n  \
             at .w.b: \"w\" and \"w.b\" are a leaf and a leaf under it; `rename` or leave out one of them\n  \
             at .v[0]: \"v[0].b\" and \"v[0]\" are a leaf and a leaf under it; `rename` or leave out one of them"
        )
    );
    assert_eq!(
        error(&["w", "w.b", ".w"]),
        format!(
            "{subject} in 2 places:\n  \
             at .w.b: \"w\" and \"w.b\" are a leaf and a leaf under it; `rename` or leave out one of them\n  \
             at .w: \"w\" and \".w\" are the same leaf; `rename` or leave out one of them"
        )
    );
    // Each of 300 names is under 299 leaves, and has one mismatch all the same.
    let above = (1..300).map(|keys| ["a"; 300][..keys].join("."));
    let below = (0..300).map(|name| format!("{}.{name}", ["a"; 299].join(".")));
    let names: Vec<_> = above.chain(below).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    assert!(error(&names).starts_with(&format!("{subject} in 598 places:\n")));

    let mut tree = Tree::Dict(BTreeMap::from([("w".to_string(), Tree::Leaf(0.0))]));
    let report = with_names(&["w", "w.b"]).only("!w.b | !w['b']").load(&mut tree);
    assert!(report.is_err());
    with_names(&["w", "w.b"]).only("!w.b").load(&mut tree).expect("one of them");
    assert_eq!(tree, Tree::Dict(BTreeMap::from([("w".to_string(), Tree::Leaf(1.0))])));
}

#[test]
fn a_pattern_selects_the_same_arrays_for_a_tree_and_for_loading_it() {
    let file = with_names(&["a.0.w", "a.0.b", "a.1.w", "c.w", ".d['e'].w"]);
    let zeros = |tree: &Tree<ArrayD<f64>>| -> Tree<ArrayD<f64>> {
        tree_map(|leaf| &leaf * 0.0, tree).expect("the same structure")
    };
    for (pattern, loaded) in [
        ("**.w", vec!["['a'][0]['w']", "['a'][1]['w']", "['c']['w']", "['d']['e']['w']"]),
        ("a[*].* | !**.b", vec!["['a'][0]['w']", "['a'][1]['w']"]),
        ("d['e'].w", vec!["['d']['e']['w']"]),
        ("!a.**", vec!["['c']['w']", "['d']['e']['w']"]),
    ] {
        let selected = file.only(pattern);
        let tree = selected.tree::<f64>().expect("a tree");
        let mut copy = zeros(&tree);
        let report = selected.load(&mut copy).expect(pattern);
        assert_eq!(copy, tree, "{pattern}");
        assert_eq!(texts(&report.loaded), loaded, "{pattern}");
        assert_eq!(report.unused.len(), 5 - loaded.len(), "{pattern}");
    }

    // The leaves of the whole tree that are not selected keep their elements.
    let mut tree = zeros(&file.tree().expect("a tree"));
    let report = file.only("!**.w").load(&mut tree).expect("one array");
    assert_eq!(texts(&report.loaded), ["['a'][0]['b']"]);
    assert_eq!(pytree::tree_reduce(|sum, leaf| sum + leaf.sum(), 0.0, &tree), 1.0);
    // Names that the caller chose say nothing about the tree.
    let mut swapped = BTreeMap::from([("c", 0.0), ("w", 0.0)]);
    let name = |path: &KeyPath| if path.simple("") == "w" { "['c']" } else { "w" }.to_string();
    let file = with_names(&["['c']", "w"]);
    let report = file.only("['c']").load_as(&mut swapped, name).expect("one array");
    assert_eq!(texts(&report.loaded), ["['c']"]);
    assert_eq!(swapped, BTreeMap::from([("c", 1.0), ("w", 0.0)]));
}

#[test]
fn a_deep_name_is_a_deep_tree() {
    let name = "a.".repeat(30_000) + "a";
    let file = with_names(&[&name]);
    let mut tree = file.tree::<f64>().expect("a deep tree");
    assert_eq!(tree_leaves_with_path(&tree)[0].0.keys().len(), 30_001);
    tree = tree_map(|leaf| &leaf * 0.0, &tree).expect("the same structure");
    file.load(&mut tree).expect("the same names");
    assert_eq!(pytree::tree_reduce(|sum, leaf| sum + leaf.sum(), 0.0, &tree), 1.0);
}

proptest! {
    #![proptest_config(config())]

    /// The tree of a file has the leaves that were saved, by the names of their keys, and loads the file.
    #[test]
    fn a_tree_needs_no_template(tree in trees()) {
        for file in both(&tree, KeyPath::to_string) {
            let found = file.tree::<f64>().expect("a tree");
            let by_name = |tree| {
                let leaves = tree_leaves_with_path(tree).into_iter();
                let names = |path: &KeyPath| path.keys().iter().map(|key| key.name().into_owned()).collect();
                leaves.map(|(path, leaf)| (names(&path), leaf.mapv(f64::to_bits))).collect()
            };
            let expected: BTreeMap<Vec<String>, _> = by_name(&tree);
            prop_assert_eq!(by_name(&found), expected);
        }
        let bytes = safetensors(&tree, KeyPath::to_string);
        let views = safetensors::views(&bytes).expect("our own file").tree::<f64>();
        let found = safetensors::read(Cursor::new(&bytes)).expect("our own file").tree::<f64>();
        // Bits, for the NaNs.
        let views: Tree<ArrayD<u64>> =
            tree_map(|leaf| leaf.mapv(f64::to_bits), &views.expect("aligned")).expect("a tree");
        let found: Tree<ArrayD<u64>> =
            tree_map(|leaf| leaf.mapv(f64::to_bits), &found.expect("a tree")).expect("a tree");
        prop_assert_eq!(views, found);
    }
}

/// Bytes at a multiple of 16, and the same bytes after a number of others.
fn aligned(bytes: &[u8], after: usize) -> (Vec<u128>, std::ops::Range<usize>) {
    let buffer = vec![0_u128; bytes.len() / 16 + 2];
    (buffer, after..after + bytes.len())
}

#[test]
fn views_are_not_copies() {
    let (single, step) = (linear(0.5_f32), 7_i64);
    let mut file = Vec::new();
    let writer = safetensors::Writer::new().add("step", &step).expect("the first");
    // The larger elements come first, so all are aligned.
    writer
        .add("three", &[true, false, true])
        .expect("another")
        .add("w", &single)
        .expect("another")
        .write(&mut file)
        .expect("memory");
    for after in 0..8 {
        let (mut buffer, range) = aligned(&file, after);
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut buffer);
        bytes[range.clone()].copy_from_slice(&file);
        let bytes = &bytes[range];
        let archive = safetensors::views(bytes).expect("our own file");
        let views = archive.only("w.*").tree::<f32>();
        let steps = archive.only("step").tree::<i64>();
        let flags: Tree<ArrayViewD<bool>> = archive.only("three").tree().expect("bytes");
        assert_eq!(pytree::tree_size(&flags), 3);
        if after % 4 == 0 {
            let views = views.expect("aligned");
            let bias = tree_get(&views, "['w']['bias']").expect("a leaf");
            assert_eq!(bias, array![0.5, 0.5].into_dyn());
            let range = bytes.as_ptr_range();
            assert!(range.contains(&bias.as_ptr().cast()));
        } else {
            assert_eq!(
                message(views),
                "the arrays cannot be a tree of f32 in 2 places:\n  \
                 at .w.weight: the elements are not at a multiple of 4 bytes in memory; `load` them into \
                 a tree, which copies them, or copy the bytes of the file to an aligned buffer\n  \
                 at .w.bias: the elements are not at a multiple of 4 bytes in memory; `load` them into \
                 a tree, which copies them, or copy the bytes of the file to an aligned buffer"
            );
        }
        assert_eq!(steps.is_ok(), after == 0);
        // Loading needs no alignment.
        let mut loaded = linear(0.0_f32);
        archive.under("w").load(&mut loaded).expect("the weights");
        assert_eq!(loaded, single);
    }
    let archive = safetensors::views(&file).expect("our own file");
    assert_eq!(
        message(archive.only("w.*").cast().tree::<f64>()),
        "a view cannot be cast; `load` the arrays into a tree, which copies them"
    );
    assert!(message(safetensors::views(&file[1..]).map(drop)).starts_with("the file is malformed"));
}

#[test]
fn a_static_field_is_not_in_the_file() {
    #[derive(PyTree, Clone, Debug, PartialEq)]
    struct Adam {
        mean: Array1<f64>,
        #[pytree(static)]
        t: u64,
    }
    let saved = Adam { mean: array![1.0], t: 7 };
    for file in both(&saved, KeyPath::to_string) {
        assert_eq!(file.arrays().len(), 1);
        let mut loaded = Adam { mean: array![0.0], t: 0 };
        file.load(&mut loaded).expect("its arrays");
        assert_eq!(loaded, Adam { mean: array![1.0], t: 0 });
        assert!(!tree_all_close(&loaded, &saved).unwrap_or(false));
        assert!(!tree_equal(&loaded, &saved));
    }
}

#[test]
fn many_arrays_take_linear_time() {
    let start = std::time::Instant::now();
    let names: Vec<_> = (0..25_000).map(|index| format!("layers.{index}.w")).collect();
    let info = |name: &String| {
        format!("\"{name}\":{{\"dtype\":\"F64\",\"shape\":[0],\"data_offsets\":[0,0]}}")
    };
    let header = format!("{{{}}}", names.iter().map(info).collect::<Vec<_>>().join(","));
    let file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
    let file = safetensors::views(&file).expect("a file");
    let tree = file.under("layers").only("**.w | !x.** | [*].w").tree::<f64>();
    assert!(message(tree).contains("no array matches \".x.**\"; the nearest is "));
    let tree = file.under("layers").only("**.w | [*].w").tree::<f64>().expect("a tree");
    assert!(matches!(&tree, Tree::List(layers) if layers.len() == 25_000));
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn a_view_of_bytes_that_are_not_of_its_type() {
    let header = r#"{"x":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}"#;
    let file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[1, 2]].concat();
    let file = safetensors::views(&file).expect("a file");
    assert_eq!(
        message(file.tree::<bool>()),
        "the array \"x\" is malformed: it has bytes that are not a bool"
    );
    assert_eq!(
        message(file.load(&mut BTreeMap::from([("x", [false, false])]))),
        "the array \"x\" is malformed: expected a bool, found the bytes [2]"
    );
}

#[test]
fn a_type_that_is_not_an_element_of_a_file_is_refused_by_the_compiler() {
    // `Element` and `StoredIn` are what generic code names.
    fn load<P: pytree::PyTreeMut<Elem: Element>>(file: &Archive<Stream<'_>>, tree: &mut P) -> bool {
        file.load(tree).is_ok()
    }
    let mut tree = (0.0, 0.0);
    assert!(both(&(1.0, 2.0), simple).iter().all(|file| load(file, &mut tree)));
    assert_eq!(tree, (1.0, 2.0));
}
