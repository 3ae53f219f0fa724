//! The true states of a cell of three branches: which they are, their vector and back, and the
//! Jacobian of a time step.
//!
//! `cargo run --release -p examples --example three_branches [-- picture.svg]`

mod picture;

use std::error::Error;
use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use std::process::ExitCode;

use cable::{Cable, StepDynamics};
use dynamics::{DynamicStateUtils, Explained, Fate, build_dynamic_state_utils};
use ndarray::Array2;
use picture::axis::plain;
use picture::heat_map::{self, Labels, Words};

/// A soma with Hodgkin-Huxley channels and two dendrites with a leak, two compartments each.
const CELL: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/jaxley/three_branches_hh/module.json");

fn main() -> ExitCode {
    let picture = std::env::args().nth(1).unwrap_or_else(|| "three_branches.svg".into());
    let printed = run(&picture).and_then(|text| Ok(io::stdout().write_all(text.as_bytes())?));
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Draws the picture; returns the text to print.
fn run(picture: &str) -> Result<String, Box<dyn Error + Send + Sync>> {
    let mut out = String::new();
    let text = std::fs::read_to_string(CELL).map_err(|error| format!("{CELL}: {error}"))?;
    let cell = Cable::from_json(&text)?;
    let utils = build_dynamic_state_utils(&cell)?;
    write_what_is_kept(&mut out, &utils)?;

    let all_states = cell.init()?;
    let vector = utils.flatten(&utils.remove_observables(&all_states)?)?;
    writeln!(out, "\nThe vector of the {} dynamic states:", utils.num_states())?;
    for (label, value) in utils.labels().iter().zip(&vector) {
        writeln!(out, "  {label:<8}{value:>12.6}")?;
    }

    let back = utils.unflatten(vector.view())?;
    let restored = utils.add_observables(&back, cell.params(), cell.delta_t())?;
    let again = utils.flatten(&utils.remove_observables(&restored)?)?;
    let exact = |same| if same { "exact" } else { "NOT exact" };
    writeln!(out, "\nFrom the vector to all states and back: {}.", exact(again == vector))?;
    // NaN does not equal itself, so the texts are compared.
    let same = format!("{restored:?}") == format!("{all_states:?}");
    writeln!(out, "All states as they were before: {}.", exact(same))?;

    let mut step = StepDynamics::new(&utils, cell.externals_at(0)?);
    let mut vector = vector;
    for index in 0..cell.steps() {
        step = step.with_externals(cell.externals_at(index)?);
        vector = step.apply(&vector)?;
    }
    let jacobian = step.jacobian(&vector)?.into_matrix();
    let time = cell.delta_t() * cell.steps() as f64;
    writeln!(out, "\nJacobian of a step of {} ms, at {time} ms:", cell.delta_t())?;
    let labels = utils.labels();
    write_matrix(&mut out, &labels, &jacobian)?;

    let title = format!("Jacobian of a step of {} ms: three branches at {time} ms", cell.delta_t());
    let description = "Gates depend on themselves and on their voltage; voltages on each other, and \
                       on the gates of the soma.";
    let around = Labels {
        rows: "state after the step (v in mV, gates without unit)",
        columns: "state before the step (v in mV, gates without unit)",
        scale: "d after / d before, in the units of both",
        names: [&labels, &labels],
    };
    heat_map::draw(picture, Words { title: &title, description }, &around, &jacobian)?;
    writeln!(out, "\nWritten as a heat map to {picture}.")?;
    Ok(out)
}

/// Writes one line for each run of nodes with the same fate.
fn write_what_is_kept(out: &mut String, utils: &DynamicStateUtils<'_, Cable>) -> fmt::Result {
    writeln!(out, "{:<10}{:<12}fate", "state", "nodes")?;
    let rows = utils.explain();
    let fate = |row: &Explained| match row.fate {
        Fate::Kept { .. } => "kept".to_string(),
        fate => fate.to_string(),
    };
    for run in rows.chunk_by(|a, b| a.path == b.path && fate(a) == fate(b)) {
        let (first, last) = (&run[0], &run[run.len() - 1]);
        let nodes = match (first.index, last.index) {
            (Some(first), Some(last)) if first < last => format!("{first} to {last}"),
            (Some(only), _) => only.to_string(),
            (None, _) => "all".to_string(),
        };
        let place = match (first.fate.position(), last.fate.position()) {
            (Some(a), Some(b)) => format!(", at {a} to {b} of the vector"),
            _ => String::new(),
        };
        writeln!(out, "{:<10}{nodes:<12}{}{place}", first.path.simple("/"), fate(first))?;
    }
    Ok(())
}

fn write_matrix(out: &mut String, labels: &[String], matrix: &Array2<f64>) -> fmt::Result {
    write!(out, "{:8}", "")?;
    labels.iter().try_for_each(|label| write!(out, "{label:>8}"))?;
    for (label, row) in labels.iter().zip(matrix.rows()) {
        write!(out, "\n{label:<8}")?;
        row.iter().try_for_each(|entry| write!(out, "{:>8}", plain(*entry, 3)))?;
    }
    writeln!(out)
}
