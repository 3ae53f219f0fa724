use std::io::Cursor;

use pytree::files::{Element, Format, StoredIn, Writer};
use pytree::npz::{self, Npz};
use pytree::safetensors::{self, Safetensors};
use pytree::{Error, KeyPath, PyTree, PyTreeMut};

/// The bytes of the `.npz` file of a tree.
///
/// # Panics
/// If the tree cannot be written.
pub fn npz<P: PyTree<Elem: StoredIn<Npz>>>(
    tree: &P,
    name: impl FnMut(&KeyPath) -> String,
) -> Vec<u8> {
    written::<Npz, P>(tree, name).expect("a tree that can be written")
}

/// The bytes of the safetensors file of a tree.
///
/// # Panics
/// If the tree cannot be written.
pub fn safetensors<P: PyTree<Elem: StoredIn<Safetensors>>>(
    tree: &P,
    name: impl FnMut(&KeyPath) -> String,
) -> Vec<u8> {
    written::<Safetensors, P>(tree, name).expect("a tree that can be written")
}

/// The bytes of the file of a tree.
///
/// # Errors
/// If the tree cannot be written.
pub fn written<F: Format, P: PyTree<Elem: StoredIn<F>>>(
    tree: &P,
    name: impl FnMut(&KeyPath) -> String,
) -> Result<Vec<u8>, Error> {
    let mut file = Vec::new();
    Writer::<F>::new().add_as(tree, name)?.write(&mut file)?;
    Ok(file)
}

/// Loads the bytes of an `.npz` file into a tree.
///
/// # Errors
/// If they cannot be loaded.
pub fn read_npz<P: PyTreeMut<Elem: Element>>(
    file: impl AsRef<[u8]>,
    tree: &mut P,
) -> Result<(), Error> {
    npz::read(Cursor::new(file.as_ref()))?.load(tree).map(drop)
}

/// Loads the bytes of a safetensors file into a tree.
///
/// # Errors
/// If they cannot be loaded.
pub fn read_safetensors<P: PyTreeMut<Elem: Element>>(
    file: impl AsRef<[u8]>,
    tree: &mut P,
) -> Result<(), Error> {
    safetensors::read(Cursor::new(file.as_ref()))?.load(tree).map(drop)
}

/// The names of the keys with dots between them, as `layers.0.w`.
pub fn simple(path: &KeyPath) -> String {
    path.simple(".")
}
