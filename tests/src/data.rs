use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use cable::{Cable, Export, Params, Setting};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name)
}

/// The path of a file of `tests/data/checkpoints`.
pub fn checkpoint(name: &str) -> PathBuf {
    folder("checkpoints").join(name)
}

/// What `make_gradients.py` wrote beside a module: a loss over its run, and the gradient.
#[derive(Debug, Deserialize)]
pub struct Gradients {
    /// Every parameter and initial state of the module.
    pub trainables: Vec<Setting<f64>>,
    /// For each recording the value that it is compared with; none where it is left out.
    pub targets: Vec<Option<f64>>,
    /// For each recording, what its differences are divided by.
    pub scales: Vec<Option<f64>>,
    /// By the name of the solver.
    pub solvers: BTreeMap<String, Gradient>,
}

/// The loss of a run with one solver, and its gradient. Where Jaxley's derivative is NaN is none.
#[derive(Debug, Deserialize)]
pub struct Gradient {
    /// The mean of `((recorded - target) / scale)^2`.
    pub loss: f64,
    /// For each of the trainables, the derivatives with respect to its values.
    pub trainables: Vec<Vec<Option<f64>>>,
    /// By the name of the external, one row for each stimulus or clamp, one column a step.
    pub externals: BTreeMap<String, Vec<Vec<Option<f64>>>>,
}

/// A module exported from Jaxley, and what Jaxley computes from it.
pub struct Case {
    /// The name of its folder.
    pub name: String,
    /// The text of `module.json`.
    pub module: String,
    /// The content of `expected.json`.
    pub expected: Value,
    /// The content of `gradients.json`, if there is one.
    pub gradients: Option<Gradients>,
}

impl Case {
    /// The module, with what `gradients.json` has derivatives for as its trainables.
    ///
    /// # Errors
    /// If the file of the module is not as it should be.
    pub fn trainable(&self) -> Result<Cable, Box<dyn Error>> {
        let mut export = Export::from_json(&self.module)?;
        export.trainables = self.gradients.iter().flat_map(|g| g.trainables.clone()).collect();
        Ok(Cable::new(export)?)
    }
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
                gradients: fs::read_to_string(folder.join("gradients.json"))
                    .ok()
                    .map(|text| serde_json::from_str(&text).expect("JSON")),
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

/// The text of `export_jaxley.py`.
///
/// # Panics
/// If the file cannot be read.
pub fn exporter() -> String {
    fs::read_to_string(folder("export_jaxley.py")).expect("the exporter")
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
