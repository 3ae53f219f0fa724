use std::fmt::{self, Debug, Display};

use mpi::Rank;

/// An error that every rank returns, with the same text, from [`agree`](crate::agree()) and the methods of
/// [`Exchange`](crate::Exchange).
///
/// ```
/// cluster::run(|world| {
///     let error = cluster::agree(world, Err::<(), _>("no such file")).unwrap_err();
///     assert_eq!(error.to_string(), "rank 0: no such file");
///     assert_eq!(error.rank(), 0);
///     Ok(())
/// });
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    rank: Rank,
    text: String,
}

impl Error {
    pub(crate) fn of(rank: Rank, error: impl Display) -> Self {
        Error { rank, text: format!("rank {rank}: {error}") }
    }

    /// An error that no rank is the cause of.
    pub(crate) fn of_all(text: String) -> Self {
        Error { rank: 0, text }
    }

    /// The first rank that failed; 0 if it was all of them together.
    ///
    /// ```
    /// use mpi::traits::Communicator;
    /// cluster::run(|world| {
    ///     let own = if world.rank() == world.size() - 1 { Err("the disk is full") } else { Ok(()) };
    ///     assert_eq!(cluster::agree(world, own).unwrap_err().rank(), world.size() - 1);
    ///     Ok(())
    /// });
    /// ```
    pub fn rank(&self) -> Rank {
        self.rank
    }
}

impl std::error::Error for Error {}

/// The text of [`Display`], because `main` and `unwrap` print errors with `Debug`.
impl Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
