//! Loads parameters that NumPy saved into a struct, prints and uses them, shows the error for a struct
//! that the file does not match, and loads the file into a part of a struct.
//!
//! `cargo run -p examples --features checkpoints --example numpy_checkpoint [file.npz]`

use std::error::Error;

use ndarray::{Array1, Array2, ArrayView1, array};
use pytree::{PyTree, npz, tree_format};

/// Written by `numpy.savez(path, **{"layers.0.w": ..., "layers.0.b": ..., ...})`.
const FILE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/checkpoints/xor_compressed.npz");

#[derive(PyTree)]
struct Dense {
    w: Array2<f64>,
    b: Array1<f64>,
}

#[derive(PyTree)]
struct Mlp {
    layers: Vec<Dense>,
    scale: f64,
}

impl Mlp {
    /// A network of layers of these widths, all zero: the template that a file is loaded into.
    fn zeros(widths: &[usize]) -> Self {
        let layer = |ends: &[usize]| Dense {
            w: Array2::zeros((ends[0], ends[1])),
            b: Array1::zeros(ends[1]),
        };
        Mlp { layers: widths.windows(2).map(layer).collect(), scale: 0.0 }
    }

    fn apply(&self, x: &ArrayView1<'_, f64>) -> Array1<f64> {
        let layer = |x: Array1<f64>, layer: &Dense| (x.dot(&layer.w) + &layer.b).mapv(f64::tanh);
        self.layers.iter().fold(x.to_owned(), layer) * self.scale
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).unwrap_or_else(|| FILE.to_string());
    println!("{}\n", npz::open(&file)?);

    let mut mlp = Mlp::zeros(&[2, 2, 1]);
    npz::load(&file, &mut mlp)?;
    println!("{}\n", tree_format(&mlp));

    for x in array![[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]].rows() {
        println!("{x:4} -> {:4.1}", mlp.apply(&x));
    }

    // A file for another network: the error lists all reasons, and nothing is changed.
    let mut deeper = Mlp::zeros(&[2, 3, 1, 1]);
    if let Err(error) = npz::load(&file, &mut deeper) {
        println!("\nrefused: {error}");
    }

    // With one more layer, which the file does not have: the other layers are loaded.
    let mut longer = Mlp::zeros(&[2, 2, 1, 1]);
    let report = npz::open(&file)?.only("!layers[2].**").load(&mut longer)?;
    println!("\n{report}");
    Ok(())
}
