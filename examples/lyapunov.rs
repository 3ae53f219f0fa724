//! scan
use cable::{Cell, HH, StepDynamics};
use dynamics::build_dynamic_state_utils;
use std::error::Error;
use std::f64::consts::TAU;
fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let delta_t = 0.05;
    for (amp, from, to) in [(0.02, 110, 130), (0.03, 144, 160), (0.012, 96, 110)] {
        for freq in (from..to).map(f64::from) {
            let mut cell = Cell::default();
            cell.insert(HH)?.set("v", -65.0)?.init_states()?;
            let n = 20000;
            let drive: Vec<f64> = (0..n).map(|s| amp * (TAU * freq * 1e-3 * delta_t * s as f64).sin()).collect();
            cell.stimulate(drive)?;
            let cable = cell.build(delta_t)?;
            let utils = build_dynamic_state_utils(&cable)?;
            let mut x = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
            let mut t = ndarray::Array1::from_elem(x.len(), 0.5);
            let mut sum = 0.0;
            let mut spikes = 0;
            for s in 0..n {
                let step = StepDynamics::new(&cable, &utils, cable.externals_at(s)?);
                t = step.jvp(&x, &t)?;
                let norm = t.dot(&t).sqrt();
                if s > 4000 { sum += norm.ln(); }
                t /= norm;
                let y = step.apply(&x)?;
                if x[3] < 0.0 && y[3] >= 0.0 { spikes += 1; }
                x = y;
            }
            println!("{amp} {freq} {:.5} spikes {spikes} of {:.0}", sum / (delta_t * (n - 4000) as f64), freq * delta_t * n as f64 * 1e-3);
        }
    }
    Ok(())
}
