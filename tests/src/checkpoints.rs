use std::io::Cursor;

use pytree::{KeyPath, NpzElem, PyTree, SafetensorsElem, write_npz, write_safetensors};

/// The bytes of the `.npz` file of a tree.
///
/// # Panics
/// If the tree cannot be written.
pub fn npz<P: PyTree<Elem: NpzElem>>(tree: &P, name: impl FnMut(&KeyPath) -> String) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    write_npz(&mut file, tree, name).expect("a tree that can be written");
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
    write_safetensors(&mut file, tree, name).expect("a tree that can be written");
    file
}

/// The names of the keys with dots between them, as `layers.0.w`.
pub fn simple(path: &KeyPath) -> String {
    path.simple(".")
}
