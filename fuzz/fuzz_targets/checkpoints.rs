//! Reads any bytes as a checkpoint, and files that were written here and changed: a tree is loaded, or there is an error
//! and the tree is unchanged.
#![no_main]

use std::collections::BTreeMap;
use std::io::Cursor;

use arbitrary::{Result, Unstructured};
use fuzz::{short, tree};
use libfuzzer_sys::fuzz_target;
use ndarray::{Array1, Array2, ArrayD};
use num_complex::Complex;
use pytree::files::{Archive, Element, Format, StoredIn, Stream, Writer};
use pytree::npz::{self, Npz};
use pytree::safetensors::{self, Safetensors};
use pytree::{Error, KeyPath, PyTree, PyTreeMut, Tree, tree_equal, tree_map};

#[derive(PyTree, Clone)]
struct Dense<T> {
    w: Array2<T>,
    b: Array1<T>,
}

#[derive(PyTree, Clone)]
struct Mlp<T> {
    layers: Vec<Dense<T>>,
    scale: T,
}

/// An input that begins with these bytes describes a tree to write, and changes to the file. No checkpoint begins with
/// them: a zip file begins with `PK`, and a `.safetensors` file with the length of its header, in eight bytes.
const EDITED: &[u8] = b"edited: ";

fuzz_target!(|data: &[u8]| {
    match data.strip_prefix(EDITED) {
        Some(edits) => {
            edited(&mut Unstructured::new(edits)).ok();
        }
        None => any_bytes(data),
    }
});

/// Loads a file into trees with the shapes of the files in `tests/data/checkpoints`.
fn any_bytes(file: &[u8]) {
    let dense = |inputs, outputs| Dense {
        w: Array2::from_elem((inputs, outputs), 7.0),
        b: Array1::from_elem(outputs, 7.0),
    };
    both(file, &Mlp { layers: vec![dense(2, 2), dense(2, 1)], scale: 7.0 });
    let long = "a".repeat(300);
    let odd = ["a/b", "../up", "it's", "é", "x\0y", "new\nline", "", "w.npy", &long];
    both(file, &odd.map(|key| (key.to_string(), 7.0)).into_iter().collect::<BTreeMap<_, _>>());
    let (m, n) = (Array2::from_elem((2, 3), 7.0), Array2::from_elem((3, 2), 7.0));
    both(file, &BTreeMap::from([("m", m), ("n", n)]));
    both(file, &Array1::from_elem(3, 7.0));
    for result in [npz::read(Cursor::new(file)), safetensors::read(Cursor::new(file))] {
        match result {
            Ok(archive) => without_template(&archive),
            Err(error) => short(&error),
        }
    }
    if let Ok(archive) = safetensors::views(file) {
        // Bytes of a fuzzer are not aligned.
        archive.tree::<u8>().map_or_else(|error| short(&error), drop);
        archive.tree::<f64>().map_or_else(|error| short(&error), drop);
    }

    three(file, 7.0_f64);
    three(file, 7.0_f32);
    three(file, true);
    three(file, Complex::new(7.0_f32, 7.0));
    npz(file, &(Complex::new(7.0_f64, 7.0), Array2::from_elem((0, 3), Complex::ONE)));
    three(file, 7_i8);
    three(file, 7_i16);
    three(file, 7_i32);
    three(file, 7_i64);
    three(file, 7_u8);
    three(file, 7_u16);
    three(file, 7_u32);
    three(file, 7_u64);
}

/// The tree of a file loads the file.
fn without_template(archive: &Archive<Stream<'_>>) {
    let under = archive.under("layers");
    let renamed = archive.rename(|name| name.strip_prefix("layers."));
    for archive in [archive.clone(), archive.cast(), under, renamed, archive.only("**.w")] {
        match archive.tree::<f64>() {
            Ok(tree) => {
                drop(loaded(&tree, |tree| archive.load(tree).map(drop)).expect("the same names"))
            }
            Err(error) => short(&error),
        }
    }
}

