use std::io::Cursor;

use pytree::npz::{self, NpzElem};
use pytree::safetensors::{self, SafetensorsElem};
use pytree::{KeyPath, PyTree};

/// The bytes of the `.npz` file of a tree.
///
/// # Panics
/// If the tree cannot be written.
pub fn npz<P: PyTree<Elem: NpzElem>>(tree: &P, name: impl FnMut(&KeyPath) -> String) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    npz::write(&mut file, tree, name).expect("a tree that can be written");
    file.into_inner()
}

/// The bytes of the safetensors file of a tree.
///
/// # Panics
/// If the tree cannot be written.
pub fn safetensors<P: PyTree<Elem: SafetensorsElem>>(
    tree: &P,
    name: impl FnMut(&KeyPath) -> String,
) -> Vec<u8> {
    let mut file = Vec::new();
    safetensors::write(&mut file, tree, name).expect("a tree that can be written");
    file
}

/// The names of the keys with dots between them, as `layers.0.w`.
pub fn simple(path: &KeyPath) -> String {
    path.simple(".")
}
