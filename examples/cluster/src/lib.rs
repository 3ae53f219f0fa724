//! Trees exchanged between the processes of a cluster, over MPI.
//!
//! MPI starts one program many times, on one machine or on thousands; each process is a *rank*. The
//! ranks share no memory. What they exchange here is a tree of [`pytree`], which travels as one
//! message: its flat vector. The calls are those of the crate [`mpi`] (rsmpi).
//!
//! | to | call |
//! |---|---|
//! | start, and end all ranks if one fails | [`run`] |
//! | compare the layouts of the trees of all ranks, once | [`Exchange::new`] |
//! | copy the tree of rank 0 to all ranks | [`Exchange::broadcast`] |
//! | add, average or take the maximum over all ranks, in place | [`Exchange::sum`], [`mean`](Exchange::mean), [`max`](Exchange::max) |
//! | collect any number of trees a rank as a matrix on rank 0 | [`Exchange::gather`] |
//! | make an error on one rank an error on all | [`agree`](agree()) |
//!
//! ```
//! use cluster::{Exchange, run};
//! use mpi::traits::Communicator;
//!
//! run(|world| {
//!     let mut tree = (vec![1.0, 2.0], f64::from(world.rank()));
//!     let mut exchange = Exchange::new(world, &tree)?;
//!     exchange.max(&mut tree)?;
//!     assert_eq!(tree, (vec![1.0, 2.0], f64::from(world.size() - 1)));
//!     Ok(())
//! });
//! ```
//!
//! The [guide] leads from one core to rayon, to MPI and to a cluster's scheduler, and
//! estimates what an exchange between 1,000 nodes costs. The programs `fit` and `ensemble` are to be
//! copied.
//!
//! # No rank waits for ever
//! - A tree that differs on one rank is an error on all ranks, with the number of that rank.
//! - What can fail on one rank alone, such as reading a file, goes through [`agree`](agree()), or
//!   out of [`run`] as an error, which ends all ranks.
//! - A panic, an exit and a crash of one rank end all ranks.
//! - A rank that calls other methods than the others, or fewer, hangs or garbles the exchange, as
//!   with MPI itself.

mod error;
mod agree;
mod run;
mod number;
mod exchange;

pub use agree::agree;
pub use error::Error;
pub use exchange::exchange::Exchange;
pub use number::Number;
pub use run::run;

#[doc = include_str!("guide.md")]
pub mod guide {}

/// The programs of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
