//! What holds on several ranks. Each test starts `mpirun`, which starts the test once for each rank.

mod ranks;
mod reductions;
mod layouts;
mod gather;
mod failures;
mod programs;
