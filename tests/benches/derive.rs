//! How long rustc takes for 100 structs of 10 fields with `#[derive(PyTree)]`, with serde's two
//! derives, and with none: the medians of some builds of a package written for it.
//!
//! `cargo bench -p tests --bench derive`

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{array, fs};

const STRUCTS: usize = 100;
const BUILDS: usize = 9;

/// The derives in turn, and their names.
const DERIVES: [(&str, &str); 3] = [
    ("none", ""),
    ("pytree", "#[derive(pytree::PyTree)]\n"),
    ("serde", "#[derive(serde::Serialize, serde::Deserialize)]\n"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("derive");
    fs::create_dir_all(package.join("src"))?;
    fs::write(package.join("Cargo.toml"), manifest())?;

    // By turns, so that a slow minute of the machine falls on all.
    let mut times: [Vec<Duration>; DERIVES.len()] = array::from_fn(|_| Vec::new());
    for build in 0..=BUILDS {
        for ((_, derive), times) in DERIVES.iter().zip(&mut times) {
            fs::write(package.join("src/lib.rs"), structs(derive, build))?;
            let start = Instant::now();
            let status = Command::new(env!("CARGO"))
                .args(["build", "--quiet", "--target-dir"])
                .arg(package.join("target"))
                .current_dir(&package)
                .env("CARGO_INCREMENTAL", "0")
                .status()?;
            if !status.success() {
                return Err(format!("the package at {} does not build", package.display()).into());
            }
            // The first one builds the dependencies.
            if build > 0 {
                times.push(start.elapsed());
            }
        }
    }
    let medians = times.map(|mut times| {
        times.sort_unstable();
        times[BUILDS / 2].as_secs_f64()
    });
    for ((name, _), median) in DERIVES.iter().zip(medians) {
        println!("{name:>6} {:5.0} ms", median * 1e3);
    }
    let [none, pytree, serde] = medians;
    println!("what pytree adds is {:.2} of what serde adds", (pytree - none) / (serde - none));
    Ok(())
}

/// A package outside the workspace that depends on both.
fn manifest() -> String {
    let pytree = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pytree");
    format!(
        "[package]\nname = \"derive\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         pytree = {{ path = \"{}\" }}\nserde = {{ version = \"1\", features = [\"derive\"] }}\n",
        pytree.display()
    )
}

/// The structs, each behind the derive; `build` makes the file another one each time.
fn structs(derive: &str, build: usize) -> String {
    let types = ["f64", "Vec<f64>"].iter().cycle();
    let fields: Vec<_> = (0..10).zip(types).map(|(i, ty)| format!("pub x{i}: {ty}")).collect();
    let one = |i| format!("{derive}pub struct S{i} {{ {} }}\n", fields.join(", "));
    format!("// {build}\n") + &(0..STRUCTS).map(one).collect::<String>()
}
