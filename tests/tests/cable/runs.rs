//! Stimuli and clamps as data, given states, connections, step currents and written parameters are
//! those of Jaxley: `tests/data/make_runs.py` has the Python of each module and case.

use std::collections::BTreeMap;
use std::error::Error;

use cable::channels::{CaL, CaNernstReversal, CaPump, HH, Leak};
use cable::synapses::IonotropicSynapse;
use cable::{
    Branch, Build, Cell, Compartment, DataExternal, Network, RunData, Solver, States, Tables, View,
    build_init_and_step_fn, datapoint_to_step_currents, step_current_with_offset,
};
use ndarray::{Array1, Array2};
use num_dual::{Dual64, DualNum};
use serde::Deserialize;
use tests::reference;

type Outcome = Result<(), Box<dyn Error>>;

const STEPS: usize = 30;

#[derive(Deserialize)]
struct Reference {
    step_currents: Vec<StepCurrents>,
    connections: Vec<Connections>,
    written: BTreeMap<String, Vec<f64>>,
    runs: BTreeMap<String, BTreeMap<String, Run>>,
}

#[derive(Deserialize)]
struct StepCurrents {
    arguments: (f64, f64, Vec<f64>, f64, f64, f64),
    rows: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct Connections {
    pre: Vec<usize>,
    post: Vec<usize>,
    part: Option<[usize; 3]>,
    matrix: Option<Vec<Vec<bool>>>,
    edges: Vec<[usize; 2]>,
}

type Arrays = BTreeMap<String, Vec<Option<f64>>>;

#[derive(Deserialize)]
struct Run {
    recorded: Vec<Vec<f64>>,
    given: Arrays,
    end: Arrays,
    loss: f64,
    by_series: Vec<Vec<Vec<f64>>>,
    by_given: Arrays,
}

fn jaxley() -> Reference {
    serde_json::from_value(reference("runs.json")).expect("the reference values")
}

fn tree() -> Result<Cell, Box<dyn Error>> {
    Ok(Cell::new(&Branch::new(&Compartment::new(), 2)?, &[-1, 0, 0])?)
}

/// Differs by at most `tolerance`, of the value or of the largest one beside it.
#[track_caller]
fn close(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
    for (index, (a, b)) in found.iter().zip(expected).enumerate() {
        let near = (a - b).abs() <= tolerance * b.abs().max(1e-3 * largest);
        assert!(near, "{what}[{index}]: {a} instead of {b}");
    }
}

#[test]
fn step_currents() -> Outcome {
    for StepCurrents { arguments, rows } in jaxley().step_currents {
        let (delay, duration, amplitudes, delta_t, t_max, offset) = arguments;
        let found =
            datapoint_to_step_currents(delay, duration, &amplitudes, delta_t, t_max, offset)?;
        assert_eq!(found, rows);
        for (amplitude, row) in amplitudes.into_iter().zip(rows) {
            let one = step_current_with_offset(delay, duration, amplitude, delta_t, t_max, offset)?;
            assert_eq!(one, row);
        }
    }
    Ok(())
}

#[test]
fn connections() -> Outcome {
    for Connections { pre, post, part, matrix, edges } in jaxley().connections {
        let mut net = Network::new(&vec![tree()?; 5])?;
        let (mut before, mut after) = (net.view().cell(&pre)?, net.view().cell(&post)?);
        if let Some([from, to, comp]) = part {
            before = before.branch(from)?;
            after = after.branch(to)?.comp(comp)?;
        }
        let [before, after] = [before.selection(), after.selection()];
        if let Some(rows) = matrix {
            let matrix = Array2::from_shape_fn((pre.len(), post.len()), |(i, j)| rows[i][j]);
            net.connectivity_matrix_connect(&before, &after, IonotropicSynapse, &matrix)?;
        } else {
            net.fully_connect(&before, &after, IonotropicSynapse)?;
        }
        let synapses = &net.export("net", 0.025, 0).synapses[0];
        let found = synapses.pre.iter().zip(&synapses.post).map(|(&pre, &post)| [pre, post]);
        assert_eq!(found.collect::<Vec<_>>(), edges, "{pre:?} {post:?}");
    }
    Ok(())
}

#[test]
fn written() -> Outcome {
    let mut net = Network::new(&[tree()?, tree()?])?;
    net.insert(Leak)?.insert(HH)?;
    let pre = net.cell(0)?.branch(0)?.selection();
    let post = net.cell(1)?.branch(0)?.selection();
    net.connect(&pre, &post, IonotropicSynapse)?;
    net.cell(1)?.branch([1, 2])?.make_trainable("radius")?;
    net.make_trainable("HH_gNa")?;
    net.cell([0, 1])?.branch(0)?.make_trainable("v")?;
    net.edge([0, 1])?.make_trainable("IonotropicSynapse_gS")?;
    net.cell(0)?.branch(2)?.comp([0, 1])?.make_trainable("length")?;
    let values: [&[f64]; 5] = [&[0.5, 2.0], &[0.2], &[-60.0, -65.0], &[3e-4, 5e-4], &[7.0, 30.0]];
    let trained = net.get_parameters().into_iter().zip(values);
    let trained = trained.map(|(own, values)| {
        own.into_keys().map(|key| (key, Array1::from(values.to_vec()))).collect()
    });
    let trained = trained.collect();
    net.write_trainables(&trained)?;
    for (key, expected) in jaxley().written {
        close(&key, &net.get(&key)?, &expected, 1e-14);
    }
    assert_eq!(net.get_parameters(), trained);
    // A module that is built anew has what `get` returns.
    let cable = net.build_for(0.025, 1.0)?;
    assert_eq!(cable.get_parameters(), trained);
    let nodes = net.view().nodes();
    for key in ["radius", "length", "area", "HH_gNa"] {
        let built: Vec<_> = nodes.iter().map(|&node| cable.params()[key][node]).collect();
        assert_eq!(built, net.get(key)?, "{key}");
    }
    Ok(())
}

fn wave(rows: usize, low: f64, high: f64, phase: usize) -> Vec<Vec<f64>> {
    let of =
        |row, step| low + (high - low) * ((7 * step + 11 * row + 3 * phase) % 13) as f64 / 12.0;
    (0..rows).map(|row| (0..STEPS).map(|step| of(row, step)).collect()).collect()
}

/// The stimuli and the clamps that the series make.
type Data<T> = [Vec<DataExternal<T>>; 2];

trait Case {
    fn view(&self) -> View<&Tables>;
    fn series(&self) -> Vec<Vec<Vec<f64>>>;
    fn data<T: Clone>(&self, series: &[Vec<Vec<T>>]) -> Result<Data<T>, Box<dyn Error>>;
}

struct ACell(Cell);

impl ACell {
    fn new() -> Result<Self, Box<dyn Error>> {
        let mut cell = tree()?;
        cell.insert(Leak)?.branch([0, 1])?.insert(HH)?;
        cell.branch(0)?.insert(CaL)?.insert(CaPump)?.insert(CaNernstReversal)?;
        cell.branch(1)?.comp(0)?.stimulate(&wave(1, 0.0, 0.05, 0)[0])?;
        for key in ["v", "HH_m", "CaCon_i"] {
            cell.branch(0)?.record(key)?;
        }
        cell.branch(2)?.comp(1)?.record("v")?;
        Ok(Self(cell))
    }
}

impl Case for ACell {
    fn view(&self) -> View<&Tables> {
        self.0.view()
    }

