//! The slowest modes of a network of 25,000 cells at rest, which has 100,000 states: eigenvalues of
//! the step linearised there, by Krylov's method, with the right vectors (where a mode shows) and
//! the left vectors (what it listens to). Drawn as a heat map.
//!
//! Ten groups of cells excite themselves, each more than the one before it, and each also the next.
//!
//! `cargo run --release -p examples --features modes --example slow_modes [-- slow_modes.svg [2500]]`

mod krylov;
mod picture;

use cable::channels::HH;
use cable::synapses::TanhRateSynapse;
use cable::{Build, Cable, CableError, Cell, Network, StepDynamics};
use dynamics::build_dynamic_state_utils;
use fastrand::Rng;
use krylov::largest;
use ndarray::{Array1, Array2, Axis};
use picture::Outcome;
use picture::heat_map::{self, Labels, SMALLEST, Words};

const DELTA_T: f64 = 0.2; // ms
const GROUPS: usize = 10;
/// The number of modes, and of the vectors that they are made of.
const SIZE: [usize; 2] = [5, 60];
/// The steps from one of these vectors to the next.
const STEPS: i32 = 20;
/// The voltage (mV) and the conductance (uS) of a cell at rest. A group that excites itself as much
/// never forgets.
const REST: f64 = -65.323_256_326_862_28;
const CONDUCTANCE: f64 = 2.053e-4;

/// For each cell of a group, nine synapses inside it, and one from the group before it. At rest, no
/// current flows through any.
fn network(cells: usize) -> Result<Cable, CableError> {
    let mut cell = Cell::default();
    cell.insert(HH)?.set("HH_gNa", 0.004)?.set("HH_gK", 0.0012)?.set("HH_eLeak", -65.0)?;
    cell.set("v", REST)?.init_states()?;
    let mut net = Network::new(&vec![cell; GROUPS * cells])?;
    let (mut rng, mut strengths) = (Rng::with_seed(1), vec![]);
    let mut connect = |pre: usize, post: usize, len: usize, strength: f64| {
        strengths.resize(strengths.len() + len, strength);
        let pre = net.cell(pre..pre + len)?.selection();
        let post = net.cell(post..post + len)?.selection();
        net.connect(&pre, &post, TanhRateSynapse).map(|_| ())
    };
    for (group, forgets) in (0..GROUPS).zip((0..).map(|group| 0.5 * 0.7_f64.powi(group))) {
        let start = group * cells;
        for shift in (0..9).map(|_| rng.usize(1..cells)) {
            let strength = CONDUCTANCE * (1.0 - forgets) / 9.0;
            connect(start, start + shift, cells - shift, strength)?;
            connect(start + cells - shift, start, shift, strength)?;
        }
        if group > 0 {
            connect(start - cells, start, cells, 0.01 * CONDUCTANCE)?;
        }
    }
    net.set("TanhRateSynapse_gS", strengths)?.set("TanhRateSynapse_x_offset", REST)?;
    net.build(DELTA_T)
}

fn largest_of(vector: &Array1<f64>) -> f64 {
    vector.fold(0.0, |most: f64, x| most.max(x.abs()))
}

fn main() -> Outcome {
    let picture = std::env::args().nth(1).unwrap_or_else(|| "slow_modes.svg".into());
    let cells = std::env::args().nth(2).map_or(Ok(2500), |cells| cells.parse())?;
    (cells > 1).then_some(()).ok_or("a group needs at least 2 cells")?;
    let cable = network(cells)?;
    let utils = build_dynamic_state_utils(&cable)?;
    let step = StepDynamics::new(&utils, cable.externals_at(0)?);
    let rest = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
    let (after, linear) = step.linearize(&rest)?;
    let (n, moved) = (rest.len(), largest_of(&(after - &rest)));
    println!("{n} states, of which a step moves none by more than {moved:.0e}");
    let mut rng = Rng::with_seed(2);
    let start: Array1<f64> = (0..n).map(|_| rng.f64() - 0.5).collect();
    let on = |x: &Array1<f64>| (1..STEPS).try_fold(linear.jvp(x)?, |x, _| Ok(linear.jvp(&x)?));
    let back = |y: &Array1<f64>| (1..STEPS).try_fold(linear.vjp(y)?, |y, _| Ok(linear.vjp(&y)?));
    let (right, left) = (largest(SIZE, start.clone(), on)?, largest(SIZE, start, back)?);
    let nodes = utils.range("v")?.step_by(cells).collect::<Vec<_>>(); // one of each group
    let rows: Vec<_> = (1..=GROUPS).map(|group| format!("group {group}")).collect();
    let (mut columns, mut entries, time) = (vec![], vec![], DELTA_T * f64::from(STEPS));
    for ((value, right), (_, left)) in right.iter().zip(&left) {
        let fades = -time / value.ln().re;
        print!("{fades:>6.1} ms:");
        for (verb, side, vector) in [("shows", "right", right), ("listens", "left", left)] {
            let size = |at: usize| vector[at].abs();
            let most = utils.range("v")?.max_by(|&a, &b| size(a).total_cmp(&size(b))).unwrap_or(0);
            print!("   {verb} most at {:<9}", utils.label(most)?);
            columns.push(format!("{fades:.1} ms, {side}"));
            entries.extend(nodes.iter().map(|node| vector[*node] / vector[most]));
        }
        println!("   error {:.0e}", largest_of(&(on(right)? - right * value.re)));
    }
    let entries = Array2::from_shape_vec((columns.len(), GROUPS), entries)?.reversed_axes();
    // The first groups forget too fast to have a part in these modes.
    let has_part = |group: &usize| entries.row(*group).iter().any(|x| x.abs() > SMALLEST);
    let first = (0..GROUPS).find(has_part).unwrap_or(0);
    let labels = Labels {
        rows: "voltage of a cell of the group",
        columns: "time in which the mode fades to 1/e, and vector",
        scale: "entry (1 is the largest; no unit)",
        names: [&rows[first..], &columns],
    };
    let title = &format!("The slowest modes of {GROUPS} groups of {cells} cells");
    let description = "Each group excites itself and the next. A mode shows (right) in a group and \
                       those after it, and listens (left) to those before. Fast groups are left out.";
    let entries = entries.view().split_at(Axis(0), first).1.to_owned();
    heat_map::draw(&picture, Words { title, description }, &labels, &entries)?;

    // Check: a nudge along the slowest mode decays at the rate of its eigenvalue.
    let nudge = &right[0].1 / largest_of(&right[0].1) * 1e-3; // mV
    let nudged = (0..STEPS).try_fold(&rest + &nudge, |vector, _| step.apply(&vector))?;
    let (left, expected) = ((nudged - &rest).dot(&nudge) / nudge.dot(&nudge), right[0].0.re);
    println!("After {time} ms, {left:.4} of a nudge is left; the slowest mode says {expected:.4}.");
    if (left - expected).abs() < 1e-3 { Ok(()) } else { Err("the steps do otherwise".into()) }
}
