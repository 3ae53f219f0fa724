//! The Lyapunov spectrum of four cells in a ring that sinusoidal currents drive into chaos: the
//! rates at which nearby trajectories separate, direction by direction. Draws their convergence.
//!
//! The Jacobian of each step moves k directions at once, which are then made orthonormal again
//! (Benettin et al., 1980). Two trajectories a short distance apart check the largest exponent.
//!
//! `cargo run --release -p examples --example lyapunov [-- lyapunov.svg [100000]]`

mod picture;

use std::error::Error;
use std::f64::consts::TAU;

use cable::channels::HH;
use cable::synapses::IonotropicSynapse;
use cable::{Build, Cable, CableError, Cell, Network, StepDynamics};
use dynamics::build_dynamic_state_utils;
use ndarray::{Array1, Array2, Axis};
use picture::axis::plain;
use picture::line_chart::{self, Line, Panel, Words};

const DELTA_T: f64 = 0.05; // ms
const DIRECTIONS: usize = 8;

/// Cells that excite the next, each driven by a current of its own amplitude.
fn ring(steps: usize) -> Result<Cable, CableError> {
    let mut cell = Cell::default();
    cell.insert(HH)?.set("v", -65.0)?.init_states()?; // mV
    let mut net = Network::new(&vec![cell; 4])?;
    for (index, amplitude) in [0.03, 0.0303, 0.0306, 0.0309].into_iter().enumerate() {
        let seconds = (0..steps).map(|step| DELTA_T * step as f64 / 1000.0);
        let drive = seconds.map(|time| amplitude * (TAU * 144.0 * time).sin());
        net.cell(index)?.stimulate(drive.collect::<Vec<_>>())?; // nA
        let [pre, post] = [net.cell(index)?.selection(), net.cell((index + 1) % 4)?.selection()];
        net.connect(&pre, &post, IonotropicSynapse)?;
    }
    net.set("IonotropicSynapse_gS", 2e-5)?.build(DELTA_T) // uS
}

/// Makes the columns orthonormal, from the first to the last (Gram and Schmidt). Returns the
/// logarithms of their lengths, each without the part along the columns before it.
fn orthonormalise(columns: &mut Array2<f64>) -> Array1<f64> {
    let lengths = (0..columns.ncols()).map(|k| {
        let (before, mut column) = columns.view_mut().split_at(Axis(1), k);
        let mut column = column.column_mut(0);
        for other in before.columns() {
            let along = other.dot(&column);
            column.scaled_add(-along, &other);
        }
        let length = column.dot(&column).sqrt();
        column /= length;
        length.ln()
    });
    lengths.collect()
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let picture = std::env::args().nth(1).unwrap_or_else(|| "lyapunov.svg".into());
    let steps = std::env::args().nth(2).map_or(Ok(100_000), |steps| steps.parse())?;
    let (cable, apart) = (ring(steps)?, 1e-6);
    let utils = build_dynamic_state_utils(&cable)?;
    let (n, shown) = (utils.num_states(), utils.index("v[0]")?);
    let mut vector = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
    let mut directions = Array2::eye(n).view().split_at(Axis(1), DIRECTIONS).0.to_owned();
    let (mut way, mut by_neighbour) = (&directions.column(0) * apart, 0.0);
    let (mut sums, mut exponents) = (Array1::zeros(DIRECTIONS), vec![vec![]; DIRECTIONS + 1]);
    let (mut peaks, mut before) = (Line::default(), [f64::INFINITY; 2]);
    let mut step = StepDynamics::new(&utils, cable.externals_at(0)?);
    for index in 0..steps {
        step = step.with_externals(cable.externals_at(index)?);
        let neighbour = step.apply(&(&vector + &way))?;
        let (after, linear) = step.linearize(&vector)?;
        (vector, directions) = (after, linear.jvp(&directions)?);
        sums += &orthonormalise(&mut directions);

        way = neighbour - &vector;
        let stretch = way.dot(&way).sqrt() / apart;
        way /= stretch;
        by_neighbour += stretch.ln();

        let time = DELTA_T * (index + 1) as f64;
        if index % 1389 == 0 && time > 200.0 || index + 1 == steps {
            // After every ten periods of the drive, and at the end.
            let sums = [by_neighbour].into_iter().chain(sums.iter().copied());
            exponents.iter_mut().zip(sums).for_each(|(line, sum)| line.push((time, sum / time)));
        }
        if before[0] < before[1] && before[1] >= vector[shown] {
            peaks.points.push((time - DELTA_T, before[1]));
        }
        before = [before[1], vector[shown]];
    }
    let time = DELTA_T * steps as f64;
    let (spectrum, largest) = (sums / time, by_neighbour / time);
    let texts: Vec<_> = spectrum.iter().map(|exponent| plain(*exponent, 4)).collect();
    println!("Lyapunov exponents (1/ms): {}", texts.join(", "));
    println!("the largest: {:.5}, by two trajectories {largest:.5}", spectrum[0]);
    // The number of directions in which a small volume as a whole grows (Kaplan and Yorke, 1979).
    let (mut grown, mut whole) = (0.0, 0);
    while whole + 1 < DIRECTIONS && grown + spectrum[whole] > 0.0 {
        (grown, whole) = (grown + spectrum[whole], whole + 1);
    }
    let dimension = whole as f64 - grown / spectrum[whole];
    let dimension = format!("Kaplan-Yorke dimension: {dimension:.2} of {n}");
    println!("{dimension}");
    let mut names = vec!["1, by two trajectories".to_owned()];
    names.extend((0..).zip(texts).map(|(k, text)| format!("{}: {text}", k + 1)).take(whole));
    let lines = names.iter().zip(exponents).map(|(name, points)| Line::new(name, points));
    let mut panels = [
        Panel { dots: peaks, ..Panel::new("", "each maximum of v[0] (mV)", []) },
        Panel::new("time (ms)", "exponent (1/ms)", lines.collect::<Vec<_>>()),
    ];
    panels[1].lines[0].wide = true;
    let title = "Lyapunov spectrum of four driven cells";
    let description = &format!("Maxima do not repeat, the exponents become constant. {dimension}.");
    line_chart::draw(&picture, Words { title, description }, &panels)?;
    println!("Their convergence is drawn to {picture}.");
    let good = (spectrum[0] - largest).abs() < 0.01 * spectrum[0];
    if good { Ok(()) } else { Err("the two ways differ, or the cells are not chaotic".into()) }
}
