//! How long rustc takes for 100 structs of 10 fields with `#[derive(PyTree)]`, with serde's two
//! derives, and with none: the medians of some builds of a package written for it. Then how long it
//! takes to check and to build a program with one struct of many fields, and with one of many levels:
//! twice the fields or levels should take twice the time.
//!
//! `cargo bench -p tests --bench derive`

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{array, fs};

const STRUCTS: usize = 100;
const BUILDS: usize = 9;
const REPEATS: usize = 3;

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
            let elapsed = run(&package, "build", &structs(derive, build))?;
            // The first one builds the dependencies.
            if build > 0 {
                times.push(elapsed);
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

    let kinds: [(&str, Program, [usize; 3]); 3] = [
        ("fields", fields, [100, 200, 400]),
        ("generic fields", generic_fields, [100, 200, 400]),
        ("levels", levels, [15, 30, 60]),
    ];
    for (kind, program, sizes) in kinds {
        for size in sizes {
            let [check, build] = ["check", "build"].map(|command| {
                let mut times = Vec::new();
                for number in 0..REPEATS {
                    let program = format!("// {command} {number}\n{}{CALLS}", program(size));
                    times.push(run(&package, command, &program)?);
                }
                times.sort_unstable();
                Ok::<_, Box<dyn Error>>(times[REPEATS / 2].as_secs_f64() * 1e3)
            });
            println!("{size:4} {kind:14} check {:5.0} ms, build {:5.0} ms", check?, build?);
        }
    }
    Ok(())
}

/// Runs cargo on the package with this library, and returns how long it takes.
fn run(package: &Path, command: &str, library: &str) -> Result<Duration, Box<dyn Error>> {
    fs::write(package.join("src/lib.rs"), library)?;
    let start = Instant::now();
    let status = Command::new(env!("CARGO"))
        .args([command, "--quiet", "--target-dir"])
        .arg(package.join("target"))
        .current_dir(package)
        .env("CARGO_INCREMENTAL", "0")
        .status()?;
    if !status.success() {
        return Err(format!("the package at {} does not {command}", package.display()).into());
    }
    Ok(start.elapsed())
}

/// The types of a program of a size.
type Program = fn(usize) -> String;

/// What a program does with its tree `S`.
const CALLS: &str = "
pub fn doubled(s: &S) -> Result<S, pytree::Error> { pytree::tree_map(|leaf| &leaf * 2.0, s) }
pub fn flat(s: &S) -> Vec<f64> { pytree::ravel_pytree(s).0.to_vec() }
";

/// `size` fields of the types in turn.
fn fields_of(size: usize, types: [&str; 3]) -> String {
    let types = types.iter().cycle();
    let fields: Vec<_> = (0..size).zip(types).map(|(i, ty)| format!("pub x{i}: {ty}")).collect();
    fields.join(", ")
}

/// One struct of `size` fields.
fn fields(size: usize) -> String {
    let fields = fields_of(size, ["f64", "Vec<f64>", "[f64; 3]"]);
    format!("#[derive(pytree::PyTree)]\npub struct S {{ {fields} }}")
}

/// One struct of `size` fields with a type parameter.
fn generic_fields(size: usize) -> String {
    let fields = fields_of(size, ["T", "Vec<T>", "[T; 3]"]);
    format!("#[derive(pytree::PyTree)]\npub struct G<T> {{ {fields} }}\npub type S = G<f64>;")
}

/// Structs with a type parameter, one in the other, `size` deep.
fn levels(size: usize) -> String {
    let one = |i: usize| {
        format!("#[derive(pytree::PyTree)]\npub struct L{}<T> {{ v: T, inner: L{i}<T> }}\n", i + 1)
    };
    let outer = (0..size - 1).map(one).collect::<Vec<_>>().concat();
    format!(
        "#[derive(pytree::PyTree)]\npub struct L0<T> {{ v: T }}\n{outer}pub type S = L{}<f64>;",
        size - 1
    )
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
