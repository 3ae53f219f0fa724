//! Starts `mpirun`.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Mutex;

use mpi::topology::SimpleCommunicator;

pub type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// Set in the processes that `mpirun` starts.
const STARTED: &str = "CLUSTER_TEST_RANK";

/// `mpirun` with a number of ranks, which may exceed that of the cores. A run that hangs ends with an error.
pub fn mpirun(ranks: usize) -> Command {
    let mut command = Command::new("mpirun");
    command.args(["--oversubscribe", "--timeout", "300", "-n", &ranks.to_string()]);
    // Without these, Open MPI refuses to run as root, as in a container.
    command.envs([("OMPI_ALLOW_RUN_AS_ROOT", "1"), ("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")]);
    command
}

/// Runs a command. One at a time: ranks wait for each other in loops that take whole cores.
pub fn output(command: &mut Command) -> Output {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock();
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs `program` on several ranks. Each is a process that runs the test `test` alone, which comes here again.
pub fn run(ranks: usize, test: &str, program: fn(&SimpleCommunicator) -> Outcome) -> Output {
    if std::env::var_os(STARTED).is_some() {
        cluster::run(program);
        std::process::exit(0);
    }
    let this = std::env::current_exe().expect("the path of this program");
    let mut command = mpirun(ranks);
    command.arg(Path::new(&this)).args(["--exact", test, "--nocapture", "--test-threads", "1"]);
    output(command.env(STARTED, ""))
}

/// [`run`] on 1, 2, 3 and 4 ranks, on which `program` has to succeed.
pub fn succeeds(test: &str, program: fn(&SimpleCommunicator) -> Outcome) {
    for ranks in 1..=4 {
        let output = run(ranks, test, program);
        assert!(output.status.success(), "{ranks} ranks: {}", stderr(&output));
    }
}

/// Asserts that all ranks return this error; `program` does so on 3 ranks.
pub fn fails(test: &str, error: &str, program: fn(&SimpleCommunicator) -> Outcome) {
    let output = run(3, test, program);
    let printed = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert_eq!(printed.matches("error: ").count(), 1, "{printed}");
    assert!(printed.contains(&format!("error: {error}\n")), "{printed}");
}