fn three<T: PyTreeMut<Elem = T> + Element + PartialEq>(file: &[u8], value: T) {
    both(file, &(value, Array2::from_elem((0, 3), value), Array2::from_elem((2, 3), value)));
}

fn both<P>(file: &[u8], tree: &P)
where
    P: PyTreeMut<Elem: Element + PartialEq> + Clone,
{
    npz(file, tree);
    loaded(tree, |tree| safetensors::read(Cursor::new(file))?.load(tree).map(drop));
    loaded(tree, |tree| safetensors::views(file)?.load(tree).map(drop));
    loaded(tree, |tree| safetensors::views(file)?.only("**").cast().load(tree).map(drop));
}

fn npz<P: PyTreeMut<Elem: Element + PartialEq> + Clone>(file: &[u8], tree: &P) {
    loaded(tree, |tree| npz::read(Cursor::new(file))?.load(tree).map(drop));
    loaded(tree, |tree| npz::read(Cursor::new(file))?.only("**").cast().load(tree).map(drop));
}

/// The tree that is loaded into a copy of `tree`. If `read` fails, the copy must be unchanged.
fn loaded<P: PyTree<Elem: PartialEq> + Clone>(
    tree: &P,
    read: impl FnOnce(&mut P) -> std::result::Result<(), Error>,
) -> Option<P> {
    let mut loaded = tree.clone();
    match read(&mut loaded) {
        Ok(()) => Some(loaded),
        Err(error) => {
            short(&error);
            assert!(tree_equal(&loaded, tree));
            None
        }
    }
}

/// Writes a random tree, replaces, inserts and removes bytes of the file, and reads it.
fn edited(u: &mut Unstructured<'_>) -> Result<()> {
    let tree = tree(u, 3)?;
    let simple: bool = u.arbitrary()?;
    let name = |path: &KeyPath| if simple { path.simple(".") } else { path.to_string() };
    // Fails if two leaves have the same name, or if a name has a NUL.
    let files = [write::<Npz>(&tree, name), write::<Safetensors>(&tree, name)];
    let written = files.each_ref().map(std::result::Result::is_ok);
    let mut files = files.map(std::result::Result::unwrap_or_default);
    let mut changed = false;
    while !u.is_empty() {
        let (kind, place, byte): (u8, u16, u8) = u.arbitrary()?;
        files.iter_mut().for_each(|file| edit(file, kind, place.into(), byte));
        changed = true;
    }
    let blank: Tree<ArrayD<f64>> =
        tree_map(|leaf| leaf.mapv(|_| -7.0), &tree).expect("the same structure");
    let [zip, safetensors] = &files;
    let read = [
        loaded(&blank, |tree| npz::read(Cursor::new(zip))?.load(tree).map(drop)),
        loaded(&blank, |tree| safetensors::read(Cursor::new(safetensors))?.load(tree).map(drop)),
    ];
    if !changed {
        for (written, read) in written.into_iter().zip(read) {
            // The simple name of one leaf may be the key path of another.
            assert!(read.map_or(!written || simple, |read| read == tree));
        }
    }
    Ok(())
}

fn write<F: Format>(
    tree: &Tree<ArrayD<f64>>,
    name: impl FnMut(&KeyPath) -> String,
) -> std::result::Result<Vec<u8>, Error>
where
    f64: StoredIn<F>,
{
    let mut file = Vec::new();
    Writer::<F>::new().add_as(tree, name)?.write(&mut file)?;
    Ok(file)
}

fn edit(file: &mut Vec<u8>, kind: u8, place: usize, byte: u8) {
    let place = place % (file.len() + 1);
    match (kind % 5, file.get_mut(place)) {
        (0, _) => file.insert(place, byte),
        (1, Some(_)) => drop(file.remove(place)),
        (2, _) => file.truncate(place),
        (3, Some(there)) => *there ^= 1 << (byte % 8),
        (_, Some(there)) => *there = byte,
        _ => {}
    }
}
