use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use cable::{Cable, Params};
use serde_json::Value;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name)
}

/// The path of a file of `tests/data/checkpoints`.
pub fn checkpoint(name: &str) -> PathBuf {
    folder("checkpoints").join(name)
}

/// A module exported from Jaxley, and what Jaxley computes from it.
pub struct Case {
    /// The name of its folder.
    pub name: String,
    /// The text of `module.json`.
    pub module: String,
    /// The content of `expected.json`.
    pub expected: Value,
}

/// All modules of `tests/data/jaxley`, by name.
///
/// # Panics
/// If a file cannot be read.
pub fn cases() -> Vec<Case> {
    let folders = fs::read_dir(folder("jaxley")).expect("the folder of the reference data");
    let mut cases: Vec<_> = folders
        .map(|entry| {
            let folder = entry.expect("an entry of the folder").path();
            let read = |name| fs::read_to_string(folder.join(name)).expect("a file of the case");
            Case {
                name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                module: read("module.json"),
                expected: serde_json::from_str(&read("expected.json")).expect("JSON"),
            }
        })
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

/// The sixty random trees and what JAX makes of them, as text.
///
/// # Panics
/// If the file cannot be read.
pub fn jax_trees() -> String {
    fs::read_to_string(folder("jax_tree_cases.json")).expect("the trees of JAX")
}

/// What `make_reference.py` wrote to the file called `name`.
///
/// # Panics
/// If the file cannot be read.
pub fn reference(name: &str) -> Value {
    let text = fs::read_to_string(folder(name)).expect("a file of reference values");
    serde_json::from_str(&text).expect("JSON")
}

/// A cell of three branches with a leak, and its parameters.
///
/// # Errors
/// If the file of the cell is not as it should be.
pub fn three_branches() -> Result<(Cable, Params<f64>), Box<dyn Error>> {
    let text = fs::read_to_string(folder("jaxley/three_branches_leak/module.json"))?;
    let cell = Cable::from_json(&text)?;
    let params = cell.params().clone();
    Ok((cell, params))
}
