//! The two programs, on 1, 2 and 4 ranks.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, UInt32Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::ranks::{mpirun, output, stderr};

const FIT: &str = env!("CARGO_BIN_EXE_fit");
const ENSEMBLE: &str = env!("CARGO_BIN_EXE_ensemble");

fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn fits_agree_to_rounding() {
    // Each line is `label = value unit`; the last has the losses.
    let fit = |ranks: usize| {
        let printed = succeeded(&output(mpirun(ranks).args([FIT, "40"])));
        let values = printed.lines().filter_map(|line| line.split_once(" = "));
        let values = values.filter_map(|(label, value)| {
            Some((label.to_owned(), value.strip_suffix(" S/cm²")?.parse::<f64>().ok()?))
        });
        values.collect::<BTreeMap<_, _>>()
    };
    let one = fit(1);
    assert_eq!(one.len(), 18);
    for ranks in [2, 4] {
        let several = fit(ranks);
        assert!(several.keys().eq(one.keys()));
        for ((label, expected), found) in one.iter().zip(several.values()) {
            let off = (found - expected).abs() / expected;
            assert!(off < 1e-10, "{ranks} ranks: {label}: expected {expected}, found {found}");
        }
    }
}

#[test]
fn a_fit_of_the_default_length_is_close_and_a_short_one_is_no_error() {
    // The last line is `loss from first to last mV², ...`.
    let losses = |arguments: &[&str]| {
        let printed = succeeded(&output(mpirun(2).arg(FIT).args(arguments)));
        let line =
            printed.lines().find_map(|line| line.strip_prefix("loss from ")?.split_once(" mV"));
        let losses = line.and_then(|(losses, _)| losses.split_once(" to ")).expect("the losses");
        [losses.0, losses.1].map(|loss| loss.parse::<f64>().expect("a number"))
    };
    let [first, last] = losses(&[]);
    assert!(last < first / 10.0, "from {first} to {last}");
    assert_eq!(losses(&["1"]), [first, first]);
}

/// An empty folder of a test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    folder
}

fn ensemble(ranks: usize, folder: &Path, arguments: [&str; 2]) -> Output {
    output(mpirun(ranks).arg(ENSEMBLE).arg(folder).args(arguments))
}

/// The names of the files of a folder.
fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<_> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The bits of all numbers of each seed, over all files of a folder.
fn table(folder: &Path) -> BTreeMap<u32, Vec<Vec<u64>>> {
    let mut table: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for name in files(folder) {
        let file = File::open(folder.join(&name)).expect("a file of the folder");
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("a Parquet file");
        for batch in reader.build().expect("a reader") {
            let batch = batch.expect("rows");
            let whole = |index: usize| batch.column(index).as_primitive::<UInt32Type>();
            for row in 0..batch.num_rows() {
                assert!(name.starts_with(&format!("rank-{}-", whole(0).value(row))), "{name}");
                let columns = batch.columns()[2..].iter();
                let numbers = columns.map(|c| c.as_primitive::<Float64Type>().value(row).to_bits());
                table.entry(whole(1).value(row)).or_default().push(numbers.collect());
            }
        }
    }
    table
}

#[test]
fn ensembles_agree_bit_for_bit() {
    let [one, two, four] = ["one", "two", "four"].map(folder);
    for (ranks, folder) in [(1, &one), (2, &two), (4, &four)] {
        succeeded(&ensemble(ranks, folder, ["9", "5"]));
        assert_eq!(files(folder).len(), ranks);
    }
    let expected = table(&one);
    assert!(expected.keys().copied().eq(0..9));
    // A row for each 0.25 ms, of four parameters, the time, three gates and three voltages.
    assert!(expected.values().all(|rows| rows.len() == 21 && rows[0].len() == 11));
    assert_ne!(expected[&0], expected[&1]);
    assert_eq!(table(&two), expected);
    assert_eq!(table(&four), expected);
}

#[test]
#[cfg(target_os = "linux")]
fn a_rank_that_fails_ends_the_run_and_the_next_run_resumes() {
    let [expected, resumed, full] = ["expected", "resumed", "full"].map(folder);
    succeeded(&ensemble(1, &expected, ["8", "5"]));
    succeeded(&ensemble(1, &resumed, ["3", "5"]));
    let finished = fs::read(resumed.join("rank-0-from-seed-0.parquet")).expect("a file");

    // Rank 1 writes seeds 5 to 7 to a disk that is full.
    fs::create_dir_all(&full).expect("a folder");
    let unfinished = full.join("rank-1-from-seed-5.unfinished");
    std::os::unix::fs::symlink("/dev/full", &unfinished).expect("a link");
    let mut command: Command = mpirun(1);
    command.arg(ENSEMBLE).arg(&resumed).args(["8", "5", ":", "-n", "1"]);
    let failed = output(command.arg(ENSEMBLE).arg(&full).args(["8", "5"]));
    let printed = stderr(&failed);
    assert_eq!(failed.status.code(), Some(1), "{printed}");
    let error = format!("error: rank 1: {}: ", unfinished.display());
    let error = printed.lines().find(|line| line.starts_with(&error));
    assert!(error.is_some_and(|line| line.contains("No space left on device")), "{printed}");
    assert_eq!(fs::read(resumed.join("rank-0-from-seed-0.parquet")).expect("a file"), finished);

    let printed = succeeded(&ensemble(1, &resumed, ["2", "5"]));
    assert_eq!(printed, format!("{} has the cells with seeds 0 to 1.\n", resumed.display()));

    // Another number of ranks simulates what is missing, and the next run has nothing to do.
    for missing in ["are missing", "0 of 8 cells are missing"] {
        let printed = ensemble(3, &resumed, ["8", "5"]);
        succeeded(&printed);
        assert!(stderr(&printed).contains(missing), "{}", stderr(&printed));
    }
    assert!(files(&resumed).iter().all(|name| name.ends_with(".parquet")));
    assert_eq!(table(&resumed), table(&expected));
}

