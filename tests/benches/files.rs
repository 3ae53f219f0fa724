//! How long it takes to save and load files.
//!
//! `cargo bench -p tests --bench files` prints the times beside `std::fs` with as many bytes;
//! `python3 tests/benches/files.py` prints them beside NumPy, safetensors and equinox.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::time::Instant;

use ndarray::Array1;
use pytree::files::{Format, StoredIn, Writer};
use pytree::npz::{self, Npz};
use pytree::safetensors::{self, Safetensors};
use serde::Deserialize;
use tests::{Aim, Table};

/// What is saved: 100 MB in one array, or 1,000 arrays of 10 numbers.
#[derive(Clone, Copy, Deserialize)]
enum Content {
    One,
    Thousand,
}

impl Content {
    fn arrays(self) -> Vec<Array1<f64>> {
        let (arrays, len) = match self {
            Content::One => (1, 12_500_000_u32),
            Content::Thousand => (1_000, 10),
        };
        (0..arrays).map(|array| (0..len).map(|i| f64::from(array + i)).collect()).collect()
    }
}

#[derive(Clone, Copy, Deserialize)]
enum FileFormat {
    Npz,
    Safetensors,
}

#[derive(Clone, Copy, Deserialize)]
enum Operation {
    Save,
    /// Without waiting for the disk.
    SaveUnsynced,
    Load,
    /// As a tree of arrays, without a template.
    LoadTree,
}

/// A line of standard input.
#[derive(Deserialize)]
struct Request {
    format: FileFormat,
    content: Content,
    operation: Operation,
    file: PathBuf,
}

fn main() {
    if std::env::args().any(|argument| argument == "serve") {
        serve();
    } else {
        table();
    }
}

/// Answers each request with the seconds that it took.
fn serve() {
    let mut trees = [Content::One, Content::Thousand].map(Content::arrays);
    for line in io::stdin().lock().lines() {
        let line = line.expect("a line of text");
        let Request { format, content, operation, file } =
            serde_json::from_str(&line).expect("a request");
        let tree = &mut trees[content as usize];
        let start = Instant::now();
        run(format, operation, tree, &file);
        println!("{}", start.elapsed().as_secs_f64());
    }
}

fn run(format: FileFormat, operation: Operation, tree: &mut Vec<Array1<f64>>, file: &Path) {
    match (format, operation) {
        (FileFormat::Npz, Operation::Load) => npz::load(file, tree).expect("a file"),
        (FileFormat::Npz, Operation::LoadTree) => {
            black_box(npz::open(file).and_then(|file| file.tree::<f64>()).expect("a file"));
        }
        (FileFormat::Npz, save) => self::save::<Npz>(tree, file, save),
        (FileFormat::Safetensors, Operation::Load) => {
            safetensors::load(file, tree).expect("a file");
        }
        (FileFormat::Safetensors, Operation::LoadTree) => {
            black_box(safetensors::open(file).and_then(|file| file.tree::<f64>()).expect("a file"));
        }
        (FileFormat::Safetensors, save) => self::save::<Safetensors>(tree, file, save),
    }
}

fn save<F: Format>(tree: &Vec<Array1<f64>>, file: &Path, operation: Operation)
where
    f64: StoredIn<F>,
{
    let writer = Writer::<F>::new().add_as(tree, |path| path.simple(".")).expect("a tree");
    let writer = if let Operation::Save = operation { writer } else { writer.without_sync() };
    writer.save(file).expect("a file");
}

/// Ours beside the bytes alone, which are all that one array of 100 MB has to be.
fn table() {
    let path = std::env::temp_dir().join(format!("pytree-bench-{}", std::process::id()));
    let mut tree = Content::One.arrays();
    let bytes: Vec<u8> = tree[0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let table = Table::new("Files of 100 MB in one array");
    for (name, format) in [("npz", FileFormat::Npz), ("safetensors", FileFormat::Safetensors)] {
        let [save, unsynced, load] = [Operation::Save, Operation::SaveUnsynced, Operation::Load]
            .map(|operation| move |tree: &mut _, path: &Path| run(format, operation, tree, path));
        let row = |what: &str| format!("{name}: {what}");
        let plain = path.with_extension("plain");
        table.row(
            &row("save, on the disk"),
            "`fs::write`, `sync_all`",
            Aim::Open,
            || save(&mut tree, &path),
            || {
                fs::write(&plain, &bytes).expect("a file");
                File::open(&plain).and_then(|file| file.sync_all()).expect("a file");
            },
        );
        table.row(
            &row("save, not waiting for the disk"),
            "`fs::write`",
            Aim::Open,
            || unsynced(&mut tree, &path),
            || fs::write(&plain, &bytes).expect("a file"),
        );
        table.row(
            &row("load"),
            "`fs::read`",
            Aim::Open,
            || load(&mut tree, &path),
            || fs::read(&plain).expect("a file"),
        );
        fs::remove_file(&plain).expect("a file");
    }
    fs::remove_file(&path).expect("a file");
}