    fn series(&self) -> Vec<Vec<Vec<f64>>> {
        vec![
            wave(1, -0.1, 0.2, 0),
            wave(2, 0.0, 0.1, 1),
            wave(1, -60.0, -50.0, 2),
            wave(2, 0.1, 0.4, 3),
        ]
    }

    fn data<T: Clone>(&self, series: &[Vec<Vec<T>>]) -> Result<Data<T>, Box<dyn Error>> {
        let (mut stimuli, mut clamps) = (vec![], vec![]);
        self.view().branch(1)?.comp(0)?.data_stimulate(series[0][0].clone(), &mut stimuli)?;
        self.view().branch(2)?.data_stimulate(series[1].clone(), &mut stimuli)?;
        self.view().branch(2)?.comp(0)?.data_clamp("v", series[2][0].clone(), &mut clamps)?;
        self.view().branch(1)?.data_clamp("HH_n", series[3].clone(), &mut clamps)?;
        Ok([stimuli, clamps])
    }
}

struct ANetwork(Network);

impl ANetwork {
    fn new() -> Result<Self, Box<dyn Error>> {
        let mut net = Network::new(&[tree()?, tree()?])?;
        net.insert(Leak)?;
        let pre = net.cell(0)?.branch(0)?.selection();
        let post = net.cell(1)?.branch(2)?.selection();
        net.connect(&pre, &post, IonotropicSynapse)?.set("IonotropicSynapse_gS", 0.01)?;
        net.record("IonotropicSynapse_s")?;
        net.cell(1)?.branch(2)?.comp(0)?.record("v")?;
        Ok(Self(net))
    }
}

impl Case for ANetwork {
    fn view(&self) -> View<&Tables> {
        self.0.view()
    }

    fn series(&self) -> Vec<Vec<Vec<f64>>> {
        vec![wave(6, 0.0, 0.3, 0), wave(1, 0.0, 1.0, 1)]
    }

