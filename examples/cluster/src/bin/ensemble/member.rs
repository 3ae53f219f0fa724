//! The cell, and its simulation with the conductances of a seed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, UInt32Array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use cable::channels::{HH, Leak};
use cable::{Branch, Build, Cable, Cell, Compartment, ParamState, Solver};
use cable::{build_init_and_step_fn, step_current};
use dynamics::{DynamicStateUtils, Step};
use fastrand::Rng;

use crate::Outcome;

const DELTA_T: f64 = 0.025; // ms
/// Steps between two rows of a cell: 0.25 ms.
const EVERY: usize = 10;
/// The parameters that vary (S/cm²), each by a random factor from 1 - `SPREAD` to 1 + `SPREAD`.
const VARIED: [&str; 4] = ["HH_gNa", "HH_gK", "HH_gLeak", "Leak_gLeak"];
const SPREAD: f64 = 0.2;

pub struct Model {
    cell: Cell,
    pub cable: Cable,
    t_max: f64,
}

impl Model {
    pub fn new(t_max: f64) -> Outcome<Self> {
        let mut cell = Cell::new(&Branch::new(&Compartment::new(), 1)?, &[-1, 0, 0])?;
        cell.set("length", 40.0)?.set("axial_resistivity", 200.0)?.set("v", -65.0)?; // um, ohm cm, mV
        cell.branch(0)?.insert(HH)?;
        cell.branch([1, 2])?.insert(Leak)?;
        cell.init_states()?;
        cell.branch(0)?.stimulate(step_current(2.0, 20.0, 0.08, DELTA_T, t_max)?)?; // nA
        let cable = cell.build(DELTA_T)?;
        Ok(Model { cell, cable, t_max })
    }

    /// The number of rows of a cell.
    pub fn rows(&self) -> usize {
        self.cable.steps().div_ceil(EVERY)
    }

    /// What the files of one folder have in common.
    pub fn settings(&self) -> BTreeMap<String, String> {
        let export = self.cell.export("cell", DELTA_T, self.cable.steps());
        let params = export
            .params
            .iter()
            .map(|(key, values)| (key.clone(), format!("{:?}", values.to_vec())));
        let text = |key: &str, value: f64| (key.to_owned(), value.to_string());
        let own = [
            text("delta_t", DELTA_T),
            text("t_max", self.t_max),
            text("steps_between_rows", EVERY as f64),
            text("spread", SPREAD),
        ];
        params.chain(own).collect()
    }

    /// The rows of the cell of a seed. They depend on the seed alone.
    pub fn simulate(
        &self,
        utils: &DynamicStateUtils<'_, Cable>,
        rank: u32,
        seed: u32,
    ) -> Outcome<RecordBatch> {
        let (mut rng, mut varied) = (Rng::with_seed(seed.into()), ParamState::new());
        let mut values = Vec::new();
        for key in VARIED {
            let value = self.cell.get(key)?[0] * (1.0 + SPREAD * (2.0 * rng.f64() - 1.0));
            self.cell.data_set(key, value, &mut varied)?;
            values.push(value);
        }
        let module = build_init_and_step_fn(&self.cable, Solver::BwdEuler);
        let (states, params) = module.init(&vec![], &varied)?;
        let mut vector = utils.flatten(&utils.remove_observables(&states)?)?;
        let mut step = Step::new(utils);
        let mut columns = vec![Vec::new(); 1 + vector.len()];
        for index in 0..self.cable.steps() {
            if index % EVERY == 0 {
                let time = DELTA_T * index as f64;
                let row = [time].into_iter().chain(vector.iter().copied());
                columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
            }
            let externals = self.cable.externals_at(index)?;
            vector = step.apply(&vector, &params, DELTA_T, |states, params| {
                module.step(states, params, &externals, DELTA_T)
            })?;
        }
        let whole = [rank, seed]
            .map(|value| Arc::new(UInt32Array::from(vec![value; self.rows()])) as ArrayRef);
        let params = values.into_iter().map(|value| vec![value; self.rows()]);
        let numbers = params.chain(columns).map(|column| Arc::new(Float64Array::from(column)) as _);
        let columns = whole.into_iter().chain(numbers).collect();
        Ok(RecordBatch::try_new(schema(&utils.labels()), columns)?)
    }
}

/// The columns: the rank, the seed, the parameters, the time, and each state by its label.
pub fn schema(labels: &[String]) -> SchemaRef {
    let number = |name: &str, unit: &str| {
        let unit = HashMap::from([("unit".to_owned(), unit.to_owned())]);
        Field::new(name, DataType::Float64, false).with_metadata(unit)
    };
    let whole = ["rank", "seed"].map(|name| Field::new(name, DataType::UInt32, false));
    let params = VARIED.map(|name| number(name, "S/cm^2"));
    let unit = |label: &str| if label.starts_with("v[") { "mV" } else { "1" };
    let states = labels.iter().map(|label| number(label, unit(label)));
    let time = [number("time", "ms")];
    Arc::new(Schema::new(
        whole.into_iter().chain(params).chain(time).chain(states).collect::<Vec<_>>(),
    ))
}
