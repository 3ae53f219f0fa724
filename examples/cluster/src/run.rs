use std::error::Error as StdError;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use mpi::Threading;
use mpi::topology::SimpleCommunicator;
use mpi::traits::Communicator;

use crate::error::Error;

/// Runs `program` on this rank; a rank that returns an error or panics ends all ranks.
///
/// The other ranks would wait for it for ever in their next exchange. The error is printed to standard error with the
/// number of the rank, and the exit code of the run is 1, or 101 after a panic. An [`Error`] that all ranks have is
/// printed by one of them.
///
/// A rank that returns `Ok` does not end the others: if it skips an exchange that they take part in, they wait for it
/// for ever. So all ranks have to return before the same exchange; if one of them cannot go on, return its error, or
/// share it by [`agree`](crate::agree()).
///
/// Threads are allowed; only the thread that calls `run` may exchange.
///
/// # Panics
/// If MPI is already initialised.
///
/// ```
/// use mpi::traits::Communicator;
/// cluster::run(|world| {
///     println!("rank {} of {}", world.rank(), world.size());
///     Ok(())
/// });
/// ```
pub fn run(
    program: impl FnOnce(&SimpleCommunicator) -> Result<(), Box<dyn StdError + Send + Sync>>,
) {
    let universe = mpi::initialize_with_threading(Threading::Funneled);
    let (universe, _) = universe.expect("`cluster::run` initialises MPI, so call it once");
    let world = universe.world();
    let rank = world.rank();
    match catch_unwind(AssertUnwindSafe(|| program(&world))) {
        // Drops `universe`, which waits for the other ranks.
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            let of_all = error.downcast_ref::<Error>();
            if of_all.is_some_and(|error| error.rank() != rank) {
                // The first rank that failed prints the error and ends the run, and this rank with it. A rank that
                // aborted at once might do so before the error is printed. The time has an end in case that the other
                // rank does not return the error.
                std::thread::sleep(Duration::from_secs(10));
            }
            let by = if of_all.is_some() { String::new() } else { format!("rank {rank}: ") };
            print(&format!("error: {by}{error}\n"));
            world.abort(1)
        }
        Err(_) => {
            // The panic itself is printed already.
            print(&format!("error: rank {rank} panicked\n"));
            world.abort(101)
        }
    }
}

/// Prints to standard error in one piece, which the output of other ranks cannot divide.
fn print(text: &str) {
    // Nothing is left to do where standard error is closed.
    let _ = io::stderr().write_all(text.as_bytes());
}