    fn data<T: Clone>(&self, series: &[Vec<Vec<T>>]) -> Result<Data<T>, Box<dyn Error>> {
        let (mut stimuli, mut clamps) = (vec![], vec![]);
        self.view().cell(0)?.data_stimulate(series[0].clone(), &mut stimuli)?;
        self.view().edge(1)?.data_clamp(
            "IonotropicSynapse_s",
            series[1][0].clone(),
            &mut clamps,
        )?;
        Ok([stimuli, clamps])
    }
}

fn arrays(arrays: &Arrays) -> States<f64> {
    let array = |array: &Vec<Option<f64>>| array.iter().map(|x| x.unwrap_or(f64::NAN)).collect();
    arrays.iter().map(|(key, values)| (key.clone(), array(values))).collect()
}

/// Compares where Jaxley's are not NaN.
#[track_caller]
fn close_arrays(what: &str, found: &States<f64>, expected: &Arrays, tolerance: f64) {
    assert!(found.keys().eq(expected.keys()), "{what}: {:?}", found.keys());
    for (key, expected) in expected {
        let pairs = found[key].iter().zip(expected);
        let (found, expected): (Vec<_>, Vec<_>) =
            pairs.filter_map(|(&a, &b)| Some((a, b?))).unzip();
        close(&format!("{what} {key}"), &found, &expected, tolerance);
    }
}

fn compare(name: &str, module: &impl Build, case: &impl Case) -> Outcome {
    let cable = module.build(0.025)?;
    let series = case.series();
    let [stimuli, clamps] = case.data(&series)?;
    for (solver_name, solver) in
        [("bwd_euler", Solver::BwdEuler), ("crank_nicolson", Solver::CrankNicolson)]
    {
        let of = &jaxley().runs[name][solver_name];
        let run = build_init_and_step_fn(&cable, solver);
        let given = arrays(&of.given);
        let data = RunData {
            data_stimuli: &stimuli,
            data_clamps: &clamps,
            all_states: Some(&given),
            ..RunData::default()
        };
        let what = format!("{name} by {solver_name}");
        let (recorded, end) = run.integrate_with_states(&vec![], data)?;
        assert_eq!(recorded.ncols(), STEPS + 1);
        for (found, expected) in recorded.rows().into_iter().zip(&of.recorded) {
            close(&what, &found.to_vec(), expected, 1e-10);
        }
        close_arrays(&what, &end, &of.end, 1e-9);

        let loss = |v: &Array2<f64>| {
            let count = v.len() as f64;
            let error = v.mapv(|v| (v + 60.0) / 10.0);
            ((&error * &error).sum() / count, error * (0.2 / count))
        };
        let (value, gradient) = run.value_and_grad_of(&vec![], data, loss)?;
        close(&what, &[value], &[of.loss], 1e-12);
        let found = gradient.data_stimuli.iter().chain(&gradient.data_clamps);
        let found: Vec<_> = found.map(|external| external.values.concat()).collect();
        assert_eq!(found.len(), of.by_series.len());
        for (found, expected) in found.iter().zip(&of.by_series) {
            close(&what, found, &expected.concat(), 1e-6);
        }
        close_arrays(&what, &gradient.states, &of.by_given, 1e-6);

        // Dual numbers in the direction of the gradient of each series, and of the given states.
        let slope = |x: f64, eps: f64| Dual64::new(x, eps);
        let mut flat = found.iter().flatten();
        let dual: Vec<Vec<Vec<Dual64>>> = series
            .iter()
            .map(|rows| {
                let row = |row: &Vec<f64>| {
                    row.iter().map(|&x| slope(x, *flat.next().expect("a derivative"))).collect()
                };
                rows.iter().map(row).collect()
            })
            .collect();
        let given = given.iter().map(|(key, array)| {
            let slopes = &gradient.states[key];
            (key.clone(), array.iter().zip(slopes).map(|(&x, &eps)| slope(x, eps)).collect())
        });
        let given: States<Dual64> = given.collect();
        let [stimuli, clamps] = case.data(&dual)?;
        let data = RunData {
            data_stimuli: &stimuli,
            data_clamps: &clamps,
            all_states: Some(&given),
            ..RunData::default()
        };
        let recorded = run.integrate(&vec![], data)?;
        let loss = recorded.mapv(|v| ((v + 60.0) / 10.0).powi(2)).sum() / recorded.len() as f64;
        let squares = gradient.states.values().flatten().chain(found.iter().flatten());
        let square: f64 = squares.map(|x| x * x).sum();
        close(&what, &[loss.eps], &[square], 1e-9);
    }
    Ok(())
}

#[test]
fn of_a_cell() -> Outcome {
    let cell = ACell::new()?;
    compare("a_cell", &cell.0, &cell)
}

#[test]
fn of_a_network() -> Outcome {
    let net = ANetwork::new()?;
    compare("a_network", &net.0, &net)
}
