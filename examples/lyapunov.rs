//! The largest Lyapunov exponent of a cell that a sinusoidal current drives into chaos: the rate at
//! which two trajectories that start close to each other separate. Draws its convergence.
//!
//! The Jacobian of each step moves a tangent vector, which is then scaled back to length 1
//! (Benettin et al., 1980). Two trajectories a short distance apart are the check.
//!
//! `cargo run --release -p examples --example lyapunov [-- lyapunov.svg]`

mod line_chart;

use std::error::Error;
use std::f64::consts::TAU;

use cable::channels::HH;
use cable::{Build, Cell, StepDynamics};
use dynamics::build_dynamic_state_utils;
use line_chart::{Line, Panel};
use ndarray::Array1;

const DELTA_T: f64 = 0.05; // ms

/// Scales `vector` to this length; returns the logarithm of the factor by which it was longer.
fn shorten(vector: &mut Array1<f64>, length: f64) -> f64 {
    let stretch = vector.dot(vector).sqrt() / length;
    *vector /= stretch;
    stretch.ln()
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let picture = std::env::args().nth(1).unwrap_or_else(|| "lyapunov.svg".into());
    let (steps, amplitude, hertz, apart) = (20_000, 0.03, 144.0, 1e-6);
    let times: Vec<_> = (0..steps).map(|step| DELTA_T * f64::from(step)).collect();
    let mut cell = Cell::default();
    cell.insert(HH)?.set("v", -65.0)?.init_states()?.record("v")?; // mV
    let drive = times.iter().map(|time| amplitude * (TAU * hertz * time / 1000.0).sin());
    cell.stimulate(drive.collect::<Vec<_>>())?; // nA
    let cable = cell.build(DELTA_T)?;
    let utils = build_dynamic_state_utils(&cable)?;
    let v = utils.index("v[0]")?;

    let mut vector = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
    let mut tangent = Array1::ones(vector.len());
    shorten(&mut tangent, 1.0);
    let mut way = &tangent * apart;
    let (mut by_tangent, mut by_neighbour) = (0.0, 0.0);
    let mut voltages = Line::new("the driven cell", []);
    let mut exponents = ["two trajectories", "tangent vector"].map(|name| Line::new(name, []));
    let mut step = StepDynamics::new(&utils, cable.externals_at(0)?);
    for (index, time) in times.into_iter().enumerate() {
        step = step.with_externals(cable.externals_at(index)?);
        tangent = step.linearize(&vector)?.1.jvp(&tangent)?;
        let neighbour = step.apply(&(&vector + &way))?;
        vector = step.apply(&vector)?;
        way = neighbour - &vector;
        by_tangent += shorten(&mut tangent, 1.0);
        by_neighbour += shorten(&mut way, apart);
        if index % 278 == 277 {
            // After every two periods of the drive.
            for (line, sum) in exponents.iter_mut().zip([by_neighbour, by_tangent]) {
                line.points.push((time, sum / (time + DELTA_T)));
            }
        }
        if index % 10 == 0 && time < 200.0 {
            voltages.points.push((time, vector[v]));
        }
    }
    let [by_tangent, by_neighbour] =
        [by_tangent, by_neighbour].map(|sum| sum / (DELTA_T * f64::from(steps)));
    println!(
        "largest Lyapunov exponent: {by_tangent:.5} per ms, by two trajectories {by_neighbour:.5}"
    );

    exponents.iter_mut().for_each(|line| drop(line.points.drain(..2))); // of too few steps
    let panels = [
        Panel::new("time (ms)", "v (mV)", [voltages]),
        Panel::new("time (ms)", "exponent (1/ms)", exponents),
    ];
    line_chart::draw(
        &picture,
        "The largest Lyapunov exponent of a driven cell, over 1 s",
        &panels,
    )?;
    println!("Its convergence is drawn to {picture}.");
    if by_tangent > 0.0 && (by_tangent - by_neighbour).abs() < 1e-3 * by_tangent {
        return Ok(());
    }
    Err("the two ways differ, or the cell is not chaotic".into())
}
