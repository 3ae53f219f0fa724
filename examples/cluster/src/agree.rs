use std::fmt::Display;

use mpi::collective::SystemOperation;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives, Root};
use mpi::{Count, Rank};

use crate::error::Error;

/// Returns `Ok` on every rank if `result` is `Ok` on every rank, and otherwise, on every rank, the error of the first
/// rank that failed.
///
/// A collective: all ranks of `world` have to call it. It is for whatever can fail on some of the ranks, such as reading
/// a file: a rank that returned alone would leave the others waiting for it in their next exchange.
///
/// # Errors
/// If `result` is an error on any rank: the number and the error of the first.
///
/// ```
/// use cluster::{agree, run};
/// run(|world| {
///     let settings = agree(world, "0.025".parse::<f64>())?; // each rank might read a file of its own
///     assert_eq!(settings, 0.025);
///     let error = agree(world, "fast".parse::<f64>()).unwrap_err();
///     assert_eq!(error.to_string(), "rank 0: invalid float literal");
///     Ok(())
/// });
/// ```
pub fn agree<T, E: Display>(world: &SimpleCommunicator, result: Result<T, E>) -> Result<T, Error> {
    let (rank, ranks) = (world.rank(), world.size());
    let mut first = ranks;
    let own = if result.is_ok() { ranks } else { rank };
    world.all_reduce_into(&own, &mut first, SystemOperation::min());
    match result {
        Ok(value) if first == ranks => Ok(value),
        result => {
            let text = result.err().filter(|_| rank == first).map(|error| cut(&error));
            let mut text = text.unwrap_or_default().into_bytes();
            share(world, first, &mut text);
            let text = String::from_utf8_lossy(&text);
            Err(Error::of(first, text))
        }
    }
}

/// The text of an error, of which the first million bytes are sent.
fn cut(error: &impl Display) -> String {
    const MOST: usize = 1 << 20;
    let mut text = error.to_string();
    text.truncate(text.floor_char_boundary(MOST));
    text
}

/// Copies the bytes of the rank `from` to all ranks. There are at most `Count::MAX` bytes.
pub(crate) fn share(world: &SimpleCommunicator, from: Rank, bytes: &mut Vec<u8>) {
    let from = world.process_at_rank(from);
    let mut len = bytes.len() as u64;
    from.broadcast_into(&mut len);
    // Only the bytes of `from` are sent; on the other ranks they are replaced.
    bytes.resize(usize::try_from(len).unwrap_or(0), 0);
    from.broadcast_into(&mut bytes[..]);
}

/// A number of elements as MPI takes it, in 32 bits.
pub(crate) fn count(elements: usize) -> Result<Count, String> {
    Count::try_from(elements).map_err(|_| {
        format!("a message of {elements} elements: MPI takes at most {}; exchange fewer trees, or parts of them", Count::MAX)
    })
}
