use pytree::PyTree;

#[derive(PyTree)]
struct State {
    v: f64,
    name: String,
    names: Vec<String>,
    label: Option<String>,
    units: Vec<&'static str>,
    file: std::path::PathBuf,
    step: std::time::Duration,
    pair: (f64, String),
}

fn main() {}