/// Asserts that a run in `folder` is refused with this text after its name, and changes nothing.
fn refused(folder: &Path, arguments: [&str; 2], expected: &str) {
    let before = files(folder);
    let output = ensemble(2, folder, arguments);
    let printed = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    let subject = "has files that are not of this ensemble; move them, or choose another folder";
    let error = format!("error: rank 0: {} {subject}{expected}\n", folder.display());
    assert!(printed.contains(&error), "{printed}\n{error}");
    assert_eq!(files(folder), before);
}

#[test]
fn files_that_are_not_of_the_ensemble_are_refused() {
    let folder = folder("refused");
    succeeded(&ensemble(2, &folder, ["4", "1"]));
    let part = |seed: u32| folder.join(format!("rank-{}-from-seed-{seed}.parquet", seed / 2));
    refused(
        &folder,
        ["4", "2"],
        " in 2 places:\n  \
            rank-0-from-seed-0.parquet: t_max is \"1\" there, \"2\" in this run\n  \
            rank-1-from-seed-2.parquet: t_max is \"1\" there, \"2\" in this run",
    );

    fs::copy(part(0), folder.join("copy.parquet")).expect("a copy");
    let copy = ": rank-0-from-seed-0.parquet: seed 0 is also in copy.parquet";
    refused(&folder, ["4", "1"], copy);
    fs::remove_file(folder.join("copy.parquet")).expect("the copy");

    let whole = fs::read(part(2)).expect("a file");
    fs::write(part(2), &whole[..whole.len() - 10]).expect("half a file");
    fs::write(folder.join("notes.txt"), "seeds 0 to 3").expect("a file");
    fs::write(folder.join("rank-1-from-seed-9.unfinished"), "").expect("a file");
    refused(
        &folder,
        ["4", "1"],
        " in 2 places:\n  \
            notes.txt: not a Parquet file, or damaged: Parquet error: Invalid Parquet file. Corrupt footer\n  \
            rank-1-from-seed-2.parquet: not a Parquet file, or damaged: Parquet error: Invalid Parquet file. Corrupt footer",
    );

    // Without the damaged file its seeds are simulated again.
    fs::remove_file(folder.join("notes.txt")).expect("the notes");
    fs::remove_file(part(2)).expect("the damaged file");
    succeeded(&ensemble(1, &folder, ["4", "1"]));
    assert_eq!(
        files(&folder),
        ["rank-0-from-seed-0.parquet", "rank-0-from-seed-2.parquet"],
        "and what was unfinished is gone"
    );
}

#[test]
fn wrong_arguments_are_refused_once() {
    let empty = folder("arguments");
    fs::create_dir_all(&empty).expect("a folder");
    let cases: [(&str, &[&str], &str); 6] = [
        (ENSEMBLE, &["none", "0"], "the number of cells: number would be zero for non-zero type"),
        (
            ENSEMBLE,
            &["--help"],
            "\"--help\" is not an option; usage: ensemble [FOLDER [CELLS [MILLISECONDS]]]",
        ),
        (
            ENSEMBLE,
            &["none", "-n", "2"],
            "\"-n\" is not an option; usage: ensemble [FOLDER [CELLS [MILLISECONDS]]]",
        ),
        (
            ENSEMBLE,
            &["none", "1", "1", "2"],
            "\"2\" is one argument too many; usage: ensemble [FOLDER [CELLS [MILLISECONDS]]]",
        ),
        (FIT, &["--help"], "\"--help\" is not an option; usage: fit [STEPS]"),
        (FIT, &["1", "2"], "\"2\" is one argument too many; usage: fit [STEPS]"),
    ];
    for (program, arguments, error) in cases {
        let output = output(mpirun(2).current_dir(&empty).arg(program).args(arguments));
        let printed = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{printed}");
        assert!(printed.contains(&format!("error: rank 0: {error}\n")), "{printed}");
        assert_eq!(printed.matches("error: ").count(), 1, "{printed}");
        assert!(files(&empty).is_empty());
    }
}
