//! Simulates a thousand cells of varied conductances on all cores, and writes one table with a
//! column for each state: an Arrow IPC file, which Polars, DuckDB and DataFusion read.
//!
//! `cargo run --release -p examples --features ensemble --example ensemble [-- table.arrow
//! ensemble.svg 1000]`

mod picture;

use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::num::NonZeroU32;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, UInt32Array};
use arrow_ipc::{reader::FileReader, writer::FileWriter};
use arrow_schema::{DataType, Field, Schema};
use cable::channels::{HH, Leak};
use cable::{
    Branch, Build, Cable, Cell, Compartment, ParamState, Solver, build_init_and_step_fn,
    step_current,
};
use dynamics::{DynamicStateUtils, Step, build_dynamic_state_utils};
use fastrand::Rng;
use picture::line_chart::{self, Line, Panel, Words};
use rayon::prelude::*;

/// Steps of 0.025 ms between two rows of a cell: 0.25 ms.
const EVERY: usize = 10;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;
type Rows = Vec<Vec<f64>>;
type Utils<'c> = DynamicStateUtils<'c, Cable>;

/// The times (ms) and the states of a cell, one row for every ten steps. Its conductances are those
/// of `cell` times random factors from 0.8 to 1.2, with the seed `number`.
fn simulate(cell: &Cell, cable: &Cable, utils: &Utils<'_>, number: u32) -> Outcome<Rows> {
    let mut rng = Rng::with_seed(number.into());
    let mut varied = ParamState::new();
    for key in ["HH_gNa", "HH_gK", "HH_gLeak", "Leak_gLeak"] {
        cell.data_set(key, cell.get(key)?[0] * (0.8 + 0.4 * rng.f64()), &mut varied)?;
    }
    let module = build_init_and_step_fn(cable, Solver::BwdEuler);
    let (states, params) = module.init(&vec![], &varied)?;
    let mut vector = utils.flatten(&utils.remove_observables(&states)?)?;
    let (mut step, delta_t) = (Step::new(utils), cable.delta_t());
    let mut rows = Vec::new();
    for index in 0..cable.steps() {
        if index % EVERY == 0 {
            let time = delta_t * index as f64;
            rows.push([time].into_iter().chain(vector.iter().copied()).collect());
        }
        let externals = cable.externals_at(index)?;
        vector = step.apply(&vector, &params, delta_t, |states, params| {
            module.step(states, params, &externals, delta_t)
        })?;
    }
    Ok(rows)
}

/// The table of all cells: their number, the time, and the states by label.
fn table(cells: &[Rows], labels: &[String]) -> Outcome<RecordBatch> {
    let numbers = (0..).zip(cells).flat_map(|(number, rows)| rows.iter().map(move |_| number));
    let mut fields = vec![Field::new("cell", DataType::UInt32, false)];
    let mut columns: Vec<ArrayRef> = vec![Arc::new(UInt32Array::from_iter_values(numbers))];
    for (index, name) in ["time"].into_iter().chain(labels.iter().map(String::as_str)).enumerate() {
        let unit = if index == 0 { "ms" } else { ["1", "mV"][usize::from(name.starts_with("v["))] };
        let unit = HashMap::from([("unit".to_owned(), unit.to_owned())]);
        fields.push(Field::new(name, DataType::Float64, false).with_metadata(unit));
        let values = cells.iter().flatten().map(|row| row[index]);
        columns.push(Arc::new(Float64Array::from_iter_values(values)));
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = |other: &str| arguments.next().unwrap_or_else(|| other.into());
    let (file, picture) = (argument("ensemble.arrow"), argument("ensemble.svg"));
    let number = argument("1000").parse::<NonZeroU32>()?.get();
    let mut cell = Cell::new(&Branch::new(&Compartment::new(), 1)?, &[-1, 0, 0])?;
    cell.set("length", 40.0)?.set("axial_resistivity", 200.0)?.set("v", -65.0)?; // um, ohm cm, mV
    cell.branch(0)?.insert(HH)?;
    cell.branch([1, 2])?.insert(Leak)?;
    cell.init_states()?;
    cell.branch(0)?.stimulate(step_current(2.0, 20.0, 0.08, 0.025, 25.0)?)?; // nA
    let cable = cell.build(0.025)?;
    let utils = build_dynamic_state_utils(&cable)?;
    let cells = (0..number).into_par_iter();
    let cells = cells.map(|number| simulate(&cell, &cable, &utils, number));
    let cells: Vec<_> = cells.collect::<Result<_, _>>()?;

    let written = table(&cells, &utils.labels())?;
    let mut writer = FileWriter::try_new(File::create(&file)?, &written.schema())?;
    writer.write(&written).and_then(|()| writer.finish())?;
    println!("{} rows of {number} cells are written to {file}.", written.num_rows());

    let v = 1 + utils.index("v[0]")?;
    let mut all = Line::new("median, and 90 % of all", []);
    for index in 0..cells[0].len() {
        let mut voltages: Vec<_> = cells.iter().map(|rows| rows[index][v]).collect();
        voltages.sort_by(f64::total_cmp);
        let part = |part: usize| voltages[part * (voltages.len() - 1) / 100];
        all.points.push((cells[0][index][0], part(50)));
        all.band.push((part(5), part(95)));
    }
    let first = Line::wide("cell 0", cells[0].iter().map(|row| (row[0], row[v])));
    let title = &format!("{number} cells with conductances that vary by 20 %");
    let description = "The first spikes of all cells are together, the second ones are not.";
    let panel = Panel::new("time (ms)", "v[0] (mV)", [first, all]);
    line_chart::draw(&picture, Words { title, description }, &[panel])?;
    println!("The voltages are drawn to {picture}.");

    // Check: the table read back is what was written, and a cell does not depend on the others.
    let read = FileReader::try_new(File::open(&file)?, None)?.collect::<Result<Vec<_>, _>>()?;
    let alone = simulate(&cell, &cable, &utils, number / 2)?;
    let same = read == [written] && cells[number as usize / 2] == alone;
    if same { Ok(()) } else { Err(format!("{file} is not what was computed").into()) }
}
