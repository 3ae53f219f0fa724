//! What an exchange costs beside rsmpi on a slice, and what a second rank gains.
//!
//! `cargo bench --manifest-path examples/cluster/Cargo.toml --bench cluster` starts `mpirun` itself. Two cores should be free.

use std::error::Error;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cluster::Exchange;
use mpi::collective::SystemOperation;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives};
use ndarray::{Array1, Array2};
use pytree::PyTree;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The times of the all-reduces of which the median is printed.
const TIMES: usize = 300;
/// The runs of a program of which the median is printed.
const RUNS: usize = 3;

#[derive(PyTree)]
struct Layer {
    w: Array2<f64>,
    b: Array1<f64>,
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// The milliseconds that `call` takes once all ranks are there.
fn time(world: &SimpleCommunicator, call: impl FnOnce() -> Outcome<()>) -> Outcome<f64> {
    world.barrier();
    let start = Instant::now();
    call()?;
    Ok(start.elapsed().as_secs_f64() * 1e3)
}

/// A field of `/proc/PROCESS/status`, in its unit: `VmHWM` is the peak of the memory in kB.
fn status(process: &str, field: &str) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn megabytes(process: &str) -> f64 {
    f64::from(status(process, "VmHWM").unwrap_or(0)) / 1e3
}

/// All-reduces of a tree of 4.2 MB: 32 layers of (128, 128) and (128).
fn all_reduce(world: &SimpleCommunicator) -> Outcome<()> {
    let before = megabytes("self");
    let layer = |_| Layer { w: Array2::ones((128, 128)), b: Array1::ones(128) };
    let mut tree: Vec<Layer> = (0..32).map(layer).collect();
    let with_tree = megabytes("self");
    let mut exchange = Exchange::new(world, &tree)?;
    exchange.sum(&mut tree)?;
    let with_exchange = megabytes("self");

    let len = exchange.layout().len();
    let (mut own, mut sum) = (vec![1.0; len], vec![0.0; len]);
    let [mut slice, mut in_place, mut ours] = [const { Vec::new() }; 3];
    for _ in 0..TIMES {
        slice.push(time(world, || {
            world.all_reduce_into(&own[..], &mut sum[..], SystemOperation::sum());
            Ok(())
        })?);
        in_place.push(time(world, || {
            world.all_reduce_into(&own[..], &mut sum[..], SystemOperation::sum());
            own.copy_from_slice(&sum);
            Ok(())
        })?);
        // Doubled each time, as the tree; finite after all of `TIMES`.
        ours.push(time(world, || Ok(exchange.sum(&mut tree)?))?);
    }
    if world.rank() == 0 {
        let ratio = |rival: &[f64]| median(ours.iter().zip(rival).map(|(a, b)| a / b).collect());
        let (to_slice, to_in_place) = (ratio(&slice), ratio(&in_place));
        let [slice, in_place, ours] = [slice, in_place, ours].map(median);
        println!("{} ranks: sum of a tree of 4.2 MB {ours:.2} ms", world.size());
        println!("  sum from a slice to another {slice:.2} ms, ratio {to_slice:.2}");
        println!("  the same and copied back {in_place:.2} ms, ratio {to_in_place:.2}");
        println!(
            "  memory of a rank: {before:.0} MB, tree {with_tree:.0}, exchange {with_exchange:.0}"
        );
    }
    Ok(())
}

/// `mpirun` with a number of ranks.
fn mpirun(ranks: u32) -> Command {
    let mut command = Command::new("mpirun");
    command.envs([("OMPI_ALLOW_RUN_AS_ROOT", "1"), ("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")]);
    command.args(["--oversubscribe", "-n", &ranks.to_string()]);
    command
}

/// The seconds of a run, and the peak of the memory of a rank in MB.
fn run(ranks: u32, arguments: &[&str]) -> Outcome<(f64, f64)> {
    let start = Instant::now();
    let mut command = mpirun(ranks);
    let mut child = command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let mut peak: f64 = 0.0;
    while child.try_wait()?.is_none() {
        for entry in fs::read_dir("/proc")?.flatten() {
            let process = entry.file_name().to_string_lossy().into_owned();
            if status(&process, "PPid") == Some(child.id()) {
                peak = peak.max(megabytes(&process));
            }
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    let succeeded = child.wait()?.success();
    if succeeded { Ok((start.elapsed().as_secs_f64(), peak)) } else { Err("a run failed".into()) }
}

fn speed_up(name: &str, arguments: &[&str], before: impl Fn()) -> Outcome<()> {
    let [mut one, mut two, mut peak] = [const { Vec::new() }; 3];
    for _ in 0..RUNS {
        before();
        one.push(run(1, arguments)?.0);
        before();
        let (seconds, memory) = run(2, arguments)?;
        two.push(seconds);
        peak.push(memory);
    }
    let gain = median(one.iter().zip(&two).map(|(one, two)| one / two).collect());
    let [one, two, peak] = [one, two, peak].map(median);
    println!("{name}: {one:.2} s on 1 rank, {two:.2} s on 2, {gain:.2} times; {peak:.0} MB a rank");
    Ok(())
}

fn main() -> Outcome<()> {
    const RANK: &str = "CLUSTER_BENCH_RANK";
    if std::env::var_os(RANK).is_some() {
        cluster::run(all_reduce);
        return Ok(());
    }
    mpirun(2).arg(std::env::current_exe()?).env(RANK, "").status()?;
    speed_up("fit, 1500 steps", &[env!("CARGO_BIN_EXE_fit"), "1500"], || {})?;
    let folder = format!("{}/bench", env!("CARGO_TARGET_TMPDIR"));
    let ensemble = [env!("CARGO_BIN_EXE_ensemble"), &folder, "1500"];
    speed_up("ensemble, 1500 cells", &ensemble, || drop(fs::remove_dir_all(&folder)))
}
